"""An S3 server (moto's, over HTTP) for a whole test run, and a proxy in front of it that misbehaves when told to."""

import itertools
import socket
import struct
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import pytest

from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.building import opened
from tests.web import Handler, Server, running

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}


class Proxy(Server):
    """Passes requests on to the S3 server, unless a fault answers them."""

    def __init__(self, upstream: str) -> None:
        super().__init__(ProxyHandler)
        self.upstream = upstream
        self.fault: Fault | None = None


class ProxyHandler(Handler):
    """Handles one request; ``body`` is what was sent with it."""

    server: Proxy
    body = b""

    def handle_any(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.server.fault is not None and self.server.fault(self):
            return
        status, headers, answer = self.ask()
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        length = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else str(len(answer))
        self.send_header("content-length", length)
        self.note(len(answer))
        self.end_headers()
        self.wfile.write(answer)

    def ask(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the S3 server."""
        connection = HTTPConnection(self.server.upstream, timeout=30)
        try:
            connection.request(self.command, self.path, self.body, dict(self.headers))
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_any


Fault = Callable[[ProxyHandler], bool]
"""Answers a request wrongly and returns True, or leaves it to the server."""


def say(status: int, code: str) -> Fault:
    """Answer with one of S3's errors."""

    def fault(handler: ProxyHandler) -> bool:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>told to</Message></Error>".encode()
        handler.answer(status, b"" if handler.command == "HEAD" else body, content_type="application/xml")
        return True

    return fault


def hang(handler: ProxyHandler) -> bool:
    """Accept a request and never answer."""
    handler.note(0)
    handler.server.ended.wait(60)
    handler.close_connection = True
    return True


def drip(handler: ProxyHandler) -> bool:
    """Send an answer byte by byte, for ever."""
    handler.note(0)
    handler.send_response(200)
    handler.send_header("content-length", "1000000")
    handler.end_headers()
    while not handler.server.ended.wait(0.1):
        handler.wfile.write(b".")
    return True


def cut(handler: ProxyHandler) -> bool:
    """Cut the connection in the middle of a body."""
    if handler.command != "GET":
        return False
    status, headers, answer = handler.ask()
    handler.send_response(status)
    for name, value in headers:
        if name.lower() in ("etag", "content-range", "content-type"):
            handler.send_header(name, value)
    handler.send_header("content-length", str(len(answer)))
    handler.note(len(answer) // 2)
    handler.end_headers()
    handler.wfile.write(answer[: len(answer) // 2])
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
    return True


def first(count: int, fault: Fault, method: str = "") -> Fault:
    """Misbehave for some requests (of one method), then no more."""
    counter = itertools.count()

    def limited(handler: ProxyHandler) -> bool:
        return method in ("", handler.command) and next(counter) < count and fault(handler)

    return limited


def after(count: int, fault: Fault, method: str) -> Fault:
    """Misbehave after some requests of a method."""
    counter = itertools.count()

    def limited(handler: ProxyHandler) -> bool:
        return handler.command == method and next(counter) >= count and fault(handler)

    return limited


@dataclass(frozen=True)
class Bucket:
    """An empty bucket of one test, behind a proxy."""

    name: str
    proxy: Proxy
    settings: Settings
    client: Any  # boto3's, straight to the server

    @property
    def url(self) -> str:
        return f"s3://{self.name}/some/prefix"

    @property
    def environment(self) -> dict[str, str]:
        """What another process needs to use it."""
        return {
            **CREDENTIALS,
            "PODCAST_STORAGE_URL": self.url,
            "PODCAST_STORAGE_ENDPOINT_URL": self.proxy.url,
            "PODCAST_STORAGE_TIMEOUT_S": "5",
        }

    def put(self, key: str, data: bytes) -> str:
        """Put an object beside the store; returns its URL."""
        self.client.put_object(Bucket=self.name, Key=key, Body=data)
        return f"s3://{self.name}/{key}"

    def vanish(self) -> None:
        """Delete the bucket and all that is in it."""
        for each in self.client.list_objects_v2(Bucket=self.name).get("Contents", ()):
            self.client.delete_object(Bucket=self.name, Key=each["Key"])
        self.client.delete_bucket(Bucket=self.name)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """A real S3 server process' worth of HTTP: host and port."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    import boto3

    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=f"http://{s3_server}")
    name = f"test-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    with running(Proxy(s3_server)) as proxy:
        changes = {
            "storage_url": f"s3://{name}/some/prefix",
            "storage_endpoint_url": proxy.url,
            "storage_timeout_s": 3.0,
            "storage_attempts": 3,
            "allow_private_urls": True,
        }
        yield Bucket(name, proxy, settings.model_copy(update=changes), client)
    client.close()


@pytest.fixture
def s3_workspace(bucket: Bucket, new_database_url: str) -> Iterator[Workspace]:
    """An empty workspace whose file store is in a bucket."""
    with opened(bucket.settings, database_url=new_database_url) as workspace:
        yield workspace


def elapsed(work: Callable[[], object]) -> float:
    """Measure how long something takes in seconds."""
    began = time.monotonic()
    work()
    return time.monotonic() - began
