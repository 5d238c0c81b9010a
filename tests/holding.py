"""Recordings on a web server that keeps some back: a job that reads them is in the middle until a test lets it go on.

However fast a machine is, a worker is then killed, ended or cancelled before its job is done.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.forking import Process
from tests.web import Handler, Server, running
from tests.working import PATIENCE_S, write_many

FREE = 5  # recordings that are there at once
READS_HERE = {"allow_private_urls": True, "storage_timeout_s": PATIENCE_S}  # settings of who reads from here


class Source(Server):
    """Serves the files of a folder; requests for those that are held wait until they are let go."""

    def __init__(self, folder: Path, held: frozenset[str], part: range) -> None:
        super().__init__(HeldHandler)
        self.folder, self.held, self.part = folder, held, part
        self._permits = threading.Semaphore(0)
        self._is_open = threading.Event()

    @property
    def urls(self) -> list[str]:
        """The addresses of the files, by name."""
        return [f"{self.url}/{path.name}" for path in sorted(self.folder.iterdir())]

    def wait(self) -> None:
        """Wait until a request is let go."""
        while not (self._is_open.is_set() or self.ended.is_set() or self._permits.acquire(timeout=0.1)):
            pass

    def open(self) -> None:
        """Let everything go."""
        self._is_open.set()

    def open_slowly(self, process: Process) -> None:
        """Let one request after the other go until a process has ended: it ends what it has in hand first."""
        while process.poll() is None:
            self._permits.release()
            self.ended.wait(0.3)


class HeldHandler(Handler):
    """Answers with a file, or a part of one."""

    server: Source

    def do_GET(self) -> None:
        name = unquote(urlsplit(self.path).path).rpartition("/")[2]
        start = int(self.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        if name in self.server.held and start in self.server.part:
            self.server.wait()
        self.answer_file((self.server.folder / name).read_bytes())

    do_HEAD = do_GET


@contextmanager
def holding(folder: Path, *, held: frozenset[str] = frozenset(), part: range = range(1 << 40)) -> Iterator[Source]:
    """Serve a folder until the block ends; held is what begins at those bytes of those files."""
    with running(Source(folder, held, part)) as source:
        yield source


@contextmanager
def holding_many(folder: Path, count: int) -> Iterator[Source]:
    """Serve that many short recordings, of which the first `FREE` are not held."""
    names = [path.name for path in sorted(write_many(folder, count).iterdir())]
    with holding(folder, held=frozenset(names[FREE:])) as source:
        yield source
