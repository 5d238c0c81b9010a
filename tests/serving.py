"""Start the real app in a process of its own, as ``make run`` does, and end it by its pid."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.forking import ROOT as ROOT
from tests.forking import Process, start


@dataclass(frozen=True)
class Server:
    """A running app."""

    url: str
    process: Process
    log: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def serve(data_dir: Path, *, base: str = "", port: str = "", **environment: str) -> Iterator[Server]:
    """Serve a data folder on a (free) loopback port until the block ends; ``base`` is an address of its own."""
    port = port or str(find_port())
    log = data_dir.with_name(f"{data_dir.name}-{port}.log")
    process = start(
        "streamlit",
        [
            *("run", "app.py", f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"),
            f"--server.baseUrlPath={base}",
        ],
        {
            **os.environ,
            "PODCAST_DATA_DIR": str(data_dir),
            "PODCAST_ANNOTATOR": "Ann",
            "PODCAST_LOCAL_WORKERS": "0",  # a test that needs one asks for it
            **environment,
        },
        log,
    )
    try:
        url = f"http://127.0.0.1:{port}{base}"
        _wait_until_up(url, process, log)
        yield Server(url, process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def find_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(url: str, process: Process, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
                if answer.read() == b"ok":
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)  # polling a start-up, not hoping for one
    raise RuntimeError(f"The app did not start:\n{log.read_text(errors='replace')[-4000:]}")
