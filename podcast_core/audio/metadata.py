"""When a recording began, from what the recorder wrote: never from this machine's clock or time zone."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import PurePosixPath
from typing import BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from podcast_core.audio.containers import list_chunks, open_bytes
from podcast_core.errors import InvalidInput
from podcast_core.remote.places import Place

LONGEST_TEXT_CHUNK = 1 << 20
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
# A bare number in a file name is a time only where a field recorder can have written it.
EARLIEST_UNIX, LATEST_UNIX = datetime(2010, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Start:
    """When a recording began (aware UTC, None when nothing says so) and how that was found.

    ``method`` is one of: ``guano``, ``audiomoth_comment`` (the recorder wrote time and offset);
    ``file_name`` (with its offset, or seconds since 1970); ``..._given_zone`` (written without offset, read in
    the zone that was given) and ``..._assumed_utc`` (none was given) after ``guano``, ``audiomoth_comment`` or
    ``file_name``; ``unknown``.
    """

    started_at: datetime | None
    method: str


def find_start(path: str | Place, *, zone: str | None = None) -> Start:
    """Find out when a recording began: from GUANO, AudioMoth's comment, or the file name, in this order.

    Parameters
    ----------
    path
        A path, or a place far away.
    zone
        What a time without offset means: an IANA name (``America/Los_Angeles``) or an offset (``-07:00``).
        None: UTC, and the method says that this was assumed.

    Raises
    ------
    InvalidInput
        When there is no such zone.
    NotFound, StorageUnavailable
        When the file cannot be read.
    """
    given = None if zone is None else parse_zone(zone)
    with open_bytes(path) as file:
        texts = _read_texts(file)
    for source, read in (("guano", _read_guano), ("audiomoth_comment", _read_audiomoth_comment)):
        for moment in read(texts):
            if found := _to_start(moment, given, source):
                return found
    for moment in _read_file_name(PurePosixPath(str(path).replace("\\", "/")).name):
        if found := _to_start(moment, given, "file_name"):
            return found
    return Start(None, "unknown")


def parse_zone(zone: str) -> tzinfo:
    """Make a time zone of an IANA name or an offset such as ``-07:00``, ``+5:30``, ``UTC-7`` or ``Z``."""
    offset = re.fullmatch(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", zone.strip(), re.IGNORECASE)
    if offset:
        sign, hours, minutes = offset.groups(default="0")
        delta = timedelta(hours=int(hours), minutes=int(minutes))
        if delta < timedelta(hours=24):
            return timezone(-delta if sign == "-" else delta)
    elif zone.strip().upper() in ("UTC", "GMT", "Z"):
        return UTC
    else:
        try:
            return ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise InvalidInput(
        f"Unknown time zone {zone!r}: expected a name like America/Los_Angeles or an offset like -07:00."
    )


def _to_start(moment: datetime, given: tzinfo | None, source: str) -> Start | None:
    """Bring a moment to UTC and name the method; None when it is implausible."""
    method = source
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=given or UTC)
        method = f"{source}_{'given_zone' if given else 'assumed_utc'}"
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return Start(moment, method) if EARLIEST <= moment < LATEST else None


def _read_texts(file: BinaryIO) -> dict[bytes, str]:
    """Read the text chunks of a WAV file that may tell the time."""
    texts: dict[bytes, str] = {}
    for chunk in list_chunks(file):
        if chunk.name in (b"guan", b"LIST") and chunk.size is not None and chunk.size <= LONGEST_TEXT_CHUNK:
            file.seek(chunk.start)
            texts[chunk.name] = texts.get(chunk.name, "") + file.read(chunk.size).decode("utf-8", errors="replace")
    return texts


def _read_guano(texts: dict[bytes, str]) -> Iterator[datetime]:
    for line in texts.get(b"guan", "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "Timestamp":
            with suppress(ValueError):
                yield datetime.fromisoformat(value.strip(" \t\0"))


_AUDIOMOTH_COMMENT = re.compile(
    r"Recorded at (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{3}))? "
    r"(?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4})(?: \((?P<zone>UTC[^)]*)\))?"
)


def _read_audiomoth_comment(texts: dict[bytes, str]) -> Iterator[datetime]:
    return _read_moments(_AUDIOMOTH_COMMENT, texts.get(b"LIST", ""))


_FILE_NAMES = (
    # 20200415_102500, SITE_20200415$102500, 2020-04-15_10-25-00_rpi_x-48000-2, 20200415T102500Z. Only after a "T" is
    # what follows an offset: 20200415_102500-0001 is a part number.
    re.compile(
        r"(?<!\d)(?P<year>\d{4})[-_.]?(?P<month>\d\d)[-_.]?(?P<day>\d\d)"
        r"(?:(?P<iso>T)|[-_ .$]{0,3})"
        r"(?P<hour>\d\d)[-_.:]?(?P<minute>\d\d)[-_.:]?(?P<second>\d\d)"
        r"(?:[.,](?P<fraction>\d{1,6}))?(?(iso)(?P<zone>Z|[+-]\d\d:?\d\d)?)(?!\d)"
    ),
    # Orcasound's first rounds: OS_9_27_2017_08_25_00_
    re.compile(
        r"(?<!\d)(?P<month>\d{1,2})_(?P<day>\d{1,2})_(?P<year>\d{4})_"
        r"(?P<hour>\d\d)_(?P<minute>\d\d)_(?P<second>\d\d)(?!\d)"
    ),
    # SoundTrap: serial number, then 200415102500 with a year of two digits
    re.compile(
        r"^\d{3,10}\.(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?!\d)"
    ),
)


def _read_file_name(name: str) -> Iterator[datetime]:
    for pattern in _FILE_NAMES:
        yield from _read_moments(pattern, name)
    stem = name.partition(".")[0]
    for digits, base in ((r"[0-9A-Fa-f]{8}", 16), (r"\d{10}", 10)):  # the first AudioMoths wrote seconds as hex
        if re.fullmatch(digits, stem):
            moment = datetime.fromtimestamp(int(stem, base), UTC)
            if EARLIEST_UNIX <= moment < LATEST_UNIX:
                yield moment


def _read_moments(pattern: re.Pattern[str], text: str) -> Iterator[datetime]:
    """Find the possible dates and times of a pattern; an impossible one, such as hour 25, is no date."""
    for found in pattern.finditer(text):
        parts = found.groupdict()
        year = parts["year"] if len(parts["year"]) == 4 else f"20{parts['year']}"
        with suppress(ValueError, InvalidInput):
            yield datetime(
                int(year),
                int(parts["month"]),
                int(parts["day"]),
                int(parts["hour"]),
                int(parts["minute"]),
                int(parts["second"]),
                int((parts.get("fraction") or "0").ljust(6, "0")),
                tzinfo=parse_zone(parts["zone"]) if parts.get("zone") else None,
            )


def parse_moment(text: str, *, zone: str | None = None) -> datetime:
    """Read a date and time as UTC; one without an offset needs a zone, which is never this machine's.

    Raises
    ------
    InvalidInput
        When it is no date and time, or does not say in which zone.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput(f"Expected a date and time like 2021-07-17T00:30:00Z, found {text[:40]!r}.") from error
    if moment.tzinfo is None and zone is None:
        raise InvalidInput(
            f"{text!r} does not say in which time zone: write {text}Z for UTC or {text}-07:00, or give --zone "
            "America/Los_Angeles."
        )
    local = moment if moment.tzinfo or zone is None else moment.replace(tzinfo=parse_zone(zone))
    try:
        return local.astimezone(UTC)
    except OverflowError as error:  # the first or last day that there is
        raise InvalidInput(
            f"Expected a date and time between the years 1 and 9999 in UTC, found {text[:40]!r}."
        ) from error
