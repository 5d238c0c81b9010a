"""Tables in text files: reading what people and programs write, writing what everybody can read."""

import csv
import io
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from podcast_core.errors import InvalidInput, name_some
from podcast_core.formats import parquet_tables
from podcast_core.formats.encodings import HEADER_BYTES, decode
from podcast_core.formats.encodings import is_parquet as is_parquet
from podcast_core.formats.findings import Unreadable, collect
from podcast_core.formats.numbers import find_unclear, parse_number

MISSING = {"", "na", "n/a", "nan", "none", "null"}
YES = {"yes", "true", "1", "x"}
NO = {*MISSING, "no", "false", "0"}
MAX_ROWS, MAX_CELLS = 1_000_000, 10_000_000  # of one table
DELIMITERS = ("\t", ",", ";", "|")
SEPARATOR_LINE = re.compile(r"\"?sep=([\t,;])?\"?", re.IGNORECASE)
PEEKED_LINES = 6
PLAIN_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{1,30})?").fullmatch
GUARDED = operator.methodcaller("startswith", "'")
FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet runs, and what `write_sheet` has put an apostrophe before
T = TypeVar("T")
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row by column name; columns may be asked for by several names, the first with a value counts."""

    where: str
    cells: Mapping[str, str]
    unclear: frozenset[str] = frozenset()  # columns whose signs may part thousands, see `numbers.find_unclear`

    def text(self, *columns: str) -> str:
        """Get the cell as text, empty when it is missing."""
        get = self.cells.get
        for column in columns:
            if cell := get(column):
                return cell
        return ""

    def find_number(self, *columns: str) -> float | None:
        """Get the cell as a number, None when it is missing or not a number by name (NaN, NA).

        Raises
        ------
        InvalidInput
            When there is other text in it.
        """
        column = columns[0] if len(columns) == 1 else next(filter(self.cells.get, columns), columns[0])
        text = (self.cells.get(column) or "").strip()
        if not self.unclear and PLAIN_NUMBER(text):  # as nearly always
            return float(text)
        if not text or ((text.isalpha() or "/" in text) and text.lower() in MISSING):
            return None
        if self.unclear and column in self.unclear and (sign := next((each for each in ",." if each in text), "")):
            raise self.refuse(
                f"expected numbers with one decimal sign in {column}, found {text[:40]!r}, whose "
                f"{'comma' if sign == ',' else 'point'} may part thousands. Write all decimals with a point, and no "
                "sign between thousands"
            )
        try:
            return parse_number(text)
        except ValueError as error:
            raise self.refuse(f"expected {error} in {column}, found {text[:40]!r}") from None

    def number(self, *columns: str) -> float:
        """Get the cell as a number; InvalidInput when there is none."""
        number = self.find_number(*columns)
        if number is None:
            found = repr(self.text(*columns).strip()[:40]) if self.text(*columns).strip() else "nothing"
            raise self.refuse(f"expected a number in {columns[0]}, found {found}")
        return number

    def find_channel(self, column: str, *, first: int) -> int | None:
        """Get the cell as a channel from 0, where the file counts from ``first``; InvalidInput for any other number."""
        number = self.find_number(column)
        if number is None:
            return None
        if number < first or number != int(number):
            raise self.refuse(f"expected a channel ({first}, {first + 1}, ...), found {number:g}")
        return int(number) - first

    def find_count(self, column: str) -> int | None:
        """Get the cell as a whole number from 0 on; None when it is missing; InvalidInput for any other number."""
        number = self.find_number(column)
        if number is None:
            return None
        if number < 0 or number != int(number):
            raise self.refuse(f"expected a whole number in {column}, found {number:g}")
        return int(number)

    def flag(self, column: str) -> bool:
        """Get the cell as yes or no; a missing one is no; InvalidInput for other text."""
        text = self.text(column).strip().lower()
        if not text:
            return False
        if text in YES or text in NO:
            return text in YES
        raise self.refuse(f"expected yes or no in {column}, found {text[:40]!r}")

    def find_time(self, column: str) -> datetime | None:
        """Get the cell as UTC; InvalidInput when it has no zone."""
        text = self.text(column)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise self.refuse(f"expected a time with its zone in {column}, found {text[:40]!r}")
        return moment.astimezone(UTC)

    def make(self, kind: Callable[..., T], **fields: object) -> T:
        """Make a thing of the row's values; what it refuses is InvalidInput, with the line."""
        try:
            return kind(**fields, where=self.where)
        except InvalidInput as error:
            raise self.refuse(str(error)) from error

    def refuse(self, reason: str) -> InvalidInput:
        """Make the error that says why this row cannot be used."""
        return Unreadable(self.where, reason)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was found: its header, its rows, and what parts the columns (nothing in Parquet)."""

    header: tuple[str, ...]
    rows: Sequence[Row]
    delimiter: str = ""


def read_rows(name: str, data: bytes, *, required: Sequence[tuple[str, ...]], plain: bool = False) -> list[Row]:
    """Read a table's rows, see `read_table`."""
    return list(read_table(name, data, required=required, plain=plain).rows)


