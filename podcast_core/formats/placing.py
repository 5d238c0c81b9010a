"""Which session of a round a box of a file belongs to.

A file names recordings (see `formats.names`) or sessions (by id); times count from the start of what it names.
A box over a border is cut there and each part goes to its session, because each session is labelled on a page of
its own. Boxes without a channel belong to the recording's first channel in the round.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import overload

import numpy as np

from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session, SessionColumns
from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import (
    BoxColumns,
    FileAnswer,
    FileBox,
    LeftOut,
    Why,
    parse_session_name,
    parse_table_name,
)
from podcast_core.formats.findings import file_of
from podcast_core.formats.names import Names, parse_name

ROUNDING_S = 1e-6  # shorter than a sample: what arithmetic leaves over at a border is no part of a box
ULTRASOUND_HZ = 96_000  # rates from which on recordings are made for bats and the like
LOW_HZ = 300.0  # what is called lower there is most likely meant in kHz
MANY = 16  # boxes of one name, from which on they are placed together
Named = FileBox | FileAnswer | LeftOut


@dataclass(frozen=True, slots=True)
class Placed:
    """A box (or its part) in the session where it belongs, in seconds from the start of the recording."""

    session: Session
    box: FileBox


@dataclass(frozen=True, slots=True, eq=False)
class PlacedColumns(Sequence[Placed]):
    """Boxes in their sessions by columns: each is made when it is asked for; ``sessions`` are by id."""

    boxes: BoxColumns
    session_ids: Sequence[str]
    sessions: Mapping[str, Session]

    def __len__(self) -> int:
        return len(self.session_ids)

    @overload
    def __getitem__(self, at: int) -> Placed: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Placed, ...]: ...
    def __getitem__(self, at: int | slice) -> Placed | tuple[Placed, ...]:
        if isinstance(at, slice):
            return tuple(self[each] for each in range(*at.indices(len(self))))
        return Placed(self.sessions[self.session_ids[at]], self.boxes[at])

    def with_others(self, placed: Sequence[Placed]) -> "PlacedColumns":
        """Add boxes that have been placed one by one."""
        boxes = BoxColumns.join([self.boxes, BoxColumns.of([each.box for each in placed])])
        return PlacedColumns(boxes, [*self.session_ids, *(each.session.id for each in placed)], self.sessions)

    def take(self, wanted: Iterable[bool]) -> "PlacedColumns":
        """Give those of them that are wanted."""
        chosen = list(wanted)
        return PlacedColumns(self.boxes.take(chosen), list(compress(self.session_ids, chosen)), self.sessions)

    def relabelled(self, becomes: Mapping[str, str]) -> "PlacedColumns":
        """Give them other labels."""
        labels = [becomes.get(each, each) for each in self.boxes.label]
        return replace(self, boxes=replace(self.boxes, label=labels))


@dataclass(frozen=True, slots=True)
class Placement:
    """The parts of a box in their sessions, and how many seconds of it lie in none; ``left_out`` if there are none.

    ``is_low``: its band is that low in a recording of ultrasound that its unit is in doubt.
    """

    parts: tuple[Placed, ...]
    lost_s: float = 0.0
    left_out: LeftOut | None = None
    is_low: bool = False


@dataclass(frozen=True, slots=True)
class _Target:
    """What a name means: the sessions it covers, and the second of the recording from which its times count."""

    recording: Recording
    sessions: Mapping[int, "_Track"]  # by channel
    zero_s: float = 0.0

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds of the recording."""
        if self.zero_s == 0:
            return self.recording.duration_s
        return max(session.end_s for sessions in self.sessions.values() for session in sessions)


class _Track(Sequence[Session]):
    """The sessions of one channel of a recording, in time."""

    def __init__(self, columns: SessionColumns, rows: Sequence[int]) -> None:
        self._columns, self._rows = columns, rows
        self.ids = [columns.ids[at] for at in rows]
        self.starts_s = [columns.starts_s[at] for at in rows]
        self.ends_s = [columns.ends_s[at] for at in rows]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Session: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Session, ...]: ...
    def __getitem__(self, at: int | slice) -> Session | tuple[Session, ...]:
        if isinstance(at, slice):
            return tuple(self._columns[each] for each in self._rows[at])
        return self._columns[self._rows[at]]


class _ById(Mapping[str, Session]):
    """Sessions by their ids."""

    def __init__(self, columns: SessionColumns) -> None:
        self._columns = columns
        self._rows = {each: at for at, each in enumerate(columns.ids)}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __getitem__(self, session_id: str) -> Session:
        return self._columns[self._rows[session_id]]


