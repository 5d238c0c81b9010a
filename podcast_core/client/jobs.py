"""Jobs: put in, looked at, waited for."""

import time
from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.errors import StorageUnavailable
from podcast_core.wire.jobs import Job, JobAdded


class JobCalls(Connection):
    """Calls about long work."""

    def list_jobs(self, **filters: str) -> Iterator[Job]:
        """List jobs, the newest first; filters are ``state``, ``kind``."""
        return self._list(Job, ("jobs",), filters)

    def get_job(self, job_id: str) -> Job:
        """Get a job with its progress."""
        return self._get(Job, "jobs", job_id)

    def add_job(self, kind: str, **params: Any) -> str:
        """Put in a job, for example ``release`` with ``params``; returns its id."""
        return self._send(JobAdded, "POST", ("jobs",), {"kind": kind, **params}).job_id

    def cancel_job(self, job_id: str) -> Job:
        """Cancel a job."""
        return self._send(Job, "POST", ("jobs", job_id, "cancel"), {})

    def retry_job(self, job_id: str) -> str:
        """Run a job again as a new one, whose id is returned."""
        return self._send(JobAdded, "POST", ("jobs", job_id, "retry"), {}).job_id

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
