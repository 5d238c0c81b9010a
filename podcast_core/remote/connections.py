"""HTTP connections that go to checked addresses only, and end when their time is over."""

import io
import os
import re
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection, HTTPResponse

from podcast_core.remote.addresses import connect
from podcast_core.remote.limits import Limits

PIECE_BYTES = 1 << 18  # read at once, between two looks at the clock


@dataclass
class Clock:
    """When a try must be over: later only when bytes come fast enough."""

    limits: Limits
    began: float = field(default_factory=time.monotonic)
    received: int = 0

    @property
    def deadline(self) -> float:
        """On the clock of `time.monotonic`."""
        return self.began + self.limits.allowed_s(self.received)

    def left_s(self) -> float:
        """Seconds for the next step; TimeoutError when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"only {self.received:,} bytes came in {time.monotonic() - self.began:.0f} s")
        return min(left, self.limits.timeout_s)


class Connection(HTTPConnection):
    """A connection to an address that was checked."""

    def __init__(self, scheme: str, host: str, port: int, clock: Clock) -> None:
        super().__init__(host, port)
        self.scheme, self.clock = scheme, clock
        self.process_id = os.getpid()

    @property
    def place(self) -> tuple[str, str, int]:
        """What it is connected to."""
        return self.scheme, self.host, self.port

    def connect(self) -> None:
        """Connect; called by the base class when there is no connection yet."""
        limits = self.clock.limits
        sock = connect(
            self.host,
            self.port,
            deadline=self.clock.deadline,
            timeout_s=limits.timeout_s,
            allow_private=limits.allow_private,
        )
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(self.clock.left_s())
            if self.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
        except OSError:
            sock.close()
            raise
        self.sock = sock

    def response_class(self, sock: socket.socket, method: str | None = None) -> HTTPResponse:  # type: ignore[override]
        """Make the answer's reader keep to the clock."""
        response = HTTPResponse(sock, method=method)
        response.fp = io.BufferedReader(_TimedReader(response.fp.detach(), sock, self))
        return response


class _TimedReader(io.RawIOBase):
    """A socket's bytes, each wait no longer than the clock allows: a server that drips is cut off too."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, connection: Connection) -> None:
        self._raw, self._sock, self._connection = raw, sock, connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int | None:  # type: ignore[override]  # that is what it gets
        self._sock.settimeout(self._connection.clock.left_s())
        count = self._raw.readinto(buffer)
        self._connection.clock.received += count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


@dataclass
class Answer:
    """An answer whose body is still to be read. ``url`` is where the redirects led."""

    url: str
    response: HTTPResponse

    @property
    def status(self) -> int:
        """The HTTP status code."""
        return self.response.status

    @property
    def headers(self) -> Message:
        """The headers."""
        return self.response.headers

    @property
    def length(self) -> int | None:
        """The size of the body as the server promises it."""
        text = self.headers.get("content-length", "")
        return int(text) if re.fullmatch(r"\d{1,18}", text) else None

    @property
    def total(self) -> int | None:
        """The size of the whole file, in the answer to a question for a part of it."""
        match = re.fullmatch(r"bytes (?:\d+-\d+|\*)/(\d{1,18})", self.headers.get("content-range", "").strip())
        return int(match[1]) if match else None

    @property
    def version(self) -> str:
        """What changes when the file does, as far as the server says."""
        return self.headers.get("etag") or self.headers.get("last-modified") or ""

    def read(self) -> Iterator[bytes]:
        """Read the body in pieces; OSError or HTTPException when it ends too early or comes too slowly.

        Raises
        ------
        ConnectionError
            When it ends too early; other OSErrors or HTTPException when it comes too slowly or broken.
        """
        received = 0
        while piece := self.response.read1(PIECE_BYTES):
            received += len(piece)
            yield piece
        if self.length is not None and received < self.length:
            raise ConnectionError(f"the answer ended after {received:,} of {self.length:,} bytes")
