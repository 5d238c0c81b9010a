"""Sessions: the pieces of recordings that a person labels on one page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from podcast_core.domain.checks import check_box
from podcast_core.domain.ids import check_id
from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class OriginalFields:
    """What a session's document in an original Pod.Cast said beside its boxes, as it stood there.

    ``absolute_time`` is free text, a number or null there, and ``source_guid`` any text or null.
    """

    uri: str = ""
    absolute_time: str | int | float | None = None
    source_guid: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """The piece of one channel of a recording that a person labels on one page.

    ``channel`` counts from 0. ``position`` is the place in the round's queue. ``id`` is unique within
    the round; as in Pod.Cast it starts with the stem of the audio file's name. ``original`` is what its document said
    where it was brought from an original Pod.Cast.
    """

    round_id: str
    id: str
    recording_id: str
    channel: int
    start_s: float
    end_s: float
    position: int = 0
    original: OriginalFields | None = None

    def __post_init__(self) -> None:
        check_id(self.id, "Session")
        check_box(self.start_s, self.end_s, None, None)
        if self.channel < 0:
            raise InvalidInput(f"A channel counts from 0, found {self.channel}.")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    def to_session_s(self, recording_s: float) -> float:
        """Seconds from the session's start, from seconds from the recording's start."""
        return recording_s - self.start_s

    def to_recording_s(self, session_s: float) -> float:
        """Seconds from the recording's start, from seconds from the session's start."""
        return session_s + self.start_s

    def started_at(self, recording: Recording) -> datetime | None:
        """When the session began (UTC), if the recording knows when it began."""
        return None if recording.started_at is None else recording.started_at + timedelta(seconds=self.start_s)
