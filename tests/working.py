"""Start real worker processes, and wait for what they do."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from podcast_core.domain.job import Job
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.worker.worker import Worker
from podcast_core.workspace import Workspace
from tests.building import list_recordings, list_sessions, make_sound, write_sound
from tests.conftest import environment_of
from tests.forking import Process, start

PATIENCE_S = 240  # a machine that does much else starts a worker in a minute


class Running(InProcessJob):
    """A job that is done here, and what it told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, str]] = []
        self.lines: list[str] = []
        self.shown: dict[str, Any] = {}
        super().__init__(lambda *values: self.told.append(values), self.lines.append)

    def show(self, **values: Any) -> None:
        self.shown.update(values)


def start_worker(workspace: Workspace, name: str = "w", *options: str) -> Process:
    """Start a worker on a workspace; the caller ends it."""
    settings = workspace.settings
    return start(
        "podcast_core",
        ["worker", "--id", name, *options],
        {
            **os.environ,
            **environment_of(settings),
            "PODCAST_STORAGE_URL": settings.storage_url,
            "PODCAST_ALLOW_PRIVATE_URLS": str(settings.allow_private_urls),
            "PODCAST_STORAGE_TIMEOUT_S": str(settings.storage_timeout_s),
        },
        settings.data_dir / f"{name}.log",
    )


@contextmanager
def working(workspace: Workspace, name: str = "w", *options: str) -> Iterator[Process]:
    """Have a worker until the block ends."""
    process = start_worker(workspace, name, *options)
    try:
        yield process
    finally:
        end(process)


@contextmanager
def working_here(workspace: Workspace, name: str = "w") -> Iterator[None]:
    """Have a worker in a thread of this process until the block ends: for tests of what a job does.

    A process of its own takes seconds to start, most of them for imports that are there already.
    """
    stop: SimpleQueue[None] = SimpleQueue()
    thread = threading.Thread(target=Worker(workspace, name=name).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.put(None)
        thread.join()


def end(process: Process, number: signal.Signals = signal.SIGTERM) -> int:
    """End a process by its pid."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def wait_for(workspace: Workspace, job_id: str, wanted: Callable[[Job], bool], *, seconds: float = PATIENCE_S) -> Job:
    """Poll a job until it is as wanted: ever less often, since each look takes time from who works on it."""
    deadline, pause_s = time.monotonic() + seconds, 0.02
    while time.monotonic() < deadline:
        job = queue.get_job(workspace, job_id=job_id)
        if wanted(job):
            return job
        time.sleep(pause_s)  # another process works on it
        pause_s = min(1.2 * pause_s, 0.1)
    logs = "\n".join(path.read_text() for path in workspace.settings.data_dir.glob("*.log"))
    raise AssertionError(f"Not as wanted after {seconds} s: {job}\n{logs[-4000:]}")


def join_renewals() -> None:
    """Wait for what `services.store.kept_results` works out again behind those who ask."""
    for thread in threading.enumerate():
        if thread.name.startswith("renew-"):
            thread.join(PATIENCE_S)


def wait_until_ended(workspace: Workspace, job_id: str, *, seconds: float = PATIENCE_S) -> Job:
    """Poll a job until there is no work left."""
    return wait_for(workspace, job_id, lambda job: not job.state.is_open, seconds=seconds)


def write_many(folder: Path, count: int, *, seconds: float = 0.5) -> Path:
    """Write a folder of short recordings that all differ, also from those of a folder with another count."""
    for number in range(count):
        write_sound(folder / f"r{number:04d}.wav", make_sound(seconds, noise_level=0.1, seed=1000 * count + number))
    return folder


def check_whole(workspace: Workspace, count: int, round_id: str = "sea") -> None:
    """Every recording of a round is there once: in the database, and in the file store."""
    places = [(each.recording_id, each.id) for each in list_sessions(workspace, round_id)]
    known = {each.id for each in list_recordings(workspace)}
    assert sorted(name for _, name in places) == [f"r{number:04d}" for number in range(count)]
    assert len({recording for recording, _ in places} & known) == count
    assert len(workspace.files.list(f"rounds/{round_id}/sessions")) == count
