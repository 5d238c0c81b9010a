"""The queue of durable jobs, kept by DBOS in a database of its own.

This module only puts jobs in, reads and cancels them; what runs them is `podcast_core.worker.worker`. DBOS is
imported when the first job is put in or read, since it takes half a second.

What people see of a job (who, how far, what is next, log, error) is in its row's ``attributes``, so that one query
lists everything. It is written by the worker that has the job and survives it.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from podcast_core.domain.job import Job, JobState
from podcast_core.domain.times import utc_now
from podcast_core.errors import NotFound, StorageUnavailable
from podcast_core.remote.redaction import redact, redact_values
from podcast_core.storage.database import choose_driver, write_ahead
from podcast_core.storage.private import make_private_file

if TYPE_CHECKING:
    from dbos import DBOSClient, WorkflowStatus

QUEUE = "jobs"
WORKFLOW = "run_job"
APPLICATION = "podcast"
VERSION = "1"  # not DBOS's digest of the code: jobs outlive an update of Pod.Cast
SCHEMA = "dbos"  # on PostgreSQL; SQLite has a file of its own


_STATES = {
    "DELAYED": JobState.QUEUED,
    "ENQUEUED": JobState.QUEUED,
    "PENDING": JobState.RUNNING,
    "SUCCESS": JobState.DONE,
    "ERROR": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
}
GAVE_UP = "Its worker died each time it was tried, which is too often to go on. The last log lines say where it was."


class JobQueue:
    """The queue by the URL of its database. Nothing is opened before it is used."""

    def __init__(self, url: str) -> None:
        self.url = choose_driver(make_url(url)).render_as_string(hide_password=False)
        self._lock = threading.Lock()
        self._client: DBOSClient | None = None

    @property
    def exists(self) -> bool:
        """Tell whether there can be a job; a new data folder has no file yet, and reading makes none."""
        path = _sqlite_path(self.url)
        return path is None or path.exists()

    def add(self, job_id: str, *, kind: str, params: Mapping[str, Any], title: str, who: str) -> None:
        """Put a job in; the same id again changes nothing."""
        attributes = {"kind": kind, "title": title, "who": who, "asked_at": utc_now().isoformat()}
        with self._opened() as client:
            from dbos import WorkflowSerializationFormat

            client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": QUEUE,
                    "workflow_id": job_id,
                    "serialization_type": WorkflowSerializationFormat.PORTABLE,
                    "attributes": redact_values(attributes),
                },
                kind,
                dict(params),
            )

    def list(self, *, limit: int = 200, open_only: bool = False) -> list[Job]:
        """List jobs, the newest first, without their parameters."""
        if not self.exists:
            return []
        status = [name for name, state in _STATES.items() if state.is_open] if open_only else None
        with self._opened() as client:
            found = client.list_workflows(name=WORKFLOW, status=status, sort_desc=True, limit=limit, load_input=False)
        return sorted(map(_to_job, found), key=lambda job: job.created_at, reverse=True)

    def get(self, job_id: str) -> Job:
        """Get a job, with parameters as people may see them; NotFound when there is none."""
        return _to_job(self._get_row(job_id))

    def get_params(self, job_id: str) -> Mapping[str, Any]:
        """Get a job's parameters with the secrets in their addresses, to run it; NotFound when there is no job."""
        return _read_params(self._get_row(job_id))

    def _get_row(self, job_id: str) -> "WorkflowStatus":
        if self.exists:
            with self._opened() as client:
                found = client.list_workflows(workflow_ids=[job_id], name=WORKFLOW)
                if found:
                    return found[0]
        raise NotFound(f"There is no job {job_id[:80]!r}.")

    def cancel(self, job_id: str) -> None:
        """Say that a job is not wanted any more; one that has ended stays as it is."""
        with self._opened() as client:
            client.cancel_workflow(job_id)

    def repeat(self, job_id: str, *, who: str) -> str:
        """Put a job in again that goes on after the last step that was finished; returns the new id."""
        with self._opened() as client:
            steps = client.list_workflow_steps(job_id)
            first = next((step["function_id"] for step in steps if step["error"] is not None), len(steps) + 1)
            new_id: str = client.fork_workflow(job_id, first, queue_name=QUEUE).workflow_id
            asked = {"who": who, "retry_of": job_id, "asked_at": utc_now().isoformat()}
            fresh: dict[str, Any] = {"error": "", "next": "", "log": [], "shown": {}, "began_at": None, "beat": None}
            client.update_workflow_attributes(new_id, {**asked, **fresh}, merge=True)
            return new_id

    def tell(self, job_id: str, **attributes: Any) -> None:
        """Write down what people shall see of a job."""
        with self._opened() as client:
            client.update_workflow_attributes(job_id, redact_values(attributes), merge=True)

    def requeue(self, job_id: str, *, worker: str) -> bool:
        """Give back a job that a worker had, so that the next one takes it; False when it has it no more."""
        with self._opened() as client:
            return client._sys_db.reenqueue_for_recovery(job_id, [worker], QUEUE)

    def forget(self, job_ids: Sequence[str]) -> None:
        """Remove jobs that have ended, with all that was written down about them."""
        with self._opened() as client:
            client.delete_workflows([*job_ids])

    def prepare(self) -> None:
        """Make the queue's tables, or bring them to the newest version."""
        path = _sqlite_path(self.url)
        if path is not None:
            make_private_file(path)
            with sqlite3.connect(path, timeout=30) as connection:
                write_ahead(connection)
            connection.close()
        from dbos import DBOS

        DBOS.migrate(self.url, schema=SCHEMA)

    def close(self) -> None:
        """Give back all connections."""
        with self._lock:
            if self._client is not None:
                self._client.destroy()
            self._client = None

    @contextmanager
    def _opened(self) -> Iterator["DBOSClient"]:
        from dbos import error as dbos_error

        shown = make_url(self.url).render_as_string(hide_password=True)
        try:
            with self._lock:
                if self._client is None:
                    self.prepare()
                    self._client = self._connect()
            yield self._client
        except SQLAlchemyError as error:
            raise StorageUnavailable(f"The job queue {shown} failed: {getattr(error, 'orig', error)}") from error
        except (dbos_error.DBOSException, OSError, sqlite3.Error) as error:
            raise StorageUnavailable(f"The job queue {shown} failed: {error}") from error

    def _connect(self) -> "DBOSClient":
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        return DBOSClient(
            system_database_url=self.url,
            dbos_system_schema=SCHEMA,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            retry_connection_errors=False,  # a page says that the database is away, instead of waiting for it
        )


