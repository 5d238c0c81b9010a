"""Recordings: continuous audio files."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from podcast_core.domain.annotation import MAX_NOTE_LENGTH
from podcast_core.domain.checks import check_between, check_comment, check_utc
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Recording:
    """One continuous audio file.

    ``id`` is the first 16 hex digits of ``sha256``, the digest of the file's bytes: the same audio is
    the same recording wherever it lies. ``uri`` is an absolute path, an fsspec URL, or ``store:KEY``
    for audio that Pod.Cast itself put into the file store. ``start_method`` says how ``started_at``
    was found (see `podcast_core.audio.metadata`). ``original_name`` is the name under which it was sent, with
    folders, where that is more than ``file_name``. ``notes`` say what is unusual, such as a time with two readings.
    ``latitude_deg`` and ``longitude_deg`` (WGS 84) are where the file itself says that it was made.
    """

    sha256: str
    uri: str
    file_name: str
    sample_rate_hz: int
    channel_count: int
    frame_count: int
    encoding: str
    started_at: datetime | None = None
    start_method: str = "unknown"
    site: str = ""
    added_at: datetime = field(default_factory=utc_now)
    original_name: str = ""
    notes: tuple[str, ...] = ()
    latitude_deg: float | None = None
    longitude_deg: float | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise InvalidInput(f"sha256 must be 64 hex digits, found {self.sha256[:80]!r}.")
        if self.sample_rate_hz <= 0 or self.channel_count <= 0 or self.frame_count <= 0:
            raise InvalidInput(
                f"{self.file_name}: expected at least one sample, found {self.frame_count} frames, "
                f"{self.channel_count} channels at {self.sample_rate_hz} Hz."
            )
        check_utc(self.started_at, "started_at")
        check_utc(self.added_at, "added_at")
        for note in self.notes:
            check_comment(note, MAX_NOTE_LENGTH)
        check_between(self.latitude_deg, "A recording's latitude", -90, 90, "°")
        check_between(self.longitude_deg, "A recording's longitude", -180, 180, "°")

    @property
    def id(self) -> str:
        """The first 16 hex digits of the digest."""
        return self.sha256[:16]

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, where it is known when it began."""
        return None if self.started_at is None else self.started_at + timedelta(seconds=self.duration_s)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frame_count / self.sample_rate_hz
