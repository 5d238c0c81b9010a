"""Recordings: looked for, and added by upload."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection, Fields, OnProgress

Json = dict[str, Any]


class RecordingCalls(Connection):
    """Calls about recordings."""

    def list_recordings(self, **filters: str) -> Iterator[Json]:
        """List recordings by file name; filters are ``site``, ``search``, ``from``, ``to``."""
        return self._list(("recordings",), filters)

    def get_recording(self, recording_id: str) -> Json:
        """Get a recording."""
        found: Json = self._get("recordings", recording_id)
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

        Options are ``session_length_s``, ``labels``, ``site``, ``zone``.
        """
        form: Fields = {"round_name": round_name, **options}
        return str(self._upload(("recordings",), paths, form, on_progress=on_progress)["job_id"])
