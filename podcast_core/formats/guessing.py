"""Which column of a table is what, where nobody said: by its name, and checked against its values.

A guess never replaces what is there: a column that may hold labels is used or asked for, a score holds numbers from 0
to 1, and everything that is not used is named.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from podcast_core.errors import InvalidInput
from podcast_core.formats.column_names import (
    FRACTION,
    HERTZ,
    KILOHERTZ,
    OTHERS,
    PERCENT,
    ROLES,
    SAMPLES,
    SECONDS,
    parse_column,
    simplify,
)
from podcast_core.formats.column_names import UNITS as ROLE_UNITS
from podcast_core.formats.columns import COLUMN_WORDS, Columns, Said, find_unit
from podcast_core.formats.findings import NOT_USED, Guess
from podcast_core.formats.numbers import is_number, parse_number
from podcast_core.formats.plain_tables import list_cells
from podcast_core.formats.tables import MISSING, PLAIN_NUMBER, Row, Table

DAY = 86_400.0  # numbers above it are hardly seconds
MAX_KILOHERTZ = 300.0  # no animal calls higher, and few tables in hertz have nothing above it
MAX_LABEL_LENGTH = 80  # longer texts are notes
PERCENT_HIGHEST = 100.0  # scores up to 100 are percent
UNIT_ROLES = {"unit": ("start", "end", "duration", "file_offset"), "frequency_unit": ("low", "high")}
EMPTY = "it is empty"
PATH_OR_TIME = re.compile(r"[\\/]|\.(wav|flac|mp3|ogg|aif|aiff|m4a|txt|csv)$|^\d+[-/.:]\d+", re.IGNORECASE)
UNIT = re.compile(r"[(\[]([^()\[\]]*)[)\]]\s*$")  # at the end of a column's name
Checked = Mapping[str, str]  # columns that are not what their name says, and why


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns that count, what of them was guessed, and what to tell the person."""

    columns: Columns
    guesses: tuple[Guess, ...] = ()


def choose(name: str, table: Table, said: Said, *, ignored: frozenset[str] = frozenset()) -> Chosen:
    """Find out which column is what; what a person said counts.

    Parameters
    ----------
    ignored
        Columns that something else is made of.

    Raises
    ------
    InvalidInput
        When a column that was said is not there, when start or end cannot be guessed, when several columns may hold
        labels and none is known, or when numbers do not fit any unit of time.
    """
    lacking = [said[word] for word in COLUMN_WORDS if said.get(word) and said[word] not in table.header]
    if lacking:
        found = ", ".join(table.header)[:200] or "an empty file"
        raise InvalidInput(f"{name}, line 1: expected the column {', '.join(lacking)}, found {found}")
    header = [each for each in table.header if each and each not in ignored]
    columns, checked = _guess(header, table.rows, said)
    if not columns.is_complete:
        raise InvalidInput(
            f"{name}, line 1: expected columns of a start and of an end or a duration, found "
            f"{', '.join(header)[:200] or 'an empty file'}. Say which column is what."
        )
    _check_units(name, columns, said)
    _check_times(name, table.rows, columns, said)
    if "label" not in said:
        _check_classes(name, header, table.rows, columns)
    if not columns.label and "label" not in said:
        columns = replace(columns, label=_find_label(name, header, table.rows, columns, checked))
    return Chosen(columns, tuple(_list_guesses(name, header, table, columns, said, checked)))


def guess(header: Sequence[str], rows: Sequence[Row] = (), said: Said | None = None) -> Columns:
    """Guess what columns mean; what cannot be guessed, or only asked for, stays empty."""
    columns, checked = _guess(header, rows, said or {})
    try:
        label = columns.label or _find_label("", header, rows, columns, checked)
    except InvalidInput:
        label = ""
    return replace(columns, label=label)


def _guess(header: Sequence[str], rows: Sequence[Row], said: Said) -> tuple[Columns, Checked]:
    free = [column for column in header if column not in said.values()]
    checked: dict[str, str] = {}
    found = {word: said[word] if word in said else _find(free, word, rows, checked) for word in ROLES}
    found["label_else"] = said.get("label_else", "")
    _part(found, said, rows, free, checked)
    values: dict[str, Any] = {**found, "first_channel": _guess_first_channel(found["channel"], header, rows, said)}
    for word, role in (("unit", "start"), ("frequency_unit", "low"), ("score_unit", "score")):
        column = found[role] or (found["high"] if role == "low" else "")
        parsed = parse_column(column, role) or (parse_column(column, "high") if role == "low" else None)
        values[word] = said.get(word) or (parsed[1] if parsed else "") or _guess_unit(word, found, rows)
    return Columns(**values), checked


