"""One verdict on many answers: on some, or on all that a queue finds; told before what would happen, and undone as one.

The act is one object in the store, and the reviews follow from it. What cannot be judged is left, each with the reason:
nobody accepts their own answers here either, and nobody judges what they have not seen.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from podcast_core.collecting import without_collecting
from podcast_core.domain.review import Verdict
from podcast_core.domain.review_act import MAX_ANSWERS, ReviewAct
from podcast_core.domain.summary import Selection, SessionSummary
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.access import needs
from podcast_core.services.labels import independence
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.review import find_own
from podcast_core.services.store import review_records
from podcast_core.storage import deriving, review_acts, rounds, summaries
from podcast_core.workspace import Workspace

NOTHING, NEWER, OWN, SAME = "nothing to judge", "a newer answer", "your own answer", "has this verdict already"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is judged: sessions with the answers that somebody saw, or (None) all that a selection finds."""

    selection: Selection
    seen: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A session whose answer is not judged, and why."""

    session_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judging:
    """What a verdict on many answers would do, or did: ``submission_ids`` are judged, by session; the others left."""

    submission_ids: dict[str, str]
    left: tuple[Left, ...]
    act: ReviewAct | None = None

    @property
    def reasons(self) -> dict[str, int]:
        """Count what is left by reason, the most first."""
        return dict(Counter(each.reason for each in self.left).most_common())


@dataclass(frozen=True, slots=True)
class ShownReviewAct:
    """A review act, and who undid it where somebody did."""

    act: ReviewAct
    undone_by: str


def preview(workspace: Workspace, *, round_id: str, wanted: Wanted, verdict: Verdict, people: Sequence[str]) -> Judging:
    """Say what `judge` would do: which answers, and what it would leave.

    Parameters
    ----------
    people
        The names under which somebody judges: what they type, and the person of their token.

    Raises
    ------
    NotFound
        When there is no such round.
    Forbidden
        When who asks may see their own answers only.
    InvalidInput
        When these are more than `MAX_ANSWERS` answers.
    """
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return _work_out(connection, round_id, wanted, verdict, people)


@needs("review")
@without_collecting()
def judge(
    workspace: Workspace,
    *,
    act_id: str,
    round_id: str,
    wanted: Wanted,
    verdict: Verdict,
    people: Sequence[str],
    comment: str = "",
) -> Judging:
    """Accept or reject many answers under the first of the names; the same act again, by its id, is harmless.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When nothing can be judged, or more than `MAX_ANSWERS` answers are meant.
    Conflict
        When the round is archived, or the id was used for another act.
    """
    asked = _digest(round_id, wanted, verdict, people[0], comment)
    with workspace.database.holding(f"review-act/{act_id}"):
        with workspace.database.reading() as connection:
            known = review_acts.find_act(connection, act_id)
            check_not_archived(connection, rounds.get_round(connection, round_id))
            found = _work_out(connection, round_id, wanted, verdict, people)
            if known is None and not found.submission_ids:
                raise InvalidInput(f"Nothing can be judged: {_describe(found.reasons)}. Nothing was changed.")
        if known is None:
            ids = tuple(found.submission_ids.values())
            act = ReviewAct(act_id, round_id, people[0], verdict, comment, ids, asked=asked)
            known = _keep(workspace, act)
    if known.asked != asked:
        raise Conflict(f"Act id {act_id} was used before, by {known.who}, for something else. Nothing was changed.")
    return replace(found, act=known)


@needs("review")
@without_collecting()
def undo(workspace: Workspace, *, round_id: str, act_id: str, undoes: str, who: str) -> ReviewAct:
    """Withdraw all verdicts of an act, so that those before count again.

    Raises
    ------
    NotFound
        When there is no such act.
    Conflict
        When it was undone already, or the id was used for another act.
    """
    with workspace.database.holding(f"review-act/{undoes}"):
        with workspace.database.reading() as connection:
            target = review_acts.find_act(connection, undoes)
            if target is None or target.undoes or target.round_id != round_id:
                raise NotFound(f"Round {round_id!r} has no review act {undoes[:80]!r} that could be undone.")
            known = review_acts.find_act(connection, act_id)
            of_round = review_acts.list_acts(connection, target.round_id)
        earlier = next((each for each in of_round if each.undoes == undoes), None)
        if known is None and earlier is not None:
            raise Conflict(f"{earlier.who} undid this on {earlier.acted_at:%Y-%m-%d %H:%M} UTC. Nothing was changed.")
        act = known or _keep(workspace, ReviewAct(act_id, target.round_id, who, undoes=undoes))
    if (act.undoes, act.who) != (undoes, who):
        raise Conflict(f"Act id {act_id} was used before, by {act.who}, for something else. Nothing was changed.")
    return act


def list_acts(workspace: Workspace, *, round_id: str) -> list[ShownReviewAct]:
    """List the acts of a round but the undos, the newest first.

    Raises
    ------
    NotFound
        When there is no such round.
    Forbidden
        When who asks may see their own answers only.
    """
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        found = review_acts.list_acts(connection, round_id)
    undone = {each.undoes: each.who for each in found if each.undoes}
    return [ShownReviewAct(each, undone.get(each.id, "")) for each in reversed(found) if not each.undoes]


def _keep(workspace: Workspace, act: ReviewAct) -> ReviewAct:
    stored = review_records.save_act(workspace.files, act)
    with workspace.database.writing() as connection, deriving.postponed(connection):
        review_acts.add_acts(connection, [stored])
    return stored


def _work_out(
    connection: Connection, round_id: str, wanted: Wanted, verdict: Verdict, people: Sequence[str]
) -> Judging:
    if verdict is Verdict.CORRECT:
        raise InvalidInput("Answers are accepted or rejected in bulk; each is corrected by itself.")
    seen = wanted.seen
    count = summaries.count_summaries(connection, round_id, wanted.selection) if seen is None else len(seen)
    if count > MAX_ANSWERS:
        raise InvalidInput(f"At most {MAX_ANSWERS:,} answers are judged at once; these are {count:,}. Filter further.")
    found = {each.session_id: each for each in _list_wanted(connection, round_id, wanted)}
    candidates = [each.submission_id for each in found.values() if each.submission_id]
    own = find_own(connection, round_id, candidates, people) if verdict is Verdict.ACCEPT else set()
    judged: dict[str, str] = {}
    left = [Left(each, NOTHING) for each in (seen or ()) if each not in found]
    for session_id, each in found.items():
        reason = _find_reason(each, None if seen is None else seen[session_id], verdict, own)
        if reason:
            left.append(Left(session_id, reason))
        elif each.submission_id is not None:
            judged[session_id] = each.submission_id
    return Judging(judged, tuple(left))


def _list_wanted(connection: Connection, round_id: str, wanted: Wanted) -> Iterator[SessionSummary]:
    if wanted.seen is None:
        yield from summaries.list_summaries(connection, round_id, wanted.selection)
        return
    yield from summaries.list_named(connection, round_id, list(wanted.seen))


def _find_reason(each: SessionSummary, seen: str | None, verdict: Verdict, own: Iterable[str]) -> str:
    """Say why an answer is not judged; empty when it is."""
    if not each.review_state or each.submission_id is None:
        return NOTHING
    if seen is not None and each.submission_id != seen:
        return NEWER
    if each.review_state == verdict.value:
        return SAME
    return OWN if each.submission_id in own else ""


def _describe(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in reasons.items()) or "no answer is meant"


def _digest(round_id: str, wanted: Wanted, verdict: Verdict, who: str, comment: str) -> str:
    seen = None if wanted.seen is None else sorted(wanted.seen.items())
    return hashlib.sha256(repr((round_id, wanted.selection, seen, verdict.value, who, comment)).encode()).hexdigest()