def read_table(name: str, data: bytes, *, required: Sequence[tuple[str, ...]] = (), plain: bool = False) -> Table:
    """Read a table with a header line, with tabs, commas or semicolons, found out from the first lines.

    Parameters
    ----------
    required
        Columns that must be there, each with its other names.
    plain
        Where the columns are parted by tabs, quotes are signs as any other, as Raven writes; not where the header is
        in quotes, as R writes.

    Raises
    ------
    InvalidInput
        When it is no text, has no header, lacks a column, or has a row that is longer than the header.
    """
    if is_parquet(data):
        return _read_parquet(name, data, required)
    text = decode(name, data)
    delimiter = find_delimiter(text)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_NONE if plain and delimiter == "\t" and text[:1] != '"' else csv.QUOTE_MINIMAL,
        strict=True,
    )
    try:
        header = _read_header(reader)
        _check_header(name, header, required)
        lines = (
            (f"{name}, line {reader.line_num}", values)
            for values in _count(name, reader)
            if any(map(str.strip, values)) and not _is_header(values, header)
        )
        rows = collect(lines, lambda line: _make_row(*line, header))
    except csv.Error as error:
        raise InvalidInput(f"{name}, line {reader.line_num}: not a table: {error}") from None
    if "," in text and (delimiter != "," or '"' in text):  # else no cell has one
        rows = _mark_unclear(rows, header, comma_is_decimal=delimiter == ";")
    return Table(tuple(header), rows, delimiter)


def _is_header(values: Sequence[str], header: Sequence[str]) -> bool:
    """Tell the header when it comes again, as in tables that were joined."""
    return bool(header) and values[0].strip() == header[0] and [each.strip() for each in values] == header


def _count(name: str, reader: Iterable[list[str]]) -> Iterator[list[str]]:
    """Count rows and cells, and refuse more than anybody has use for: in memory they are far larger than a file."""
    cells = 0
    for rows, values in enumerate(reader, start=1):
        cells += len(values)
        if rows > MAX_ROWS or cells > MAX_CELLS:
            raise InvalidInput(f"{name}: expected at most {MAX_ROWS:,} rows, {MAX_CELLS:,} cells. Split the table.")
        yield values


def _make_row(where: str, values: Sequence[str], header: Sequence[str]) -> Row:
    if len(values) > len(header) and any(values[len(header) :]):
        raise Unreadable(where, f"expected {len(header)} columns, found {len(values)}")
    return Row(where, dict(zip(header, values, strict=False)))


def _read_header(reader: Iterator[list[str]]) -> list[str]:
    """Read the first line that is no comment; one that only names the delimiter, as Excel takes it, is none either."""
    first = next(reader, [])
    while _is_comment(first):
        first = next(reader, [])
    return [column.strip() for column in first]


def _is_comment(values: Sequence[str]) -> bool:
    is_alone = len([value for value in values if value]) == 1
    return is_alone and (values[0].startswith("#") or SEPARATOR_LINE.fullmatch(values[0].strip()) is not None)


def _mark_unclear(rows: list[Row], header: Sequence[str], *, comma_is_decimal: bool) -> list[Row]:
    if not any("," in cell for row in rows for cell in row.cells.values()):
        return rows
    cells = ((column, (row.cells.get(column, "") for row in rows)) for column in header)
    unclear = find_unclear(cells, comma_is_decimal=comma_is_decimal)
    return [replace(row, unclear=unclear) for row in rows] if unclear else rows


