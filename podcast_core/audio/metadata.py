"""When a recording began, from what the recorder wrote: never from this machine's time zone or a file's date."""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import PurePosixPath
from typing import BinaryIO

from podcast_core.audio.containers import list_chunks, open_bytes
from podcast_core.audio.time_names import find_candidates, find_times, is_plausible
from podcast_core.audio.time_patterns import make_moment, parse_pattern
from podcast_core.audio.time_zones import guess_readings, list_readings, name_offset, name_readings, parse_zone
from podcast_core.errors import InvalidInput
from podcast_core.remote.places import Place

MAX_TEXT_CHUNK_LENGTH = 1 << 20  # bytes; recorders write kilobytes, and a broken size may say gigabytes
MAX_LATITUDE_DEG, MAX_LONGITUDE_DEG = 90, 180
MAX_OFFSET_S = 100 * 366 * 86_400.0  # a clock that was never set
UNKNOWN = "unknown"
ABOUT_START = "The start was"  # how notes begin about what a person has asked for


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could be a recording's start; ``pattern`` is what a person gives to take it."""

    moment: datetime
    pattern: str

    def __str__(self) -> str:
        return f"{self.moment:%Y-%m-%d %H:%M:%S} by the pattern {self.pattern}"


@dataclass(frozen=True, slots=True)
class Start:
    """When a recording began (aware UTC, None when nothing says so) and how that was found.

    ``method`` begins with where the time was written: ``pattern`` (in the name, where a person said), ``guano``,
    ``wamd`` (Wildlife Acoustics), ``audiomoth_comment``, ``file_name``, ``file_name_yymmdd`` (a year of two digits),
    ``bext`` (Broadcast Wave), ``info_date`` (ICRD), ``flac_date``. ``..._given_zone`` follows where it was written
    without offset and was read in the zone that was given, ``..._assumed_utc`` where none was given; then
    ``..._ambiguous`` where a change of the clocks gives it two readings, of which the first is taken; then
    ``..._corrected`` where a person gave a correction of all times. ``unknown``: nothing says so.

    ``notes`` are sentences for people about what is odd. ``zone`` says in which zone the time was written.
    ``location``: latitude and longitude in degrees (WGS 84) where GUANO says them.
    """

    started_at: datetime | None
    method: str
    notes: tuple[str, ...] = ()
    zone: str = ""
    candidates: tuple[Candidate, ...] = ()
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    """A time as it is written somewhere: aware where its offset stands with it."""

    moment: datetime
    method: str
    note: str = ""


def find_start(
    path: str | Place, *, name: str = "", zone: str | None = None, pattern: str = "", offset_s: float = 0.0
) -> Start:
    """Find out when a recording began.

    In this order: the pattern that was given, GUANO, wamd, AudioMoth's comment, the file's name, and what software
    that edits sound writes too: bext, ICRD, tags.

    Parameters
    ----------
    path
        A path, or a place far away.
    name
        What the file is called where that is not the end of its path.
    zone
        What a time without offset means: an IANA name (``America/Los_Angeles``) or an offset (``-07:00``).
        None: UTC, and the method says that this was assumed.
    pattern
        How names tell the time, see `podcast_core.audio.time_patterns`. A name that it does not fit is read as usual.
    offset_s
        Seconds that are added to every time: what the recorder's clock was behind.

    Raises
    ------
    InvalidInput
        When there is no such zone, or the pattern or the correction cannot be used.
    NotFound, StorageUnavailable
        When the file cannot be read.
    """
    given = None if zone is None else parse_zone(zone)
    check_offset(offset_s)
    name = name or PurePosixPath(str(path).replace("\\", "/")).name
    with open_bytes(path) as file:
        sources = _Sources(file)
    written, notes = _list_written(name, sources, pattern)
    if not written:
        return replace(_find_no_start(name, notes), location=sources.location())
    start = replace(_to_start(written[0], given, zone or ""), location=sources.location())
    if offset_s and start.started_at:
        sign = "later" if offset_s > 0 else "earlier"
        start = replace(
            start,
            started_at=start.started_at + timedelta(seconds=offset_s),
            method=f"{start.method}_corrected",
            notes=(*start.notes, f"{ABOUT_START} set {abs(offset_s):g} s {sign} than was written."),
        )
    return start


def check_offset(offset_s: float) -> None:
    """Refuse a correction that no clock needs (InvalidInput)."""
    if not abs(offset_s) <= MAX_OFFSET_S:
        raise InvalidInput(f"Expected a correction of all times in seconds, less than 100 years, found {offset_s:g}.")


