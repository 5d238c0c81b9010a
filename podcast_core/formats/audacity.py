r"""Audacity label tracks: one file per recording and channel, tab-separated, without a header.

A label is a line ``start<TAB>end<TAB>text``; if it has a frequency band, a line ``\<TAB>low<TAB>high`` follows
(-1: not defined). The file's name says the rest: ``STEM[.RECORDING ID][.chN].txt``, where the id is there when two
recordings share a name, and the channel (from 1) when the recording has several.
"""

import re
from collections import defaultdict

from podcast_core.domain import Annotation
from podcast_core.formats import session_tables
from podcast_core.formats.contents import Batch, Contents, FileBox, collect, name_tables, parse_table_name
from podcast_core.formats.tables import Row, decode, one_line

CHANNEL = re.compile(r"\.ch([1-9]\d*)$")
UNDEFINED_HZ = -1


def write(batch: Batch) -> dict[str, bytes]:
    """Write a label track for each channel of each recording in the batch, and the session tables."""
    names = name_tables(batch)
    tracks: dict[str, list[Annotation]] = defaultdict(list)
    for entry in batch.entries:
        stem = names[entry.recording.id]
        several = entry.recording.channel_count > 1 or CHANNEL.search(stem)
        tracks[f"{stem}.ch{entry.session.channel + 1}.txt" if several else f"{stem}.txt"] += entry.annotations
    files = {name: "".join(map(_to_lines, boxes)).encode() for name, boxes in tracks.items()}
    return {**files, **session_tables.write(batch)}


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
    stem = name.removesuffix(".txt")
    found = CHANNEL.search(stem)
    stem, recording_id = parse_table_name(CHANNEL.sub("", stem))
    channel = int(found[1]) - 1 if found else None
    boxes = collect(rows, lambda row: _read_box(row, stem, recording_id, channel))
    return Contents(annotations=tuple(boxes))


def _to_lines(box: Annotation) -> str:
    label = f"{box.start_s}\t{box.end_s}\t{one_line(box.label)}\n"
    return label if box.high_hz is None else f"{label}\\\t{box.low_hz}\t{box.high_hz}\n"


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
