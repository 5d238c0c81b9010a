"""Markers of Adobe Audition: one tab-separated file per recording and channel.

Columns ``Name, Start, Duration, Time Format, Type, Description``. Audition's decimal times have milliseconds, so
that is what is written; a box keeps at least one. Read are also hours, minutes and seconds with any number of decimals
after a point or a comma, and counts of samples (time format ``48000 Hz``). Markers without a length (points) are left
out and counted. The files are named as label tracks of Audacity are.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.session import Session
from podcast_core.formats import session_tables
from podcast_core.formats.contents import (
    Batch,
    Contents,
    Entry,
    FileBox,
    LeftOut,
    collect,
    group_tracks,
    parse_track_name,
)
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks
from podcast_core.formats.numbers import parse_number
from podcast_core.formats.tables import Cell, Row, read_header, read_rows, write_plain

SUFFIX = ".csv"
COLUMNS = ("Name", "Start", "Duration", "Time Format", "Type", "Description")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Audition's own files have it, and without it Audition takes text for Latin-1
TINY = 1e-6  # of a millisecond: what arithmetic leaves over
DECIMAL_TIME = re.compile(r"[+]?(?:(?:(\d{1,6}):)?(\d{1,9}):)?(\d{1,12}(?:[.,]\d*)?)", re.ASCII)
SAMPLES = re.compile(r"([1-9]\d{0,8}) Hz", re.IGNORECASE | re.ASCII)


def write(batch: Batch) -> dict[str, bytes]:
    """Write the markers of each channel of each recording, and the session tables."""
    files = {
        name: BYTE_ORDER_MARK
        + write_plain(COLUMNS, [_describe(entry, box) for entry in each for box in entry.annotations])
        for name, each in group_tracks(batch, SUFFIX).items()
    }
    return {**files, **session_tables.write(batch)}


def read(name: str, data: bytes) -> Contents:
    """Read markers that have a length; points are left out and counted."""
    rows = read_rows(name, data, required=[("Name",), ("Start",), ("Duration",)], plain=True)
    stem, recording_id, channel = parse_track_name(name, SUFFIX)
    place = {"name": stem, "recording_id": recording_id, "channel": channel}
    parsed = collect(rows, lambda row: _read_marker(row, place))
    return sort_marks(parsed)


def fits(name: str, data: bytes) -> bool:
    """Tell such a table by its columns."""
    return {"Name", "Start", "Duration", "Time Format"} <= set(read_header(name, data))


def _describe(entry: Entry, box: Annotation) -> dict[str, Cell]:
    start_ms, end_ms = _round(entry.session, box)
    return {
        "Name": box.label,
        "Start": _spell(start_ms),
        "Duration": _spell(end_ms - start_ms),
        "Time Format": "decimal",
        "Type": "Cue",
        "Description": box.comment,
    }


def _round(session: Session, box: Annotation) -> tuple[int, int]:
    """Round to milliseconds, but not over the session's borders: a part would come back as another session's."""
    first_ms, last_ms = math.ceil(session.start_s * 1000 - TINY), math.floor(session.end_s * 1000 + TINY)
    start_ms, end_ms = max(round(box.start_s * 1000), first_ms), min(round(box.end_s * 1000), last_ms)
    if start_ms >= end_ms:
        start_ms = max(min(start_ms, last_ms - 1), 0)
        end_ms = start_ms + 1
    return start_ms, end_ms


def _spell(ms: int) -> str:
    minutes, rest = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 1000:02d}.{rest % 1000:03d}" if hours or minutes else f"{rest // 1000}.{rest % 1000:03d}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds.zfill(6)}"


def _read_marker(row: Row, place: Mapping[str, Any]) -> FileBox | LeftOut:
    unit = row.text("Time Format").strip()
    rate = SAMPLES.fullmatch(unit)
    if rate is None and unit.lower() not in ("", "decimal"):
        raise row.refuse(f"expected decimal times in Time Format, or samples like 48000 Hz, found {unit[:40]!r}")
    start_s, duration_s = (
        row.number(column) / int(rate[1]) if rate else _read_time(row, column) for column in ("Start", "Duration")
    )
    return make_mark(
        row,
        **place,
        start_s=start_s,
        end_s=start_s + duration_s,
        label=row.text("Name").strip(),
        comment=row.text("Description").strip(),
    )


def _read_time(row: Row, column: str) -> float:
    text = row.text(column).strip()
    found = DECIMAL_TIME.fullmatch(text)
    if found is None:
        raise row.refuse(f"expected a time like 1:02.345 in {column}, found {text[:40]!r}")
    hours, minutes, seconds = found.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + parse_number(seconds)


FORMATS = {
    "audition": Format(
        "Adobe Audition markers",
        "One table of markers per recording and channel (Markers panel > Import).",
        (".csv",),
        read=read,
        fits=fits,
        write=write,
        has_bands=False,
        notes=("comment",),
        loss="Audition's times have milliseconds: starts and ends are rounded to them.",
        digits=3,
    ),
}
