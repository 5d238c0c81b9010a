"""Tables of any program, text or Parquet, by a mapping from what we need to the names of its columns.

A person says which column is what; what nobody said is guessed from the names (`formats.column_names`) and checked
against the values (`formats.guessing`), and every guess is told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import PurePath

from podcast_core.errors import InvalidInput
from podcast_core.formats.column_names import (
    FRACTION,
    HERTZ,
    KILOHERTZ,
    MICROSECONDS,
    MILLISECONDS,
    MINUTES,
    PERCENT,
    ROLES,
    SAMPLES,
    SECONDS,
    parse_column,
)
from podcast_core.formats.contents import FileBox
from podcast_core.formats.findings import LeftOut
from podcast_core.formats.marks import make_mark
from podcast_core.formats.names import parse_name
from podcast_core.formats.tables import Row

UNITS = {SECONDS: 1.0, MILLISECONDS: 1e-3, MICROSECONDS: 1e-6, MINUTES: 60.0, SAMPLES: 1.0}
FREQUENCY_UNITS = {HERTZ: 1.0, KILOHERTZ: 1000.0}
SCORE_UNITS = {FRACTION: 1.0, PERCENT: 0.01}
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")
BIRDNETS = re.compile(r"\.BirdNET\.(results|selection\.table)(\.(r|kaleidoscope))?$", re.IGNORECASE)
DIGEST = re.compile(r"[0-9a-f]{16}")
Said = Mapping[str, str]  # what a person said: words of `Columns`, and the column or unit; empty: none


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a table is what; empty: none. Of ``end`` and ``duration`` one is needed.

    Without ``file`` and ``session`` the table's own name is the recording's; ``folder`` holds its folders or path.
    ``file_offset`` is the start in a file where ``start`` runs on over several. ``label_else`` is the label where
    ``label`` is empty. ``unit`` is that of times (s, ms, us, min or samples), ``frequency_unit`` Hz or kHz,
    ``score_unit`` fraction or percent, and channels count from ``first_channel``.
    """

    file: str = ""
    folder: str = ""
    start: str = ""
    end: str = ""
    duration: str = ""
    file_offset: str = ""
    low: str = ""
    high: str = ""
    label: str = ""
    label_else: str = ""
    score: str = ""
    channel: str = ""
    model: str = ""
    individual: str = ""
    call_type: str = ""
    comment: str = ""
    session: str = ""
    recording: str = ""
    unit: str = SECONDS
    frequency_unit: str = HERTZ
    score_unit: str = FRACTION
    first_channel: int = 0

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise InvalidInput(f"Times are in {', '.join(UNITS)}, found {self.unit[:40]!r}.")
        if self.frequency_unit not in FREQUENCY_UNITS:
            raise InvalidInput(f"Frequencies are in {', '.join(FREQUENCY_UNITS)}, found {self.frequency_unit[:40]!r}.")
        if self.score_unit not in SCORE_UNITS:
            raise InvalidInput(f"Scores are in {', '.join(SCORE_UNITS)}, found {self.score_unit[:40]!r}.")
        if self.first_channel not in (0, 1):
            raise InvalidInput(f"Channels count from 0 or 1, found {self.first_channel}.")

    @property
    def is_complete(self) -> bool:
        """Tell whether boxes can be made of these."""
        return bool(self.start and (self.end or self.duration))

    @property
    def named(self) -> tuple[str, ...]:
        """All columns of the table that are used."""
        return tuple(filter(None, (getattr(self, name) for name in COLUMN_WORDS)))


COLUMN_WORDS = (*ROLES, "label_else")
UNIT_WORDS = {"unit": "start", "frequency_unit": "low", "score_unit": "score"}


def parse_columns(words: Sequence[str]) -> dict[str, str]:
    """Read what a person said in words like ``start=Begin Time (s)`` and ``unit=ms``; InvalidInput for others."""
    names = [each.name for each in fields(Columns)]
    said: dict[str, str] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or key not in names:
            raise InvalidInput(
                f"Expected a column as NAME=COLUMN, NAME one of {', '.join(names)}; found {word[:80]!r}."
            )
        if key == "first_channel" and value not in ("", "0", "1"):
            raise InvalidInput(f"Channels count from 0 or 1, found {value[:40]!r}.")
        said[key] = value
    Columns(**{key: value for key, value in said.items() if value and key in UNIT_WORDS})  # type: ignore[arg-type]  # it checks the words itself
    return said


