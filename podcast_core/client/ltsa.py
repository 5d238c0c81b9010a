"""Long-term spectral averages of recordings."""

from pathlib import Path

from podcast_core.client.connection import Connection
from podcast_core.wire.jobs import JobAdded


class LtsaCalls(Connection):
    """Calls about long-term averages."""

    def compute_ltsa(self, recording_id: str, *, channel: int = 0) -> str:
        """Compute the long-term spectral average of a channel; return the job's id."""
        return self._send(JobAdded, "POST", ("recordings", recording_id, "ltsa"), {"channel": channel}).job_id

    def get_ltsa(self, recording_id: str, out: str | Path, **part: float) -> Path:
        """Write a part of it as a grey PNG file; the parts are ``channel``, ``start_s``, ``end_s`` and ``width``."""
        return self._download(("recordings", recording_id, "ltsa.png"), part, out)
