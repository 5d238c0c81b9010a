"""The worker: a process that takes jobs from the queue and does them, one step after the other.

Killed at any moment and started again under the same name, it goes on after the last step that was finished: DBOS
keeps the result of every step. What DBOS does not do is give the jobs of a worker that never comes back to another.
So each worker gives a sign of life every few seconds in the rows of its jobs, and takes over jobs that have shown
none for a while by its own clock; clocks of different machines are not compared. A worker that was only asleep finds
out at its next step that the job is not its own any more.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from podcast_core.domain.job import Job, JobState, stamp
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, PodcastError
from podcast_core.storage.job_queue import APPLICATION, QUEUE, SCHEMA, VERSION, WORKFLOW
from podcast_core.storage.space import naming_full_disks
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace

JOBS_AT_ONCE = 2  # a long one does not keep a short one waiting
BEAT_S = 5.0  # decision 11, as the next one
TAKE_OVER_S = 60.0  # a job without a sign of life for so long is given to another worker
TELL_S = 0.5  # between two writes of the progress
STOP_S = 8.0  # for the step in hand, when the worker is ended
POLL_S = 0.5  # between two looks into the queue; chosen
MAX_ATTEMPTS = 50  # a job that kills its worker each time is given up in the end
MAX_LINES = 200  # of a job's log; the oldest go first
KEEP_DAYS = 90  # of ended jobs; chosen: a season

_log = logging.getLogger(__name__)


class WorkerStopped(BaseException):
    """The worker is being ended: leave the job as it is. Not an Exception, so that no piece of work swallows it."""


class JobRun:
    """A running job, see `podcast_core.services.jobs.running.RunningJob`."""

    def __init__(self, workspace: Workspace, job: Job, executor: str, stopping: threading.Event) -> None:
        self._workspace = workspace
        self._job_id = job.id
        self._executor = executor
        self._stopping = stopping
        self._lines = list(job.log)
        self._told_s, self._told = float("-inf"), (-1, -1)
        self._shown: dict[str, Any] = {}

    def __call__(self, done: int, total: int, name: str) -> None:
        """Tell the progress, at most twice a second, and at once that all is done."""
        self._check_stopping()
        is_news = done >= total and (done, total) != self._told
        if not is_news and time.monotonic() - self._told_s < TELL_S:
            return
        self._check_owner()
        shown = {"shown": self._shown} if self._shown else {}
        self._workspace.jobs.tell(self._job_id, done=done, total=total, next=name[:200], **shown)
        self._told_s, self._told = time.monotonic(), (done, total)

    def step(self, name: str, function: Callable[..., Any], *args: Any) -> Any:
        """Do a step, or read what it returned when it was done."""
        from dbos import DBOS

        self._check_stopping()
        return DBOS.run_step({"name": name}, function, *args)

    def log(self, line: str) -> None:
        """Write a line; one that was written before the job was continued is not written twice."""
        if not any(known.endswith(f"  {line}") for known in self._lines):
            self.note(line)

    def show(self, **values: Any) -> None:
        """Keep what a page draws; it is written with the next progress that is told."""
        self._shown.update(values)

    def note(self, line: str) -> None:
        """Write a line with the time."""
        self._lines.append(stamp(line))
        del self._lines[:-MAX_LINES]
        self._workspace.jobs.tell(self._job_id, log=self._lines)

    def _check_stopping(self) -> None:
        if self._stopping.is_set():
            raise WorkerStopped

    def _check_owner(self) -> None:
        from dbos import error

        job = self._workspace.jobs.get(self._job_id)
        if job.state is JobState.CANCELLED:
            raise error.DBOSWorkflowCancelledError(f"Job {self._job_id} was cancelled.")
        if job.worker != self._executor or job.state is not JobState.RUNNING:
            raise error.DBOSWorkflowConflictIDError(self._job_id)


class JobFailed(Exception):
    """What is written into the queue when a job failed; the sentence for people is in its attributes."""


class Worker:
    """A worker by its name, which must be its own and stay the same when it is started again."""

    def __init__(
        self, workspace: Workspace, *, name: str, take_over_s: float = TAKE_OVER_S, beat_s: float = BEAT_S
    ) -> None:
        if not name or len(name) > 80:
            raise InvalidInput(f"A worker needs a name of 1 to 80 characters, found {name!r}.")
        self._workspace = workspace
        self._name = name
        self._beat_s = beat_s
        self._take_over_s = take_over_s
        self._stopping = threading.Event()
        self._running: set[str] = set()
        self._seen: dict[str, tuple[object, float]] = {}  # job -> its last sign of life, and when we saw it first

    def run(self, stop: "SimpleQueue[None]") -> None:
        """Work until something is put into ``stop``. What is in hand then is left for the next worker.

        A queue, and not an event: setting an event in a signal handler can wait for itself for ever.
        """
        from dbos import DBOS, DBOSPortableJSONSerializer

        self._workspace.jobs.prepare()
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._workspace.jobs.url,
                "dbos_system_schema": SCHEMA,
                "application_version": VERSION,
                "executor_id": self._name,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "ERROR",
                "run_migrations": False,
            }
        )

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_ATTEMPTS)
        def run_job(kind: str, params: dict[str, Any]) -> dict[str, Any]:
            return self._run_job(str(DBOS.workflow_id), kind, params)

        logging.getLogger("dbos").addFilter(_is_news)
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=JOBS_AT_ONCE, polling_interval_sec=POLL_S, on_conflict="always_update"
        )
        self._forget_old()
        while not _is_told(stop, self._beat_s):
            self._beat()
        self._stopping.set()
        DBOS.destroy()  # takes no more jobs
        end = time.monotonic() + STOP_S
        while self._running and time.monotonic() < end:
            time.sleep(0.05)  # the step in hand ends
        self._hand_back()

    def _run_job(self, job_id: str, kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._running.add(job_id)
        try:
            return self._do(job_id, kind, params)
        finally:
            self._running.discard(job_id)

    def _do(self, job_id: str, kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
        from dbos import error as dbos_error

        jobs = self._workspace.jobs
        job = jobs.get(job_id)
        run = JobRun(self._workspace, job, self._name, self._stopping)
        now = utc_now().isoformat()
        jobs.tell(job_id, beat=now, error="", began_at=job.started_at.isoformat() if job.started_at else now)
        run.note(f"{'continued' if job.started_at else 'started'} by worker {self._name}")
        try:
            runner = get_runners().get(kind)
            if runner is None:
                raise InvalidInput(f"This worker does not know jobs of kind {kind!r}. Is it of an older version?")
            self._workspace.files.check_room()  # every kind of job writes
            with naming_full_disks("What the job made"):
                result = runner(self._workspace, params, run)
        except dbos_error.DBOSWorkflowCancelledError:
            run.note("cancelled")
            raise
        except PodcastError as error:
            raise self._fail(run, job_id, str(error)) from error
        except Exception as error:  # the one place that may: whatever went wrong must end up on the page
            _log.exception("Job %s (%s) failed", job_id, kind)
            raise self._fail(run, job_id, _explain(error)) from error
        run.note("done")
        return result

    def _fail(self, run: JobRun, job_id: str, sentence: str) -> JobFailed:
        self._workspace.jobs.tell(job_id, error=sentence)
        run.note(f"failed: {sentence}")
        return JobFailed(sentence)

    def _beat(self) -> None:
        """Give a sign of life for our jobs, and take over those whose worker gives none."""
        try:
            running = [job for job in self._workspace.jobs.list(open_only=True) if job.state is JobState.RUNNING]
            self._seen = {job.id: self._seen[job.id] for job in running if job.id in self._seen}
            for job in running:
                if job.worker != self._name:
                    self._watch(job)
                elif job.id in self._running:
                    self._workspace.jobs.tell(job.id, beat=utc_now().isoformat())
        except PodcastError as error:
            _log.warning("No sign of life could be written: %s", error)

    def _watch(self, job: Job) -> None:
        sign = (job.beat_at, job.attempts, job.worker)
        known, since_s = self._seen.get(job.id, (None, 0.0))
        if known != sign:
            self._seen[job.id] = (sign, time.monotonic())
        elif time.monotonic() - since_s > self._take_over_s:
            self._seen.pop(job.id)
            if self._workspace.jobs.requeue(job.id, worker=job.worker):
                _log.warning("Job %s is taken over: worker %s gives no sign of life", job.id, job.worker)

    def _hand_back(self) -> None:
        """Let another worker have at once what this one had in hand."""
        for job in self._workspace.jobs.list(open_only=True):
            if job.state is JobState.RUNNING and job.worker == self._name:
                self._workspace.jobs.requeue(job.id, worker=self._name)

    def _forget_old(self) -> None:
        now = utc_now()
        old = [
            job.id
            for job in self._workspace.jobs.list(limit=10_000)
            if job.finished_at and (now - job.finished_at).days > KEEP_DAYS
        ]
        if old:
            self._workspace.jobs.forget(old)


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what DBOS logs with a traceback about jobs that were cancelled or failed; we have said it."""
    from dbos import error

    what = record.exc_info[1] if record.exc_info else None
    return not isinstance(what, JobFailed | WorkerStopped | error.DBOSAwaitedWorkflowCancelledError)


def _is_told(stop: "SimpleQueue[None]", seconds: float) -> bool:
    try:
        stop.get(timeout=seconds)
    except Empty:
        return False
    return True


def _explain(error: Exception) -> str:
    """Say what went wrong when it is a fault of ours."""
    if type(error).__name__ == "PortableWorkflowError":  # a step failed, and the worker was killed before it said so
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = next((frame for frame in reversed(frames) if "podcast_core" in frame.filename), frames[-1])
    where = f"{Path(ours.filename).name}, line {ours.lineno}"
    return f"A fault of Pod.Cast, not of your data ({type(error).__name__}: {error}; {where}). Please report it."
