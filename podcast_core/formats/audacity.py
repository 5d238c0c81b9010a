r"""Audacity label tracks: one file per recording and channel, tab-separated, without a header.

A label is a line ``start<TAB>end<TAB>text``; if it has a frequency band, a line ``\<TAB>low<TAB>high`` follows
(-1: not defined). The file's name says the rest: ``STEM[.RECORDING ID][.chN].txt``, where the id is there when two
recordings share a name, and the channel (from 1) when the recording has several. Labels without a length (points) are
left out and counted. A number after the text is a score, as BirdNET writes it; any other further text is not used.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from podcast_core.domain.annotation import Annotation
from podcast_core.formats import session_tables
from podcast_core.formats.contents import (
    NOT_USED,
    Batch,
    Contents,
    FileBox,
    Guess,
    LeftOut,
    collect,
    group_tracks,
    parse_track_name,
)
from podcast_core.formats.encodings import decode
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks
from podcast_core.formats.numbers import NUMBER, is_number
from podcast_core.formats.tables import Row, one_line

SUFFIX = ".txt"
FIRST_LINE = re.compile(rf"\s*{NUMBER.pattern}[ ]*\t[ ]*{NUMBER.pattern}[ ]*(\t|\r?\n|$)")
LINE_END = re.compile(r"\r\n|\r|\n")
BIRDNETS = re.compile(r"\.BirdNET\.results(?=\.txt$)", re.IGNORECASE)
CELLS = ("start", "end", "label", "more")
UNDEFINED_HZ = -1  # Audacity's word for no frequency


def write(batch: Batch) -> dict[str, bytes]:
    """Write a label track for each channel of each recording in the batch, and the session tables."""
    return _write(batch, _to_lines)


def write_plain(batch: Batch) -> dict[str, bytes]:
    """Write the same with one line per label, without frequencies, for programs that know no second line."""
    return _write(batch, _to_line)


def read(name: str, data: bytes) -> Contents:
    """Read a label track, with or without frequencies; InvalidInput where a line is neither."""
    rows: list[Row] = []
    for number, line in enumerate(LINE_END.split(decode(name, data)), start=1):
        cells = line.split("\t", 3)
        where = f"{name}, line {number}"
        if cells[0] == "\\":
            if not rows:
                raise Row(where, {}).refuse("expected a label before its frequencies, found frequencies")
            rows[-1] = Row(rows[-1].where, {**rows[-1].cells, **dict(zip(("", "low", "high"), cells, strict=False))})
        elif any(cell.strip() for cell in cells):
            rows.append(Row(where, dict(zip(CELLS, cells, strict=False))))
    stem, recording_id, channel = parse_track_name(BIRDNETS.sub("", name), SUFFIX)
    place = {"name": stem, "recording_id": recording_id, "channel": channel}
    parsed = collect(rows, lambda row: _read_label(row, place))
    return sort_marks(parsed, _find_unused(rows))


def fits(name: str, data: bytes) -> bool:
    """Tell whether a file begins with a label (two numbers, tab, text, no header), or is an empty track."""
    if not name.lower().endswith(SUFFIX):
        return False
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    begin = data[:2000].decode(encoding, errors="replace")
    return not begin.strip() or FIRST_LINE.match(begin) is not None


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


def _read_label(row: Row, place: Mapping[str, Any]) -> FileBox | LeftOut:
    low_hz, high_hz = row.find_number("low"), row.find_number("high")
    return make_mark(
        row,
        **place,
        start_s=row.number("start"),
        end_s=row.number("end"),
        label=row.text("label").strip(),
        label_is_blank="label" in row.cells and not row.text("label").strip(),
        score=row.number("more") if _is_score(row) else None,
        low_hz=None if low_hz == UNDEFINED_HZ else low_hz,
        high_hz=None if high_hz == UNDEFINED_HZ else high_hz,
    )


def _is_score(row: Row) -> bool:
    return is_number(row.text("more")) and 0 <= row.number("more") <= 1


def _find_unused(rows: Iterable[Row]) -> Iterator[Guess]:
    """Name text after the label, which no label track has."""
    for row in rows:
        if (more := row.text("more").strip()) and not _is_score(row):
            yield Guess(row.where, NOT_USED, more[:80], "a label track has three columns")


FORMATS = {
    "audacity": Format(
        "Audacity labels",
        "One label track per recording and channel, with frequencies (File > Import > Labels in Audacity).",
        (".txt",),
        read=read,
        fits=fits,
        write=write,
    ),
    "audacity-plain": Format(
        "Audacity labels, one line each",
        "The same without frequencies, for older versions and for other programs that read such tracks.",
        (".txt",),
        read=read,
        fits=fits,
        write=write_plain,
        has_bands=False,
    ),
}
