"""Verdicts on single predictions across sessions, many at once.

A verdict changes what the answer of a session says about one prediction; everything else in it stays. So each session
that verdicts touch gets one new submission with outcome ``verified`` on top of the answer that counts, and its
predictions without a verdict stay unreviewed. Sessions that somebody has answered in another way are left alone.
"""

import uuid
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.checks import check_text
from podcast_core.domain.prediction import Prediction, PredictionVerdict
from podcast_core.domain.queue import WaitingOrder
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.standing import find_standing_answers
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services.access import needs
from podcast_core.services.labels import independence
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.labelling import name_session
from podcast_core.services.store import batch_records
from podcast_core.storage import (
    claims,
    people,
    predictions,
    recordings,
    reviews,
    rounds,
    sessions,
    submissions,
    unjudged,
)
from podcast_core.workspace import Workspace

MAX_VERDICTS = 500  # at once; chosen: a grid shows fewer
MAX_LISTED = 200
NAMESPACE = uuid.UUID("5d3f0a34-0d57-4f0c-9a53-5b3d3d1a9c11")


@dataclass(frozen=True, slots=True)
class Item:
    """A verdict on one prediction."""

    session_id: str
    prediction_id: str
    verdict: PredictionVerdict


@dataclass(frozen=True, slots=True)
class Skipped:
    """A verdict that was not kept, and why."""

    item: Item
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of verdicts: how many were kept, in which sessions, and which were not."""

    kept: int
    session_ids: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A prediction that waits for a verdict, where it is; and its keys in the list."""

    prediction: Prediction
    session: Session
    recording: Recording
    keys: tuple[int, float, str, float, str]


@dataclass(frozen=True, slots=True)
class Candidates:
    """A page of predictions that wait, how many wait in all by label, and whether more follow."""

    items: list[Candidate]
    counts: dict[str, int]
    has_more: bool = False