def _list_written(name: str, sources: "_Sources", pattern: str) -> tuple[list[_Written], list[str]]:
    """List the times that are written, the best first, and say what is none."""
    by_pattern = parse_pattern(pattern).read(name) if pattern else None
    if by_pattern and is_plausible(by_pattern):
        return [_Written(by_pattern, "pattern", f"{ABOUT_START} read by the pattern {pattern.strip()}.")], []
    notes = []
    found: list[_Written] = []
    for source in (sources.guano, sources.wamd, sources.audiomoth, lambda: _of_name(name), sources.bext, sources.tags):
        for each in source():
            if isinstance(each, str):
                notes.append(each)
            elif is_plausible(each.moment):
                found.append(each)
            else:
                notes.append(f"The time {each.moment:%Y-%m-%d %H:%M:%S} ({each.method}) is impossible and was ignored.")
    return found, notes


def _of_name(name: str) -> Iterator[_Written]:
    for each in find_times(name):
        yield _Written(each.moment, each.method, each.note)


def _find_no_start(name: str, notes: list[str]) -> Start:
    found = find_candidates(name)
    if found:
        candidates = tuple(Candidate(each.moment, each.pattern) for each in found)
        texts = " or ".join(map(str, candidates))
        notes.append(f"The name could mean {texts}, which is ambiguous; give the pattern to use it.")
        return Start(None, UNKNOWN, tuple(notes), candidates=candidates)
    return Start(None, UNKNOWN, tuple(notes))


def _to_start(written: _Written, given: tzinfo | None, zone: str) -> Start:
    """Bring a time to UTC, and name the method."""
    notes = (written.note,) if written.note else ()
    if written.moment.tzinfo is not None:
        at = written.moment.astimezone(UTC)
        return Start(at, written.method, notes, zone=name_offset(written.moment))
    if given is None:
        return Start(written.moment.replace(tzinfo=UTC), f"{written.method}_assumed_utc", notes, zone="UTC")
    method = f"{written.method}_given_zone"
    readings = list_readings(written.moment, given)
    if len(readings) == 1:
        return Start(readings[0], method, notes, zone=zone)
    both = name_readings(guess_readings(written.moment, given), given)
    if readings:
        note = (
            f"{written.moment:%Y-%m-%d %H:%M:%S} occurred twice in {zone} when the clocks went back: {both}. The "
            f"first was used."
        )
        return Start(readings[0], f"{method}_ambiguous", (*notes, note), zone=zone)
    note = (
        f"{written.moment:%Y-%m-%d %H:%M:%S} did not exist in {zone} when the clocks went forward: it would be "
        f"{both}. It was ignored: give the offset of the recorder's clock."
    )
    return Start(None, UNKNOWN, (*notes, note), zone=zone)


_WRITTEN = re.compile(
    r"(?P<year>\d{4})[-/.:](?P<month>\d{1,2})[-/.:](?P<day>\d{1,2})(?:\s*T\s*|\s+)"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?\s*"
    r"(?P<zone>Z|(?:UTC|GMT)?\s*[+\-−]\d{1,2}(?::?\d\d)?|UTC|GMT)?",  # a real minus
    re.IGNORECASE,
)
_AUDIOMOTH_COMMENT = re.compile(
    r"Recorded at (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{3}))? "
    r"(?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4})(?: \((?P<zone>UTC[^)]*)\))?"
)
_WAMD_HEAD = struct.Struct("<HI")
_WAMD_START = 5  # the entry of Wildlife Acoustics' metadata that has the start
_BEXT_DATE = slice(320, 338)  # yyyy-mm-dd and hh:mm:ss
_FLAC_COMMENTS = 4  # RFC 9639, 8.6: block type of a Vorbis comment


def _read_written(text: str) -> datetime | None:
    """Read a date with a time as programs write it; None when it is none, or of an impossible hour or zone."""
    found = _WRITTEN.fullmatch(text.strip(" \t\r\n\0"))
    if found:
        with suppress(ValueError, OverflowError, InvalidInput):
            return make_moment(found.groupdict())
    return None


