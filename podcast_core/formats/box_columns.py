"""Boxes of plain tables (`formats.plain_tables`), read by columns: a hundred thousand of them in a tenth of a second.

Where any row needs a second look, the table is read row by row (`columns.RowReader`), which knows what to do about it
and how to say what is wrong; both make the same boxes.
"""

from dataclasses import fields
from itertools import repeat
from operator import add, lt
from typing import cast

from podcast_core.formats.column_names import SAMPLES
from podcast_core.formats.columns import FREQUENCY_UNITS, SCORE_UNITS, UNITS, Columns, find_unit
from podcast_core.formats.contents import BoxColumns
from podcast_core.formats.plain_tables import PlainRows
from podcast_core.formats.tables import PLAIN_NUMBER, Table

UNIT_WORDS = ("unit", "frequency_unit", "score_unit", "first_channel")
HANDLED = {*UNIT_WORDS, "file", "start", "end", "duration", "low", "high", "label", "score", "channel", "model"}


def read_boxes(table: Table, columns: Columns) -> BoxColumns | None:
    """Make boxes of a plain table as `columns.RowReader` does of rows; None where one needs a second look."""
    rows = table.rows
    if not isinstance(rows, PlainRows):
        return None
    words = [each.name for each in fields(Columns)]
    if any(getattr(columns, word) in rows.columns for word in words if word not in HANDLED):
        return None
    try:
        return _Reader(rows, columns).read()
    except _NotPlain:
        return None


class _NotPlain(Exception):
    """Something in a column needs a second look."""


class _Reader:
    """Reads the columns of a plain table; raises _NotPlain."""

    def __init__(self, rows: PlainRows, columns: Columns) -> None:
        self._rows, self._columns = rows, columns

    def read(self) -> BoxColumns:
        """Read all of them."""
        name, columns, count = self._rows.name, self._columns, len(self._rows)
        names, starts_s, labels = self._read_texts("file"), self._read_times("start"), self._read_texts("label")
        if columns.end in self._rows.columns:
            ends_s = self._read_times("end")
        else:
            ends_s = list(map(add, starts_s, self._read_times("duration")))
        lows_hz, highs_hz = self._read_bands("low"), self._read_bands("high")
        scores = self._read_numbers("score", SCORE_UNITS[columns.score_unit])
        bands = zip(lows_hz, highs_hz, strict=True)
        _demand("" not in names and all(map(lt, starts_s, ends_s)))
        _demand(all(each is None or each <= 1 for each in scores))
        _demand(
            all(low is high is None or (low is not None and high is not None and low <= high) for low, high in bands)
        )
        return BoxColumns(
            name=names,
            start_s=starts_s,
            end_s=ends_s,
            low_hz=lows_hz,
            high_hz=highs_hz,
            label=labels,
            score=scores,
            model=self._read_texts("model"),
            channel=self._read_channels(),
            label_is_blank=[bool(columns.label) and not each for each in labels],
            file=[name] * count,
            where=[f"{name}, line {line}" for line in range(2, count + 2)],
        )

    def _read_texts(self, word: str) -> list[str]:
        column = getattr(self._columns, word)
        return list(map(str.strip, self._rows.columns.get(column, repeat("", len(self._rows)))))

    def _read_numbers(self, word: str, factor: float = 1.0) -> list[float | None]:
        texts = self._read_texts(word)
        _demand(all(not each or PLAIN_NUMBER(each) for each in texts))
        if "" not in texts:
            numbers = map(float, texts)
            return list(numbers) if factor == 1 else [each * factor for each in numbers]
        return [float(each) * factor if each else None for each in texts]

    def _read_times(self, word: str) -> list[float]:
        column = getattr(self._columns, word)
        unit = find_unit(column, self._columns, "unit")
        times = self._read_numbers(word, UNITS[unit])
        _demand(unit != SAMPLES and None not in times)
        return cast("list[float]", times)

    def _read_bands(self, word: str) -> list[float | None]:
        column = getattr(self._columns, word)
        if column not in self._rows.columns:
            return [None] * len(self._rows)
        return self._read_numbers(word, FREQUENCY_UNITS[find_unit(column, self._columns, "frequency_unit")])

    def _read_channels(self) -> list[int | None]:
        first = self._columns.first_channel
        numbers = self._read_numbers("channel")
        kept = set(numbers)
        _demand(all(each is None or (each.is_integer() and each >= first) for each in kept))
        return [None if each is None else int(each) - first for each in numbers]


def _demand(is_plain: bool) -> None:
    if not is_plain:
        raise _NotPlain
