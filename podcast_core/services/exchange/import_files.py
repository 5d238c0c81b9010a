"""What imports read: files from the disk or an upload, their formats found out, their contents put together."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from podcast_core.errors import InvalidInput
from podcast_core.formats import (
    READABLE,
    columns,
    find_formats,
    orcahello,
    other_tables,
    podcast_json,
    predictions_table,
    session_tables,
)
from podcast_core.formats.columns import Columns, Said
from podcast_core.formats.contents import Contents, collect, join
from podcast_core.formats.guessing import guess
from podcast_core.formats.tables import read_header, read_rows

# Name and content, as uploaded or read from the disk. Of an open ZIP archive one member after the other is in memory.
Files = Sequence[tuple[str, bytes | BinaryIO]]
AUTO = "auto"
SUFFIXES = tuple(sorted({".csv", ".tsv", ".zip", *(end for each in READABLE.values() for end in each.suffixes)}))
TABLE_SUFFIXES = columns.SUFFIXES
LARGEST_ZIP = 2**30  # bytes when unpacked; so many rows are no work of human hands, but maybe an attack
BESIDE = (session_tables.SESSIONS, session_tables.PREDICTIONS)


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are to be read.

    ``columns`` says which column of a table is what (format ``table``). ``window_s`` mends OrcaHello's start times, see
    `orcahello.mend_start_times`.
    """

    format_name: str = AUTO
    columns: Said | None = None
    window_s: float | None = None

    def __post_init__(self) -> None:
        if self.format_name != AUTO and self.format_name not in READABLE:
            known = ", ".join((AUTO, *READABLE))
            raise InvalidInput(f"There is no format {self.format_name[:80]!r}; expected one of {known}.")
        if self.columns is not None and self.format_name not in (AUTO, "table"):
            raise InvalidInput(f"Columns are said for format table, not for {self.format_name}.")


@dataclass(frozen=True, slots=True)
class Found:
    """What files hold, and how many were read as which format, asked for or found out (``guessed``)."""

    contents: Contents
    formats: Mapping[str, int]
    is_guess: bool

    @property
    def guessed(self) -> Mapping[str, int]:
        """The formats, where they had to be found out."""
        return self.formats if self.is_guess else {}


@dataclass(frozen=True, slots=True)
class TablePreview:
    """The beginning of a table, and what its columns seem to mean."""

    file_name: str
    header: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    guess: Columns


def list_formats() -> dict[str, str]:
    """List the titles of all formats that can be read, by name; first the one that finds out."""
    return {AUTO: "Find out", **{name: each.title for name, each in READABLE.items()}}


def read_files(paths: Iterable[Path], suffixes: Sequence[str] = SUFFIXES) -> list[tuple[str, bytes]]:
    """Read files, and of folders all files with one of the suffixes (also in folders below).

    Raises
    ------
    InvalidInput
        When a path is missing or unreadable, or there is no such file.
    """
    files: list[tuple[str, bytes]] = []
    for path in paths:
        found = sorted(each for each in path.rglob("*") if _fits(each.name, suffixes)) if path.is_dir() else [path]
        try:
            files += [(str(each), each.read_bytes()) for each in found]
        except OSError as error:
            raise InvalidInput(f"{error.filename} cannot be read: {error.strerror}") from error
    if not files:
        raise InvalidInput(f"Expected files ending in {', '.join(suffixes)}, found none.")
    return files


def read_annotations(files: Files, reading: Reading) -> Found:
    """Read people's annotations and answers.

    Raises
    ------
    InvalidInput
        With every reason why a file cannot be used, also when its format cannot be told.
    """
    taken: Counter[str] = Counter()

    def read(file: tuple[str, bytes]) -> Contents:
        beside = session_tables.find_contents(*file)
        if beside is not None:
            return beside
        format_name = _choose(*file, reading)
        taken[format_name] += 1
        return _read(*file, format_name, reading)

    suffixes = list_suffixes(reading)
    return Found(join(collect(_unpack(files, suffixes), read)), dict(taken), reading.format_name == AUTO)


def read_predictions(files: Files, reading: Reading) -> Found:
    """Read a model's predictions; the boxes of formats that know annotations only are taken for them.

    Raises
    ------
    InvalidInput
        With every reason why a file cannot be used, also when its format cannot be told.
    """
    taken: Counter[str] = Counter()

    def read(file: tuple[str, bytes]) -> Contents:
        name, data = file
        beside = session_tables.find_contents(name, data)
        if beside is not None:
            return Contents(predictions=beside.predictions)
        if reading == Reading() and not name.lower().endswith(".json") and _is_predictions_table(name, data):
            return Contents(predictions=tuple(predictions_table.read(name, data)))
        format_name = _choose(name, data, reading)
        taken[format_name] += 1
        if format_name == "podcast-json":
            return Contents(predictions=podcast_json.read_document(name, data).boxes)
        contents = _read(name, data, format_name, reading)
        return Contents(predictions=contents.predictions or contents.annotations, notes=contents.notes)

    return Found(join(collect(_unpack(files, list_suffixes(reading)), read)), dict(taken), reading.format_name == AUTO)


