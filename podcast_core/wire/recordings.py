"""Recordings: listed, looked at, and added by upload."""

from datetime import datetime

from pydantic import Field

from podcast_core.wire.base import Shape


class Recording(Shape):
    """One audio file.

    ``start_method`` says how its start was found, ``notes`` what is unusual about it. ``original_name`` is the name
    under which it was sent, with its folders, where that is more than ``file_name``.
    """

    id: str
    sha256: str
    file_name: str
    duration_s: float
    sample_rate_hz: int
    channel_count: int
    frame_count: int
    encoding: str
    started_at: datetime | None
    start_method: str
    site: str
    added_at: datetime
    original_name: str
    notes: list[str]
    latitude_deg: float | None = Field(description="where the file says that it was made (WGS 84); null: it does not")
    longitude_deg: float | None


class Refused(Shape):
    """A file that was not kept, and why."""

    name: str
    reason: str


class Upload(Shape):
    """The job that adds what was uploaded to a round; ``refused`` are the files that were not kept."""

    job_id: str
    files: list[str]
    refused: list[Refused]
