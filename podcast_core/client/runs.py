"""Model runs: started, watched, and what they found."""

from collections.abc import Iterator
from typing import Any, TypedDict

from podcast_core.client.connection import Connection


class RunAdded(TypedDict):
    """The id of a run, and of the job that does it."""

    run_id: str
    job_id: str


class Run(TypedDict):
    """A run; ``state`` is queued, running, ready, failed, cancelled or stopped (no job works on it)."""

    id: str
    model: str
    version: int
    kind: str
    state: str
    round_ids: list[str]
    threshold: float
    floor: float
    who: str
    created_at: str
    finished_at: str | None
    pieces: int
    done: int
    failed: int
    audio_s: float
    done_s: float
    speed: float | None
    left_s: float | None
    device: str
    job_id: str
    error: str


class RunDetails(Run):
    """A run with how it came about."""

    weights_sha256: str
    parameters: dict[str, Any]
    labels: list[str]
    recordings: dict[str, str]


class RunSession(TypedDict):
    """A piece of audio that a run looks at; times are seconds of the recording."""

    recording_id: str
    channel: int
    start_s: float
    end_s: float
    round_id: str
    session_id: str
    done: bool
    error: str
    score: float | None
    calls: int


class RunCall(TypedDict):
    """A call that a run found; times are seconds of the recording."""

    recording_id: str
    channel: int
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float


class Applied(TypedDict):
    """The prediction set that was made, or was there."""

    set_id: str
    predictions: int
    sessions: int
    is_new: bool


class RunCalls(Connection):
    """Calls about model runs."""

    def list_runs(self) -> Iterator[Run]:
        """List model runs, the newest first."""
        return self._list(("runs",), {})

    def start_run(self, model: str, **fields: Any) -> RunAdded:
        """Let a model look at ``round_ids`` or ``recording_ids``; `wait_for_job` waits until it has."""
        added: RunAdded = self._send("POST", ("runs",), {"model": model, **fields})
        return added

    def get_run(self, run_id: str) -> RunDetails:
        """Get a run with how far it is and how it came about."""
        found: RunDetails = self._get("runs", run_id)
        return found

    def continue_run(self, run_id: str) -> RunAdded:
        """Let a run that failed, was cancelled or was cut off go on where it stopped."""
        added: RunAdded = self._send("POST", ("runs", run_id, "continue"), {})
        return added

    def list_run_sessions(self, run_id: str, **filters: str) -> Iterator[RunSession]:
        """List what a run looks at with what was found in each; the filter is ``threshold``."""
        return self._list(("runs", run_id, "sessions"), filters)

    def list_run_boxes(self, run_id: str, **filters: str) -> Iterator[RunCall]:
        """List the calls that a run found; the filter is ``threshold``."""
        return self._list(("runs", run_id, "boxes"), filters)

    def apply_run(self, run_id: str, round_id: str, **fields: Any) -> Applied:
        """Make a run's calls the predictions of a round; options are ``threshold``, ``labels`` and ``add_labels``."""
        applied: Applied = self._send("POST", ("runs", run_id, "apply"), {"round_id": round_id, **fields})
        return applied