def _part(found: dict[str, str], said: Said, rows: Sequence[Row], free: Sequence[str], checked: dict[str, str]) -> None:
    """See to it that no column is two things at once."""
    if found["file"] == found["folder"]:
        found["folder"] = said.get("folder", "")
    if found["start"] == found["end"]:  # "offset" is an end where there is an onset, else a start
        found["end"] = said.get("end", "")
    if found["start"] == found["file_offset"]:
        found["file_offset"] = ""
    if said.get("duration") and "end" not in said:
        found["end"] = ""
    if said.get("end") and "duration" not in said:
        found["duration"] = ""
    if found["label"] and "label" not in said and "label_else" not in said:
        blank = any(not cell.strip() for cell in list_cells(rows, found["label"]))
        others = [each for each in free if each != found["label"]]
        found["label_else"] = _find(others, "label", rows, checked) if blank else ""
    if found["call_type"] == found["label"]:
        found["call_type"] = ""


def _find(header: Sequence[str], role: str, rows: Sequence[Row], checked: dict[str, str]) -> str:
    """Find the column of a role by its name, passing over those whose values speak against it."""
    known = [(parsed[0], column) for column in header if (parsed := parse_column(column, role))]
    for _, column in sorted(known, key=lambda each: each[0]):
        reason = _doubt(role, column, rows)
        if not reason:
            return column
        checked[column] = reason
    return ""


def _doubt(role: str, column: str, rows: Sequence[Row]) -> str:
    """Say what speaks against a column being what its name says; nothing where all is well."""
    if role == "score":
        highest = PERCENT_HIGHEST if (parse_column(column, role) or (0, ""))[1] == PERCENT else 1.0
        odd = next((each for each in _list_numbers(rows, column) if not 0 <= each <= highest), None)
        hint = " (a percentage? say score_unit=percent)" if odd is not None and 1 < odd <= PERCENT_HIGHEST else ""
        return "" if odd is None else f"expected numbers from 0 to {highest:g}, found {odd:g}{hint}"
    if role == "label":
        texts = list(_list_texts(rows, column))
        if rows and not texts:
            return EMPTY
        if texts and all(is_number(each) for each in texts) and any("." in each or "," in each for each in texts):
            return f"expected labels, found numbers, e.g. {texts[0]}"
        if texts and all(PATH_OR_TIME.search(each) for each in texts):
            return f"expected labels, found {texts[0][:40]!r}"
    return ""


def _guess_unit(word: str, found: Mapping[str, str], rows: Sequence[Row]) -> str:
    """Guess a unit that no name gives."""
    if word != "frequency_unit":
        return SECONDS if word == "unit" else FRACTION
    numbers = [each for role in ("low", "high") if found[role] for each in _list_numbers(rows, found[role])]
    return KILOHERTZ if numbers and 0 < max(numbers) < MAX_KILOHERTZ else HERTZ


def _guess_first_channel(column: str, header: Sequence[str], rows: Sequence[Row], said: Said) -> int:
    """Guess from what channels count: from 0 where the name says index, or where there is a 0."""
    if said.get("first_channel"):
        return int(said["first_channel"])
    names = {simplify(each) for each in header}
    if simplify(column) == "channelindex" or names & {"wavfilename", "recordingid"}:
        return 0
    numbers = list(_list_numbers(rows, column)) if column else []
    return int(min(numbers) >= 1) if numbers else int("begintimes" in names or "beginfile" in names)


def _check_units(name: str, columns: Columns, said: Said) -> None:
    """Ask for the unit where a name ends in one that is not known: it is none of those that are taken else."""
    for word, roles in UNIT_ROLES.items():
        for column in (getattr(columns, role) for role in roles):
            found = UNIT.search(column)
            if found and word not in said and simplify(found[1]) not in ROLE_UNITS[roles[0]]:
                raise InvalidInput(
                    f"{name}, line 1: {found[1]!r} of {column} is no unit that is known. Say the unit: {word}="
                    f"{' or '.join(dict.fromkeys(ROLE_UNITS[roles[0]].values()))}."
                )


def _check_times(name: str, rows: Sequence[Row], columns: Columns, said: Said) -> None:
    """Ask for the unit where the numbers are no seconds, and refuse a mixture with samples."""
    used = [column for column in (columns.start, columns.end, columns.duration, columns.file_offset) if column]
    units = {find_unit(column, columns, "unit") for column in used}
    if SAMPLES in units and len(units) > 1:
        raise InvalidInput(f"{name}, line 1: expected times in one unit, found {', '.join(used)}.")
    parsed = parse_column(columns.start, "start")
    if "unit" in said or (parsed and parsed[1]):
        return
    numbers = [each for column in used for each in _list_numbers(rows, column)]
    if numbers and max(numbers) > DAY and all(each == int(each) for each in numbers):
        raise InvalidInput(
            f"{name}: the times in {' and '.join(used)} are whole numbers up to {max(numbers):.0f}, which are hardly "
            "seconds. Say their unit, e.g. unit=ms, unit=samples or unit=s."
        )


