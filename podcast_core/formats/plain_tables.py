"""Tables in which nothing needs a second look before its cells are read, kept by columns.

Such a table has as many cells in each row as in its header, and neither quotes nor empty lines. Any other one is read
by `tables.read_table`.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from podcast_core.formats.encodings import decode, is_parquet
from podcast_core.formats.tables import MAX_CELLS, MAX_ROWS, Row, Table, find_delimiter


@dataclass(frozen=True, slots=True)
class PlainRows(Sequence[Row]):
    """The rows of a plain table by columns; each is made when it is asked for."""

    name: str
    columns: Mapping[str, Sequence[str]]
    row_count: int

    def __len__(self) -> int:
        return self.row_count

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, at: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(at, slice):
            return tuple(self[each] for each in range(*at.indices(self.row_count)))
        cells = {column: texts[at] for column, texts in self.columns.items()}
        return Row(f"{self.name}, line {range(2, self.row_count + 2)[at]}", cells)


def list_cells(rows: Sequence[Row], column: str) -> Iterable[str]:
    """List the cells of a column, empty where there is none."""
    if isinstance(rows, PlainRows):
        return rows.columns.get(column, ())
    return (row.text(column) for row in rows)


def read_plain(name: str, data: bytes, *, required: Sequence[str] = ()) -> Table | None:
    """Read a table by columns; None where it is not plain, or lacks one that is required."""
    if is_parquet(data) or b'"' in data or b"\0" in data:
        return None
    text = decode(name, data)
    delimiter = find_delimiter(text)
    if delimiter != "," and "," in text:  # it may part thousands
        return None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    except csv.Error:
        return None
    header = [each.strip() for each in rows[0]] if rows else []
    width, count = len(header), len(rows) - 1
    if width < 2 or not 1 <= count <= MAX_ROWS or count * width > MAX_CELLS or set(map(len, rows)) != {width}:
        return None
    columns = dict(zip(header, zip(*rows[1:], strict=True), strict=True))
    is_clear = len(columns) == width and all(header) and header[0] not in set(map(str.strip, columns[header[0]]))
    if not (is_clear and set(required) <= columns.keys()):  # the header comes again, or is none
        return None
    return Table(tuple(header), PlainRows(name, columns, count), delimiter)
