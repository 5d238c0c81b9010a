"""Live sound in this process: what a microphone or hydrophone brings now, for everybody who hears it.

A feed counts samples from its first one. Anchors say when which sample was taken (UTC), and where sound is missing.
Only the last two minutes are in memory, whoever listens; what is to be kept is written by a recorder, which reads the
feed as others do.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Condition, Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound

HELD_S = 120  # of sound in memory: 23 MB at 48 kHz in stereo; a slow model may be a minute behind
QUIET_S = 2.0  # without a sample, and a feed counts as interrupted
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 8_000, 48_000
MAX_CHANNELS = 2
MAX_ANCHORS = 1000  # in memory
DRIFT_S = 0.05  # between the clocks of a sound card and of this machine, before times are set right
DRIFT_EVERY_S = 60.0  # over which the least delay is looked for: networks delay, and never hurry

Pcm = NDArray[np.int16]
"""Sound of all channels: shape (n, channels), 16 bits."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """When a sample was taken; ``missing_s`` seconds of sound are missing just before it, which is 0 where none is."""

    first: int
    at: datetime
    missing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """Sound from sample ``first`` on, taken from ``at`` on; nothing is missing within it."""

    first: int
    at: datetime
    samples: Pcm
    missing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What is shown on the picture of live sound: a call that a model found (``score``), or somebody's mark."""

    id: str
    started_at: datetime
    ended_at: datetime
    label: str
    low_hz: float | None = None
    high_hz: float | None = None
    score: float | None = None
    person: str = ""


class Worker(Protocol):
    """Something that works on a feed's sound in a thread of its own."""

    def close(self) -> None:
        """End it, with what it has to keep kept."""


