"""Which session of a round a box of a file belongs to.

A file names recordings (see `formats.names`) or sessions (by id); times count from the start of what it names.
A box over a border is cut there and each part goes to its session, because each session is labelled on a page of
its own. Boxes without a channel belong to the recording's first channel in the round.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import FileAnswer, FileBox, LeftOut, Why, parse_session_name, parse_table_name
from podcast_core.formats.findings import file_of
from podcast_core.formats.names import Names, parse_name

ROUNDING_S = 1e-6  # shorter than a sample: what arithmetic leaves over at a border is no part of a box
ULTRASOUND_HZ = 96_000  # rates from which on recordings are made for bats and the like
LOW_HZ = 300.0  # what is called lower there is most likely meant in kHz
Named = FileBox | FileAnswer | LeftOut


@dataclass(frozen=True, slots=True)
class Placed:
    """A box (or its part) in the session where it belongs, in seconds from the start of the recording."""

    session: Session
    box: FileBox


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
    sessions: Mapping[int, Sequence[Session]]  # by channel, in time
    ends_s: Mapping[int, Sequence[float]]  # of these sessions
    zero_s: float = 0.0

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds of the recording."""
        if self.zero_s == 0:
            return self.recording.duration_s
        return max(session.end_s for sessions in self.sessions.values() for session in sessions)


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

    def __init__(self, sessions: Iterable[Session], recordings: Iterable[Recording]) -> None:
        self._recordings = {recording.id: recording for recording in recordings}
        self._sessions: dict[str, Session] = {}
        self._by_recording: dict[str, dict[int, list[Session]]] = defaultdict(lambda: defaultdict(list))
        for session in sorted(sessions, key=lambda each: (each.channel, each.start_s)):
            self._sessions[session.id] = session
            self._by_recording[session.recording_id][session.channel].append(session)
        self._names = Names(self._recordings[each] for each in self._by_recording)
        self._ends_s = {
            recording_id: {channel: [each.end_s for each in made] for channel, made in channels.items()}
            for recording_id, channels in self._by_recording.items()
        }
        self._targets: dict[tuple[str, ...], _Target | None] = {}

    def hear(self, named: Iterable[Named]) -> None:
        """Learn all names of files before anything is placed: one name in two folders means two recordings."""
        places = {(each.name, file_of(each.where)): each.where for each in named}
        for (name, _), where in places.items():
            self._names.hear(name, where)
        self._targets.clear()

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
        for session in _overlap(target.sessions.get(channel, ()), target.ends_s.get(channel, ()), start_s, end_s):
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

    def find_sessions(self, answer: FileAnswer) -> list[Session]:
        """Find the sessions that an answer speaks of: one, or all of a recording (of its channel, if given)."""
        if answer.session_id:
            session = self._sessions.get(answer.session_id)
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
        session = self._sessions.get(named.session_id)
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
        session = self._sessions.get(session_id)
        return session if session is not None and session.recording_id == recording_id else None

    def _only(self, session: Session) -> _Target:
        recording, channel = self._recordings[session.recording_id], session.channel
        return _Target(recording, {channel: [session]}, {channel: [session.end_s]}, session.start_s)

    def _find_session(self, name: str) -> Session | None:
        parsed = parse_name(name)
        return self._sessions.get(parsed.file) or self._sessions.get(parsed.stem)

    def _whole(self, recording_id: str) -> _Target:
        return _Target(self._recordings[recording_id], self._by_recording[recording_id], self._ends_s[recording_id])

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


def _overlap(sessions: Sequence[Session], ends_s: Sequence[float], start_s: float, end_s: float) -> Iterator[Session]:
    """Find the sessions of one channel, in time, that a span touches."""
    for index in range(
        bisect_right(ends_s, start_s), len(sessions)
    ):  # not a slice: a recording may have ten thousand sessions
        if sessions[index].start_s >= end_s:
            return
        yield sessions[index]


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
