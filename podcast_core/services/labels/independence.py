"""Independent answers: where several people answer a session, none of them sees what the others said about it.

The rule is strict and needs no date: who answers in such a round never sees others' boxes, outcomes and verdicts in it,
whether their own part is done or not, because they may answer again. Who reviews sees everything, except on the page
on which they answer themselves. A review that rejected somebody's own answer is theirs to see: they are asked again.
Counts of a whole round are for everybody.

The same holds in a round with calibration sessions, whose gold people are not to know before they answer: what is made
of the answers of a whole round is for reviewers there, and of a calibration session people see their own answers only.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from podcast_core.domain.collection import Collection
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.standing import count_answers_left
from podcast_core.domain.submission import Submission, find_gold
from podcast_core.errors import Forbidden, InvalidInput
from podcast_core.services.access import get_asking
from podcast_core.storage import collections, rounds

ONLY_REVIEWERS = "People answer this round independently of each other: what others said in it is for reviewers."


def find_own(round_: Round) -> str | None:
    """Find out whose answers alone who asks may see in a round; None: all. Empty: of nobody."""
    caller = get_asking()
    return None if not round_.hides_answers or caller.may("review") else caller.person or ""


def get_round(connection: Connection, round_id: str) -> Round:
    """Get a round of which who asks may see all answers.

    Raises
    ------
    NotFound
        When there is no such round.
    Forbidden
        When they may see their own ones only.
    """
    round_ = rounds.get_round(connection, round_id)
    if find_own(round_) is not None:
        raise Forbidden(ONLY_REVIEWERS)
    return round_


def get_collection(connection: Connection, collection_id: str) -> Collection:
    """Get a collection, whose clips have the labels that people gave; raises as `get_round`."""
    found = collections.get_collection(connection, collection_id)
    get_round(connection, found.round_id)
    return found


def check_together(round_: Round) -> None:
    """Refuse (InvalidInput) what builds on the answers of everybody where people answer independently of each other."""
    if round_.hides_answers:
        raise InvalidInput(
            f"People answer round {round_.id!r} independently of each other: one session at a time on the Label page, "
            "since this would build on what others said."
        )


class Seen(NamedTuple):
    """What somebody may see of a session's answers and reviews, and how many people are to answer it with them."""

    history: list[Submission]
    reviews: list[Review]
    answers_left: int


def look(
    round_: Round, session_id: str, history: Sequence[Submission], reviews: Sequence[Review], seen_by: str | None
) -> Seen:
    """Say what somebody may see of a session: all, or (``seen_by``) what is theirs in a round of independent answers.

    Where they have given the answer that is wanted of them, none is left for them. Who may see their own answers only
    sees these, whatever name is given.
    """
    own = find_own(round_)
    seen_by = seen_by if own is None else own
    calibrates = session_id in round_.calibration.session_ids
    hides = round_.is_independent or calibrates
    rejected = {each for each, verdict in _find_verdicts(reviews).items() if verdict is Verdict.REJECT}
    corrections = {each.corrected_id for each in reviews if each.corrected_id}
    wanted = round_.count_wanted(session_id)
    left = count_answers_left(history, rejected, corrections, wanted)
    if seen_by is None or not hides:
        return Seen(list(history), list(reviews), left)
    mine = [each for each in history if each.annotator == seen_by]
    ids = {each.id for each in mine}
    if calibrates and find_gold(history, rejected) is not None:
        left = 0 if mine else 1
    told = [each for each in reviews if each.submission_id in ids and each.verdict is Verdict.REJECT]
    answers = [each for each in mine if not each.bulk_id]
    is_done = wanted > 1 and not calibrates and count_answers_left(answers, rejected, corrections, 1) == 0
    return Seen(mine, told, 0 if is_done else left)


def _find_verdicts(reviews: Sequence[Review]) -> dict[str, Verdict]:
    counting = [each for each in reviews if not each.withdrawn]
    return {each.submission_id: each.verdict for each in counting}  # of several the newest
