"""A process that has imported what the app and workers import, once for a test run, and forks instead of starting anew.

Half of what a test with a server of its own takes are imports. A fork goes on as ``python -m MODULE`` with arguments,
an environment and a log of its own. It is asked for through a socket, one connection for each process: the answers are
its id and, once it has ended, its status. It is killed when the connection ends, so nothing outlives a test run.
"""

import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PLACE = "TESTS_FORK_FROM"  # the environment variable that says where its socket is
LOOK_S = 0.05  # between two looks whether a process has ended
IMPORTED = (
    *("dbos", "streamlit.web.bootstrap", "streamlit.web.cli", "uvicorn"),
    *("pandas", "plotly.graph_objects", "pyarrow", "scipy.fft", "scipy.signal"),
    *("pages.shared.assets", "pages.shared.providers", "pages.shared.state"),
    *("podcast_core.api.front.front", "podcast_core.api.front.warming", "podcast_core.cli"),
    *("podcast_core.worker.process", "podcast_core.worker.worker"),
)


class Forked:
    """A forked process, with what tests use of `subprocess.Popen`."""

    def __init__(self, place: str, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path):
        self.returncode: int | None = None
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(place)
        self._lines = self._socket.makefile("rb")
        asked = {"module": module, "arguments": arguments, "environment": dict(environment), "log": str(log)}
        self._socket.sendall(json.dumps(asked).encode() + b"\n")
        self.pid = int(self._lines.readline())

    def poll(self) -> int | None:
        """Say its status, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; as `subprocess.Popen.wait`."""
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired("a forked process", timeout or 0)
            self.returncode = int(self._lines.readline() or -signal.SIGKILL)
            self._lines.close()
            self._socket.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


Process = subprocess.Popen[bytes] | Forked


def start(module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    """Start ``python -m MODULE`` in the root folder; what it writes is added to a file."""
    if place := os.environ.get(PLACE):
        return Forked(place, module, arguments, environment, log)
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextmanager
def parent() -> Iterator[None]:
    """Have a process from which `start` forks, here and in children; it imports nothing before it has to."""
    with tempfile.TemporaryDirectory(prefix="podcast-fork-") as folder:
        place = f"{folder}/socket"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", place], cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True
        )
        os.environ[PLACE] = place
        try:
            while not Path(place).exists():
                time.sleep(0.01)  # until it listens
            yield
        finally:
            del os.environ[PLACE]
            process.communicate()  # it ends with its input


class Forker:
    """Forks whenever somebody asks."""

    def __init__(self, place: str) -> None:
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(f"{place}.new")
        self._listening.listen(64)
        os.rename(f"{place}.new", place)  # it listens
        self._running: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)

    def run(self) -> dict[str, Any]:
        """Go on until the input ends; returns in the forks only, with what was asked for."""
        while True:
            for key, _ in self._selector.select(LOOK_S if self._running else None):
                if key.fileobj is sys.stdin:
                    for pid in self._running:
                        os.kill(pid, signal.SIGKILL)
                    sys.exit()
                elif key.fileobj is not self._listening:  # nothing is ever sent: who asked for it is gone
                    self._selector.unregister(key.fileobj)
                    os.kill(key.data, signal.SIGKILL)
                elif asked := self._fork():
                    return asked
            self._tell_ends()

    def _fork(self) -> dict[str, Any] | None:
        """Fork: what was asked for in the fork, None here."""
        connection, _ = self._listening.accept()
        with connection.makefile("rb") as lines:
            asked: dict[str, Any] = json.loads(lines.readline())
        if not gc.get_freeze_count():  # the first time
            for name in IMPORTED:
                import_module(name)
            gc.freeze()  # else forks look for garbage in all of it, and each page they look at is copied
        pid = os.fork()
        if not pid:
            self._selector.close()
            for each in (self._listening, connection, *self._running.values()):
                each.close()
            return asked
        connection.sendall(b"%d\n" % pid)
        self._running[pid] = connection
        self._selector.register(connection, selectors.EVENT_READ, pid)
        return None

    def _tell_ends(self) -> None:
        for pid, connection in list(self._running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                with suppress(KeyError):
                    self._selector.unregister(connection)
                with suppress(OSError):
                    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
                connection.close()
                del self._running[pid]


def become(module: str, arguments: list[str], environment: dict[str, str], log: str) -> None:
    """Go on as another program."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()  # the parent's zone was read
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for old, new in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(old, new)
    os.close(nothing)
    os.close(output)
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    become(**Forker(sys.argv[1]).run())
