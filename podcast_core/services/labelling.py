"""Labelling: who gets which session next, what is shown, and how an answer is kept.

An answer is acknowledged only when it is in the file store and in the database. Its id makes a repeated
submit harmless; a second answer for a session is a second revision, never a replacement.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from podcast_core.checks import check_text
from podcast_core.domain import (
    UNREVIEWED,
    Annotation,
    Claim,
    Origin,
    Outcome,
    Prediction,
    Recording,
    Review,
    Round,
    Session,
    Submission,
    utc_now,
)
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services import queue, records
from podcast_core.storage import claims, predictions, recordings, reviews, rounds, sessions, submissions
from podcast_core.storage.ordering import QueueChoice
from podcast_core.workspace import Workspace

SAME = 1e-6  # seconds or hertz: what the way through session time and JSON may change
MOST_CLAIMED = 10


@dataclass(frozen=True, slots=True)
class Box:
    """One box of an answer, in seconds from the start of the *session*."""

    start_s: float
    end_s: float
    label: str
    low_hz: float | None = None
    high_hz: float | None = None
    prediction_id: str | None = None
    comment: str = ""
    unsure: bool = False
    individual: str = ""
    call_type: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an annotator hands in for one session, see `domain.Submission`. Box times are session times."""

    submission_id: str
    round_id: str
    session_id: str
    annotator: str
    outcome: Outcome
    boxes: tuple[Box, ...] = ()
    rejected_prediction_ids: tuple[str, ...] = ()
    comment: str = ""
    base_revision: int = 0
    started_at: datetime | None = None
    unreviewed_prediction_ids: tuple[str, ...] = ()
    score_threshold: float | None = None
    active_s: float | None = None
    action_count: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The acknowledgement of an answer; ``conflict`` explains what else was submitted meanwhile."""

    submission: Submission
    repeated: bool
    conflict: str | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """All that a page needs to show one session. Times of nouns are recording times."""

    round_: Round
    session: Session
    recording: Recording
    predictions: list[Prediction]
    history: list[Submission]
    reviews: list[Review]
    claim: Claim | None
    previous_id: str | None
    next_id: str | None

    @property
    def answer(self) -> Submission | None:
        """The answer that counts: the newest that is more than a skip."""
        real = [submission for submission in self.history if submission.outcome is not Outcome.SKIPPED]
        return real[-1] if real else None

    @property
    def is_open(self) -> bool:
        """Tell whether the session needs an answer still."""
        by_other_means = any(each.closes and each.outcome is not Outcome.VERIFIED for each in self.history)
        return not by_other_means and (self.answer is None or not self.answer.closes)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Sessions for one holder, and what to tell the person."""

    views: list[SessionView]
    state: str
    message: str
    progress: dict[str, int]
    matching: int
    open_count: int


def claim_next(
    workspace: Workspace,
    *,
    round_id: str,
    holder: str,
    annotator: str,
    count: int = 1,
    session_id: str | None = None,
    include_skipped: bool = False,
    choice: QueueChoice | None = None,
) -> Claimed:
    """Hold the first ``count`` free sessions of a choice (default: of the whole queue), and let go of all others.

    Calling again changes nothing but the time of expiry. A wanted ``session_id`` comes first, whatever the choice,
    even when it cannot be held; its view says why. ``holder`` is one browser tab or client, not one person; a
    choice without a seed is shuffled by it.

    Returns
    -------
    Claimed
        ``state`` is ``ok``, ``held_by_others``, ``only_skipped``, ``no_match``, ``finished`` or ``empty_round``.
        ``matching`` counts the open sessions of the choice, whoever holds them.
    """
    check_text(holder, "The holder", 120)
    check_text(annotator, "The annotator's name", 80)
    if not 1 <= count <= MOST_CLAIMED:
        raise InvalidInput(f"Between 1 and {MOST_CLAIMED} sessions can be held at a time, found {count}.")
    choice = choice or QueueChoice()
    choice = replace(choice, seed=choice.seed or holder)
    now = utc_now()
    expires_at = now + timedelta(minutes=workspace.settings.claim_minutes)
    with workspace.database.writing() as connection:
        rounds.get_round(connection, round_id)
        first, held = [], []
        if session_id is not None:
            first = [sessions.get_session(connection, round_id, session_id)]
            if claims.claim_session(
                connection, first[0], holder=holder, annotator=annotator, now=now, expires_at=expires_at
            ):
                held.append(session_id)
        others = claims.claim_sessions(
            connection,
            round_id=round_id,
            holder=holder,
            annotator=annotator,
            count=count - len(first),
            now=now,
            expires_at=expires_at,
            include_skipped=include_skipped,
            choice=choice,
            besides=[session.id for session in first],
        )
        claims.release_claims(connection, round_id=round_id, holder=holder, besides=[*held, *others])
        matching = queue.count_matching(connection, round_id, annotator, choice, include_skipped=include_skipped)
        chosen = first + [sessions.get_session(connection, round_id, each) for each in others]
        state, message = "ok", ""
        if not chosen:
            state, message = queue.describe_queue(connection, round_id, annotator, now, choice, matching)
        views = [_view(connection, session, now) for session in chosen]
        counts, open_count = submissions.count_outcomes(connection, round_id), claims.count_open(connection, round_id)
        return Claimed(views, state, message, counts, matching, open_count)


