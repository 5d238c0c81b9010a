"""Fetching by HTTP: guarded addresses, checked redirects, limits on time and size, byte ranges, retries."""

import os
import ssl
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import TypeVar
from urllib.parse import quote, urljoin

from podcast_core import __version__
from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.remote.addresses import check_url
from podcast_core.remote.connections import Answer, Clock, Connection
from podcast_core.remote.limits import Limits, choose_wait_s
from podcast_core.remote.parts import Part, Sink

MAX_REDIRECTS = 5  # chosen: real ones are one or two
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # a status that may be another one a moment later
IDLE_CONNECTIONS = 8  # kept open; chosen
_HEADERS = {"User-Agent": f"Pod.Cast/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=~?"  # what stays as it is in an address

T = TypeVar("T")


class _Passing(Exception):
    """A failure that may be gone at the next try."""


class Web:
    """HTTP for files: whole, or in part."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: list[Connection] = []  # its single operations are atomic
        weakref.finalize(self, _close_all, self._idle)

    def read_part(self, url: str, start: int, end: int) -> Part | None:
        """Read bytes [start, end) of a file, or less where it ends; None when the server sends whole files only.

        Raises
        ------
        NotFound, InvalidInput, StorageUnavailable
            With the URL and the cause, after all tries.
        """

        def read(answer: Answer) -> Part | None:
            if answer.status == 416:  # there is nothing at `start`: an empty file
                return Part(b"", answer.total or 0, answer.version)
            total = answer.total
            if answer.status != 206 or total is None:
                return None
            wanted = min(end, total) - start
            if answer.length is not None and answer.length != wanted:
                raise _Passing(f"it was asked for {wanted:,} bytes and offers {answer.length:,}")
            return Part(b"".join(_read_at_most(answer, wanted)), total, answer.version)

        return self._try(url, {"Range": f"bytes={start}-{end - 1}"}, read)

    def fetch(self, url: str, sink: Sink) -> str:
        """Fetch a whole file into a sink; returns where the redirects led.

        Raises
        ------
        InvalidInput
            Also when the file is too large.
        NotFound, StorageUnavailable
            With the URL and the cause, after all tries.
        """
        largest = self._limits.largest_bytes

        def read(answer: Answer) -> str:
            sink.restart(answer.length)
            check_size(url, answer.length or 0, largest)
            received = 0
            for piece in answer.read():
                received += len(piece)
                check_size(url, received, largest)
                sink.add(piece)
            return answer.url

        return self._try(url, {}, read)

    def _try(self, url: str, headers: dict[str, str], read: Callable[[Answer], T]) -> T:
        """Ask until there is an answer; failures that may pass are tried again."""
        problem = ""
        for failures in range(self._limits.attempts):
            if failures:
                time.sleep(choose_wait_s(failures))
            try:
                with self._ask(url, headers) as answer:
                    _check_status(url, answer)
                    return read(answer)
            except ssl.SSLCertVerificationError as error:
                raise InvalidInput(
                    f"{url} is not fetched: its certificate is not valid ({error.verify_message})."
                ) from error
            except (_Passing, OSError, HTTPException) as error:
                problem = str(error) or type(error).__name__
        tries = "1 try" if self._limits.attempts == 1 else f"{self._limits.attempts} tries"
        raise StorageUnavailable(f"{url} could not be read after {tries}: {problem}.")

    @contextmanager
    def _ask(self, url: str, headers: dict[str, str]) -> Iterator[Answer]:
        """Send a question and follow redirects, each to an address that is checked again."""
        clock = Clock(self._limits)
        place = url
        for _ in range(MAX_REDIRECTS + 1):
            connection, answer = self._send(place, headers, clock)
            try:
                target = answer.headers.get("location") if answer.status in REDIRECTS else None
                if target is None:
                    yield answer
                    return
            finally:
                self._put_back(connection, answer)
            place = urljoin(place, target)
            if check_url(place).scheme not in _PORTS:
                raise InvalidInput(f"{url} leads to {place[:200]!r}, which is not on the web.")
        raise InvalidInput(f"{url} leads from one address to the next: more than {MAX_REDIRECTS} redirects.")

    def _send(self, url: str, headers: dict[str, str], clock: Clock) -> tuple[Connection, Answer]:
        parts = check_url(url)
        place = (parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])
        target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
        while connection := self._take_idle(place):
            connection.clock = clock
            try:
                connection.request("GET", target, headers=_HEADERS | headers)
                return connection, Answer(url, connection.getresponse())
            except (OSError, HTTPException):
                connection.close()  # the server closed it meanwhile, which is no failure
                clock.left_s()
        connection = Connection(*place, clock)
        try:
            connection.request("GET", target, headers=_HEADERS | headers)
            return connection, Answer(url, connection.getresponse())
        except (OSError, HTTPException):
            connection.close()
            raise

    def _take_idle(self, place: tuple[str, str, int]) -> Connection | None:
        for connection in list(self._idle):
            if connection.place == place and connection.process_id == os.getpid():  # a fork shares its sockets
                try:
                    self._idle.remove(connection)
                except ValueError:  # another thread was quicker
                    continue
                return connection
        return None

    def _put_back(self, connection: Connection, answer: Answer) -> None:
        """Keep a connection whose answer was read to its end, for the next part of the file."""
        if answer.response.isclosed() and connection.sock is not None and len(self._idle) < IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            answer.response.close()
            connection.close()


def _close_all(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()


def check_size(url: str, size_bytes: int, largest_bytes: int) -> None:
    """Refuse a file that is larger than the settings allow (InvalidInput)."""
    if size_bytes > largest_bytes:
        raise InvalidInput(
            f"{url} is too large: at most {largest_bytes / 1e6:,.0f} MB are fetched (PODCAST_LARGEST_FETCH_MB), "
            f"found {'at least ' if size_bytes < 2 * largest_bytes else ''}{size_bytes / 1e6:,.1f} MB."
        )


def _check_status(url: str, answer: Answer) -> None:
    status = answer.status
    if status in (200, 206, 416):
        encoding = answer.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise InvalidInput(f"{url} is sent compressed ({encoding}); expected the bytes of the file.")
        return
    said = f"the server answered {status} {answer.response.reason}".rstrip()
    if status in PASSING:
        raise _Passing(said)
    if status in (404, 410):
        raise NotFound(f"There is no file {url}: {said}.")
    if status in (401, 403):
        raise InvalidInput(f"No permission to read {url}: {said}.")
    raise InvalidInput(f"{url} cannot be read: {said}.")


def _read_at_most(answer: Answer, count: int) -> Iterator[bytes]:
    received = 0
    for piece in answer.read():
        received += len(piece)
        if received > count:
            raise _Passing(f"it was asked for {count:,} bytes and sends more")
        yield piece
    if received < count:
        raise _Passing(f"it was asked for {count:,} bytes and sent {received:,}")
