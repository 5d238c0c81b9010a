"""Web servers for tests: one thread per request, on a free loopback port, ended with the block."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar


@dataclass(frozen=True)
class Seen:
    """A request, and how many bytes of a body it was answered with."""

    method: str
    path: str
    range: str
    sent: int


class Server(ThreadingHTTPServer):
    """A web server. ``ended`` is set when it is about to end: who waits, waits for that."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.ended = threading.Event()
        self.seen: list[Seen] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def sent(self) -> int:
        """Bytes of all bodies so far."""
        return sum(each.sent for each in self.seen)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that went away: they are meant to."""


S = TypeVar("S", bound=Server)


@contextmanager
def running(server: S) -> Iterator[S]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers with connections that stay open, and notes what was asked."""

    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.note(len(body))  # before the client can know
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_file(self, data: bytes, *, knows_parts: bool = True) -> None:
        """Send a file, or the part of it that was asked for."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", "")) if knows_parts else None
        if asked is None:
            self.answer(200, data)
            return
        start, end = int(asked[1]), min(int(asked[2]) + 1, len(data))
        if start >= len(data):
            self.answer(416, content_range=f"bytes */{len(data)}")
            return
        headers = {"content_range": f"bytes {start}-{end - 1}/{len(data)}", "etag": f'"{hash(data)}"'}
        self.answer(206, data[start:end], **headers)

    def note(self, sent: int) -> None:
        self.server.seen.append(Seen(self.command, self.path, self.headers.get("range", ""), sent))