def release(workspace: Workspace, *, round_id: str, holder: str, session_ids: list[str] | None = None) -> None:
    """Let go of the holder's claims in a round, or of some of them."""
    with workspace.database.writing() as connection:
        claims.release_claims(connection, round_id=round_id, holder=holder, session_ids=session_ids)


def get_view(workspace: Workspace, *, round_id: str, session_id: str) -> SessionView:
    """Get all about one session; NotFound when there is none."""
    with workspace.database.reading() as connection:
        return _view(connection, sessions.get_session(connection, round_id, session_id), utc_now())


def list_outcomes(workspace: Workspace, *, round_id: str) -> list[dict[str, object]]:
    """List a round's sessions in the order of the queue, each with the answer that counts and whether it is open."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        answers = submissions.latest_submissions(connection, round_id)
        left = claims.list_open(connection, round_id)
        return [
            {
                "session_id": session.id,
                "position": session.position,
                "outcome": answers[session.id].outcome.value if session.id in answers else UNREVIEWED,
                "annotator": answers[session.id].annotator if session.id in answers else None,
                "submitted_at": answers[session.id].submitted_at if session.id in answers else None,
                "open": session.id in left,
            }
            for session in sessions.list_sessions(connection, round_id)
        ]


def submit(workspace: Workspace, answer: Answer) -> Receipt:
    """Keep an answer.

    Returns
    -------
    Receipt
        ``repeated`` when the same answer was kept before.

    Raises
    ------
    NotFound
        When there is no such round or session.
    InvalidInput
        When a box, label, outcome or prediction does not fit the session; nothing is kept then.
    Conflict
        When the submission id was used for another answer.
    """
    with workspace.database.reading() as connection:
        submission = _to_submission(connection, answer)
        known = submissions.find_submission(connection, answer.submission_id)
    if known is not None:
        return _repeated(known, submission)
    stored = records.save_submission(workspace.files, submission)
    _check_same(stored, submission)
    try:
        with workspace.database.writing() as connection:
            submissions.add_submission(connection, stored)
            claims.end_claim(connection, round_id=answer.round_id, session_id=answer.session_id)
            history = submissions.list_submissions(connection, answer.round_id, answer.session_id)
    except Conflict:  # the same answer came twice at the same moment
        with workspace.database.reading() as connection:
            known = submissions.find_submission(connection, answer.submission_id)
        if known is None:
            raise
        return _repeated(known, submission)
    mine = next(each for each in history if each.id == stored.id)
    return Receipt(mine, repeated=False, conflict=_describe_conflict(mine, history))


def _view(connection: Connection, session: Session, now: datetime) -> SessionView:
    history = submissions.list_submissions(connection, session.round_id, session.id)
    previous_id, next_id = sessions.find_neighbours(connection, session)
    return SessionView(
        round_=rounds.get_round(connection, session.round_id),
        session=session,
        recording=recordings.get_recording(connection, session.recording_id),
        predictions=predictions.list_predictions(connection, session.round_id, session.id),
        history=history,
        reviews=[review for each in history for review in reviews.list_reviews_of(connection, each.id)],
        claim=claims.find_claim(connection, session, now),
        previous_id=previous_id,
        next_id=next_id,
    )


def _to_submission(connection: Connection, answer: Answer) -> Submission:
    round_ = rounds.get_round(connection, answer.round_id)
    session = sessions.get_session(connection, answer.round_id, answer.session_id)
    recording = recordings.get_recording(connection, session.recording_id)
    offered = predictions.list_all_predictions(connection, answer.round_id, answer.session_id)
    by_id = {prediction.id: prediction for prediction in offered}
    _check_named(answer, by_id)
    boxes = [_to_annotation(box, session, recording, round_, by_id) for box in answer.boxes]
    return Submission(
        id=answer.submission_id,
        round_id=session.round_id,
        session_id=session.id,
        annotator=answer.annotator,
        outcome=answer.outcome,
        annotations=tuple(sorted(boxes, key=lambda box: (box.start_s, box.end_s, box.low_hz or 0, box.label))),
        rejected=_by_id(by_id[each] for each in answer.rejected_prediction_ids),
        unreviewed=_by_id(by_id[each] for each in answer.unreviewed_prediction_ids),
        comment=answer.comment,
        base_revision=answer.base_revision,
        started_at=answer.started_at,
        score_threshold=answer.score_threshold,
        active_s=answer.active_s,
        action_count=answer.action_count,
    )


def _check_named(answer: Answer, by_id: Mapping[str, Prediction]) -> None:
    """Refuse predictions of another session, and those of which an answer says two things."""
    kept = {box.prediction_id for box in answer.boxes if box.prediction_id}  # one may have become several boxes
    named = [*kept, *answer.rejected_prediction_ids, *answer.unreviewed_prediction_ids]
    for prediction_id, count in Counter(named).items():
        if prediction_id not in by_id:
            raise InvalidInput(f"Session {answer.session_id} has no prediction {prediction_id[:80]!r}.")
        if count > 1:
            raise InvalidInput(
                f"Prediction {prediction_id!r} can be kept, rejected or not reviewed, once; it is named {count} times."
            )


def _by_id(named: Iterable[Prediction]) -> tuple[Prediction, ...]:
    return tuple(sorted(named, key=lambda prediction: prediction.id))


def _to_annotation(
    box: Box, session: Session, recording: Recording, round_: Round, by_id: dict[str, Prediction]
) -> Annotation:
    """Turn a box into recording time and find out where it came from."""
    prediction = by_id[box.prediction_id] if box.prediction_id else None
    if box.label not in round_.label_names and (prediction is None or box.label != prediction.label):
        raise InvalidInput(f"Label {box.label[:80]!r} is not in the round's list: {', '.join(round_.label_names)}.")
    start_s, end_s = session.to_recording_s(box.start_s), session.to_recording_s(box.end_s)
    if start_s < session.start_s - SAME or end_s > session.end_s + SAME:
        raise InvalidInput(
            f"A box must lie within the session, 0 to {session.duration_s:.3f} s; "
            f"found {box.start_s:.3f} to {box.end_s:.3f} s."
        )
    nyquist_hz = recording.sample_rate_hz / 2
    if box.high_hz is not None and box.high_hz > nyquist_hz + SAME:
        raise InvalidInput(f"A box must lie below {nyquist_hz:g} Hz; found {box.high_hz:g} Hz.")
    annotation = Annotation(
        start_s=max(start_s, session.start_s),
        end_s=min(end_s, session.end_s),
        low_hz=box.low_hz,
        high_hz=None if box.high_hz is None else min(box.high_hz, nyquist_hz),
        label=box.label,
        comment=box.comment,
        unsure=box.unsure,
        individual=box.individual,
        call_type=box.call_type,
    )
    if prediction is None:
        return annotation
    edited = replace(
        annotation,
        origin=Origin.MODEL_EDITED,
        prediction_id=prediction.id,
        score=prediction.score,
        model=prediction.model,
    )
    if not _same_box(annotation, prediction):
        return edited
    return replace(  # the prediction's own numbers, untouched by the way through session time
        edited,
        origin=Origin.MODEL_ACCEPTED,
        start_s=prediction.start_s,
        end_s=prediction.end_s,
        low_hz=prediction.low_hz,
        high_hz=prediction.high_hz,
    )


def _same_box(one: Annotation, other: Annotation | Prediction) -> bool:
    pairs = ((one.start_s, other.start_s), (one.end_s, other.end_s), (one.low_hz, other.low_hz))
    return one.label == other.label and all(
        a == b or (a is not None and b is not None and abs(a - b) <= SAME)
        for a, b in (*pairs, (one.high_hz, other.high_hz))
    )


def _repeated(known: Submission, submission: Submission) -> Receipt:
    _check_same(known, submission)
    return Receipt(known, repeated=True, conflict=None)


def _check_same(known: Submission, submission: Submission) -> None:
    """Refuse the reuse of an id; times and telemetry differ between two tries of the same answer."""
    if _content(known) != _content(submission):
        raise Conflict(
            f"Submission id {submission.id} was used before, for session {known.session_id} by {known.annotator} "
            "with other content. Nothing was changed; submit again under a new id."
        )


def _content(submission: Submission) -> Submission:
    return replace(
        submission,
        submitted_at=datetime.max.replace(tzinfo=UTC),
        revision=0,
        rejected=_by_id(submission.rejected),
        unreviewed=_by_id(submission.unreviewed),
        active_s=None,
        action_count=None,
    )


def _describe_conflict(mine: Submission, history: list[Submission]) -> str | None:
    meanwhile = [each for each in history if mine.base_revision < each.revision < mine.revision]
    others = [each for each in meanwhile if each.outcome is not Outcome.SKIPPED]
    if not others:
        return None
    names = ", ".join(sorted({each.annotator for each in others}))
    return (
        f"While you worked on {mine.session_id}, {names} submitted too. Nothing is lost: yours is kept as revision "
        f"{mine.revision}, and both can be compared on the Review page."
    )
