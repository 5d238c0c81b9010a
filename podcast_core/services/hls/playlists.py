"""HLS playlists (RFC 8216) and the true time of each of their segments. No input or output here.

An Orcasound node writes ``NODE/hls/UNIX/live.m3u8`` and one MPEG-TS segment of about 10 s after the other; the folder's
name is the moment at which the node began, in seconds since 1970. This machine's clock and time zone are not asked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

from podcast_core.errors import InvalidInput

BY_PROGRAM_DATE = "hls_program_date_time"
BY_PROGRAM_DATE_UTC = "hls_program_date_time_assumed_utc"
BY_FOLDER = "hls_folder_stamp"
BY_SEQUENCE = "hls_folder_stamp_estimated"  # the segments before the first one are gone, and so are their lengths
TOUCHING_S = 0.05  # neighbours that are no farther apart touch: playlists round to milliseconds

_UNREADABLE = {
    "EXT-X-BYTERANGE": "segments that are parts of one file",
    "EXT-X-MAP": "fragmented MP4",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as the playlist tells it. ``uri`` may be relative to the playlist.

    ``program_at`` is its EXT-X-PROGRAM-DATE-TIME, ``is_zoned`` whether that was written with an offset.
    ``missing`` says why there is nothing to fetch, empty where there is.
    """

    uri: str
    sequence: int
    duration_s: float
    program_at: datetime | None = None
    is_zoned: bool = True
    discontinuity: bool = False
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Playlist:
    """A media playlist. ``is_complete`` (EXT-X-ENDLIST): no segment will follow."""

    segments: tuple[Segment, ...]
    target_s: float
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment with its true time (aware UTC) and the method by which it was found."""

    segment: Segment
    started_at: datetime
    ended_at: datetime
    method: str


def parse_playlist(text: str, name: str = "The playlist") -> Playlist:
    """Read a media playlist.

    Parameters
    ----------
    text
        The playlist; lines end in LF or CRLF. A playlist without segments is one that has just begun.
    name
        What errors call it.

    Raises
    ------
    InvalidInput
        With the line, when it is no playlist, a master playlist, encrypted, or made of something else than files.
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    if not lines or lines[0] != "#EXTM3U":
        found = lines[0][:40] if lines else "an empty file"
        raise InvalidInput(f"{name} is not an HLS playlist: expected #EXTM3U in the first line, found {found!r}.")
    reader = _Reader(name)
    for number, line in enumerate(lines, 1):
        reader.take(number, line)
    return reader.finish()