class _Sources:
    """The texts in a file that may tell its time: chunks of WAV and others, comments of FLAC."""

    def __init__(self, file: BinaryIO) -> None:
        self._chunks: dict[bytes, bytes] = {}
        chunks = list_chunks(file)
        for chunk in chunks:
            if chunk.name in (b"guan", b"LIST", b"wamd", b"bext") and 0 < (chunk.size or 0) <= MAX_TEXT_CHUNK_LENGTH:
                file.seek(chunk.start)
                self._chunks[chunk.name] = self._chunks.get(chunk.name, b"") + file.read(chunk.size or 0)
        self._comments = [] if chunks else list(_read_flac_comments(file))

    def guano(self) -> Iterator[_Written | str]:
        """Read GUANO's Timestamp."""
        for value in self._list_guano("timestamp"):
            yield _take(value, "guano", "GUANO")

    def location(self) -> tuple[float, float] | None:
        """Read GUANO's Loc Position: latitude and longitude in degrees (WGS 84); None where it has none that can be."""
        for value in self._list_guano("loc position"):
            with suppress(ValueError):
                latitude_deg, longitude_deg = map(float, value.strip(" \0").split())
                if abs(latitude_deg) <= MAX_LATITUDE_DEG and abs(longitude_deg) <= MAX_LONGITUDE_DEG:
                    return latitude_deg, longitude_deg
        return None

    def _list_guano(self, wanted: str) -> Iterator[str]:
        """List what GUANO says under a key."""
        for line in self._text(b"guan").splitlines():
            key, _, value = line.partition(":")
            if key.strip().casefold() == wanted:
                yield value

    def wamd(self) -> Iterator[_Written | str]:
        """Read the start that Wildlife Acoustics' recorders write."""
        data, position = self._chunks.get(b"wamd", b""), 0
        while position + _WAMD_HEAD.size <= len(data):
            kind, size = _WAMD_HEAD.unpack_from(data, position)
            position += _WAMD_HEAD.size
            if kind == _WAMD_START:
                yield _take(data[position : position + size].decode("utf-8", "replace"), "wamd", "The wamd chunk")
            position += size

    def audiomoth(self) -> Iterator[_Written | str]:
        """Read AudioMoth's comment, also where a program kept it in a FLAC file."""
        comments = "\n".join(value for key, value in self._comments if key in ("COMMENT", "DESCRIPTION"))
        for found in _AUDIOMOTH_COMMENT.finditer(self._text(b"LIST") or comments):
            with suppress(ValueError, OverflowError, InvalidInput):
                yield _Written(make_moment(found.groupdict()), "audiomoth_comment")

    def bext(self) -> Iterator[_Written | str]:
        """Read the origination of a Broadcast Wave file."""
        stamp = self._chunks.get(b"bext", b"")[_BEXT_DATE].decode("ascii", "replace")
        moment = _read_written(f"{re.sub('[^0-9]', '-', stamp[:10])} {re.sub('[^0-9]', ':', stamp[10:])}")
        if moment:
            yield _Written(moment, "bext")

    def tags(self) -> Iterator[_Written | str]:
        """Read the date of an INFO list or a FLAC file, where it has a time."""
        found = re.search(rb"ICRD(....)", self._chunks.get(b"LIST", b""), re.DOTALL)
        if found:
            size = struct.unpack("<I", found[1])[0]
            text = self._chunks[b"LIST"][found.end() : found.end() + min(size, 100)].decode("utf-8", "replace")
            moment = _read_written(text)
            yield from [_Written(moment, "info_date")] if moment else []
        for key, value in self._comments:
            moment = _read_written(value) if key in ("RECORDINGSTART", "DATE", "CREATION_TIME") else None
            yield from [_Written(moment, "flac_date")] if moment else []

    def _text(self, name: bytes) -> str:
        return self._chunks.get(name, b"").decode("utf-8-sig", "replace")


def _take(text: str, method: str, source: str) -> _Written | str:
    moment = _read_written(text)
    text = text.strip(" \t\r\n\0")[:60]
    return _Written(moment, method) if moment else f"{source} has the time {text!r}, which cannot be read."


def _read_flac_comments(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """Read the comments (keys in capitals) at the head of a FLAC file."""
    file.seek(0)
    if file.read(4) != b"fLaC":
        return
    while len(head := file.read(4)) == 4:
        kind, size = head[0] & 0x7F, int.from_bytes(head[1:])
        if kind == _FLAC_COMMENTS and size <= MAX_TEXT_CHUNK_LENGTH:
            yield from _split_comments(file.read(size))
            return
        if head[0] & 0x80:
            return
        file.seek(size, 1)


def _split_comments(data: bytes) -> Iterator[tuple[str, str]]:
    position = 4 + int.from_bytes(data[:4], "little") + 4  # the encoder's name, and how many there are
    while position + 4 <= len(data):
        size = int.from_bytes(data[position : position + 4], "little")
        key, _, value = data[position + 4 : position + 4 + size].decode("utf-8", "replace").partition("=")
        yield key.upper(), value
        position += 4 + size
