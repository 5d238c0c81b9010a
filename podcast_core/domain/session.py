"""Sessions: the pieces of recordings that a person labels on one page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar, overload

from podcast_core.domain.box import Stretch
from podcast_core.domain.ids import check_id
from podcast_core.domain.piece import Piece
from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput

Placed = TypeVar("Placed", bound=Stretch)


@dataclass(frozen=True, slots=True)
class OriginalFields:
    """What a session's document in an original Pod.Cast said beside its boxes, as it stood there.

    ``absolute_time`` is free text, a number or null there, and ``source_guid`` any text or null.
    """

    uri: str = ""
    absolute_time: str | int | float | None = None
    source_guid: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class Session(Piece):
    """The piece of one channel of a recording that a person labels on one page.

    ``channel`` counts from 0. ``position`` is the place in the round's queue. ``id`` is unique within
    the round; as in Pod.Cast it starts with the stem of the audio file's name. ``original`` is what its document said
    where it was brought from an original Pod.Cast.
    """

    round_id: str
    id: str
    position: int = 0
    original: OriginalFields | None = None

    def __post_init__(self) -> None:
        check_id(self.id, "Session")
        Piece.__post_init__(self)
        if self.channel < 0:
            raise InvalidInput(f"A channel counts from 0, found {self.channel}.")

    def to_session_s(self, recording_s: float) -> float:
        """Seconds from the session's start, from seconds from the recording's start."""
        return recording_s - self.start_s

    def to_recording_s(self, session_s: float) -> float:
        """Seconds from the recording's start, from seconds from the session's start."""
        return session_s + self.start_s

    def to_session(self, box: Placed) -> Placed:
        """Give a box of the recording with times from the start of the session, which none precedes."""
        return replace(box, start_s=max(0.0, self.to_session_s(box.start_s)), end_s=self.to_session_s(box.end_s))

    def to_recording(self, box: Placed) -> Placed:
        """Give a box of the session with times of the recording; what rounding put beyond the session is cut off."""
        start_s, end_s = self.to_recording_s(box.start_s), self.to_recording_s(box.end_s)
        return replace(box, start_s=max(start_s, self.start_s), end_s=min(end_s, self.end_s))

    def started_at(self, recording: Recording) -> datetime | None:
        """When the session began (UTC), if the recording knows when it began."""
        return None if recording.started_at is None else recording.started_at + timedelta(seconds=self.start_s)


@dataclass(frozen=True, slots=True, eq=False)
class SessionColumns(Sequence[Session]):
    """Sessions by columns of equal length, for a hundred thousand of them: each is made when it is asked for, once."""

    ids: Sequence[str]
    recording_ids: Sequence[str]
    channels: Sequence[int]
    starts_s: Sequence[float]
    ends_s: Sequence[float]
    make: Callable[[int], Session]
    made: dict[int, Session] = field(default_factory=dict)

    @classmethod
    def of(cls, sessions: Sequence[Session]) -> "SessionColumns":
        """Give sessions by columns."""
        if isinstance(sessions, SessionColumns):
            return sessions
        return cls(
            [each.id for each in sessions],
            [each.recording_id for each in sessions],
            [each.channel for each in sessions],
            [each.start_s for each in sessions],
            [each.end_s for each in sessions],
            sessions.__getitem__,
        )

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Session: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Session, ...]: ...
    def __getitem__(self, at: int | slice) -> Session | tuple[Session, ...]:
        if isinstance(at, slice):
            return tuple(self[each] for each in range(*at.indices(len(self))))
        if at not in self.made:
            self.made[at] = self.make(at)
        return self.made[at]