class _Reader:
    """Reads a playlist line by line."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._first_sequence = 0
        self._target_s = 0.0
        self._is_complete = False
        self._segments: list[Segment] = []
        self._duration_s: float | None = None
        self._marks: dict[str, object] = {}

    def take(self, number: int, line: str) -> None:
        if not line:
            return
        if not line.startswith("#"):
            self._take_uri(number, line)
            return
        tag, _, value = line[1:].partition(":")
        self._refuse(number, tag, value)
        if tag == "EXTINF":
            self._duration_s = self._number(number, tag, value.partition(",")[0])
        elif tag == "EXT-X-TARGETDURATION":
            self._target_s = self._number(number, tag, value)
        elif tag == "EXT-X-MEDIA-SEQUENCE":
            self._first_sequence = int(self._number(number, tag, value))
        elif tag == "EXT-X-ENDLIST":
            self._is_complete = True
        elif tag == "EXT-X-DISCONTINUITY":
            self._marks["discontinuity"] = True
        elif tag == "EXT-X-GAP":
            self._marks["missing"] = "the playlist marks it as missing (EXT-X-GAP)"
        elif tag == "EXT-X-PROGRAM-DATE-TIME":
            self._take_date(number, value)

    def _refuse(self, number: int, tag: str, value: str) -> None:
        """Refuse what would give wrong audio if it were passed over."""
        if tag in _UNREADABLE:
            raise InvalidInput(f"{self._name}, line {number}: {tag} ({_UNREADABLE[tag]}) is not supported.")
        if tag == "EXT-X-STREAM-INF":
            raise InvalidInput(f"{self._name} is a master playlist; give the address of one of those that it names.")
        if tag == "EXT-X-KEY" and "METHOD=NONE" not in value:
            raise InvalidInput(f"{self._name}, line {number}: the segments are encrypted.")

    def _take_uri(self, number: int, line: str) -> None:
        if self._duration_s is None:
            raise InvalidInput(f"{self._name}, line {number}: the segment {line[:80]!r} has no #EXTINF before it.")
        sequence = len(self._segments)
        # What was marked are fields of a segment, of several types.
        self._segments.append(Segment(line, sequence, self._duration_s, **self._marks))  # type: ignore[arg-type]
        self._duration_s, self._marks = None, {}

    def _take_date(self, number: int, value: str) -> None:
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise InvalidInput(
                f"{self._name}, line {number}: expected a date and time like 2021-07-17T00:30:19.123Z, "
                f"found {value[:40]!r}."
            ) from error
        self._marks["is_zoned"] = moment.tzinfo is not None
        self._marks["program_at"] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)

    def _number(self, line: int, tag: str, value: str) -> float:
        if not re.fullmatch(r"\d{1,9}(\.\d*)?", value.strip()):
            raise InvalidInput(f"{self._name}, line {line}: expected a number after #{tag}:, found {value[:40]!r}.")
        return float(value)

    def finish(self) -> Playlist:
        segments = tuple(replace(each, sequence=each.sequence + self._first_sequence) for each in self._segments)
        longest = max((each.duration_s for each in segments), default=10.0)
        return Playlist(segments, self._target_s or longest, self._is_complete)


def place_segments(segments: Sequence[Segment], folder_at: datetime | None, offset_s: float) -> list[Placed]:
    """Find the true time of each segment.

    A segment with EXT-X-PROGRAM-DATE-TIME began then, and those after it follow by their EXTINF; those before the
    first such tag are counted back. Without any tag, the first segment began ``offset_s`` after the folder's stamp.
    Lengths are added up one by one, never multiplied from their mean.

    Parameters
    ----------
    segments
        In the playlist's order, from the first one that is known.
    folder_at
        The moment that the folder's name tells; None when it tells none.
    offset_s
        Seconds from the folder's stamp to the first sample.

    Raises
    ------
    InvalidInput
        When nothing says when the audio began.
    """
    if not segments:
        return []
    elapsed = list(accumulate((each.duration_s for each in segments), initial=0.0))
    dated = [index for index, each in enumerate(segments) if each.program_at is not None]
    if dated:
        bases = _program_bases(segments, dated)
        methods = [BY_PROGRAM_DATE if segments[base].is_zoned else BY_PROGRAM_DATE_UTC for base in bases]
        starts = [_shift(segments[base].program_at, elapsed[each] - elapsed[base]) for each, base in enumerate(bases)]
        ends = [_shift(segments[base].program_at, elapsed[each + 1] - elapsed[base]) for each, base in enumerate(bases)]
    elif folder_at is not None:
        before = segments[0].sequence
        origin_s = offset_s + before * elapsed[-1] / len(segments)
        starts = [_shift(folder_at, origin_s + each) for each in elapsed[:-1]]
        ends = [_shift(folder_at, origin_s + each) for each in elapsed[1:]]
        methods = [BY_SEQUENCE if before else BY_FOLDER] * len(segments)
    else:
        raise InvalidInput(
            "Nothing says when this audio began: expected #EXT-X-PROGRAM-DATE-TIME in the playlist, or a folder named "
            "by the seconds since 1970. Give the time of the first segment with --started-at."
        )
    ends = _close_cracks(segments, starts, ends)
    return [Placed(*each) for each in zip(segments, starts, ends, methods, strict=True)]


def _program_bases(segments: Sequence[Segment], dated: Sequence[int]) -> list[int]:
    """Say for each segment which dated one its time is counted from: the last before it, else the first of all."""
    bases, base = [], dated[0]
    for index, segment in enumerate(segments):
        base = index if segment.program_at is not None else base
        bases.append(base)
    return bases


def _shift(moment: datetime | None, seconds: float) -> datetime:
    assert moment is not None
    return moment + timedelta(seconds=seconds)


def _close_cracks(segments: Sequence[Segment], starts: Sequence[datetime], ends: Sequence[datetime]) -> list[datetime]:
    """Let a segment end where the next one begins, when the difference is only rounding, or its length is a guess."""
    closed = list(ends)
    for index, (_, following) in enumerate(pairwise(starts)):
        is_guess = not segments[index].uri
        if is_guess or abs((following - ends[index]).total_seconds()) <= TOUCHING_S:
            closed[index] = following
    return closed


def read_stamp(name: str) -> datetime | None:
    """Read a folder's name as seconds since 1970; None when it is something else."""
    return datetime.fromtimestamp(int(name), UTC) if re.fullmatch(r"\d{9,10}", name) else None


def join_playlists(known: Sequence[Segment], playlist: Playlist) -> list[Segment]:
    """Add what a live playlist lists now to the segments that were known before.

    Segments that slid out of the playlist before anybody saw them are added as missing, with the length that the
    others have on average: what follows is not shifted by their loss.
    """
    joined = list(known)
    following = joined[-1].sequence + 1 if joined else None
    new = [each for each in playlist.segments if following is None or each.sequence >= following]
    if following is not None and new and new[0].sequence > following:
        everything = [*joined, *new]
        mean_s = sum(each.duration_s for each in everything) / len(everything)
        lost = "it left the live playlist before it was fetched"
        joined += [Segment("", number, mean_s, missing=lost) for number in range(following, new[0].sequence)]
    return joined + new


def select_overlapping(placed: Iterable[Placed], from_at: datetime, to_at: datetime) -> list[Placed]:
    """List the segments that overlap [from, to)."""
    return [each for each in placed if each.started_at < to_at and each.ended_at > from_at]
