"""Which session of a round a box of a file belongs to.

A file names recordings (by file name or stem) or sessions (by id); times count from the start of what it names.
A box over a border is cut there and each part goes to its session, because each session is labelled on a page of
its own. Boxes without a channel belong to the recording's first channel in the round.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath

from podcast_core.domain import Recording, Session
from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import FileAnswer, FileBox, parse_table_name

ROUNDING_S = 1e-6  # shorter than a sample: what arithmetic leaves over at a border is no part of a box
SLASHES = re.compile(r"[\\/]")


@dataclass(frozen=True, slots=True)
class Placed:
    """A box (or its part) in the session where it belongs, in seconds from the start of the recording."""

    session: Session
    box: FileBox


@dataclass(frozen=True, slots=True)
class _Target:
    """What a name means: the sessions it covers, and the second of the recording from which its times count."""

    recording: Recording
    sessions: Mapping[int, Sequence[Session]]  # by channel, in time
    zero_s: float = 0.0


class Places:
    """The sessions of a round and their recordings, to be found by name."""

    def __init__(self, sessions: Iterable[Session], recordings: Iterable[Recording]) -> None:
        self._recordings = {recording.id: recording for recording in recordings}
        self._sessions: dict[str, Session] = {}
        self._by_recording: dict[str, dict[int, list[Session]]] = defaultdict(lambda: defaultdict(list))
        for session in sorted(sessions, key=lambda each: (each.channel, each.start_s)):
            self._sessions[session.id] = session
            self._by_recording[session.recording_id][session.channel].append(session)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for recording_id in self._by_recording:
            file_name = self._recordings[recording_id].file_name
            for name in {file_name, PurePosixPath(file_name).stem}:
                self._by_name[name].append(recording_id)

    def place(self, box: FileBox) -> tuple[list[Placed], float]:
        """Find the session of a box, or the sessions of its parts.

        Returns
        -------
        list of Placed
            Empty when the round has nothing by this name or at this time.
        float
            How many seconds of the box lie in no session of the round.

        Raises
        ------
        InvalidInput
            When the name means several recordings, or the box lies above all frequencies of the recording.
        """
        target = self._find_target(box)
        if target is None:
            return [], box.end_s - box.start_s
        channel = min(target.sessions) if box.channel is None else box.channel
        rate = target.recording.sample_rate_hz if box.in_samples else 1
        start_s, end_s = box.start_s / rate + target.zero_s, box.end_s / rate + target.zero_s
        low_hz, high_hz = _fit_band(box, target.recording)
        parts, shortest_s = [], min(ROUNDING_S, (end_s - start_s) / 2)
        for session in _overlap(target.sessions.get(channel, ()), start_s, end_s):
            first_s, last_s = max(start_s, session.start_s), min(end_s, session.end_s)
            if last_s - first_s > shortest_s:
                shape = (first_s, last_s, low_hz, high_hz)
                is_same = shape == (box.start_s, box.end_s, box.low_hz, box.high_hz) and not box.in_samples
                part = box if is_same else _reshape(box, *shape)
                parts.append(Placed(session, part))
        lost_s = (end_s - start_s) - sum(part.box.end_s - part.box.start_s for part in parts)
        return parts, lost_s if lost_s > ROUNDING_S else 0.0

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

    def _find_target(self, named: FileBox | FileAnswer) -> _Target | None:
        session = self._sessions.get(named.session_id)
        if session is not None and self._is_of(session, named):
            return self._whole(session.recording_id)
        if named.recording_id:  # the digest of the audio: another recording of the same name is another one
            return self._whole(named.recording_id) if named.recording_id in self._by_recording else None
        names = _spell(named.name)
        session = next((self._sessions[name] for name in names if name in self._sessions), None)
        recording_ids = next((self._by_name[name] for name in names if name in self._by_name), [])
        meanings = {(recording_id, 0.0) for recording_id in recording_ids}
        if session is not None:
            meanings.add((session.recording_id, session.start_s))
        if len(meanings) > 1:
            raise InvalidInput(
                f"{named.where or 'a file'}: {names[0]} names {len(meanings)} recordings or sessions of this round. "
                f"Name the session instead, e.g. {self._first(recording_ids[0]).id}."
            )
        if session is not None and not recording_ids:
            only = {session.channel: [session]}
            return _Target(self._recordings[session.recording_id], only, session.start_s)
        if not recording_ids:  # a name that carries the recording's id, see `contents.name_tables`
            _, recording_id = parse_table_name(names[1])
            return self._whole(recording_id) if recording_id in self._by_recording else None
        return self._whole(recording_ids[0])

    def _whole(self, recording_id: str) -> _Target:
        return _Target(self._recordings[recording_id], self._by_recording[recording_id])

    def _first(self, recording_id: str) -> Session:
        return next(iter(self._by_recording[recording_id].values()))[0]

    def _is_of(self, session: Session, named: FileBox | FileAnswer) -> bool:
        """Tell whether a session is of the recording that is named beside it."""
        if named.recording_id:
            return session.recording_id == named.recording_id
        file_name = self._recordings[session.recording_id].file_name
        return bool({file_name, PurePosixPath(file_name).stem, session.id} & set(_spell(named.name)))


def _reshape(box: FileBox, start_s: float, end_s: float, low_hz: float | None, high_hz: float | None) -> FileBox:
    return replace(box, start_s=start_s, end_s=end_s, low_hz=low_hz, high_hz=high_hz, in_samples=False)


@lru_cache(maxsize=4096)
def _spell(name: str) -> tuple[str, str]:
    """Give the two ways to read a name: as it is, and as a file name without its ending; without folders."""
    name = SLASHES.split(name)[-1]
    return name, PurePosixPath(name).stem


def _overlap(sessions: Sequence[Session], start_s: float, end_s: float) -> Iterator[Session]:
    """Find the sessions of one channel, in time, that a span touches."""
    first = bisect_right(sessions, start_s, key=lambda session: session.end_s)
    for index in range(first, len(sessions)):  # not a slice: a recording may have ten thousand sessions
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
    if low_hz >= high_hz:
        raise InvalidInput(
            f"{box.where or 'a box'}: expected a band below {nyquist_hz:g} Hz, half the sample rate of "
            f"{recording.file_name}, found one from {low_hz:g} Hz"
        )
    return low_hz, high_hz
