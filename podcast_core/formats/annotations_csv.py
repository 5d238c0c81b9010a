"""CSV, the fullest format: one row per annotation and one, with empty times, per session without any.

``start_s``/``end_s`` count from the start of the recording, ``start_in_session_s``/``end_in_session_s`` from the
start of the session (``session_start_s`` in the recording); frequencies are in Hz, channels count from 0, and
``start_utc`` is the box's (or the session's) start where the recording knows when it began. The outcome,
annotator, time, revision, comment and newest review of a session are repeated in each of its rows, and so are the
threshold below which predictions were hidden, the seconds of work and the number of edits. What the round measures
of its annotations has a column for each measurement (`podcast_core.domain.measurement`). A box's own comment is
``box_comment``; ``unsure`` is "yes" where the annotator doubts the box. Predictions, also the rejected ones, are in
``predictions.csv`` (see `session_tables`) and never among the annotations.
"""

from collections.abc import Iterator, Sequence

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.formats import session_tables
from podcast_core.formats.contents import NOTES, Batch, Contents, Entry, FileAnswer, FileBox, LeftOut, collect
from podcast_core.formats.format import Format
from podcast_core.formats.marks import name_unused, sort_marks
from podcast_core.formats.session_tables import describe_answer, describe_session, describe_time
from podcast_core.formats.tables import Cell, Row, is_parquet, read_header, read_rows, read_sheet, write_sheet

ANNOTATIONS = "annotations.csv"
COLUMNS = (
    *("file_name", "recording_id", "session_id", "channel", "start_s", "end_s", "low_hz", "high_hz", "label"),
    *("outcome", "origin", "score", "model", "prediction_id", "start_utc"),
    *("start_in_session_s", "end_in_session_s", "session_start_s", "session_end_s"),
    *("annotator", "submitted_at", "revision", "comment", "review", "reviewer"),
    *("box_comment", "unsure", "individual", "call_type"),
    *("score_threshold", "active_s", "action_count"),
)


def write(batch: Batch) -> dict[str, bytes]:
    """Write a batch as ``annotations.csv`` and ``predictions.csv``."""
    return {
        ANNOTATIONS: write_sheet(list_columns(batch), list_rows(batch)),
        session_tables.PREDICTIONS: session_tables.write_predictions(batch),
    }


def read(name: str, data: bytes) -> Contents:
    """Read such a table, or any with at least ``file_name``, ``start_s``, ``end_s`` and ``label``."""
    rows = read_rows(name, data, required=[("file_name",), ("start_s",), ("end_s",), ("label",)])
    rows = rows if is_parquet(data) else read_sheet(rows)
    said: set[tuple[str, ...]] = set()
    parsed = collect(rows, lambda row: _read_row(row, said))
    marks = (each for pair in parsed for each in pair if each is not None)
    return sort_marks(marks, name_unused(name, read_header(name, data), (*COLUMNS, *MEASUREMENTS)))


def fits(name: str, data: bytes) -> bool:
    """Tell such a table by its columns."""
    return not is_parquet(data) and is_ours(read_header(name, data))


def is_ours(header: Sequence[str]) -> bool:
    """Tell our table, or one with no other columns than ours, from those that call some of them something else."""
    has_needed = {"file_name", "start_s", "end_s", "label"} <= set(header)
    return has_needed and ({"session_id", "outcome"} <= set(header) or set(header) <= {*COLUMNS, *MEASUREMENTS})


def list_columns(batch: Batch) -> tuple[str, ...]:
    """List the columns: those that all tables have, and what the round measures of its annotations."""
    return (*COLUMNS, *(name for name in batch.round_.display.measurements if name not in COLUMNS))


def list_rows(batch: Batch) -> Iterator[dict[str, Cell]]:
    """Give the rows of the table."""
    for entry in batch.entries:
        session = entry.session
        common: dict[str, Cell] = {
            **describe_session(entry),
            "session_start_s": session.start_s,
            "session_end_s": session.end_s,
            "start_utc": describe_time(entry, session.start_s),
            **describe_answer(entry),
        }
        yield from (
            {**common, **_describe_box(entry, box), **entry.list_measured(box, batch.round_.display.measurements)}
            for box in entry.annotations
        )
        if not entry.annotations:
            yield common


def _describe_box(entry: Entry, box: Annotation) -> dict[str, Cell]:
    return {
        "start_s": box.start_s,
        "end_s": box.end_s,
        "start_in_session_s": entry.session.to_session_s(box.start_s),
        "end_in_session_s": entry.session.to_session_s(box.end_s),
        "low_hz": box.low_hz,
        "high_hz": box.high_hz,
        "start_utc": describe_time(entry, box.start_s),
        "label": box.label,
        "origin": box.origin.value,
        "score": box.score,
        "model": box.model,
        "prediction_id": box.prediction_id,
        "box_comment": box.comment,
        "unsure": "yes" if box.unsure else "",
        "individual": box.individual,
        "call_type": box.call_type,
    }


def _read_row(row: Row, said: set[tuple[str, ...]]) -> tuple[FileBox | LeftOut | None, FileAnswer | None]:
    """Read a row's box, and what it says about its session unless another row has ``said`` the very same."""
    has_box = any(row.text(column) for column in ("start_s", "end_s", "label"))
    answer = None
    if row.text("outcome"):
        words = session_tables.take_words(row)
        answer = session_tables.read_answer(row) if words not in said else None
        said.add(words)
    if not has_box and not row.text("outcome"):
        raise row.refuse("expected a box (start_s, end_s, label) or an outcome, found neither")
    if not row.text("file_name"):
        raise row.refuse("expected a name in file_name, found nothing")
    return session_tables.read_box(row) if has_box else None, answer


FORMATS = {
    "csv": Format(
        "CSV",
        "Everything in one table, one row per annotation and one for each session without any. Take this one if in "
        "doubt: spreadsheets, R and pandas read it, and it comes back into Pod.Cast without a loss.",
        (".csv",),
        read=read,
        fits=fits,
        write=write,
        notes=NOTES,
        outcomes_in=ANNOTATIONS,
        has_people=True,
        has_measurements=True,
    ),
}
