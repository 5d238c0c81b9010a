"""Two tables that lie beside annotations, for all that the other formats cannot say.

``sessions.csv`` has one row per session with its outcome, so that *empty* and "never looked at" cannot be confused;
its column ``review`` says what a reviewer thought of the answer. ``predictions.csv`` has every prediction and what the
annotator did with it: accepted, edited, labelled in bulk, rejected, passed over (not reviewed), or nothing yet (empty).
Channels count from 0, times from the start of the recording.
"""

from dataclasses import replace

from podcast_core.domain.annotation import Origin
from podcast_core.formats.contents import Batch, Contents, Entry, FileAnswer, FileBox, LeftOut, collect
from podcast_core.formats.marks import make_mark, name_unused, sort_marks
from podcast_core.formats.tables import Cell, Row, read_header, read_rows, read_sheet, write_sheet

SESSIONS = "sessions.csv"
PREDICTIONS = "predictions.csv"
REJECTED = "rejected"
NOT_REVIEWED = "not reviewed"

SESSION_COLUMNS = (
    *("file_name", "recording_id", "session_id", "channel", "start_s", "end_s", "start_utc"),
    *("outcome", "annotation_count", "annotator", "submitted_at", "revision", "comment", "review", "reviewer"),
    *("score_threshold", "active_s", "action_count"),
)
PREDICTION_COLUMNS = (
    *("file_name", "recording_id", "session_id", "channel", "start_s", "end_s", "low_hz", "high_hz"),
    *("label", "score", "model", "prediction_id", "decision"),
)
ANSWER_COLUMNS = (
    *("file_name", "outcome", "session_id", "recording_id", "channel", "annotator", "submitted_at", "comment"),
    *("score_threshold", "active_s", "action_count"),
)
DECISIONS = {Origin.MODEL_ACCEPTED: "accepted", Origin.MODEL_EDITED: "edited", Origin.BULK: "labelled in bulk"}


def write(batch: Batch) -> dict[str, bytes]:
    """Write both tables of a batch."""
    return {SESSIONS: write_sessions(batch), PREDICTIONS: write_predictions(batch)}


def write_sessions(batch: Batch) -> bytes:
    """Write ``sessions.csv``."""
    rows = (
        {
            **describe_session(entry),
            "start_s": entry.session.start_s,
            "end_s": entry.session.end_s,
            "start_utc": describe_time(entry, entry.session.start_s),
            "annotation_count": len(entry.annotations),
            **describe_answer(entry),
        }
        for entry in batch.entries
    )
    return write_sheet(SESSION_COLUMNS, rows)


def write_predictions(batch: Batch) -> bytes:
    """Write ``predictions.csv``."""
    rows: list[dict[str, Cell]] = []
    for entry in batch.entries:
        decisions = _list_decisions(entry)
        rows += [
            {
                **describe_session(entry),
                "start_s": prediction.start_s,
                "end_s": prediction.end_s,
                "low_hz": prediction.low_hz,
                "high_hz": prediction.high_hz,
                "label": prediction.label,
                "score": prediction.score,
                "model": prediction.model,
                "prediction_id": prediction.id,
                "decision": decisions.get(prediction.id, ""),
            }
            for prediction in sorted(entry.predictions, key=lambda box: (box.start_s, box.end_s, box.id))
        ]
    return write_sheet(PREDICTION_COLUMNS, rows)


def describe_session(entry: Entry) -> dict[str, Cell]:
    """Give the cells that name a session."""
    return {
        "file_name": entry.recording.file_name,
        "recording_id": entry.recording.id,
        "session_id": entry.session.id,
        "channel": entry.session.channel,
    }


