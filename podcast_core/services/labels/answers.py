"""What annotators hand in, and how it becomes a submission: checked, in recording time, with the origin of each box."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.domain.box import ROUNDING
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.errors import InvalidInput, name_some
from podcast_core.storage import calibrating, people, predictions, recordings, rounds, sessions, submissions


def to_submission(connection: Connection, answer: Answer) -> tuple[Submission, str]:
    """Turn an answer into recording time, and find out where each box came from; of which recording it is, too.

    Raises
    ------
    NotFound
        When there is no such round or session.
    InvalidInput
        When a box, label, outcome or prediction does not fit the session.
    """
    round_ = rounds.get_round(connection, answer.round_id)
    session = sessions.get_session(connection, answer.round_id, answer.session_id)
    recording = recordings.get_recording(connection, session.recording_id)
    offered = predictions.list_all_predictions(connection, answer.round_id, answer.session_id)
    by_id = {prediction.id: prediction for prediction in offered}
    _check_named(answer, by_id)
    boxes = [_to_annotation(box, session, recording, round_, by_id) for box in answer.boxes]
    in_bulk = submissions.list_bulk_boxes(connection, answer.round_id, answer.session_id)
    boxes = [_keep_bulk(box, in_bulk) for box in boxes]
    submission = Submission(
        id=answer.submission_id,
        round_id=session.round_id,
        session_id=session.id,
        annotator=people.call_now(connection, answer.annotator),
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
        decides=tuple(sorted(answer.decides)),
    )
    if not answer.decides and session.id in round_.calibration.session_ids:
        calibrates = bool(calibrating.find_gold(connection, round_.id, [session.id]))
        submission = replace(submission, calibrates=calibrates, beside=calibrates)
    return submission, recording.id


def _check_named(answer: Answer, by_id: Mapping[str, Prediction]) -> None:
    """Refuse predictions of another session, and those of which an answer says two things."""
    kept = {box.prediction_id for box in answer.boxes if box.prediction_id}  # one may have become several boxes
    named = [*kept, *answer.rejected_prediction_ids, *answer.unreviewed_prediction_ids]
    for prediction_id, count in Counter(named).items():
        if prediction_id not in by_id:
            raise InvalidInput(f"Session {answer.session_id} has no prediction {prediction_id[:80]!r}.")
        if count > 1:
            raise InvalidInput(
                f"Prediction {prediction_id!r} can be kept, rejected or left unreviewed, once; it is named {count} "
                f"times."
            )


def _by_id(named: Iterable[Prediction]) -> tuple[Prediction, ...]:
    return tuple(sorted(named, key=lambda prediction: prediction.id))


def _to_annotation(
    box: AnswerBox, session: Session, recording: Recording, round_: Round, by_id: dict[str, Prediction]
) -> Annotation:
    """Turn a box into recording time and find out where it came from."""
    prediction = by_id[box.prediction_id] if box.prediction_id else None
    box = replace(box, label=round_.name_now(box.label))  # it may have been renamed since it was drawn
    if box.label not in round_.label_names and (prediction is None or box.label != prediction.label):
        raise InvalidInput(f"Label {box.label[:80]!r} is not in the round's list: {name_some(round_.label_names)}.")
    placed = box.shifted(session.start_s)
    if not placed.is_within(session):
        raise InvalidInput(
            f"A box must lie within the session, 0 to {session.duration_s:.3f} s; "
            f"found {box.start_s:.3f} to {box.end_s:.3f} s."
        )
    nyquist_hz = recording.sample_rate_hz / 2
    if box.high_hz is not None and box.high_hz > nyquist_hz + ROUNDING:
        raise InvalidInput(f"A box must lie below {nyquist_hz:g} Hz; found {box.high_hz:g} Hz.")
    annotation = Annotation(
        start_s=max(placed.start_s, session.start_s),
        end_s=min(placed.end_s, session.end_s),
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
    if annotation.label != prediction.label or not annotation.is_at(prediction):
        return edited
    # The prediction's own numbers, untouched by the way through session time.
    return replace(edited, origin=Origin.MODEL_ACCEPTED).put_at(prediction)


def _keep_bulk(box: Annotation, in_bulk: Iterable[Annotation]) -> Annotation:
    """Let a box whose label was given in bulk stay one of them while nobody changes it, as an accepted one does."""
    for known in in_bulk:
        if known.prediction_id == box.prediction_id and known.label == box.label and known.is_at(box):
            return replace(box, origin=known.origin, bulk_id=known.bulk_id).put_at(known)
    return box


def content_of(submission: Submission) -> Submission:
    """Strip a submission of what differs between two tries of the same answer: times, telemetry, order."""
    return replace(
        submission,
        submitted_at=datetime.max.replace(tzinfo=UTC),
        revision=0,
        rejected=_by_id(submission.rejected),
        unreviewed=_by_id(submission.unreviewed),
        active_s=None,
        action_count=None,
        beside=submission.beside and not submission.calibrates,
        calibrates=False,
    )
