"""What a session counts for: the one rule behind progress, review, exports, releases, trainings, estimates and figures.

A session's answer that counts is its gold where somebody decided between answers, else the newest one that is more than
a skip (`podcast_core.domain.submission.find_counting`). The session's *standing* is the outcome of
that answer; *rejected* where the newest review of the answer rejected it; *unreviewed* where there is no answer.

==========  ========  ========  ======  ======================================================================
standing    answered  searched  judges  what it says
==========  ========  ========  ======  ======================================================================
labelled    yes       yes       yes     every call in the session is marked
empty       yes       yes       yes     the session was searched as a whole, and there is no call in it
verified    yes       no        yes     its predictions were judged one by one; the rest was not searched
unsure      yes       no        no      somebody looked and doubts: its boxes are kept, and nothing is concluded
skipped     no        no        no      nothing: it is for somebody else
rejected    no        no        no      nothing: a reviewer said that the answer is wrong
unreviewed  no        no        no      nothing: nobody has answered
==========  ========  ========  ======  ======================================================================

Annotations are counted in sessions that are *answered*. Hours of labelled audio, training, testing, estimates and the
agreement of people take sessions that are *searched*. What became of predictions is taken from those that *judge*.
A rejected session waits for an answer again, whatever was answered before (`find_standing_answers`).
"""

from collections.abc import Container, Iterable, Sequence

from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import UNREVIEWED, Outcome, Submission, find_gold

REJECTED = "rejected"
SEARCHED = (Outcome.LABELLED.value, Outcome.EMPTY.value)
JUDGING = (*SEARCHED, Outcome.VERIFIED.value)
ANSWERED = (*JUDGING, Outcome.UNSURE.value)
STANDINGS = (*(outcome.value for outcome in Outcome), REJECTED, UNREVIEWED)

KEEP, LEAVE_OUT = "keep", "leave-out"
REJECTED_CHOICES = (LEAVE_OUT, KEEP)
"""What an export or a release does with rejected answers: without them the sessions are as if nobody had answered."""


def find_standing(outcome: Outcome | str | None, verdict: Verdict | None) -> str:
    """Say what a session counts for.

    Parameters
    ----------
    outcome
        Of the answer that counts; None or ``unreviewed`` where there is none.
    verdict
        Of the newest review of that answer; None where nobody has reviewed it.
    """
    if outcome is None:
        return UNREVIEWED
    says_something = outcome not in (UNREVIEWED, Outcome.SKIPPED.value)
    return REJECTED if says_something and verdict is Verdict.REJECT else str(outcome)


def find_standing_answers(history: Iterable[Submission], rejected: Container[str]) -> list[Submission]:
    """Find the answers of a session that still say something, the oldest first: those since the newest rejected one.

    Gold that was not rejected stands alone. Skips say nothing, and neither does what stands beside or was taken back.
    The database says the same, see `podcast_core.storage.open_sessions`.
    """
    history = list(history)
    gold = find_gold(history, rejected)
    if gold is not None:
        return [gold]
    found: list[Submission] = []
    for each in history:
        if each.outcome is Outcome.SKIPPED or each.beside or each.taken_back:
            continue
        found = [] if each.id in rejected else [*found, each]
    return found


def count_answers_left(
    history: Sequence[Submission], rejected: Container[str], corrections: Container[str], wanted: int
) -> int:
    """Count the people whose answers a session lacks; the database says the same (`storage.open_sessions.count_left`).

    Parameters
    ----------
    history
        All answers of the session, the oldest first.
    rejected
        Ids of those whose newest review rejected them.
    corrections
        Ids of those that correct another one: where several are wanted, these are not independent of it, and neither
        are decisions, restored answers and those that were given in bulk.
    wanted
        The number of different people who are to answer (`Round.count_wanted`).
    """
    if find_gold(history, rejected) is not None:
        return 0
    if wanted == 1:
        return 0 if _find_closing(history, rejected) else 1
    given = 0
    for who in sorted({each.annotator for each in history}):
        closing = _find_closing([each for each in history if each.annotator == who], rejected)
        given += any(not (each.bulk_id or each.restores or each.is_gold or each.id in corrections) for each in closing)
    return max(wanted - given, 0)


def _find_closing(history: Iterable[Submission], rejected: Container[str]) -> list[Submission]:
    """Find the answers that close a session; a verification does not, once a later one left something over."""
    answers = find_standing_answers(history, rejected)
    opened = max((index for index, each in enumerate(answers) if not each.closes), default=-1)
    return [
        each
        for index, each in enumerate(answers)
        if each.closes and (index > opened or each.outcome is not Outcome.VERIFIED)
    ]


def describe(standing: str) -> str:
    """Name a standing for people: predictions are rejected, too."""
    return "rejected in review" if standing == REJECTED else standing
