"""Tables of the Deep Audio Segmenter (DAS): ``name, start_seconds, stop_seconds`` and in newer versions ``channel``.

A table lies beside its recording as ``STEM_annotations.csv``; tables of several recordings have a column ``filename``.
Events without a length (pulses) are points in time: they are left out and counted. Rows without times only say that
there is such a name. Channels count from 0; -1 is all of them.
"""

from podcast_core.formats.columns import name_after
from podcast_core.formats.contents import Contents, FileBox, LeftOut, collect
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks
from podcast_core.formats.tables import Row, read_header, read_rows

MARKS = {"name", "start_seconds", "stop_seconds"}
FILE_COLUMNS = ("filename", "file")
BESIDE = ("_annotations", "_definitions", "_predict")  # what DAS and its users add to the recording's name


def read(name: str, data: bytes) -> Contents:
    """Read such a table."""
    rows = read_rows(name, data, required=[("name",), ("start_seconds",), ("stop_seconds",)])
    stem = name_after(name)
    for ending in BESIDE:
        stem = stem.removesuffix(ending)
    timed = [row for row in rows if row.find_number("start_seconds") is not None]
    return sort_marks(collect(timed, lambda row: _read_row(row, stem)))


def fits(name: str, data: bytes) -> bool:
    """Tell such a table by its columns."""
    return set(read_header(name, data)) >= MARKS


def _read_row(row: Row, stem: str) -> FileBox | LeftOut:
    audio, label = row.text(*FILE_COLUMNS).strip() or stem, row.text("name").strip()
    start_s, end_s, number = row.number("start_seconds"), row.number("stop_seconds"), row.find_number("channel")
    channel = None if number == -1 else row.find_channel("channel", first=0)
    return make_mark(row, name=audio, start_s=start_s, end_s=end_s, label=label, channel=channel)


FORMATS = {
    "das": Format(
        "Deep Audio Segmenter",
        "Tables of DAS: name, start_seconds, stop_seconds. Pulses, which are points in time, are left out.",
        (".csv",),
        read=read,
        fits=fits,
        has_bands=False,
    ),
}
