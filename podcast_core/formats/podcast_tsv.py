"""The tab-separated training tables of Orcasound's data sets, in both variants. One class, no frequencies.

``wav_filename`` is the session's id with ``.wav`` and times count from the session's start, as in the original,
where a session is a wav. ``date`` and, in variant B, the time of day are Pacific times of the recording's start:
all sessions of a recording share them, so that a split by ``pst_or_master_tape_identifier`` never tears a
recording apart. Only sessions with outcome labelled have rows. Empty sessions are written as a row
``0.0 0.0`` on request only, since readers differ in what they make of it; ``sessions.csv`` says it always.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from podcast_core.domain.submission import Outcome
from podcast_core.formats import session_tables
from podcast_core.formats.box_columns import read_boxes
from podcast_core.formats.columns import Columns, RowReader
from podcast_core.formats.contents import (
    Batch,
    Contents,
    Entry,
    FileAnswer,
    FileBox,
    LeftOut,
    collect,
    name_sessions,
)
from podcast_core.formats.format import Format
from podcast_core.formats.marks import name_unused, sort_marks
from podcast_core.formats.plain_tables import read_plain
from podcast_core.formats.tables import Cell, Row, read_header, read_table, write_tsv

ANNOTATIONS = "annotations.tsv"
TIMES = ("wav_filename", "start_time_s", "duration_s")
COLUMNS_A = (*TIMES, "location", "date", "data_source", "data_source_id")
COLUMNS_B = ("dataset", *TIMES, "location", "date", "pst_or_master_tape_identifier")
SAID = ("confidence", "label", "low_hz", "high_hz", "channel", "model")  # what tables of predictions have beside
MEANING = Columns(
    file="wav_filename",
    start="start_time_s",
    duration="duration_s",
    low="low_hz",
    high="high_hz",
    label="label",
    score="confidence",
    channel="channel",
    model="model",
)
USED = {*COLUMNS_A, *COLUMNS_B, *SAID}
PACIFIC = ZoneInfo("America/Los_Angeles")


def write_a(batch: Batch) -> dict[str, bytes]:
    """Write variant A (rounds 2 and 3): ``annotations.tsv`` and the session tables."""
    return _write(batch, COLUMNS_A, _describe_a)


def write_b(batch: Batch) -> dict[str, bytes]:
    """Write variant B (the combined data set): ``annotations.tsv`` and the session tables."""
    return _write(batch, COLUMNS_B, _describe_b)


def read(name: str, data: bytes) -> Contents:
    """Read either variant; a row ``0.0 0.0`` says that the wav is empty: no call in all of it."""
    plain = read_plain(name, data, required=TIMES)
    table = plain or read_table(name, data, required=[(column,) for column in TIMES])
    columns = MEANING if "label" in table.header else replace(MEANING, label="")
    boxes = read_boxes(table, columns)
    if boxes is not None:
        return Contents(boxes, guesses=name_unused(name, table.header, USED))
    reader = RowReader(columns, "")
    parsed = collect(table.rows, lambda row: _read_row(row, reader))
    return sort_marks(parsed, name_unused(name, table.header, USED))


def fits_a(name: str, data: bytes) -> bool:
    """Tell variant A by its columns, and any table with just the three that both have."""
    header = set(read_header(name, data))
    return set(TIMES) <= header <= {*COLUMNS_A, *SAID} - {"label"} or header >= {*TIMES, "data_source_id"}


def fits_b(name: str, data: bytes) -> bool:
    """Tell variant B by its columns."""
    return {*TIMES, "dataset"} <= set(read_header(name, data))


def _write(
    batch: Batch, columns: tuple[str, ...], describe: Callable[[Batch, Entry], dict[str, Cell]]
) -> dict[str, bytes]:
    rows: list[dict[str, Cell]] = []
    names = name_sessions(batch)
    for entry in batch.entries:
        common = {**describe(batch, entry), "wav_filename": names[entry.session.id]}
        if entry.outcome == Outcome.LABELLED:
            rows += [
                {
                    **common,
                    "start_time_s": entry.session.to_session_s(box.start_s),
                    "duration_s": box.end_s - box.start_s,
                }
                for box in entry.annotations
            ]
        elif entry.outcome == Outcome.EMPTY and batch.negatives:
            rows.append({**common, "start_time_s": 0.0, "duration_s": 0.0})
    return {ANNOTATIONS: write_tsv(columns, rows), **session_tables.write(batch)}


def _describe_a(batch: Batch, entry: Entry) -> dict[str, Cell]:
    return {
        "location": batch.round_.site or entry.recording.site,
        "date": _pacific(entry, "%Y-%m-%d"),
        "data_source": batch.round_.id,
        "data_source_id": PurePosixPath(entry.recording.file_name).stem,
    }


def _describe_b(batch: Batch, entry: Entry) -> dict[str, Cell]:
    stem = PurePosixPath(entry.recording.file_name).stem
    return {
        "dataset": batch.round_.id,
        "location": batch.round_.site or entry.recording.site,
        "date": _pacific(entry, "%Y-%m-%d"),
        "pst_or_master_tape_identifier": _pacific(entry, "%H:%M:%S") or stem,
    }


def _pacific(entry: Entry, pattern: str) -> str:
    started_at = entry.recording.started_at
    return "" if started_at is None else started_at.astimezone(PACIFIC).strftime(pattern)


def _read_row(row: Row, reader: RowReader) -> FileBox | FileAnswer | LeftOut:
    if row.find_number("start_time_s") == row.find_number("duration_s") == 0:
        return row.make(FileAnswer, name=row.text("wav_filename"), outcome=Outcome.EMPTY.value)
    return reader.read(row)


FORMATS = {
    "podcast-tsv-a": Format(
        "Pod.Cast TSV, rounds 2 and 3",
        "The training table of Orcasound's rounds 2 and 3, one row per call, times from the start of the session.",
        (".tsv",),
        read=read,
        fits=fits_a,
        write=write_a,
        only_calls=True,
        has_negatives=True,
    ),
    "podcast-tsv-b": Format(
        "Pod.Cast TSV, all rounds",
        "The training table of Orcasound's combined data set, with the Pacific time of day of the recording.",
        (".tsv",),
        read=read,
        fits=fits_b,
        write=write_b,
        only_calls=True,
        has_negatives=True,
    ),
}
