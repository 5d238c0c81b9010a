"""Quick open: files that are looked at where they lie."""

from collections.abc import Sequence

from podcast_core.client.connection import Connection
from podcast_core.wire.jobs import JobAdded
from podcast_core.wire.opening import Opened


class OpeningCalls(Connection):
    """Calls about files that are only looked at."""

    def open_recordings(self, paths: Sequence[str]) -> Opened:
        """Open files, folders and addresses that the server can reach; the same files are the same round."""
        return self._send(Opened, "POST", ("opened",), {"paths": list(paths)})

    def keep_opened(self, round_id: str, *, round_name: str) -> str:
        """Make an ordinary round of what was opened; returns the id of the job that does it."""
        return self._send(JobAdded, "POST", ("opened", round_id, "round"), {"round_name": round_name}).job_id