@dataclass(slots=True)
class Feed:
    """The sound of one live source. One thread brings it; any number of others read it."""

    id: str
    name: str
    sample_rate_hz: int
    channel_count: int
    site: str = ""
    note: str = ""
    workers: dict[str, Worker] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    version: int = 0
    is_ended: bool = False
    bringer: object = None
    _held: Pcm = field(init=False)
    _end: int = 0
    _anchors: deque[Anchor] = field(default_factory=lambda: deque(maxlen=MAX_ANCHORS))
    _position: int | None = None
    _is_interrupted: bool = False
    _least_delay_s: float = float("inf")
    _delays_until: int = 0
    _pushed_at: datetime | None = None
    _asked_at: datetime = field(default_factory=utc_now)
    _changed: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        if not LOWEST_RATE_HZ <= self.sample_rate_hz <= HIGHEST_RATE_HZ:
            raise InvalidInput(
                f"Live sound has {LOWEST_RATE_HZ:,} to {HIGHEST_RATE_HZ:,} samples per second, "
                f"found {self.sample_rate_hz:,}."
            )
        if not 1 <= self.channel_count <= MAX_CHANNELS:
            raise InvalidInput(f"Live sound has 1 or {MAX_CHANNELS} channels, found {self.channel_count}.")
        self._held = np.zeros((HELD_S * self.sample_rate_hz, self.channel_count), np.int16)

    @property
    def end(self) -> int:
        """The number of the next sample that will come."""
        return self._end

    @property
    def is_live(self) -> bool:
        """Whether sound is coming in."""
        return self.quiet_s < QUIET_S

    @property
    def quiet_s(self) -> float:
        """For how many seconds no sound has come; infinite where none ever has."""
        return float("inf") if self._pushed_at is None else (utc_now() - self._pushed_at).total_seconds()

    @property
    def idle_s(self) -> float:
        """For how many seconds nobody has listened."""
        return (utc_now() - self._asked_at).total_seconds()

    def hear(self) -> None:
        """Say that somebody listens."""
        self._asked_at = utc_now()

    def push(self, samples: Pcm, *, position: int | None = None, at: datetime | None = None) -> None:
        """Add sound of shape (n, channels) that was taken until just now.

        Parameters
        ----------
        position
            Number of the first sample as the sender counts: what it skips is missing. None: nothing ever is.
        at
            When the sample after the last one was taken; None: now.

        Raises
        ------
        InvalidInput
            When it has another number of channels.
        """
        if samples.ndim != 2 or samples.shape[1] != self.channel_count:
            raise InvalidInput(f"Expected samples of {self.channel_count} channels, found shape {samples.shape}.")
        if not len(samples):
            return
        with self._changed:
            self._anchor(len(samples), position, at or utc_now())
            for block in np.array_split(samples, -(-len(samples) // len(self._held))):
                place = np.arange(self._end, self._end + len(block)) % len(self._held)
                self._held[place] = block
                self._end += len(block)
            self._position = None if position is None else position + len(samples)
            self._pushed_at = utc_now()
            self._changed.notify_all()

    def interrupt(self) -> None:
        """Say that the connection was lost: what comes next was taken when it comes, and what is between is missing."""
        with self._changed:
            self._position = None
            self._delays_until = 0
            self._is_interrupted = True

    def _anchor(self, count: int, position: int | None, until: datetime) -> None:
        """Say when the next samples were taken, where that does not follow from those before."""
        began = until - timedelta(seconds=count / self.sample_rate_hz)
        if not self._anchors:
            self._anchors.append(Anchor(self._end, began))
        elif self._is_interrupted:
            expected = self.time_of(self._end)
            missing_s = max(0.0, (began - expected).total_seconds())
            self._anchors.append(Anchor(self._end, max(began, expected), missing_s))
        elif position is not None and self._position is not None and position > self._position:
            missing_s = (position - self._position) / self.sample_rate_hz
            at = self.time_of(self._end) + timedelta(seconds=missing_s)
            self._anchors.append(Anchor(self._end, at, missing_s))
        self._is_interrupted = False
        self._follow_clock(began)

    def _follow_clock(self, began: datetime) -> None:
        """Set times right as the clock of the sound card goes away from ours."""
        if self._end >= self._delays_until:
            if self._delays_until and abs(self._least_delay_s) > DRIFT_S:
                at = self.time_of(self._end) + timedelta(seconds=self._least_delay_s)
                self._anchors.append(Anchor(self._end, at))
            self._least_delay_s = float("inf")
            self._delays_until = self._end + round(DRIFT_EVERY_S * self.sample_rate_hz)
        self._least_delay_s = min(self._least_delay_s, (began - self.time_of(self._end)).total_seconds())

    def time_of(self, sample: int) -> datetime:
        """Say when a sample was taken; of one that is to come, when it will be if nothing happens.

        Raises
        ------
        NotFound
            While no sample has come.
        """
        known = tuple(self._anchors)
        if not known:
            raise NotFound("No sound has come yet.")
        anchor = next((each for each in reversed(known) if each.first <= sample), known[0])
        return anchor.at + timedelta(seconds=(sample - anchor.first) / self.sample_rate_hz)

    def read(self, first: int, *, most: int, wait_s: float = 0.0) -> Part | None:
        """Read sound from a sample on: as much as there is before the next anchor, and not more than ``most`` samples.

        What is no longer in memory is left out. None: nothing has come within ``wait_s`` seconds.
        """
        with self._changed:
            if self._end <= first and wait_s:
                self._changed.wait(wait_s)
            first = max(first, self._end - len(self._held))
            last = min(self._end, first + most)
            if last <= first:
                return None
            inside = [each for each in self._anchors if first <= each.first < last]
            missing_s = inside[0].missing_s if inside and inside[0].first == first else 0.0
            last = next((each.first for each in inside if each.first > first), last)
            samples = self._held[np.arange(first, last) % len(self._held)]
            return Part(first, self.time_of(first), samples, missing_s)

    def show(self, findings: Iterable[Finding], *, instead_of: Callable[[Finding], bool] = lambda _: False) -> None:
        """Show findings on the picture, instead of some; those that are older than what is in memory go."""
        with self._changed:
            oldest = utc_now() - timedelta(seconds=HELD_S)
            kept = [each for each in self.findings if each.ended_at > oldest and not instead_of(each)]
            self.findings = (*kept, *findings)
            self.version += 1

    def end_feed(self) -> None:
        """Say that nothing will come any more, and end who works on it."""
        self.is_ended = True
        with self._changed:
            self._changed.notify_all()
        for worker in tuple(self.workers.values()):
            worker.close()
        self.workers.clear()


class Feeds:
    """The feeds of a process, by id."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}
        self._lock = Lock()

    def __iter__(self) -> Iterator[Feed]:
        with self._lock:
            return iter([each for each in self._feeds.values() if not each.is_ended])

    def find(self, feed_id: str) -> Feed | None:
        """Find a feed that has not ended."""
        return next((each for each in self if each.id == feed_id), None)

    def add(self, feed: Feed) -> Feed:
        """Add a feed, unless there is one of that id that has not ended; returns the one that is there now."""
        with self._lock:
            known = self._feeds.get(feed.id)
            if known is not None and not known.is_ended:
                return known
            self._feeds[feed.id] = feed
            return feed
