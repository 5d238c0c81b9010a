"""Patterns that people give for the times in the names of their files, such as ``YYYYMMDD_HHMMSS``.

====================  ==========================================================  ====================
part                  stands for                                                  also
====================  ==========================================================  ====================
``YYYY``, ``YY``      the year; of two digits, in this century                    ``%Y``, ``%y``
``MM``, ``MON``       the month: 01 to 12; Jan to Dec (English)                   ``%m``, ``%b``
``DD``, ``DDD``       the day of the month; of the year                           ``%d``, ``%j``
``HH``                the hour, 00 to 23                                          ``%H``
``MM`` after ``HH``   the minute                                                  ``mm``, ``%M``
``SS``                the second                                                  ``%S``
``FFF``               digits of a fraction of a second, one for each F            ``%f``
``Z``                 ``Z`` or an offset such as ``-0700``                        ``%z``
``UNIX``, ``HEX``     seconds since 1970; the same in eight hexadecimal digits    ``%s``
``*``, ``?``          any characters; any one character
``'text'``            these very letters, where they look like a part
====================  ==========================================================  ====================

Everything else is itself. A pattern is looked for anywhere in the name.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from podcast_core.audio.time_zones import parse_zone
from podcast_core.domain.checks import check_text
from podcast_core.errors import InvalidInput

MAX_PATTERN_LENGTH = 200  # chosen: about what a file name may have, which is 255
MAX_GAPS = 5  # "*"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_TOKENS = re.compile(
    r"%.|'[^']*'|YYYY|yyyy|YY|yy|MON|DDD|ddd|DD|dd|HH|hh|MM|mm|SS|ss|F{1,6}|UNIX|HEX|[Zz]|\*|\?|.", re.DOTALL
)
_STRFTIME = {
    **{"%Y": "YYYY", "%y": "YY", "%m": "month", "%b": "MON", "%d": "DD", "%j": "DDD", "%H": "HH", "%M": "minute"},
    **{"%S": "SS", "%f": "fraction", "%z": "Z", "%s": "UNIX"},
}
_NAMES = {
    **{"YYYY": "year", "YY": "year", "MON": "month", "DDD": "day_of_year", "DD": "day", "HH": "hour", "SS": "second"},
    **{"Z": "zone", "UNIX": "unix", "HEX": "hex"},
}
_DIGITS = {
    **{"YYYY": r"\d{4}", "YY": r"\d\d", "month": r"\d\d", "MON": "|".join(MONTHS), "DDD": r"\d{3}", "DD": r"\d\d"},
    **{"HH": r"\d\d", "minute": r"\d\d", "SS": r"\d\d", "fraction": r"\d{1,6}", "UNIX": r"\d{9,10}"},
    **{"Z": r"Z|[+-]\d\d?(?::?\d\d)?", "HEX": "[0-9A-Fa-f]{8}"},
}


@dataclass(frozen=True, slots=True)
class TimePattern:
    """A pattern that can be looked for in names; made by `parse_pattern`."""

    text: str
    regex: re.Pattern[str]

    def read(self, name: str) -> datetime | None:
        """Read the time in a name: aware where the pattern says its zone; None when there is none."""
        for found in self.regex.finditer(name):
            with suppress(ValueError, OverflowError, InvalidInput):
                return make_moment(found.groupdict())
        return None


@lru_cache(maxsize=64)
def parse_pattern(text: str) -> TimePattern:
    """Read a pattern as people write it.

    Raises
    ------
    InvalidInput
        With what it lacks, or has twice.
    """
    check_text(text, "A pattern of times", MAX_PATTERN_LENGTH)
    names: list[str] = []
    pieces: list[str] = []
    for token in _TOKENS.findall(text.strip()):
        part = _to_part(token, names)
        if part is None:
            pieces.append(_to_regex(token))
            continue
        name = _NAMES.get(part, part.partition(":")[0])
        if name in names:
            raise InvalidInput(
                f"The pattern {text!r} has the {name.replace('_', ' ')} twice; put other text into quotes ('SS'), or "
                "write * for it."
            )
        names.append(name)
        digits = rf"\d{{{part.partition(':')[2]}}}" if ":" in part else _DIGITS[part]
        pieces.append(f"(?P<{name}>{digits})")
    _check_parts(text, names)
    if pieces.count(".*?") > MAX_GAPS:
        raise InvalidInput(f"The pattern {text!r} has more than {MAX_GAPS} stars.")
    return TimePattern(text.strip(), re.compile(_fence(_loosen(pieces)), re.IGNORECASE))


def _to_part(token: str, names: list[str]) -> str | None:
    """Say which part a token is, after the parts before it; None: it is text."""
    if token in _STRFTIME:
        return _STRFTIME[token]
    upper = token.upper()
    if upper == "MM":
        return "minute" if "hour" in names and "minute" not in names else "month"
    if upper == "Z":
        return "Z" if names and names[-1] in ("hour", "minute", "second", "fraction") else None
    if token[0] == "F":
        return f"fraction:{len(token)}" if names and names[-1] == "second" else None
    return upper if upper in _NAMES and (token == upper or token == token.lower()) else None


def _to_regex(token: str) -> str:
    if token[0] == "%" and token != "%":
        if token == "%%":
            return "%"
        raise InvalidInput(f"The pattern has {token!r}; expected one of {', '.join(_STRFTIME)}.")
    if token[0] == "'" and len(token) > 1:
        return re.escape(token[1:-1])
    return {"*": ".*?", "?": "."}.get(token) or re.escape(token)


def _check_parts(text: str, names: list[str]) -> None:
    if "unix" in names or "hex" in names:
        return
    missing = [
        *(["the year (YYYY)"] if "year" not in names else []),
        *(["the month (MM)"] if not {"month", "day_of_year"}.intersection(names) else []),
        *(["the day (DD)"] if not {"day", "day_of_year"}.intersection(names) else []),
        *(["the hour (HH)"] if "hour" not in names else []),
    ]
    if missing:
        raise InvalidInput(
            f"The pattern {text!r} lacks {' and '.join(missing)}; expected one like YYYYMMDD_HHMMSS, with the parts "
            "where they are in the names."
        )


def _loosen(pieces: list[str]) -> list[str]:
    """Let numbers that stand alone have one digit: 6.5.2019 is of the pattern DD.MM.YYYY."""
    is_part = [False, *(piece.startswith("(?P<") for piece in pieces), False]
    return [
        piece.replace(r"\d\d)", r"\d\d?)") if not before and not after and "<year>" not in piece else piece
        for piece, before, after in zip(pieces, is_part, is_part[2:], strict=False)
    ]


def _fence(pieces: list[str]) -> str:
    """Join pieces, so that no number is cut: digits at either end do not go on outside."""
    whole = "".join(pieces)
    first = "(?<![0-9A-Za-z])" if pieces[0].startswith("(?P<hex>") else r"(?<!\d)"
    last = "(?![0-9A-Za-z])" if pieces[-1].startswith("(?P<hex>") else r"(?!\d)"
    return f"{first if pieces[0].startswith('(?P') else ''}{whole}{last if pieces[-1].startswith('(?P') else ''}"


def make_moment(parts: dict[str, str | None]) -> datetime:
    """Make a date and time of its parts as they are written; ValueError or InvalidInput when there is no such one."""
    if parts.get("unix"):
        return datetime.fromtimestamp(int(parts["unix"] or ""), UTC)
    if parts.get("hex"):
        return datetime.fromtimestamp(int(parts["hex"] or "", 16), UTC)
    year = int(f"20{parts['year']}" if len(parts["year"] or "") == 2 else parts["year"] or "")
    zone = parts.get("zone")
    clock = {name: int(parts.get(name) or 0) for name in ("hour", "minute", "second")}
    day = _find_day(year, parts)
    return day.replace(
        **clock,
        microsecond=int((parts.get("fraction") or "0")[:6].ljust(6, "0")),
        tzinfo=parse_zone(zone) if zone else None,
    )


def _find_day(year: int, parts: dict[str, str | None]) -> datetime:
    if parts.get("day_of_year"):
        number = int(parts["day_of_year"] or "")
        day = datetime(year, 1, 1) + timedelta(days=number - 1)  # the caller gives it its zone
        if day.year != year:
            raise ValueError(f"the year {year} has no day {number}")
        return day
    month = parts["month"] or ""
    number = int(month) if month.isdecimal() else MONTHS.index(month[:3].lower()) + 1
    return datetime(year, number, int(parts["day"] or ""))


def spell(found: re.Match[str], parts: dict[str, str]) -> str:
    """Write the pattern that reads what was found: its parts by name in place of the digits."""
    spans = sorted((found.span(name), part) for name, part in parts.items() if found.group(name))
    ends = [found.start(), *(end for (_, end), _ in spans)]
    texts = [found.string[end:start] for end, ((start, _), _) in zip(ends, spans, strict=False)]
    return "".join(text + part for text, (_, part) in zip(texts, spans, strict=True))
