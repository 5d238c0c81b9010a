"""Independent answers: where several people answer a session, none of them sees what the others said about it.

The rule is strict and needs no date: who answers in such a round never sees others' boxes, outcomes and verdicts in it,
whether their own part is done or not, because they may answer again. Who reviews sees everything, except on the page
on which they answer themselves. A review that rejected somebody's own answer is theirs to see: they are asked again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.standing import count_answers_left
from podcast_core.domain.submission import Submission


class Seen(NamedTuple):
    """What somebody may see of a session's answers and reviews, and how many people are to answer it with them."""

    history: list[Submission]
    reviews: list[Review]
    answers_left: int


def look(
    round_: Round, session_id: str, history: Sequence[Submission], reviews: Sequence[Review], seen_by: str | None
) -> Seen:
    """Say what somebody may see of a session: all, or (``seen_by``) what is theirs in a round of independent answers.

    Where they have given the answer that is wanted of them, none is left for them.
    """
    rejected = {each for each, verdict in _find_verdicts(reviews).items() if verdict is Verdict.REJECT}
    corrections = {each.corrected_id for each in reviews if each.corrected_id}
    wanted = round_.count_wanted(session_id)
    left = count_answers_left(history, rejected, corrections, wanted)
    if seen_by is None or not round_.is_independent:
        return Seen(list(history), list(reviews), left)
    own = [each for each in history if each.annotator == seen_by]
    ids = {each.id for each in own}
    told = [each for each in reviews if each.submission_id in ids and each.verdict is Verdict.REJECT]
    own_answers = [each for each in own if not each.bulk_id]
    is_done = wanted > 1 and count_answers_left(own_answers, rejected, corrections, 1) == 0
    return Seen(own, told, 0 if is_done else left)


def _find_verdicts(reviews: Sequence[Review]) -> dict[str, Verdict]:
    return {each.submission_id: each.verdict for each in reviews}  # of several the newest
