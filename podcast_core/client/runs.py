"""Model runs: started, watched, and what they found."""

from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.runs import Applied, Run, RunAdded, RunCall, RunDetails, RunSession


class RunCalls(Connection):
    """Calls about model runs."""

    def list_runs(self) -> Iterator[Run]:
        """List model runs, the newest first."""
        return self._list(Run, ("runs",), {})

    def start_run(self, model: str, **fields: Any) -> RunAdded:
        """Let a model look at ``round_ids`` or ``recording_ids``; `wait_for_job` waits until it has."""
        return self._send(RunAdded, "POST", ("runs",), {"model": model, **fields})

    def get_run(self, run_id: str) -> RunDetails:
        """Get a run with how far it is and how it came about."""
        return self._get(RunDetails, "runs", run_id)

    def continue_run(self, run_id: str) -> RunAdded:
        """Let a run that failed, was cancelled or was cut off go on where it stopped."""
        return self._send(RunAdded, "POST", ("runs", run_id, "continue"), {})

    def list_run_sessions(self, run_id: str, **filters: str) -> Iterator[RunSession]:
        """List what a run looks at with what was found in each; the filter is ``threshold``."""
        return self._list(RunSession, ("runs", run_id, "sessions"), filters)

    def list_run_boxes(self, run_id: str, **filters: str) -> Iterator[RunCall]:
        """List the calls that a run found; the filter is ``threshold``."""
        return self._list(RunCall, ("runs", run_id, "boxes"), filters)

    def apply_run(self, run_id: str, round_id: str, **fields: Any) -> Applied:
        """Make a run's calls the predictions of a round; options are those of `ApplyIn`."""
        return self._send(Applied, "POST", ("runs", run_id, "apply"), {"round_id": round_id, **fields})