def list_candidates(
    workspace: Workspace,
    *,
    round_id: str,
    holder: str = "",
    label: str = "",
    order: WaitingOrder = WaitingOrder.LOWEST,
    offset: int = 0,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Candidates:
    """List predictions that wait for a verdict, without those in sessions that others than ``holder`` have open.

    ``after`` are the keys of the one before; otherwise ``offset`` others come before.

    Raises
    ------
    InvalidInput
        For a page that cannot be.
    """
    if not (offset >= 0 and 1 <= limit <= MAX_LISTED):
        raise InvalidInput(f"A page has 1 to {MAX_LISTED} predictions from 0 on, found {limit} from {offset}.")
    now = utc_now()
    asked = unjudged.Waiting(round_id, holder, now, label, order)
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        check_not_archived(connection, round_)
        independence.check_together(round_)
        found = unjudged.list_waiting(connection, asked, limit=limit + 1, offset=offset, after=after)
        ids = sorted({each.prediction.session_id for each in found})
        places = {each.id: each for each in sessions.list_named(connection, round_id, ids)}
        wanted = {session.recording_id for session in places.values()}
        sources = {each.id: each for each in recordings.list_recordings(connection, wanted)}
        counts = unjudged.count_waiting(connection, round_id, holder=holder, now=now)
    items = []
    for each in found[:limit]:
        session = places[each.prediction.session_id]
        items.append(Candidate(each.prediction, session, sources[session.recording_id], each.keys))
    return Candidates(items, counts, len(found) > limit)


@needs("label")
def give_verdicts(
    workspace: Workspace, *, round_id: str, verdict_id: str, annotator: str, items: Sequence[Item]
) -> Verified:
    """Keep verdicts, one new submission for each session; the same ``verdict_id`` again changes nothing.

    Raises
    ------
    NotFound
        When there is no such round or session.
    InvalidInput
        When a prediction is not one of its session, or has two verdicts; nothing is kept then.
    Conflict
        When the id was used for other verdicts.
    """
    check_text(annotator, "The annotator's name", 80)
    check_text(verdict_id, "The id of the verdicts", 120)
    if not 1 <= len(items) <= MAX_VERDICTS:
        raise InvalidInput(f"Between 1 and {MAX_VERDICTS} verdicts can be sent at a time, found {len(items)}.")
    with workspace.database.reading() as connection:
        annotator = people.call_now(connection, annotator)
    by_session: dict[str, dict[str, Item]] = defaultdict(dict)
    for item in items:
        if item.prediction_id in by_session[item.session_id]:
            raise InvalidInput(f"Prediction {item.prediction_id[:80]!r} has two verdicts.")
        by_session[item.session_id][item.prediction_id] = item
    # Verdicts build on what was kept before: nobody adds to it between reading that and writing them.
    held = (f"round/{round_id}", *(name_session(round_id, each) for each in by_session))
    with workspace.database.holding(*held):
        with workspace.database.reading() as connection:
            work = _work_out(connection, round_id, verdict_id, annotator, by_session)
        stored = _save(workspace, round_id, verdict_id, work)
        with workspace.database.writing() as connection:  # what an earlier try left is kept, whatever this one says
            known = submissions.find_known(connection, [each.id for each in stored])
            submissions.add_submissions(connection, [each for each in stored if each.id not in known])
            for submission in stored:
                if submission.closes:
                    claims.end_claims(
                        connection, round_id=round_id, session_id=submission.session_id, annotator=annotator
                    )
        _check_stored(stored, work, annotator, by_session)
    return Verified(
        kept=len(items) - len(work.skipped),
        session_ids=tuple(submission.session_id for submission in (*work.known, *stored)),
        skipped=tuple(work.skipped),
        repeated=bool(work.known),
    )


def _save(workspace: Workspace, round_id: str, verdict_id: str, work: "_Work") -> Sequence[Submission]:
    """Write answers into the store as one object, named after the verdicts; what an earlier try left there wins."""
    key = batch_records.key_named(round_id, f"verdicts/{verdict_id}")
    answers = [answer for answer, _ in work.made]
    if not answers:  # somebody may have said the same after a try that was cut off
        return () if work.known else batch_records.find(workspace.files, key)
    data = batch_records.write_answers(round_id, answers, {answer.session_id: of for answer, of in work.made})
    return batch_records.save(workspace.files, key, data, answers)


def _check_stored(
    stored: Sequence[Submission], work: "_Work", annotator: str, by_session: Mapping[str, Mapping[str, Item]]
) -> None:
    """Refuse verdicts whose id an earlier try, cut off before its rows, used for others."""
    left_out = {each.item for each in work.skipped}
    for answer in stored:
        items = by_session.get(answer.session_id, {}).values()
        _check_repeated(answer, annotator, [each for each in items if each not in left_out])
    sessions_kept = {answer.session_id for answer in stored}
    lacks = {answer.session_id for answer, _ in work.made} - sessions_kept
    if stored and (lacks or sessions_kept.isdisjoint(by_session)):
        raise _refuse(stored[0])


class _Work(NamedTuple):
    """What verdicts come to: answers that were kept before, new ones with their recordings, and what comes too late."""

    known: list[Submission]
    made: list[tuple[Submission, str]]
    skipped: list[Skipped]


def _work_out(
    connection: Connection,
    round_id: str,
    verdict_id: str,
    annotator: str,
    by_session: Mapping[str, Mapping[str, Item]],
) -> _Work:
    independence.check_together(rounds.get_round(connection, round_id))
    histories = submissions.list_histories(connection, round_id, sorted(by_session))
    rejected = reviews.find_rejected(connection, [each.id for history in histories.values() for each in history])
    work = _Work([], [], [])
    for session_id, verdicts in sorted(by_session.items()):
        session = sessions.get_session(connection, round_id, session_id)
        submission_id = str(uuid.uuid5(NAMESPACE, f"{round_id}/{verdict_id}/{session_id}"))
        history = histories.get(session_id, [])
        before = next((each for each in history if each.id == submission_id), None)
        if before is not None:
            history = history[: history.index(before)]
        task = _Task(connection, round_id, session_id, history, rejected, annotator)
        work.skipped.extend(task.apply(verdicts.values()))
        if before is not None:
            _check_repeated(before, annotator, [each for each in verdicts.values() if task.knows(each)])
            work.known.append(before)
        elif task.changed:
            work.made.append((task.to_submission(submission_id), session.recording_id))
    return work


class _Task:
    """The answer of one session while verdicts change it."""

    def __init__(
        self,
        connection: Connection,
        round_id: str,
        session_id: str,
        history: list[Submission],
        rejected: Container[str],
        annotator: str,
    ) -> None:
        self.changed = False
        self._place = (round_id, session_id)
        self._history = find_standing_answers(history, rejected)
        self._revision = history[-1].revision if history else 0
        self._annotator = annotator
        self._known = {box.id: box for box in predictions.list_all_predictions(connection, round_id, session_id)}
        answer = self._history[-1] if self._history else None
        self._comment = answer.comment if answer and answer.annotator == annotator else ""
        self._annotations = list(answer.annotations) if answer else []
        self._rejected = {box.id for box in answer.rejected} if answer else set()
        shown = {box.id for box in predictions.list_predictions(connection, round_id, session_id)}
        kept = {box.prediction_id for box in self._annotations}
        left = {box.id for box in answer.unreviewed} if answer else set()
        self._unreviewed = (shown | left) - kept - self._rejected

    def apply(self, items: Iterable[Item]) -> list[Skipped]:
        """Apply verdicts; those that cannot be come back with the reason."""
        skipped = []
        for item in items:
            prediction = self._known.get(item.prediction_id)
            if prediction is None:
                raise InvalidInput(f"Session {item.session_id} has no prediction {item.prediction_id[:80]!r}.")
            reason = self._problem(item)
            if reason:
                skipped.append(Skipped(item, reason))
            elif not self.knows(item):
                self._change(prediction, item.verdict)
        return skipped

    def knows(self, item: Item) -> bool:
        """Tell whether the answer now says what a verdict says."""
        return _verdict_in(self._annotations, self._rejected, item.prediction_id) is item.verdict

    def to_submission(self, submission_id: str) -> Submission:
        """Make the new answer."""
        round_id, session_id = self._place
        return Submission(
            id=submission_id,
            round_id=round_id,
            session_id=session_id,
            annotator=self._annotator,
            outcome=Outcome.VERIFIED,
            annotations=tuple(
                sorted(self._annotations, key=lambda box: (box.start_s, box.end_s, box.low_hz or 0, box.label))
            ),
            rejected=tuple(self._known[each] for each in sorted(self._rejected)),
            unreviewed=tuple(self._known[each] for each in sorted(self._unreviewed)),
            comment=self._comment,
            base_revision=self._revision,
        )

    def _problem(self, item: Item) -> str | None:
        """Say why a verdict comes too late, or None."""
        full = [submission for submission in self._history if submission.outcome is not Outcome.VERIFIED]
        if full:
            return f"{full[-1].annotator} has answered session {item.session_id} ({full[-1].outcome.value})."
        judge = _find_judge(self._history, item.prediction_id)
        if judge not in (None, self._annotator):
            return f"{judge} has judged this prediction."
        return None

    def _change(self, prediction: Prediction, verdict: PredictionVerdict) -> None:
        self.changed = True
        others = [box for box in self._annotations if box.prediction_id != prediction.id]
        mine = [box for box in self._annotations if box.prediction_id == prediction.id]
        self._rejected.discard(prediction.id)
        self._unreviewed.discard(prediction.id)
        if verdict is PredictionVerdict.NO:
            self._annotations = others
            self._rejected.add(prediction.id)
        elif verdict is PredictionVerdict.NONE:
            self._annotations = others
            self._unreviewed.add(prediction.id)
        else:
            unsure = verdict is PredictionVerdict.UNSURE
            self._annotations = others + [replace(box, unsure=unsure) for box in mine or [_accept(prediction)]]


def _accept(prediction: Prediction) -> Annotation:
    return Annotation(
        start_s=prediction.start_s,
        end_s=prediction.end_s,
        low_hz=prediction.low_hz,
        high_hz=prediction.high_hz,
        label=prediction.label,
        origin=Origin.MODEL_ACCEPTED,
        prediction_id=prediction.id,
        score=prediction.score,
        model=prediction.model,
    )


def _verdict_in(annotations: Iterable[Annotation], rejected: Container[str], prediction_id: str) -> PredictionVerdict:
    """Say what an answer says about a prediction."""
    if prediction_id in rejected:
        return PredictionVerdict.NO
    mine = [box for box in annotations if box.prediction_id == prediction_id]
    if not mine:
        return PredictionVerdict.NONE
    return PredictionVerdict.UNSURE if any(box.unsure for box in mine) else PredictionVerdict.YES


def _verdict_of(answer: Submission, prediction_id: str) -> PredictionVerdict:
    return _verdict_in(answer.annotations, {box.id for box in answer.rejected}, prediction_id)


def _find_judge(history: Sequence[Submission], prediction_id: str) -> str | None:
    """Find who gave the verdict that stands; None where there is none."""
    standing, judge = PredictionVerdict.NONE, None
    for answer in history:
        verdict = _verdict_of(answer, prediction_id)
        if verdict is not standing:
            standing, judge = verdict, answer.annotator
    return None if standing is PredictionVerdict.NONE else judge


def _check_repeated(known: Submission, annotator: str, items: Iterable[Item]) -> None:
    """Refuse the reuse of an id for other verdicts."""
    others = [item for item in items if _verdict_of(known, item.prediction_id) is not item.verdict]
    if known.annotator != annotator or others:
        raise _refuse(known)


def _refuse(known: Submission) -> Conflict:
    return Conflict(
        f"These verdicts' id was used before, for other verdicts on session {known.session_id} by {known.annotator}. "
        "Nothing was changed; send them again under a new id."
    )
