"""Recordings: looked for, and added by upload."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from podcast_core.client.connection import Connection, Fields, OnProgress
from podcast_core.wire.recordings import Recording, Upload


class RecordingCalls(Connection):
    """Calls about recordings."""

    def list_recordings(self, **filters: str) -> Iterator[Recording]:
        """List recordings by file name; filters are ``site``, ``search``, ``from``, ``to``."""
        return self._list(Recording, ("recordings",), filters)

    def get_recording(self, recording_id: str) -> Recording:
        """Get a recording."""
        return self._get(Recording, "recordings", recording_id)

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
        return self._upload(Upload, ("recordings",), paths, form, on_progress=on_progress).job_id
