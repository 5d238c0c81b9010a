"""Time zones, and what a wall clock means in them: never this machine's clock or time zone."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from podcast_core.errors import InvalidInput

# All that are or were in use: the Line Islands are 14 hours ahead, Baker Island is 12 behind.
EARLIEST_OFFSET, LATEST_OFFSET = timedelta(hours=-12), timedelta(hours=14)
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+\-−])(\d{1,2})(?:[:._-]?(\d{2}))?", re.IGNORECASE)  # a real minus
_NOT_OF_A_PLACE = frozenset({"localtime", "Factory", "posixrules"})  # this machine's, or nobody's


def parse_zone(zone: str) -> tzinfo:
    """Make a time zone of an IANA name or an offset such as ``-07:00``, ``+5:30``, ``+10``, ``UTC-7`` or ``Z``.

    Raises
    ------
    InvalidInput
        When there is no such zone, or no place on Earth is so far from UTC.
    """
    text = zone.strip()
    if text.upper() in ("UTC", "GMT", "Z"):
        return UTC
    offset = _OFFSET.fullmatch(text)
    if offset:
        sign, hours, minutes = offset.groups(default="0")
        delta = timedelta(hours=int(hours), minutes=int(minutes)) * (1 if sign == "+" else -1)
        if int(minutes) < 60 and EARLIEST_OFFSET <= delta <= LATEST_OFFSET:
            return timezone(delta)
        raise InvalidInput(f"Expected an offset from UTC between -12:00 and +14:00, found time zone {zone!r}.")
    try:
        if text not in _NOT_OF_A_PLACE:
            return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    known = {name.casefold(): name for name in available_timezones() - _NOT_OF_A_PLACE}
    if text.casefold() in known:  # as Windows would find it
        return ZoneInfo(known[text.casefold()])
    near = get_close_matches(text.casefold(), known, n=1, cutoff=0.8)
    hint = f" Did you mean {known[near[0]]}?" if near else ""
    raise InvalidInput(
        f"Unknown time zone {zone[:80]!r}: expected a name like America/Los_Angeles or an offset like -07:00.{hint}"
    )


def list_readings(wall: datetime, zone: tzinfo) -> list[datetime]:
    """List what a time without offset can mean in a zone, in UTC.

    Returns
    -------
    list of datetime
        One moment; two in the hour that comes twice when the clocks go back; none in the hour that is left out when
        they go forward.
    """
    found = []
    for moment in guess_readings(wall, zone):
        if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall.replace(fold=0):
            found.append(moment)
    return found


def guess_readings(wall: datetime, zone: tzinfo) -> list[datetime]:
    """List what a time would mean with the offsets before and after a change of the clocks, also one that never was.

    Raises
    ------
    InvalidInput
        When it is before the first or after the last day that there is.
    """
    try:
        both = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    except OverflowError as error:
        raise InvalidInput(f"Expected a date and time between the years 1 and 9999 in UTC, found {wall}.") from error
    return sorted(both)


def name_readings(moments: Sequence[datetime], zone: tzinfo) -> str:
    """Name moments for people: in UTC, and as a clock of the zone shows them with its offset."""
    return " or ".join(f"{moment:%Y-%m-%d %H:%M:%S} UTC ({name_offset(moment.astimezone(zone))})" for moment in moments)


def name_offset(moment: datetime) -> str:
    """Write the offset of an aware time, such as ``-07:00``."""
    text = f"{moment:%z}"
    return f"{text[:3]}:{text[3:5]}"


def parse_moment(text: str, *, zone: str | None = None) -> datetime:
    """Read a date and time as UTC; one without an offset needs a zone, which is never this machine's.

    Raises
    ------
    InvalidInput
        When it is no date and time, does not say in which zone, or was there twice or never as the clocks changed.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput(f"Expected a date and time like 2021-07-17T00:30:00Z, found {text[:40]!r}.") from error
    if moment.tzinfo is not None:
        return guess_readings(moment.replace(tzinfo=None), moment.tzinfo)[0]
    if zone is None:
        raise InvalidInput(
            f"{text!r} does not say in which time zone: write {text}Z for UTC or {text}-07:00, or give --zone "
            "America/Los_Angeles."
        )
    place = parse_zone(zone)
    readings = list_readings(moment, place)
    if len(readings) == 1:
        return readings[0]
    both = guess_readings(moment, place)
    what = "happened twice" if readings else "was left out"
    raise InvalidInput(
        f"{text!r} {what} in {zone}, as the clocks changed: {name_readings(both, place)}. Write it with an offset, "
        f"such as {text.strip()}{name_offset(both[0].astimezone(place))}."
    )
