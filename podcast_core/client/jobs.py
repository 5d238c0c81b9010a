"""Jobs: put in, looked at, waited for."""

import time
from collections.abc import Iterator
from typing import Any, TypedDict

from podcast_core.client.connection import Connection
from podcast_core.errors import StorageUnavailable


class Job(TypedDict):
    """A job."""

    id: str
    kind: str
    title: str
    state: str
    who: str
    params: dict[str, Any]
    created_at: str
    started_at: str | None
    finished_at: str | None
    done: int
    total: int
    next: str
    log: list[str]
    result: dict[str, Any]
    error: str
    attempts: int
    retry_of: str


class JobCalls(Connection):
    """Calls about long work."""

    def list_jobs(self, **filters: str) -> Iterator[Job]:
        """List jobs, the newest first; filters are ``state``, ``kind``."""
        return self._list(("jobs",), filters)

    def get_job(self, job_id: str) -> Job:
        """Get a job with its progress."""
        found: Job = self._get("jobs", job_id)
        return found

    def add_job(self, kind: str, **params: Any) -> str:
        """Put in a job, for example ``release`` with ``params``; returns its id."""
        return str(self._send("POST", ("jobs",), {"kind": kind, **params})["job_id"])

    def cancel_job(self, job_id: str) -> Job:
        """Cancel a job."""
        cancelled: Job = self._send("POST", ("jobs", job_id, "cancel"), {})
        return cancelled

    def retry_job(self, job_id: str) -> str:
        """Run a job again as a new one, whose id is returned."""
        return str(self._send("POST", ("jobs", job_id, "retry"), {})["job_id"])

    def wait_for_job(self, job_id: str, *, timeout_s: float = 3600.0, poll_s: float = 0.5) -> Job:
        """Wait until a job has ended, however it did; StorageUnavailable when that takes too long."""
        until = time.monotonic() + timeout_s
        while True:
            job = self.get_job(job_id)
            if job["state"] not in ("queued", "running"):
                return job
            if time.monotonic() > until:
                raise StorageUnavailable(f"Job {job_id} has not ended in {timeout_s:g} s: it is {job['state']}.")
            time.sleep(poll_s)
