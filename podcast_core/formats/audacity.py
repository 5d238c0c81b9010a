r"""Audacity label tracks: one file per recording and channel, tab-separated, without a header.

A label is a line ``start<TAB>end<TAB>text``; if it has a frequency band, a line ``\<TAB>low<TAB>high`` follows
(-1: not defined). The file's name says the rest: ``STEM[.RECORDING ID][.chN].txt``, where the id is there when two
recordings share a name, and the channel (from 1) when the recording has several.
"""

import re
from collections.abc import Callable

from podcast_core.domain import Annotation
from podcast_core.formats import session_tables
from podcast_core.formats.contents import Batch, Contents, FileBox, collect, group_tracks, parse_track_name
from podcast_core.formats.tables import Row, decode, one_line

SUFFIX = ".txt"
NUMBER = r"\d+([.]\d*)?(e-?\d+)?"
FIRST_LINE = re.compile(rf"\ufeff?\s*{NUMBER}\t{NUMBER}(\t|\r?\n|$)")
UNDEFINED_HZ = -1


def write(batch: Batch) -> dict[str, bytes]:
    """Write a label track for each channel of each recording in the batch, and the session tables."""
    return _write(batch, _to_lines)


def write_plain(batch: Batch) -> dict[str, bytes]:
    """Write the same with one line per label, without frequencies, for programs that know no second line."""
    return _write(batch, _to_line)


def read(name: str, data: bytes) -> Contents:
    """Read a label track, with or without frequencies."""
    rows: list[Row] = []
    for number, line in enumerate(decode(name, data).split("\n"), start=1):
        cells = line.rstrip("\r").split("\t", 2)
        where = f"{name}, line {number}"
        if cells[0] == "\\":
            if not rows:
                raise Row(where, {}).refuse("expected a label before its frequencies, found frequencies")
            rows[-1] = Row(rows[-1].where, {**rows[-1].cells, **dict(zip(("", "low", "high"), cells, strict=False))})
        elif any(cells):
            rows.append(Row(where, dict(zip(("start", "end", "label"), cells, strict=False))))
    stem, recording_id, channel = parse_track_name(name, SUFFIX)
    boxes = collect(rows, lambda row: _read_box(row, stem, recording_id, channel))
    return Contents(annotations=tuple(boxes))


def fits(name: str, data: bytes) -> bool:
    """Tell whether a file begins with a label: two numbers, tab, text, without any header."""
    return name.lower().endswith(SUFFIX) and FIRST_LINE.match(data[:1000].decode(errors="replace")) is not None


def _write(batch: Batch, to_text: Callable[[Annotation], str]) -> dict[str, bytes]:
    files = {
        name: "".join(to_text(box) for entry in entries for box in entry.annotations).encode()
        for name, entries in group_tracks(batch, SUFFIX).items()
    }
    return {**files, **session_tables.write(batch)}


def _to_line(box: Annotation) -> str:
    return f"{box.start_s}\t{box.end_s}\t{one_line(box.label)}\n"


def _to_lines(box: Annotation) -> str:
    return _to_line(box) if box.high_hz is None else f"{_to_line(box)}\\\t{box.low_hz}\t{box.high_hz}\n"


def _read_box(row: Row, name: str, recording_id: str, channel: int | None) -> FileBox:
    start_s, end_s = row.number("start"), row.number("end")
    if start_s == end_s:
        raise row.refuse("expected a label with a length, found a point label; give it an end in Audacity")
    low_hz, high_hz = row.find_number("low"), row.find_number("high")
    return row.make(
        FileBox,
        name=name,
        start_s=start_s,
        end_s=end_s,
        label=row.text("label"),
        low_hz=None if low_hz == UNDEFINED_HZ else low_hz,
        high_hz=None if high_hz == UNDEFINED_HZ else high_hz,
        recording_id=recording_id,
        channel=channel,
    )