def read_header(name: str, data: bytes) -> list[str]:
    """Read only the names of the columns; empty when there are none."""
    if is_parquet(data):
        return parquet_tables.read_columns(name, data)
    return list(_read_first(data[:HEADER_BYTES].rpartition(b"\n")[0] if len(data) > HEADER_BYTES else data))


@lru_cache(maxsize=8)  # each format looks at it
def _read_first(begin: bytes) -> Sequence[str]:
    try:
        text = decode("", begin)
        return tuple(_read_header(csv.reader(io.StringIO(text, newline=""), delimiter=find_delimiter(text))))
    except (InvalidInput, csv.Error):
        return ()


def _read_parquet(name: str, data: bytes, required: Sequence[tuple[str, ...]]) -> Table:
    header, found = parquet_tables.read_cells(name, data, MAX_ROWS)
    _check_header(name, header, required)
    rows = [
        Row(f"{name}, row {number}", dict(zip(header, row, strict=True))) for number, row in enumerate(found, start=1)
    ]
    return Table(tuple(header), rows)


def find_delimiter(text: str) -> str:
    """Find what parts the columns of a table: what cuts its first lines into most parts, and all into as many."""
    lines = [line for line in text[:HEADER_BYTES].splitlines() if not line.startswith("# ")][:PEEKED_LINES]
    if lines and (said := SEPARATOR_LINE.fullmatch(lines[0].strip())) and said[1]:
        return said[1]
    return max(DELIMITERS, key=lambda delimiter: _count_parts(lines, delimiter))


def _count_parts(lines: Sequence[str], delimiter: str) -> tuple[bool, int]:
    try:
        counts = [len(values) for values in csv.reader(lines, delimiter=delimiter) if any(values)]
    except csv.Error:
        return False, 0
    return len(set(counts)) == 1 and counts[0] > 1, counts[0] if counts else 0


def _check_header(name: str, header: Sequence[str], required: Sequence[tuple[str, ...]]) -> None:
    doubles = sorted(column for column, count in Counter(header).items() if column and count > 1)
    if doubles:
        raise InvalidInput(f"{name}, line 1: the same column twice: {name_some(doubles)}")
    lacking = [" or ".join(names) for names in required if not set(names) & set(header)]
    if lacking:
        found = ", ".join(header)[:200] or "an empty file"
        raise InvalidInput(f"{name}, line 1: expected the column {'; and '.join(lacking)}, found {found}")


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """Write a CSV file by RFC 4180. Floats are written so that they read back exactly."""
    return _write(columns, rows, ",", "\r\n")


def write_sheet(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """Write a CSV file that people open in a spreadsheet.

    A spreadsheet runs a text that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, whoever wrote it. Such a text
    gets an apostrophe before it, as people do there by hand; `read_sheet` takes it off again.
    """
    guarded = ({column: _guard(cell) for column, cell in row.items()} for row in rows)
    return write_csv(columns, guarded)


def read_sheet(rows: Iterable[Row]) -> list[Row]:
    """Take off the apostrophes that `write_sheet` has put before texts."""
    return [_take_off(row) for row in rows]


def _take_off(row: Row) -> Row:
    if not any(map(GUARDED, row.cells.values())):
        return row
    return replace(row, cells={column: _unguard(text) for column, text in row.cells.items()})


def _guard(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def _unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def write_tsv(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """Write a tab-separated file with one line per row."""
    flat = ({column: one_line(cell) for column, cell in row.items()} for row in rows)
    return _write(columns, flat, "\t", "\n")


def write_plain(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """Write a tab-separated file without quoting."""
    lines = ["\t".join(columns)]
    for row in rows:
        cells = (one_line(row.get(column)) for column in columns)
        lines.append("\t".join("" if cell is None else str(cell) for cell in cells))
    return ("\n".join(lines) + "\n").encode()


def one_line(cell: Cell) -> Cell:
    """Replace tabs, line breaks and other control characters in text by spaces."""
    if not isinstance(cell, str) or cell.isprintable():
        return cell
    return "".join(character if character.isprintable() else " " for character in cell)


def _write(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]], delimiter: str, line_end: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
