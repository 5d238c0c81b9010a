"""Worker processes: what each one needs, and the local ones that the app starts and looks after."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threadpoolctl import threadpool_limits

from podcast_core.domain.ids import make_id
from podcast_core.errors import Conflict, StorageUnavailable
from podcast_core.settings import Settings

NAME_TAKEN = 75  # exit status of a worker whose name is in use; EX_TEMPFAIL of sysexits.h
STOP_S = 12.0  # for a worker that was asked to end
MIN_WAIT_S, MAX_WAIT_S = 0.5, 60.0  # before a worker that died is started again
NAME_WAIT_S = 10.0  # before a taken name is tried again: the other app may have ended
HEALTHY_S = 60.0  # a worker that lived so long is started again at once

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_ROOT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


class NameTaken(Conflict):
    """Another process works under the name."""


def limit_threads() -> None:
    """Let numerical libraries use one thread: on a busy small machine, two were 7 to 10 times slower than one."""
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    threadpool_limits(1)  # for those that are loaded already


@contextmanager
def hold_name(data_dir: Path, name: str) -> Iterator[None]:
    """Hold a worker's name in a data folder; it is free again when the process ends, however it ends.

    Raises
    ------
    NameTaken
        When another process has it.
    StorageUnavailable
        When the folder cannot be written.
    """
    path = data_dir / f"worker-{make_id(name)}.lock"
    try:
        file = path.open("a")
    except OSError as error:
        raise StorageUnavailable(f"The lock file {path} cannot be made: {error}") from error
    with file:
        if not _lock(file.fileno()):
            raise NameTaken(f"A worker {name!r} runs already in {data_dir}; choose another name.")
        yield


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def name_local(settings: Settings, number: int) -> str:
    """Name a local worker; with the machine's name where several machines share a queue."""
    shared = not settings.resolved_jobs_url.startswith("sqlite")
    return f"{socket.gethostname()}-{number}" if shared else f"local-{number}"


class LocalWorkers:
    """The worker processes of one app: started, started again when they die, ended with the app.

    Each child's standard input is a pipe from us. It ends when we do, even by SIGKILL, and the child with it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, args=(name_local(settings, number + 1),), daemon=True)
            for number in range(settings.local_workers)
        ]

    def start(self) -> None:
        """Start them; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End them and wait until they have."""
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_S + 2)

    def _keep(self, name: str) -> None:
        wait_s = MIN_WAIT_S
        while not self._stop.is_set():
            began_s = time.monotonic()
            status = self._run(name)
            if self._stop.is_set():
                return
            if status == NAME_TAKEN:
                self._stop.wait(NAME_WAIT_S)
                continue
            healthy = time.monotonic() - began_s > HEALTHY_S
            wait_s = MIN_WAIT_S if healthy else min(2 * wait_s, MAX_WAIT_S)
            _log.warning("Worker %s ended with status %s; it is started again in %.1f s", name, status, wait_s)
            self._stop.wait(wait_s)

    def _run(self, name: str) -> int:
        command = [sys.executable, "-m", "podcast_core", "worker", "--id", name, "--with-parent"]
        environment = {**os.environ, **dict.fromkeys(_THREADS, "1"), **_to_environment(self._settings)}
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True)
        assert process.stdin is not None
        with process.stdin:
            while process.poll() is None and not self._stop.wait(0.2):
                pass
        try:
            return process.wait(STOP_S)  # its standard input has ended
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _to_environment(settings: Settings) -> dict[str, str]:
    """Write the settings so that a child reads the same, wherever ours came from; and where to find our modules."""
    values = {f"PODCAST_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    values["PODCAST_DATA_DIR"] = str(settings.data_dir.resolve())
    path = os.environ.get("PYTHONPATH")
    return {**values, "PYTHONPATH": f"{_ROOT}{os.pathsep}{path}" if path else str(_ROOT)}
