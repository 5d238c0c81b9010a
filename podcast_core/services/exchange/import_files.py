"""What imports read: files from the disk or an upload, their formats found out, their contents put together."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import BinaryIO

from podcast_core.domain.checks import check_score
from podcast_core.errors import InvalidInput
from podcast_core.formats import (
    READABLE,
    columns,
    find_formats,
    session_tables,
)
from podcast_core.formats.columns import Columns, Said
from podcast_core.formats.contents import Contents, join
from podcast_core.formats.documents import read_document
from podcast_core.formats.encodings import decode, is_binary, is_encoding, recode
from podcast_core.formats.findings import LeftOut, Why, leave_out_unreadable, refuse
from podcast_core.formats.guessing import guess
from podcast_core.formats.tables import MAX_ROWS, read_header, read_rows
from podcast_core.plain_files import read_regular
from podcast_core.progress import Progress, tell_nobody
from podcast_core.zips import check_sizes, open_zip, read_member

# Name and content, as uploaded or read from the disk. Of an open ZIP archive one member after the other is in memory.
Files = Sequence[tuple[str, bytes | BinaryIO]]
AUTO = "auto"
SUFFIXES = tuple(sorted({".csv", ".tsv", ".zip", *(end for each in READABLE.values() for end in each.suffixes)}))
TABLE_SUFFIXES = columns.SUFFIXES
MAX_FOUND = 2 * MAX_ROWS  # a table may be full, and say besides what its sessions are
MAX_ZIP = 2**30  # bytes when unpacked; so many rows are no work of human hands, but maybe an attack
BESIDE = (session_tables.SESSIONS, session_tables.PREDICTIONS)
WITH_COLUMNS = tuple(name for name, each in READABLE.items() if "columns" in each.options)


class _Foreign(InvalidInput):
    """A file that holds no labels: beside files that do, it is left out and named."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are to be read.

    ``columns`` says which column of a table is what (formats ``table``, ``raven`` and ``scores``). ``window_s`` mends
    start times of OrcaHello's documents. ``encoding`` is that of text files which are not UTF-8.
    ``leave_out_unreadable``: rows that cannot be read are left out, instead of refusing everything. ``tiers`` of Praat
    hold labels (none: all do), and of wide tables of scores those from ``least_score`` on are kept (None: above 0).
    """

    format_name: str = AUTO
    columns: Said | None = None
    window_s: float | None = None
    encoding: str = ""
    leave_out_unreadable: bool = False
    tiers: tuple[str, ...] = ()
    least_score: float | None = None

    def __post_init__(self) -> None:
        if self.format_name != AUTO and self.format_name not in READABLE:
            known = ", ".join((AUTO, *READABLE))
            raise InvalidInput(f"There is no format {self.format_name[:80]!r}; expected one of {known}.")
        if self.columns is not None and self.format_name not in (AUTO, *WITH_COLUMNS):
            raise InvalidInput(
                f"Columns can be given for the formats {', '.join(WITH_COLUMNS)}, not for {self.format_name}."
            )
        check_score(self.least_score, "The lowest score to keep")
        if self.encoding and not is_encoding(self.encoding):
            known = "windows-1252, windows-1251 or shift_jis"
            raise InvalidInput(f"There is no encoding {self.encoding[:40]!r}; expected one like {known}.")


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
    return {AUTO: "Detect automatically", **{name: each.title for name, each in READABLE.items()}}


def read_files(paths: Iterable[Path], suffixes: Sequence[str] = SUFFIXES) -> list[tuple[str, bytes]]:
    """Read files, and of folders all files with one of the suffixes (also in folders below).

    Raises
    ------
    InvalidInput
        When a path is missing or unreadable, or a pipe or a device, or there is no such file.
    """
    files: list[tuple[str, bytes]] = []
    for path in paths:
        found = sorted(each for each in path.rglob("*") if _fits(each.name, suffixes)) if path.is_dir() else [path]
        try:
            files += [(str(each), read_regular(str(each))) for each in found]
        except OSError as error:
            raise InvalidInput(f"{error.filename} cannot be read: {error.strerror}") from error
    if not files:
        raise InvalidInput(f"Expected files ending in {', '.join(suffixes)}, found none.")
    return files


def read_annotations(files: Files, reading: Reading, on_progress: Progress = tell_nobody) -> Found:
    """Read people's annotations and answers.

    Raises
    ------
    InvalidInput
        With every reason why a file cannot be used, also when its format cannot be told.
    """
    taken: Counter[str] = Counter()

    def read(name: str, data: bytes) -> Contents:
        beside = session_tables.find_contents(name, data)
        if beside is not None:
            return beside
        format_name = _choose(name, data, reading)
        contents = _read(name, data, format_name, reading)
        taken[format_name] += 1
        return contents

    return Found(_read_all(files, reading, read, on_progress), dict(taken), reading.format_name == AUTO)


def read_predictions(files: Files, reading: Reading, on_progress: Progress = tell_nobody) -> Found:
    """Read a model's predictions; the boxes of formats that know annotations only are taken for them.

    Raises
    ------
    InvalidInput
        With every reason why a file cannot be used, also when its format cannot be told.
    """
    taken: Counter[str] = Counter()

    def read(name: str, data: bytes) -> Contents:
        beside = session_tables.find_contents(name, data)
        if beside is not None:
            return replace(beside, annotations=(), answers=())
        format_name = _choose(name, data, reading)
        read_otherwise = READABLE[format_name].read_predictions
        contents = read_otherwise(name, data) if read_otherwise else _read(name, data, format_name, reading)
        taken[format_name] += 1
        return replace(contents, predictions=contents.predictions or contents.annotations, annotations=(), answers=())

    return Found(_read_all(files, reading, read, on_progress), dict(taken), reading.format_name == AUTO)


def _read_all(
    files: Files, reading: Reading, read: Callable[[str, bytes], Contents], on_progress: Progress
) -> Contents:
    """Read all files; those that hold no labels are left out beside others that do."""
    parts: list[Contents] = []
    foreign: dict[str, str] = {}
    problems: list[str] = []
    count = 0
    for done, (name, packed) in enumerate(_unpack(files, list_suffixes(reading))):
        on_progress(done, max(len(files), done + 1), f"Reading {PurePath(name).name}")
        try:
            parts.append(_read_one(name, recode(name, packed, reading.encoding), reading, read))
            count += len(parts[-1].annotations) + len(parts[-1].predictions) + len(parts[-1].answers)
        except _Foreign as error:
            foreign[name] = str(error)
        except InvalidInput as error:
            problems.append(str(error))
        if count > MAX_FOUND:
            raise InvalidInput(f"Expected at most {MAX_FOUND:,} boxes and answers at a time, found more.")
    if not parts:
        problems += foreign.values()
    refuse(problems)
    left_out = (
        LeftOut(name, Why.FOREIGN, detail=reason.removeprefix(name).lstrip(":, ")) for name, reason in foreign.items()
    )
    return join([*parts, Contents(left_out=tuple(left_out))])


def _read_one(name: str, data: bytes, reading: Reading, read: Callable[[str, bytes], Contents]) -> Contents:
    if not reading.leave_out_unreadable:
        return read(name, data)
    with leave_out_unreadable() as left_out:
        contents = read(name, data)
    return replace(contents, left_out=(*contents.left_out, *left_out))


def make_reading(
    format_name: str,
    values: Mapping[str, str] | Sequence[str] | None,
    window_s: float | None,
    *,
    encoding: str = "",
    leave_out_unreadable: bool = False,
    tiers: Sequence[str] = (),
    least_score: float | None = None,
) -> Reading:
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
    said = columns.parse_columns(words) if words else None
    names = tuple(filter(None, (tier.strip() for tier in tiers)))
    return Reading(format_name, said, window_s or None, encoding.strip(), leave_out_unreadable, names, least_score)


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
            if only_unknown and find_formats(name, data) not in ([], ["table"]):
                continue
            found = read_rows(name, data, required=()) if header else []  # all: guesses are checked against values
            shown = tuple(dict(row.cells) for row in found[:rows])
            return TablePreview(PurePath(name).name, tuple(header), shown, guess(header, found))
    return None


def _choose(name: str, data: bytes, reading: Reading) -> str:
    """Say which format a file is read as."""
    if reading.format_name != AUTO:
        return reading.format_name
    found = find_formats(name, data)
    if reading.columns is not None and name.lower().endswith(TABLE_SUFFIXES):
        return next((each for each in WITH_COLUMNS if each in found), "table")
    if len(found) == 1:
        return found[0]
    if found:
        titles = ", ".join(f"{each} ({READABLE[each].title})" for each in found)
        raise InvalidInput(f"{name}: matches several formats: {titles}. Name the right one.")
    _check_whole(name, data)
    header = ", ".join(read_header(name, data)[:12])[:200]
    begin = f" Its first line: {header}." if header and name.lower().endswith(TABLE_SUFFIXES) else ""
    raise _Foreign(
        f"{name}, line 1: the format cannot be detected.{begin} Name the format ("
        f"{', '.join(READABLE)}), or for a table, name its columns."
    )


def _check_whole(name: str, data: bytes) -> None:
    """Refuse text in another encoding and damaged JSON: such files may hold labels. Others may be anything."""
    if is_binary(data):
        return
    decode(name, data)
    if name.lower().endswith(".json"):
        read_document(name, data)


def _read(name: str, data: bytes, format_name: str, reading: Reading) -> Contents:
    try:
        return _read_as(name, data, format_name, reading)
    except InvalidInput as error:
        if _may_be_foreign(name, data, format_name, reading):
            raise _Foreign(str(error)) from error
        raise


def _may_be_foreign(name: str, data: bytes, format_name: str, reading: Reading) -> bool:
    """Tell whether a file that cannot be read seems to be none of those that a person spoke of."""
    if format_name == "table":
        named = {column for word, column in (reading.columns or {}).items() if word in columns.COLUMN_WORDS and column}
        is_meant = bool(named) and named <= set(read_header(name, data))
    else:
        is_meant = reading.format_name == AUTO
    if is_meant or READABLE[format_name].fits(name, data):
        return False
    _check_whole(name, data)
    return True


def _read_as(name: str, data: bytes, format_name: str, reading: Reading) -> Contents:
    format_ = READABLE[format_name]
    return format_.read(name, data, **{its: getattr(reading, option) for option, its in format_.options.items()})


def has_option(format_name: str, option: str) -> bool:
    """Tell whether the reader of a format that was named takes an option of `Reading`."""
    return format_name in READABLE and option in READABLE[format_name].options


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
            with open_zip(content, "expected a ZIP archive") as archive:
                members = [each for each in archive.infolist() if _fits(PurePath(each.filename).name, suffixes)]
                check_sizes(archive, members, MAX_ZIP)
                for each in members:
                    yield f"{name}/{each.filename}", read_member(archive, each, MAX_ZIP)
        except InvalidInput as error:
            raise InvalidInput(f"{name}: {error}") from error


def _rewound(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file