def describe_answer(entry: Entry) -> dict[str, Cell]:
    """Give the cells about a session's answer and its newest review."""
    cells: dict[str, Cell] = {"outcome": entry.outcome}
    if entry.submission is not None:
        cells["annotator"] = entry.submission.annotator
        cells["submitted_at"] = entry.submission.submitted_at.isoformat()
        cells["revision"] = entry.submission.revision
        cells["comment"] = entry.submission.comment
        cells["score_threshold"] = entry.submission.score_threshold
        cells["active_s"] = entry.submission.active_s
        cells["action_count"] = entry.submission.action_count
    if entry.reviews:
        cells["review"] = entry.reviews[-1].verdict.value
        cells["reviewer"] = entry.reviews[-1].reviewer
    return cells


def describe_time(entry: Entry, recording_s: float) -> Cell:
    """Give the time (UTC) of a second of the recording, or nothing when it is not known."""
    moment = entry.time_at(recording_s)
    return None if moment is None else moment.isoformat()


def find_contents(name: str, data: bytes) -> Contents | None:
    """Read one of the two tables, told by its columns; None when it is neither."""
    if not name.lower().endswith(".csv"):
        return None
    header = read_header(name, data)
    if set(header) >= {"file_name", "outcome", "annotation_count"}:
        rows = read_sheet(read_rows(name, data, required=[("file_name",), ("outcome",)]))
        return Contents(answers=tuple(collect(rows, read_answer)), guesses=name_unused(name, header, SESSION_COLUMNS))
    if set(header) >= {"file_name", "prediction_id", "decision"}:
        needed = [("file_name",), ("start_s",), ("end_s",), ("prediction_id",)]
        rows = read_sheet(read_rows(name, data, required=needed))
        rejected, unreviewed = (
            frozenset(row.text("prediction_id") for row in rows if row.text("decision") == decision)
            for decision in (REJECTED, NOT_REVIEWED)
        )
        found = sort_marks(collect(rows, read_box), name_unused(name, header, PREDICTION_COLUMNS))
        return replace(found, annotations=(), predictions=found.annotations, rejected=rejected, unreviewed=unreviewed)
    return None


def take_words(row: Row) -> tuple[str, ...]:
    """Take the cells that `read_answer` makes an answer of."""
    return tuple([row.text(column) for column in ANSWER_COLUMNS])


def read_answer(row: Row) -> FileAnswer:
    """Read what a row says about its session."""
    return row.make(
        FileAnswer,
        name=row.text("file_name"),
        outcome=row.text("outcome"),
        session_id=row.text("session_id"),
        recording_id=row.text("recording_id"),
        channel=row.find_channel("channel", first=0),
        annotator=row.text("annotator"),
        submitted_at=row.find_time("submitted_at"),
        comment=row.text("comment"),
        score_threshold=row.find_number("score_threshold"),
        active_s=row.find_number("active_s"),
        action_count=row.find_count("action_count"),
    )


def read_box(row: Row) -> FileBox | LeftOut:
    """Read a row's box."""
    return make_mark(
        row,
        name=row.text("file_name"),
        start_s=row.number("start_s"),
        end_s=row.number("end_s"),
        low_hz=row.find_number("low_hz"),
        high_hz=row.find_number("high_hz"),
        label=row.text("label"),
        score=row.find_number("score"),
        model=row.text("model"),
        origin=row.text("origin"),
        prediction_id=row.text("prediction_id"),
        session_id=row.text("session_id"),
        recording_id=row.text("recording_id"),
        channel=row.find_channel("channel", first=0),
        comment=row.text("box_comment"),
        unsure=row.flag("unsure"),
        individual=row.text("individual"),
        call_type=row.text("call_type"),
    )


def _list_decisions(entry: Entry) -> dict[str, str]:
    if entry.submission is None:
        return {}
    kept = {box.prediction_id: DECISIONS[box.origin] for box in entry.annotations if box.prediction_id is not None}
    rejected = {prediction.id: REJECTED for prediction in entry.submission.rejected}
    return {**kept, **rejected, **{prediction.id: NOT_REVIEWED for prediction in entry.submission.unreviewed}}