def _sqlite_path(url: str) -> Path | None:
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def _to_job(row: "WorkflowStatus") -> Job:
    told = row.attributes or {}
    state = _STATES[row.status]
    gave_up = row.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
    error = told.get("error") or (str(row.error) if row.error else "")
    finished = _from_ms(row.completed_at)
    return Job(
        id=row.workflow_id,
        kind=told.get("kind", ""),
        params=redact_values(_read_params(row)),
        state=state,
        who=told.get("who", ""),
        title=told.get("title", ""),
        created_at=_from_iso(told.get("asked_at")) or _from_ms(row.created_at) or utc_now(),
        started_at=_from_iso(told.get("began_at")),
        finished_at=finished,
        beat_at=_from_iso(told.get("beat")),
        done=told.get("done", 0),
        total=told.get("total", 0),
        next=told.get("next", "") if state.is_open else "",
        log=tuple(told.get("log", ())),
        shown=told.get("shown", {}),
        result=redact_values(row.output) if isinstance(row.output, dict) else {},
        error=GAVE_UP if gave_up else redact(error) if state is JobState.FAILED else "",
        worker=row.executor_id or "",
        attempts=row.recovery_attempts or 0,
        retry_of=told.get("retry_of", ""),
    )


def _read_params(row: "WorkflowStatus") -> dict[str, Any]:
    return dict(row.input["args"][1]) if row.input else {}


def _from_ms(value: int | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


def _from_iso(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
