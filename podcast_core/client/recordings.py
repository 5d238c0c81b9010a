"""Recordings: looked for, and added by upload."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from podcast_core.client.connection import Connection, Fields, OnProgress


class Recording(TypedDict):
    """One audio file."""

    id: str
    sha256: str
    file_name: str
    duration_s: float
    sample_rate_hz: int
    channel_count: int
    frame_count: int
    encoding: str
    started_at: str | None
    start_method: str
    site: str
    added_at: str
    original_name: str
    notes: list[str]


class RecordingCalls(Connection):
    """Calls about recordings."""

    def list_recordings(self, **filters: str) -> Iterator[Recording]:
        """List recordings by file name; filters are ``site``, ``search``, ``from``, ``to``."""
        return self._list(("recordings",), filters)

    def get_recording(self, recording_id: str) -> Recording:
        """Get a recording."""
        found: Recording = self._get("recordings", recording_id)
        return found

    def add_recordings(
        self,
        paths: Sequence[str | Path],
        *,
        round_name: str,
        on_progress: OnProgress | None = None,
        **options: str | Sequence[str],
    ) -> str:
        """Upload recordings; the job whose id is returned cuts them into sessions.

        Options are ``session_length_s``, ``labels``, ``site``, ``zone``, ``time_pattern``, ``time_offset_s``,
        ``take_cut``.
        """
        form: Fields = {"round_name": round_name, **options}
        return str(self._upload(("recordings",), paths, form, on_progress=on_progress)["job_id"])