class RowReader:
    """Makes boxes of a table's rows.

    Parameters
    ----------
    name
        The recording that the table is about, where no column names any.
    """

    def __init__(self, columns: Columns, name: str) -> None:
        self._columns, self._name = columns, name
        times = (columns.start, columns.end, columns.duration, columns.file_offset)
        bands = (columns.low, columns.high)
        self._seconds = {each: UNITS[find_unit(each, columns, "unit")] for each in times if each}
        self._hertz = {each: FREQUENCY_UNITS[find_unit(each, columns, "frequency_unit")] for each in bands if each}
        named = {"model": columns.model, "session_id": columns.session, "individual": columns.individual}
        self._texts = [(word, column) for word, column in (*named.items(), ("comment", columns.comment)) if column]

    def read(self, row: Row, **more: object) -> FileBox | LeftOut:
        """Make a box of a row, of which ``more`` is known; a point in time has none.

        Raises
        ------
        InvalidInput
            Without a file or session, or where something cannot be read.
        """
        columns = self._columns
        name = self._read_name(row)
        start_s, end_s = self._read_times(row)
        label, other = _text(row, columns.label), _text(row, columns.label_else)
        fields: dict[str, object] = {
            "name": name,
            "start_s": start_s,
            "end_s": end_s,
            "label": label or other,
            "label_is_blank": bool(columns.label) and not (label or other),
        }
        for word, column in self._texts:
            if text := _text(row, column):
                fields[word] = text
        if columns.recording and DIGEST.fullmatch(recording_id := _text(row, columns.recording)):
            fields["recording_id"] = recording_id
        if columns.low:
            fields["low_hz"] = self._read(row, columns.low, self._hertz)
        if columns.high:
            fields["high_hz"] = self._read(row, columns.high, self._hertz)
        if columns.score and (score := row.find_number(columns.score)) is not None:
            fields["score"] = score * SCORE_UNITS[columns.score_unit]
        if columns.channel:
            fields["channel"] = row.find_channel(columns.channel, first=columns.first_channel)
        if columns.call_type and (label or columns.call_type != columns.label_else):
            fields["call_type"] = _text(row, columns.call_type)
        if columns.unit == SAMPLES:
            fields["in_samples"] = True
        return make_mark(row, **{**fields, **more})

    def _read_name(self, row: Row) -> str:
        """Read a recording's name, with its folders where the table has them."""
        columns = self._columns
        wanted = columns.file or columns.folder or columns.session
        name = _read_name(row, columns) if wanted else self._name
        if not name:
            raise row.refuse(f"expected a name in {wanted}, found nothing")
        return name

    def _read_times(self, row: Row) -> tuple[float, float]:
        """Read start and end in the recording, also where the start runs on over several files."""
        columns, seconds = self._columns, self._seconds
        start = self._read(row, columns.start, seconds)
        offset = self._read(row, columns.file_offset, seconds) if columns.file_offset else None
        end = self._read(row, columns.end, seconds) if columns.end else None
        zero = start if offset is None else offset
        if zero is None:
            raise row.refuse(f"expected a number in {columns.start}, found nothing")
        if end is not None and start is not None:
            return zero, end if zero == start else zero + (end - start)
        length = self._read(row, columns.duration, seconds) if columns.duration else None
        if length is None:
            raise row.refuse(f"expected a number in {columns.end or columns.duration}, found nothing")
        return zero, zero + length

    @staticmethod
    def _read(row: Row, column: str, factors: Mapping[str, float]) -> float | None:
        number = row.find_number(column) if column else None
        return None if number is None else number * factors[column]


def name_after(table_name: str) -> str:
    """Name the recording that a table without a column of files is about: as the table, with its folders.

    What BirdNET puts behind the recording's name is no part of it.
    """
    return BIRDNETS.sub("", str(PurePath(table_name.replace("\\", "/")).with_suffix("")))


def _read_name(row: Row, columns: Columns) -> str:
    """Read a recording's name, with its folders where the table has them."""
    file, folder = _text(row, columns.file), _text(row, columns.folder)
    if not file:
        return folder or _text(row, columns.session)
    if not folder or parse_name(folder).file == parse_name(file).file:
        return folder or file
    is_other_file = PurePath(file).suffix.lower() == parse_name(folder).suffix.lower() != ""
    return file if is_other_file else f"{folder}/{file}"


def find_unit(column: str, columns: Columns, word: str) -> str:
    """Find a column's unit: its own where the table's columns differ, else the one that was said or guessed."""
    lead = columns.start if word == "unit" else columns.low or columns.high
    return _find_unit(column, lead, getattr(columns, word), word)


@lru_cache(maxsize=4096)
def _find_unit(column: str, lead: str, said: str, word: str) -> str:
    roles = ("start", "end", "duration", "file_offset") if word == "unit" else ("low", "high")
    own, first = (
        next((found[1] for role in roles if (found := parse_column(each, role)) and found[1]), "")
        for each in (column, lead)
    )
    return own if own and first in ("", said) else said


def _text(row: Row, column: str) -> str:
    return row.text(column).strip() if column else ""