def make_reading(format_name: str, values: Mapping[str, str] | Sequence[str] | None, window_s: float | None) -> Reading:
    """Say how files are to be read.

    ``values`` name a table's columns and units: by what they are, as a form has them, or in words like ``unit=ms``.

    Raises
    ------
    InvalidInput
        When they do not fit together.
    """
    if isinstance(values, Mapping):  # an empty label of a form is not said to be none; a label is never passed over
        words: Sequence[str] = [f"{key}={value}" for key, value in values.items() if value or key != "label"]
    else:
        words = values or ()
    return Reading(format_name, columns.parse_columns(words) if words else None, window_s or None)


def preview_table(files: Files, rows: int = 8, *, only_unknown: bool = False) -> TablePreview | None:
    """Show the beginning of the first table among files; None when there is none.

    ``only_unknown`` passes over tables that are in a known format.

    Raises
    ------
    InvalidInput
        When it cannot be read as a table.
    """
    for name, data in _unpack(files, TABLE_SUFFIXES):
        if name.lower().endswith(TABLE_SUFFIXES) and PurePath(name).name not in BESIDE:
            header = read_header(name, data)
            if only_unknown and (_is_predictions_table(name, data) or find_formats(name, data) not in ([], ["table"])):
                continue
            found = read_rows(name, data, required=()) if header else []  # all: guesses are checked against values
            shown = tuple(dict(row.cells) for row in found[:rows])
            return TablePreview(PurePath(name).name, tuple(header), shown, guess(header, found))
    return None


def _choose(name: str, data: bytes, reading: Reading) -> str:
    """Say which format a file is read as."""
    if reading.format_name != AUTO:
        return reading.format_name
    if reading.columns is not None and name.lower().endswith(TABLE_SUFFIXES):
        return "table"
    found = find_formats(name, data)
    if len(found) == 1:
        return found[0]
    if found:
        titles = ", ".join(f"{each} ({READABLE[each].title})" for each in found)
        raise InvalidInput(f"{name}: looks like several formats: {titles}. Say which one it is.")
    header = ", ".join(read_header(name, data)[:12])[:200]
    begin = f" Its first line: {header}." if header and name.lower().endswith(TABLE_SUFFIXES) else ""
    raise InvalidInput(
        f"{name}, line 1: the format cannot be told.{begin} Say which one it is ("
        f"{', '.join(READABLE)}), or for a table "
        "which column is what."
    )


def _read(name: str, data: bytes, format_name: str, reading: Reading) -> Contents:
    if format_name == "table":
        return other_tables.read(name, data, reading.columns)
    contents = READABLE[format_name].read(name, data)
    if format_name == "orcahello" and reading.window_s is not None:
        return orcahello.mend_start_times(contents, reading.window_s)
    return contents


def _is_predictions_table(name: str, data: bytes) -> bool:
    header = set(read_header(name, data))
    return all(header & set(names) for names in predictions_table.REQUIRED)


def list_suffixes(reading: Reading) -> tuple[str, ...]:
    """List the endings of the files that a format has, and of the tables beside them."""
    return SUFFIXES if reading.format_name == AUTO else (*READABLE[reading.format_name].suffixes, ".csv")


def _fits(name: str, suffixes: Sequence[str]) -> bool:
    return name.lower().endswith(tuple(suffixes)) and not name.startswith(".")


def _unpack(files: Files, suffixes: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Read files one by one, and in place of ZIP archives the files in them that have one of the suffixes."""
    for name, content in files:
        if not name.lower().endswith(".zip"):
            yield name, content if isinstance(content, bytes) else _rewound(content).read()
            continue
        try:
            with ZipFile(BytesIO(content) if isinstance(content, bytes) else content) as archive:
                members = [each for each in archive.infolist() if _fits(PurePath(each.filename).name, suffixes)]
                if sum(each.file_size for each in members) > LARGEST_ZIP:
                    raise InvalidInput(f"{name}: expected less than 1 GiB when unpacked")
                for each in members:
                    yield f"{name}/{each.filename}", archive.read(each)
        except (BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:  # RuntimeError: it has a password
            raise InvalidInput(f"{name}: expected a ZIP archive, found something else ({error})") from error


def _rewound(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file
