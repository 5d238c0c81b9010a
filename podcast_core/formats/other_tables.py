"""Tables of any program, text or Parquet: columns are said or guessed, and every guess is told."""

from collections.abc import Sequence
from dataclasses import replace

from podcast_core.errors import count_of
from podcast_core.formats.box_columns import read_boxes
from podcast_core.formats.column_names import simplify
from podcast_core.formats.columns import SUFFIXES, Columns, RowReader, Said, name_after
from podcast_core.formats.columns import SUFFIXES as TABLE_SUFFIXES
from podcast_core.formats.contents import Contents, FileBox, list_named
from podcast_core.formats.findings import collect
from podcast_core.formats.format import Format
from podcast_core.formats.guessing import choose, guess
from podcast_core.formats.marks import sort_marks
from podcast_core.formats.names import parse_name
from podcast_core.formats.plain_tables import read_plain
from podcast_core.formats.selections import merge_views
from podcast_core.formats.tables import read_header, read_table


def read(name: str, data: bytes, said: Said | None = None) -> Contents:
    """Read a table's boxes.

    Raises
    ------
    InvalidInput
        When a column that was said is not there or one that is needed cannot be guessed, and with every row that
        cannot be read.
    """
    table = read_plain(name, data) or read_table(name, data)
    table = replace(table, rows=merge_views(table.header, table.rows))
    chosen = choose(name, table, said or {})
    boxes = read_boxes(table, chosen.columns)
    if boxes is None:
        contents = sort_marks(collect(table.rows, RowReader(chosen.columns, name_after(name)).read), chosen.guesses)
    else:
        contents = Contents(boxes, guesses=chosen.guesses)
    return replace(contents, notes=describe_sequence(name, contents.annotations, chosen.columns))


def fits(name: str, data: bytes) -> bool:
    """Tell whether a start, an end and a file or session can be guessed from a table's columns."""
    if not name.lower().endswith(SUFFIXES):
        return False
    guessed = guess(read_header(name, data))
    return guessed.is_complete and bool(guessed.file or guessed.session)


def describe_sequence(name: str, boxes: Sequence[FileBox], columns: Columns) -> tuple[str, ...]:
    """Warn where times of a table over several files may run on from one to the next: nothing in it tells."""
    files = {parse_name(box.name).file for box in list_named(boxes)}
    if columns.file_offset or len(files) < 2 or not simplify(columns.start).startswith("begintime"):
        return ()
    return (
        f"{name}: the table names {count_of(len(files), 'file')} and has no column File Offset (s), so its times were "
        "taken to begin anew in each file. If they run on over a sequence of files, save it with that column.",
    )


FORMATS = {
    "table": Format(
        "Another table",
        "Any table, CSV, TSV or Parquet: say which column is what, or let it be guessed from the names.",
        TABLE_SUFFIXES,
        read=read,
        fits=fits,
        notes=("comment", "individual", "call_type"),
        options={"columns": "said"},
    ),
}
