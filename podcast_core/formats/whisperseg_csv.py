"""CSV of WhisperSeg and of the annotation interface around it.

The interface writes seven columns (``onset, offset, species, individual, clustername, filename, channelIndex``), its
later versions nine (with ``minFrequency, maxFrequency``; -1: none). WhisperSeg itself has ``onset, offset, cluster``
in a file named after the recording. Times are seconds from the start of the recording, channels count from 0.

Our label is ``clustername`` (or ``cluster``), and the species where that is missing or "Unknown". A row with onset
and offset -1 stands for a recording that was submitted without any annotation; the interface's own "Annotated Area"
is no annotation. The interface splits lines at every comma: labels with a comma are quoted here, which it cannot read.
"""

from collections.abc import Mapping, Sequence

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.submission import Outcome
from podcast_core.formats import session_tables
from podcast_core.formats.columns import name_after
from podcast_core.formats.contents import (
    Batch,
    Contents,
    Entry,
    FileAnswer,
    FileBox,
    LeftOut,
    collect,
    name_recordings,
)
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, name_unused, sort_marks
from podcast_core.formats.tables import Cell, Row, one_line, read_header, read_rows, write_csv

ANNOTATIONS = "annotations.csv"
UNKNOWN = "Unknown"
AREA = "Annotated Area"
NO_FREQUENCY = -1  # WhisperSeg's word for it
NINE = (
    *("onset", "offset", "minFrequency", "maxFrequency"),
    *("species", "individual", "clustername", "filename", "channelIndex"),
)
SCORES = ("score", "confidence")
USED = {*NINE, *SCORES, "cluster"}
SEVEN = tuple(column for column in NINE if not column.endswith("Frequency"))


def write(batch: Batch) -> dict[str, bytes]:
    """Write nine columns, and the session tables."""
    return _write(batch, NINE)


def write_seven(batch: Batch) -> dict[str, bytes]:
    """Write seven columns, without frequencies, and the session tables."""
    return _write(batch, SEVEN)


def read(name: str, data: bytes) -> Contents:
    """Read any of the three tables."""
    rows = read_rows(name, data, required=[("onset",), ("offset",)])
    parsed = collect([row for row in rows if row.text("species") != AREA], lambda row: _read_row(row, name))
    return sort_marks(parsed, name_unused(name, read_header(name, data), USED))


def fits(name: str, data: bytes) -> bool:
    """Tell a table with frequencies by its columns."""
    return _is_ours(header := read_header(name, data)) and "minFrequency" in header


def fits_seven(name: str, data: bytes) -> bool:
    """Tell a table without frequencies, that of WhisperSeg itself included, by its columns."""
    return _is_ours(header := read_header(name, data)) and "minFrequency" not in header


def _is_ours(header: Sequence[str]) -> bool:
    """Tell the interface's tables and WhisperSeg's own from those that call their labels something else."""
    has_times = {"onset", "offset"} <= set(header)
    return has_times and (bool({"cluster", "clustername"} & set(header)) or set(header) <= {*NINE, *SCORES})


def _write(batch: Batch, columns: tuple[str, ...]) -> dict[str, bytes]:
    names = name_recordings(batch)
    rows = [
        {column: cell for column, cell in _describe(entry, box, names).items() if column in columns}
        for entry in batch.entries
        for box in entry.annotations
    ]
    return {ANNOTATIONS: write_csv(columns, rows), **session_tables.write(batch)}


def _describe(entry: Entry, box: Annotation, names: Mapping[str, str]) -> dict[str, Cell]:
    return {
        "onset": box.start_s,
        "offset": box.end_s,
        "minFrequency": NO_FREQUENCY if box.low_hz is None else box.low_hz,
        "maxFrequency": NO_FREQUENCY if box.high_hz is None else box.high_hz,
        "species": UNKNOWN,
        "individual": box.individual or UNKNOWN,
        "clustername": one_line(box.label),
        "filename": names[entry.recording.id],
        "channelIndex": entry.session.channel,
    }


def _read_row(row: Row, name: str) -> FileBox | FileAnswer | LeftOut:
    audio = row.text("filename") or name_after(name)
    channel = row.find_channel("channelIndex", first=0)
    if row.find_number("onset") == -1 and row.find_number("offset") == -1:
        return row.make(FileAnswer, name=audio, outcome=Outcome.EMPTY.value, channel=channel)
    low_hz, high_hz = row.find_number("minFrequency"), row.find_number("maxFrequency")
    cluster, individual = row.text("clustername", "cluster"), row.text("individual")
    return make_mark(
        row,
        name=audio,
        start_s=row.number("onset"),
        end_s=row.number("offset"),
        label=row.text("species") or cluster if cluster in ("", UNKNOWN) else cluster,
        low_hz=None if low_hz == NO_FREQUENCY else low_hz,
        high_hz=None if high_hz == NO_FREQUENCY else high_hz,
        score=row.find_number(*SCORES),
        individual="" if individual == UNKNOWN else individual,
        channel=channel,
    )


FORMATS = {
    "whisperseg-csv": Format(
        "WhisperSeg CSV with frequencies",
        "The table of the annotation interface around WhisperSeg, with nine columns.",
        (".csv",),
        read=read,
        fits=fits,
        write=write,
        notes=("individual",),
    ),
    "whisperseg-csv-7": Format(
        "WhisperSeg CSV without frequencies",
        "The same as earlier versions of that interface have it, with seven columns.",
        (".csv",),
        read=read,
        fits=fits_seven,
        write=write_seven,
        has_bands=False,
        notes=("individual",),
    ),
}
