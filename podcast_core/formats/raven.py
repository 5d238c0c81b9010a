"""Raven selection tables: one per recording, tab-separated, channels counted from 1.

Each file is a table of one recording, so that ``Begin Time (s)`` and ``File Offset (s)`` are the same and it
does not matter how Raven opens it. A box without a frequency band is drawn over the whole band and marked
in ``Time Only``; it comes back without a band unless somebody changed its frequencies in Raven. What the round
measures of its annotations stands under Raven's own names where it has the same. Raven's tables have
one line per selection: line breaks in a comment become spaces.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.formats import session_tables
from podcast_core.formats.column_names import simplify
from podcast_core.formats.columns import RowReader, Said
from podcast_core.formats.contents import (
    NOTES,
    Batch,
    Contents,
    Entry,
    FileAnswer,
    FileBox,
    name_tables,
    parse_table_name,
)
from podcast_core.formats.findings import LeftOut, collect
from podcast_core.formats.format import Format
from podcast_core.formats.guessing import choose
from podcast_core.formats.marks import sort_marks
from podcast_core.formats.names import parse_name
from podcast_core.formats.other_tables import describe_sequence
from podcast_core.formats.selections import merge_views
from podcast_core.formats.tables import Cell, Row, read_header, read_table, write_plain

COLUMNS = (
    *("Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)"),
    *("Begin File", "File Offset (s)", "Annotation", "Time Only", "Sample Rate (Hz)", "Origin", "Score", "Model"),
    *("Prediction ID", "Session ID", "Outcome", "Annotator"),
    *("Comment", "Unsure", "Individual", "Call Type"),
)
HOUSEKEEPING = frozenset(("Selection", "View"))
RAVENS_COLUMNS = frozenset((*COLUMNS[:9], "Begin Path", "Delta Time (s)"))  # with these there is nothing to guess
OURS = frozenset(("Time Only", "Sample Rate (Hz)", "Origin", "Prediction ID", "Outcome", "Annotator", "Unsure"))
AGAIN = r"(?:(?:(?<=\.selections)|(?<=\.table)) \(\d+\))?"  # of a browser that has saved the name before
TABLE_SUFFIX = re.compile(
    rf"(\.Table\.\d+)?(\.BirdNET)?(\.selections?)?(\.table)?{AGAIN}\.(txt|tsv|csv)$", re.IGNORECASE
)


def write(batch: Batch) -> dict[str, bytes]:
    """Write one table per recording that has sessions in the batch, and the session tables."""
    names = name_tables(batch)
    by_recording: dict[str, list[tuple[Entry, Annotation]]] = defaultdict(list)
    for entry in batch.entries:
        by_recording[entry.recording.id] += [(entry, box) for box in entry.annotations]
    measured = {name_measurement(name): name for name in batch.round_.display.measurements}
    files = {
        f"{names[recording_id]}.Table.1.selections.txt": write_plain((*COLUMNS, *measured), _list_rows(boxes, measured))
        for recording_id, boxes in by_recording.items()
    }
    return {**files, **session_tables.write(batch)}


def read(name: str, data: bytes, said: Said | None = None) -> Contents:
    """Read a table of ours or of Raven itself, saved with tabs or commas.

    Of a selection that is listed for several views only the spectrogram's row counts. Without ``Begin File`` and
    ``Begin Path`` the table's own name says which recording it belongs to. Labels and scores are looked for as in any
    table (`formats.guessing`).
    """
    table = read_table(name, data, plain=True)
    rows = merge_views(table.header, table.rows)
    is_ours = {"Session ID", "Prediction ID"} <= set(table.header)
    is_plain = is_ours or table.delimiter != "\t" or b'"' not in data
    table = replace(table, rows=rows if is_plain else [_unquote(row) for row in rows])
    ignored = HOUSEKEEPING | OURS | MEASURED if is_ours else HOUSEKEEPING
    meant = {"first_channel": "1", **({"label": "Annotation"} if is_ours else {})}  # whatever our labels look like
    chosen = choose(name, table, {**meant, **(said or {})}, ignored=ignored)
    stem, recording_id = parse_table_name(TABLE_SUFFIX.sub("", name))
    known = COLUMNS if is_ours else RAVENS_COLUMNS
    reader = RowReader(chosen.columns, stem)
    told: set[tuple[str, ...]] = set()
    contents = sort_marks(
        chain.from_iterable(collect(table.rows, lambda row: list(_read_row(row, reader, stem, recording_id, told)))),
        (each for each in chosen.guesses if each.value not in known),
    )
    return replace(contents, notes=describe_sequence(name, contents.annotations, chosen.columns))


def fits(name: str, data: bytes) -> bool:
    """Tell such a table by its columns."""
    header = {simplify(column) for column in read_header(name, data)}
    return "selection" in header and bool({"begintimes", "fileoffsets"} & header)


def name_measurement(name: str) -> str:
    """Name the column of a measurement as Raven does, or in the same way where it has none."""
    known = MEASUREMENTS[name]
    return known.raven or f"{known.title} ({known.unit})"


MEASURED = frozenset(map(name_measurement, MEASUREMENTS))


def _list_rows(boxes: list[tuple[Entry, Annotation]], measured: Mapping[str, str]) -> list[dict[str, Cell]]:
    in_order = sorted(boxes, key=lambda each: (each[1].start_s, each[1].end_s, each[0].session.channel))
    return [
        {
            **_describe(number, entry, box),
            **dict(zip(measured, entry.list_measured(box, tuple(measured.values())).values(), strict=True)),
        }
        for number, (entry, box) in enumerate(in_order, start=1)
    ]


def _describe(number: int, entry: Entry, box: Annotation) -> dict[str, Cell]:
    nyquist_hz = entry.recording.sample_rate_hz / 2
    return {
        "Selection": number,
        "View": "Spectrogram 1",
        "Channel": entry.session.channel + 1,
        "Begin Time (s)": box.start_s,
        "End Time (s)": box.end_s,
        "Low Freq (Hz)": 0.0 if box.low_hz is None else box.low_hz,
        "High Freq (Hz)": nyquist_hz if box.high_hz is None else box.high_hz,
        "Begin File": entry.recording.file_name,
        "File Offset (s)": box.start_s,
        "Annotation": box.label,
        "Time Only": "yes" if box.high_hz is None else "no",
        "Sample Rate (Hz)": entry.recording.sample_rate_hz,
        "Origin": box.origin.value,
        "Score": box.score,
        "Model": box.model,
        "Prediction ID": box.prediction_id,
        "Session ID": entry.session.id,
        "Outcome": entry.outcome,
        "Annotator": entry.submission.annotator if entry.submission else None,
        "Comment": box.comment,
        "Unsure": "yes" if box.unsure else "",
        "Individual": box.individual,
        "Call Type": box.call_type,
    }


def _read_row(
    row: Row, reader: RowReader, stem: str, recording_id: str, told: set[tuple[str, ...]]
) -> Iterator[FileBox | FileAnswer | LeftOut]:
    """Read a row's box, and what it says about its session unless another row has ``told`` the very same."""
    more: dict[str, object] = {"origin": origin} if (origin := row.text("Origin")) else {}
    if row.flag("Unsure"):
        more["unsure"] = True
    if "Prediction ID" in row.cells:  # ours: as it was written, with its blanks
        more |= {"prediction_id": row.text("Prediction ID"), "comment": row.text("Comment")}
    box = reader.read(row, **more)
    if recording_id and parse_name(box.name).stem == parse_name(stem).file:
        box = replace(box, recording_id=recording_id)
    if isinstance(box, FileBox) and _is_untouched(row, box):
        box = replace(box, low_hz=None, high_hz=None)
    yield box
    if box.session_id and row.text("Outcome"):
        words = (box.name, row.text("Outcome"), box.session_id, row.text("Annotator"))
        if words not in told:
            name, outcome, session_id, annotator = words
            yield row.make(FileAnswer, name=name, outcome=outcome, session_id=session_id, annotator=annotator)
        told.add(words)


def _is_untouched(row: Row, box: FileBox) -> bool:
    """Tell whether a box was written without a band, and nobody gave it one since."""
    if row.text("Time Only") != "yes" or box.low_hz != 0:
        return False
    rate_hz = row.find_number("Sample Rate (Hz)")
    return rate_hz is not None and box.high_hz == rate_hz / 2


def _unquote(row: Row) -> Row:
    """Take the quotes off that a spreadsheet puts around cells with a comma or a quote in them; Raven puts none."""
    if not any(cell.startswith('"') for cell in row.cells.values()):
        return row
    return replace(row, cells={column: _unquote_cell(cell) for column, cell in row.cells.items()})


def _unquote_cell(cell: str) -> str:
    inner = cell[1:-1]
    is_quoted = len(cell) > 2 and cell[0] == cell[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if is_quoted and ("," in inner or '""' in inner) else cell


FORMATS = {
    "raven": Format(
        "Raven selection tables",
        "One table per recording, to be opened in Raven Lite or Raven Pro beside the audio.",
        (".txt",),
        read=read,
        fits=fits,
        write=write,
        notes=NOTES,
        options={"columns": "said"},
        has_measurements=True,
    ),
}