def _check_classes(name: str, header: Sequence[str], rows: Sequence[Row], columns: Columns) -> None:
    """Ask where the label would be 0 or 1, and another column has only these, too: they may stand for a class each."""
    others = [each for each in header if not any(parse_column(each, role) for role in ROLES if role != "label")]
    flags = [
        each
        for each in others
        if simplify(each) not in OTHERS and (texts := set(_list_texts(rows, each))) and texts <= {"0", "1"}
    ]
    if columns.label in flags and len(flags) > 1:
        raise InvalidInput(
            f"{name}, line 1: {', '.join(flags)[:200]} hold only 0 and 1, as in a table with a column per class, "
            "which is not read. Make a row of each 1, with a column of its label; or say which column holds labels, "
            f"e.g. label={columns.label}."
        )


def _find_label(name: str, header: Sequence[str], rows: Sequence[Row], columns: Columns, checked: Checked) -> str:
    """Find the only column that may hold labels though its name is not known."""
    numbers = [column for column in checked if parse_column(column, "label") and "numbers" in checked[column]]
    if numbers:
        raise InvalidInput(
            f"{name}, line 1: {numbers[0]} may be a label, but holds numbers. Say which column holds labels, or "
            "label= for none."
        )
    left = [each for each in header if each not in columns.named and each not in checked]
    found = [each for each in left if _may_be_label(each, rows)]
    if len(found) > 1:
        raise InvalidInput(
            f"{name}, line 1: several columns may hold the label: {', '.join(found)[:200]}. Say which one it is, e.g. "
            f"label={found[0]}, or label= for none."
        )
    empty = [column for column in checked if parse_column(column, "label") and checked[column] == EMPTY]
    return (*found, *empty, "")[0]


def _may_be_label(column: str, rows: Sequence[Row]) -> bool:
    if simplify(column) in OTHERS or any(parse_column(column, role) for role in ROLES):
        return False
    texts = list(_list_texts(rows, column))
    return (
        bool(texts)
        and not all(is_number(each) or PATH_OR_TIME.search(each) for each in texts)
        and max(map(len, texts)) <= MAX_LABEL_LENGTH
    )


def _list_guesses(
    name: str, header: Sequence[str], table: Table, columns: Columns, said: Said, checked: Checked
) -> Iterator[Guess]:
    for word in COLUMN_WORDS:
        column = getattr(columns, word)
        if column and word not in said:
            yield Guess(name, word, column, "" if parse_column(column, _role(word)) else "the only column with text")
    yield from _list_unit_guesses(name, table.rows, columns, said)
    for column in header:
        if column not in columns.named and any(_list_texts(table.rows, column)):
            yield Guess(name, NOT_USED, column, checked.get(column, ""))


def _list_unit_guesses(name: str, rows: Sequence[Row], columns: Columns, said: Said) -> Iterator[Guess]:
    if "unit" not in said and not (parse_column(columns.start, "start") or (0, ""))[1]:
        yield Guess(name, "unit", columns.unit, f"{columns.start} names none")
    band = columns.low or columns.high
    if (
        band
        and "frequency_unit" not in said
        and not any((parse_column(band, role) or (0, ""))[1] for role in ("low", "high"))
    ):
        why = f"no number reaches {MAX_KILOHERTZ:g}" if columns.frequency_unit == KILOHERTZ else f"{band} names none"
        yield Guess(name, "frequency_unit", columns.frequency_unit, why)
    if columns.channel and "first_channel" not in said:
        yield Guess(name, "first_channel", str(columns.first_channel))
    numbers = [getattr(columns, word) for word in ("start", "end", "duration", "low", "high", "score")]
    if any("," in row.text(column) for row in islice(rows, 1000) for column in numbers if column):
        yield Guess(name, "decimal", ",", "numbers have commas")


def _role(word: str) -> str:
    return "label" if word == "label_else" else word


def _list_numbers(rows: Sequence[Row], column: str) -> Iterator[float]:
    for text in list_cells(rows, column):
        if PLAIN_NUMBER(text):  # as nearly always
            yield float(text)
        elif is_number(text):
            yield parse_number(text)


def _list_texts(rows: Sequence[Row], column: str) -> Iterator[str]:
    """List the cells of a column that have something in them."""
    return (text for cell in list_cells(rows, column) if (text := cell.strip()).lower() not in MISSING)