def list_ids(named: Iterable[Named]) -> tuple[set[str], set[str]]:
    """List what may be ids of recordings, and of sessions, in what files say and in the names that they use."""
    recording_ids, session_ids = set(), set()
    for name, session_id, recording_id in {(each.name, each.session_id, each.recording_id) for each in named}:
        parsed = parse_name(name)
        session_ids |= {session_id, parsed.file, parsed.stem, parse_session_name(parsed.stem)[0]}
        recording_ids |= {recording_id, parse_table_name(parsed.stem)[1]}
    return recording_ids - {""}, session_ids - {""}


class Places:
    """The sessions of a round and their recordings, to be found by name."""

    def __init__(self, sessions: Sequence[Session], recordings: Iterable[Recording]) -> None:
        self._recordings = {recording.id: recording for recording in recordings}
        by_columns = SessionColumns.of(sessions)
        self.sessions: Mapping[str, Session] = _ById(by_columns)
        rows: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        places = zip(by_columns.channels, by_columns.starts_s, range(len(by_columns)), strict=True)
        for channel, _, at in sorted(places):
            rows[by_columns.recording_ids[at]][channel].append(at)
        self._by_recording = {
            recording_id: {channel: _Track(by_columns, its) for channel, its in channels.items()}
            for recording_id, channels in rows.items()
        }
        self._names = Names(self._recordings[each] for each in self._by_recording)
        self._targets: dict[tuple[str, ...], _Target | None] = {}

    def hear(self, named: Iterable[Named]) -> None:
        """Learn all names of files before anything is placed: one name in two folders means two recordings."""
        places = {(each.name, file_of(each.where)): each.where for each in named}
        for (name, _), where in places.items():
            self._names.hear(name, where)
        self._targets.clear()

    def place_plain(self, boxes: BoxColumns) -> tuple[PlacedColumns, list[FileBox]]:
        """Find the sessions of boxes that lie in one as they are; `place` has to look at the others."""
        found = self._find_plain(boxes)
        others = [boxes[at] for at, each in enumerate(found) if each is None]
        if not others:
            return PlacedColumns(boxes, found, self.sessions), []  # type: ignore[arg-type]  # no id of them is None: checked above
        kept = boxes.take([each is not None for each in found])
        return PlacedColumns(kept, list(filter(None, found)), self.sessions), others

    def place(self, box: FileBox) -> Placement:
        """Find the session of a box, or the sessions of its parts.

        Raises
        ------
        InvalidInput
            When the name means several recordings, or the box lies above all frequencies of the recording.
        """
        target = self._find_target(box)
        if target is None:
            return Placement((), box.end_s - box.start_s, self.explain(box))
        channel = min(target.sessions) if box.channel is None else box.channel
        rate = target.recording.sample_rate_hz if box.in_samples else 1
        start_s, end_s = box.start_s / rate + target.zero_s, box.end_s / rate + target.zero_s
        low_hz, high_hz = _fit_band(box, target.recording)
        parts, shortest_s = [], min(ROUNDING_S, (end_s - start_s) / 2)
        for session in _overlap(target.sessions.get(channel), start_s, end_s):
            first_s, last_s = max(start_s, session.start_s), min(end_s, session.end_s)
            if last_s - first_s > shortest_s:
                shape = (first_s, last_s, low_hz, high_hz)
                is_same = shape == (box.start_s, box.end_s, box.low_hz, box.high_hz) and not box.in_samples
                part = box if is_same else _reshape(box, *shape)
                parts.append(Placed(session, part))
        lost_s = (end_s - start_s) - sum(part.box.end_s - part.box.start_s for part in parts)
        left_out = None if parts else self.explain(box)
        is_low = target.recording.sample_rate_hz >= ULTRASOUND_HZ and high_hz is not None and high_hz < LOW_HZ
        return Placement(tuple(parts), lost_s if lost_s > ROUNDING_S else 0.0, left_out, is_low)

    def _find_plain(self, boxes: BoxColumns) -> list[str | None]:
        """Name the session of each box that lies in one as it is; None for the others."""
        groups: dict[tuple[str, str, int | None], list[int]] = defaultdict(list)
        for at, key in enumerate(zip(boxes.name, boxes.file, boxes.channel, strict=True)):
            groups[key].append(at)
        found: list[str | None] = [None] * len(boxes)
        starts_s, ends_s = np.array(boxes.start_s), np.array(boxes.end_s)
        lows_hz, highs_hz = (np.array(each, float) for each in (boxes.low_hz, boxes.high_hz))  # not a number: none
        for (*_, channel), rows in groups.items():
            if len(rows) < MANY:
                continue
            try:
                target = self._find_target(boxes[rows[0]])
            except InvalidInput:  # `place` says it of each of them
                continue
            if target is None or target.zero_s:
                continue
            rate = target.recording.sample_rate_hz
            track = target.sessions.get(min(target.sessions) if channel is None else channel)
            if track is None:
                continue
            here = np.array(rows)
            start_s, end_s, low_hz, high_hz = (each[here] for each in (starts_s, ends_s, lows_hz, highs_hz))
            first = np.searchsorted(track.ends_s, start_s, side="right")
            starts, ends = np.append(track.starts_s, (np.inf, np.inf)), np.append(track.ends_s, -np.inf)
            is_plain = (starts[first] <= start_s) & (end_s <= ends[first]) & (end_s <= starts[first + 1])
            is_usual = (high_hz <= rate / 2) & ((high_hz >= LOW_HZ) | (rate < ULTRASOUND_HZ))
            is_plain &= (np.isnan(high_hz) | is_usual) & (np.isnan(low_hz) == np.isnan(high_hz))
            for at, index in zip(here[is_plain].tolist(), first[is_plain].tolist(), strict=True):
                found[at] = track.ids[index]
        return found

    def find_sessions(self, answer: FileAnswer) -> list[Session]:
        """Find the sessions that an answer speaks of: one, or all of a recording (of its channel, if given)."""
        if answer.session_id:
            session = self.sessions.get(answer.session_id)
            return [session] if session is not None and self._is_of(session, answer) else []
        target = self._find_target(answer)
        channels = {} if target is None else target.sessions
        wanted = channels if answer.channel is None else {answer.channel} & channels.keys()
        found = [session for channel in wanted for session in channels[channel]]
        if answer.start_s is None or answer.end_s is None:
            return found
        return [each for each in found if each.start_s < answer.end_s and each.end_s > answer.start_s]

    def explain(self, named: FileBox | FileAnswer) -> LeftOut:
        """Say why nothing in the round is meant: no such file, no such channel, outside, or not in this round."""
        why, detail = self._explain(named)
        start_s, end_s = named.start_s, named.end_s
        if isinstance(named, FileBox) and named.in_samples:
            start_s = end_s = None
        ids = {"session_id": named.session_id, "recording_id": named.recording_id}
        return LeftOut(named.where, why, named.name, start_s, end_s, **ids, channel=named.channel, detail=detail)

    def _explain(self, named: FileBox | FileAnswer) -> tuple[Why, str]:
        target = self._find_target(named)
        if target is None:
            is_other = named.recording_id and self._names.find(named.name, named.where)
            return Why.NO_FILE, "a recording of this name is there, with other audio" if is_other else ""
        recording, channel = target.recording, named.channel
        if channel is not None and channel >= recording.channel_count:
            return Why.NO_CHANNEL, f"channel {channel + 1} of {recording.channel_count}"
        if channel is not None and channel not in target.sessions:
            return Why.NOT_IN_ROUND, f"of {recording.file_name} the round has no channel {channel + 1}"
        rate = recording.sample_rate_hz if isinstance(named, FileBox) and named.in_samples else 1
        start_s = (named.start_s or 0) / rate + target.zero_s
        if start_s >= target.end_s - ROUNDING_S:
            what = "the recording" if target.zero_s == 0 else "the session"
            return Why.OUTSIDE, f"from {start_s - target.zero_s:.3f} s; {what} has {target.end_s - target.zero_s:.3f} s"
        return Why.NOT_IN_ROUND, f"the round has no session of {recording.file_name} at {start_s:.3f} s"

    def find_touched(self, left_out: LeftOut) -> list[Session]:
        """Find the sessions that something left out may be of: those at its time, else the nearest of its channel."""
        target = self._find_target(left_out) if left_out.name or left_out.session_id else None
        if target is None:
            return []
        named = {left_out.channel} & target.sessions.keys() if left_out.channel is not None else set()
        found = []
        for channel in named or target.sessions.keys():
            found += _touch(target.sessions[channel], left_out, target.zero_s)
        return found

    def _find_target(self, named: Named) -> _Target | None:
        """Find what is meant; in one file, the same words mean the same."""
        key = (named.name, named.session_id, named.recording_id, file_of(named.where))
        if key not in self._targets:
            self._targets[key] = self._look_up(named)
        return self._targets[key]

    def _look_up(self, named: Named) -> _Target | None:
        session = self.sessions.get(named.session_id)
        if session is not None and self._is_of(session, named):
            return self._whole(session.recording_id)
        if named.recording_id:  # the digest of the audio: another recording of the same name is another one
            return self._whole(named.recording_id) if named.recording_id in self._by_recording else None
        session = self._find_whole_name(named.name)
        if session is not None:
            return self._only(session)
        session = self._find_session(named.name)
        recording_ids = self._names.find(named.name, named.where)
        if session is not None and len(recording_ids) == 1 and parse_name(named.name).folders:
            session = session if session.recording_id == recording_ids[0] else None  # its path tells the recording
        meanings = {(recording_id, 0.0) for recording_id in recording_ids}
        if session is not None:
            meanings.add((session.recording_id, session.start_s))
        if len(meanings) > 1:
            raise self._refuse(named, sorted({recording_id for recording_id, _ in meanings}))
        if session is not None and not recording_ids:
            return self._only(session)
        if not recording_ids:  # a name that carries the recording's id, see `contents.name_tables`
            _, recording_id = parse_table_name(parse_name(named.name).stem)
            return self._whole(recording_id) if recording_id in self._by_recording else None
        return self._whole(recording_ids[0])

    def _refuse(self, named: Named, recording_ids: Sequence[str]) -> InvalidInput:
        found = [self._recordings[each] for each in recording_ids]
        places = ", ".join(sorted(each.original_name or each.uri for each in found)[:3])
        return InvalidInput(
            f"{named.where or 'a file'}: {named.name[:200]} may be several recordings or sessions of this round "
            f"({places}). Name its folder as well, e.g. SITE/{parse_name(named.name).file}, or the session instead, "
            f"e.g. {self._first(recording_ids[0]).id}."
        )

    def _find_whole_name(self, name: str) -> Session | None:
        """Find the session that a name of our own export means, see `contents.name_sessions`."""
        session_id, recording_id = parse_session_name(parse_name(name).stem)
        session = self.sessions.get(session_id)
        return session if session is not None and session.recording_id == recording_id else None

    def _only(self, session: Session) -> _Target:
        recording, channel = self._recordings[session.recording_id], session.channel
        return _Target(recording, {channel: _Track(SessionColumns.of([session]), [0])}, session.start_s)

    def _find_session(self, name: str) -> Session | None:
        parsed = parse_name(name)
        return self.sessions.get(parsed.file) or self.sessions.get(parsed.stem)

    def _whole(self, recording_id: str) -> _Target:
        return _Target(self._recordings[recording_id], self._by_recording[recording_id])

    def _first(self, recording_id: str) -> Session:
        return next(iter(self._by_recording[recording_id].values()))[0]

    def _is_of(self, session: Session, named: Named) -> bool:
        """Tell whether a session is of the recording that is named beside it."""
        if named.recording_id:
            return session.recording_id == named.recording_id
        parsed = parse_name(named.name)
        return session.id in (parsed.file, parsed.stem) or self._names.may_mean(named.name, session.recording_id)


