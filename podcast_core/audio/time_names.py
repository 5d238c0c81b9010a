"""Times in the names of files, as recorders write them; and what could be one, for people to confirm.

A name tells a time only where it can be read in one way. What two countries would read differently, what lacks the
minute, and what is but a number are candidates: each with the pattern (`time_patterns`) that takes it.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from podcast_core.audio.time_patterns import MONTHS, make_moment, parse_pattern, spell
from podcast_core.audio.time_zones import parse_zone
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
# A bare number is a candidate only where a field recorder can have written it.
EARLIEST_UNIX = datetime(2010, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # a time of a zone that nobody named may be 14 hours ahead of UTC


@dataclass(frozen=True, slots=True)
class NameTime:
    """A time in a name, aware where the name says its zone; ``pattern`` reads it, ``note`` says what is odd."""

    moment: datetime
    pattern: str
    method: str = "file_name"
    note: str = ""


def is_plausible(moment: datetime) -> bool:
    """Tell whether something can have been recorded then: not before recorders had clocks, not in the future."""
    try:
        at = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return False
    return EARLIEST <= at <= utc_now() + AHEAD


_DATE = r"(?P<year>(?:19|20)\d\d)[-_. ]?(?P<month>\d\d)[-_. ]?(?P<day>\d\d)"
_CLOCK = r"(?P<hour>\d\d)[-_.:h]?(?P<minute>\d\d)[-_.:m]?(?P<second>\d\d)s?"
_FRACTION = r"(?:[.,](?P<fraction>\d{1,6})(?!\d)|_(?P<milliseconds>\d{3})(?![0-9A-Za-z]))?"
_BETWEEN = r"(?:(?P<iso>T)|[-_ .$]{1,3})"
_YEAR_FIRST = re.compile(rf"(?<!\d){_DATE}(?:(?P<iso>T)|[-_ .$]{{0,3}}){_CLOCK}(?!\d){_FRACTION}", re.IGNORECASE)
_MONTH_NAME = re.compile(
    rf"(?<!\d)(?P<day>\d\d?)[-_. ]?(?P<month>{'|'.join(MONTHS)})[-_. ]?(?P<year>(?:19|20)\d\d){_BETWEEN}{_CLOCK}(?!\d)"
    rf"{_FRACTION}",
    re.IGNORECASE,
)
# Orcasound's first rounds, OS_9_27_2017_08_25_00_, by Americans
_ORCASOUND = re.compile(
    r"(?<![0-9A-Za-z])OS_(?P<month>\d{1,2})_(?P<day>\d{1,2})_(?P<year>\d{4})_(?P<hour>\d\d)_(?P<minute>\d\d)_"
    r"(?P<second>\d\d)(?!\d)"
)
# SoundTrap: serial number, then 200415102500; perhaps with a prefix
_SOUNDTRAP = re.compile(
    r"(?<!\d)\d{3,10}\.(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?!\d)"
)
# HARP, Zoom and others: 190105_000000. Somebody else may have written the day first.
_SHORT = re.compile(
    rf"(?<!\d)(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:(?P<iso>T)|[-_])"
    rf"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?!\d){_FRACTION}"
)
# What follows is an offset: after a "T" any; else only what is no number of a part: 20200415_102500-0001 is one.
_OFFSET = re.compile(
    r"(?P<utc>Z(?![A-Za-z])|[ _-]?\(?(?:UTC|GMT)(?P<from_utc>[+-]\d\d?(?::?\d\d)?)?(?![0-9A-Za-z]))"
    r"|(?P<plus>[ _]?\+\d\d?(?:[:._]?\d\d)?)(?![0-9A-Za-z])"
    r"|(?P<minus>[ _]?-(?:\d\d[:._-]?|\d:)[0-5]\d)(?!\d)|(?P<hours>-\d\d)(?!\d)",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"[ _-]?\(?((?:[PMCE]|AK|H|[WC]?E|A[WCE]|NZ)[SD]T|[CWE]ES?T|BST|JST|IST|MSK)(?![A-Za-z0-9])", re.IGNORECASE
)

_PARTS = {"year": "YYYY", "month": "MM", "day": "DD", "hour": "HH", "minute": "MM", "second": "SS"}
_SHORT_PARTS = {**_PARTS, "year": "YY"}
_DAY_OR_MONTH_FIRST = (
    re.compile(
        rf"(?<!\d)(?P<one>\d\d?)(?P<mark>[-_. ])(?P<two>\d\d?)(?P=mark)(?P<year>(?:19|20)\d\d){_BETWEEN}{_CLOCK}(?!\d)"
    ),
    re.compile(rf"(?<!\d)(?P<one>\d\d)(?P<two>\d\d)(?P<year>(?:19|20)\d\d){_BETWEEN}{_CLOCK}(?!\d)"),
)
# Nothing but a number, or without its minutes or seconds
_BARE = (
    *("HEX", "UNIX", "YYYYMMDDHH", "YYYYMMDD_HHMM", "YYYYMMDD-HHMM", "YYYYMMDDTHHMM", "YYYY-MM-DD_HH-MM"),
    *("YYYYMMDDHHMM", "YYMMDDHHMMSS", "DDMMYYYYHHMMSS", "YYYYDDDHHMMSS", "YYYYDDD_HHMMSS", "DDMMYY_HHMMSS"),
    *("YY-MM-DD_HH-MM-SS", "DD-MM-YY_HH-MM-SS", "YY_MM_DD_HH_MM_SS", "DD_MM_YY_HH_MM_SS"),
)


def find_times(name: str) -> list[NameTime]:
    """Find the times that a name tells, the surest first; those that cannot have been are left out."""
    found = [
        *_read(_ORCASOUND, name, _PARTS),
        *_read(_YEAR_FIRST, name, _PARTS),
        *_read(_MONTH_NAME, name, {**_PARTS, "month": "MON"}),
        *_read_day_or_month_first(name, only=True),
        *_read(_SOUNDTRAP, name, _SHORT_PARTS),
        *(_doubt(each, name) for each in _read(_SHORT, name, _SHORT_PARTS)),
    ]
    return [each for each in found if is_plausible(each.moment)]


def find_candidates(name: str) -> list[NameTime]:
    """Find what could be the time in a name that tells none, each reading once."""
    stem = name.rpartition(".")[0] or name
    found = list(_read_day_or_month_first(name, only=False))
    for pattern in _BARE:
        moment = parse_pattern(pattern).read(stem)
        if moment and (pattern not in ("HEX", "UNIX") or moment >= EARLIEST_UNIX):
            found.append(NameTime(moment, pattern))
    readings: dict[datetime, NameTime] = {}
    for each in found:
        if is_plausible(each.moment):
            readings.setdefault(each.moment.replace(tzinfo=None), each)
    return list(readings.values())


def _read(regex: re.Pattern[str], name: str, parts: dict[str, str]) -> Iterator[NameTime]:
    for found in regex.finditer(name):
        with suppress(ValueError, InvalidInput):
            yield _make(found, found.groupdict(), parts)


def _make(found: re.Match[str], values: dict[str, str | None], parts: dict[str, str]) -> NameTime:
    fraction = values.get("fraction") or values.get("milliseconds")
    moment = make_moment({**values, "zone": None, "fraction": fraction})
    zone, note = _find_zone(found)
    if zone:
        moment = moment.replace(tzinfo=parse_zone(zone))
    return NameTime(moment, spell(found, parts), note=note)


def _find_zone(found: re.Match[str]) -> tuple[str, str]:
    """Find the offset that stands behind a time, and what is to be said about what looks like one."""
    behind = found.string[found.end() :]
    offset = _OFFSET.match(behind)
    if offset is None:
        words = _ABBREVIATION.match(behind)
        return "", "" if words is None else (
            f"The zone {words[1]!r} in the name is ambiguous and was ignored; give the zone of the place."
        )
    if offset["utc"]:
        return offset["from_utc"] or "Z", ""
    written = offset[0].lstrip(" _")
    text = re.sub("[:._-]", "", written[1:])
    zone = f"{written[0]}{text}"
    is_iso = bool(found.groupdict().get("iso"))
    if offset["plus"]:
        return zone, ""
    if offset["hours"]:
        return (zone, "") if is_iso and int(text) <= 12 else ("", "")
    is_offset = text[-2:] in ("00", "30", "45") and int(text[:-2]) <= 12 and text != "0000"
    return (zone, "") if is_offset and (is_iso or written[3:4] not in ("_", "-", ".")) else ("", "")


def _read_day_or_month_first(name: str, *, only: bool) -> Iterator[NameTime]:
    """Read dates that end with the year: those with one reading ``only``, or those with two."""
    for regex in _DAY_OR_MONTH_FIRST:
        for found in regex.finditer(name):
            readings: dict[datetime, NameTime] = {}
            for day, month in (("one", "two"), ("two", "one")):
                values = {**found.groupdict(), "day": found[day], "month": found[month]}
                parts = {"year": "YYYY", day: "DD", month: "MM", "hour": "HH", "minute": "MM", "second": "SS"}
                with suppress(ValueError, InvalidInput):
                    made = _make(found, values, parts)
                    readings.setdefault(made.moment, made)
            if (len(readings) == 1) is only:
                yield from readings.values()


def _doubt(each: NameTime, name: str) -> NameTime:
    """Say of a year of two digits that it was taken to stand first, where the day could as well."""
    note = each.note
    for pattern in ("DDMMYY", "MMDDYY"):
        whole = each.pattern.replace("YYMMDD", pattern)
        other = parse_pattern(whole).read(name)
        if other and is_plausible(other) and other.replace(tzinfo=None) != each.moment.replace(tzinfo=None):
            note = note or (
                f"The date in the name was read as YYMMDD, {each.moment:%Y-%m-%d}. As {pattern} it would be "
                f"{other:%Y-%m-%d}: give the pattern {whole} if that is right."
            )
    return replace(each, method="file_name_yymmdd", note=note)