def _reshape(box: FileBox, start_s: float, end_s: float, low_hz: float | None, high_hz: float | None) -> FileBox:
    return replace(box, start_s=start_s, end_s=end_s, low_hz=low_hz, high_hz=high_hz, in_samples=False)


def _touch(sessions: Sequence[Session], left_out: LeftOut, zero_s: float) -> list[Session]:
    """Find the sessions of one channel at the time of something left out, else the nearest one."""
    if left_out.start_s is None:
        return list(sessions)
    start_s = left_out.start_s + zero_s
    end_s = start_s if left_out.end_s is None else max(left_out.end_s + zero_s, start_s)
    found = [each for each in sessions if each.start_s <= end_s and each.end_s > start_s]
    return found or [min(sessions, key=lambda each: max(each.start_s - end_s, start_s - each.end_s))]


def _overlap(track: "_Track | None", start_s: float, end_s: float) -> Iterator[Session]:
    """Find the sessions of one channel, in time, that a span touches."""
    if track is None:
        return
    for at in range(bisect_right(track.ends_s, start_s), len(track)):
        if track.starts_s[at] >= end_s:
            return
        yield track[at]


def _fit_band(box: FileBox, recording: Recording) -> tuple[float | None, float | None]:
    """Close a half-open band, and end it where the recording's frequencies end."""
    if box.low_hz is None and box.high_hz is None:
        return None, None
    nyquist_hz = recording.sample_rate_hz / 2
    low_hz = 0.0 if box.low_hz is None else box.low_hz
    high_hz = nyquist_hz if box.high_hz is None else min(box.high_hz, nyquist_hz)
    if low_hz > high_hz or (low_hz == high_hz and box.low_hz != box.high_hz):
        raise InvalidInput(
            f"{box.where or 'a box'}: expected a band below {nyquist_hz:g} Hz, half the sample rate of "
            f"{recording.file_name}, found one from {low_hz:g} Hz. If the table's frequencies are in another unit than "
            "was guessed, say it: frequency_unit=Hz or frequency_unit=kHz."
        )
    return low_hz, high_hz
