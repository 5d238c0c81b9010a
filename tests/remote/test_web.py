import errno
import io
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.remote import addresses
from podcast_core.remote.access import Remote
from podcast_core.settings import Settings
from tests.certificates import make_certificate
from tests.s3 import elapsed
from tests.web import Handler, Server, running

DATA = bytes(range(256)) * 4000


class Site(Server):
    """Answers by path. ``failures`` counts down."""

    def __init__(self) -> None:
        super().__init__(_SiteHandler)
        self.failures = 0


class _SiteHandler(Handler):
    server: Site

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self.server.failures > 0 and path != "/missing":
            self.server.failures -= 1
            self._fail(path)
            return
        name = path.strip("/").partition("/")[0]
        getattr(self, f"do_{name}", self.do_file)()

    def _fail(self, path: str) -> None:
        if path == "/cut":
            self.send_response(200)
            self.send_header("content-length", str(len(DATA)))
            self.end_headers()
            self.wfile.write(DATA[: len(DATA) // 2])
            self.close_connection = True
        else:
            self.answer(503)

    def do_file(self) -> None:
        self.answer_file(DATA)

    def do_whole(self) -> None:
        self.answer_file(DATA, knows_parts=False)

    def do_missing(self) -> None:
        self.answer(404)

    def do_secret(self) -> None:
        self.answer(403)

    def do_to(self) -> None:
        self.answer(302, location=self.path.partition("?")[2])

    def do_round(self) -> None:
        self.answer(302, location="/round")

    def do_endless(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        while not self.server.ended.is_set():
            self.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")

    def do_drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.server.ended.wait(0.05):
            self.wfile.write(b".")

    def do_slowhead(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        while not self.server.ended.wait(0.05):
            self.wfile.write(b".")

    def do_silent(self) -> None:
        self.server.ended.wait(60)

    def do_compressed(self) -> None:
        self.answer(200, b"xx", content_encoding="gzip")


@pytest.fixture
def site() -> Iterator[Site]:
    with running(Site()) as server:
        yield server


def make_remote(settings: Settings, **changes: object) -> Remote:
    defaults = {"allow_private_urls": True, "storage_timeout_s": 0.5, "storage_attempts": 3}
    return Remote(settings.model_copy(update=defaults | changes))


@pytest.fixture
def remote(settings: Settings) -> Remote:
    return make_remote(settings)


def test_a_file_is_fetched_as_it_is(remote: Remote, site: Site) -> None:
    file = io.BytesIO()
    seen: list[tuple[int, int | None]] = []
    fetched = remote.fetch(f"{site.url}/a%20b.wav?x=1#y", file, on_bytes=lambda done, total: seen.append((done, total)))
    assert file.getvalue() == DATA
    assert (fetched.file_name, fetched.size_bytes) == ("a b.wav", len(DATA))
    assert seen[-1] == (len(DATA), len(DATA))
    assert site.seen[0].path == "/a%20b.wav?x=1"


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:{}/", "http://localhost:{}/", "http://[::ffff:127.0.0.1]:{}/", "http://2130706433:{}/"],
)
@pytest.mark.parametrize("verb", ["read", "open", "exists"])
def test_a_loopback_address_is_refused_unless_the_settings_allow_it(
    settings: Settings, site: Site, address: str, verb: str
) -> None:
    url = address.format(site.server_address[1])
    with pytest.raises(InvalidInput, match="PODCAST_ALLOW_PRIVATE_URLS"):
        getattr(make_remote(settings, allow_private_urls=False), verb)(url)
    assert site.seen == []
    assert make_remote(settings).read(f"http://127.0.0.1:{site.server_address[1]}/") == DATA


@pytest.fixture
def one_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1 be the public internet, and 127.0.0.2 the network at home."""
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")


@pytest.mark.usefixtures("one_is_public")
def test_a_redirect_is_followed_but_not_into_the_network_at_home(settings: Settings, site: Site) -> None:
    remote = make_remote(settings, allow_private_urls=False)
    port = site.server_address[1]
    assert remote.read(f"{site.url}/to?/to?/file") == DATA
    for target in (f"http://127.0.0.2:{port}/file", f"//127.0.0.2:{port}/file"):
        with pytest.raises(InvalidInput, match=r"127\.0\.0\.2 is not fetched"):
            remote.read(f"{site.url}/to?{target}")
        with pytest.raises(InvalidInput, match=r"127\.0\.0\.2 is not fetched"):
            remote.open(f"{site.url}/to?{target}")
    for target in ("file:///etc/passwd", "s3://bucket/key", "ftp://127.0.0.1/x"):
        with pytest.raises(InvalidInput, match="starts with|not on the web"):
            remote.read(f"{site.url}/to?{target}")
    with pytest.raises(InvalidInput, match="more than 5 redirects"):
        remote.read(f"{site.url}/round")


@pytest.mark.usefixtures("one_is_public")
def test_the_connection_goes_to_the_address_that_was_checked(
    settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["127.0.0.1", "127.0.0.2"]
    real = socket.getaddrinfo

    def rebind(_host: str, *rest: Any, **options: Any) -> Any:
        return real(answers.pop(0), *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    remote = make_remote(settings, allow_private_urls=False)
    url = f"http://rebind.example:{site.server_address[1]}/file"
    assert remote.read(url) == DATA
    assert answers == ["127.0.0.2"]  # asked once
    with pytest.raises(InvalidInput, match=r"127\.0\.0\.2"):
        make_remote(settings, allow_private_urls=False).read(url)


@pytest.mark.parametrize("path", ["file", "endless", "whole"])
def test_a_file_that_is_too_large_is_not_fetched(settings: Settings, site: Site, path: str) -> None:
    remote = make_remote(settings, largest_fetch_mb=1)
    file = io.BytesIO()
    with pytest.raises(InvalidInput, match="at most 1 MB"):
        remote.fetch(f"{site.url}/{path}", file)
    assert len(file.getvalue()) <= 1_000_000
    with pytest.raises(InvalidInput, match="at most 1 MB"):
        remote.open(f"{site.url}/{path}")


@pytest.mark.parametrize("path", ["drip", "slowhead", "silent"])
def test_a_server_that_never_finishes_is_an_error_in_time(settings: Settings, site: Site, path: str) -> None:
    remote = make_remote(settings, storage_timeout_s=0.3, storage_attempts=2)

    def work() -> None:
        with pytest.raises(StorageUnavailable, match=f"/{path} could not be read after 2 tries"):
            remote.read(f"{site.url}/{path}")

    assert elapsed(work) < 3


@pytest.mark.parametrize("path", ["file", "cut"])
def test_what_passes_is_tried_again_from_the_start(remote: Remote, site: Site, path: str) -> None:
    site.failures = 2
    file = io.BytesIO()
    assert remote.fetch(f"{site.url}/{path}", file).size_bytes == len(DATA)
    assert file.getvalue() == DATA
    site.failures = 3
    with pytest.raises(StorageUnavailable, match="after 3 tries"):
        remote.read(f"{site.url}/{path}")


def test_what_is_not_there_or_refused_is_said_at_once(remote: Remote, site: Site) -> None:
    with pytest.raises(NotFound, match="404"):
        remote.read(f"{site.url}/missing")
    with pytest.raises(InvalidInput, match="No permission.*403"):
        remote.read(f"{site.url}/secret")
    with pytest.raises(InvalidInput, match="compressed"):
        remote.read(f"{site.url}/compressed")
    assert len(site.seen) == 3
    with pytest.raises(NotFound, match=r"no host 'nowhere\.invalid'"):
        remote.read("http://nowhere.invalid/a.wav")
    site.server_close()
    with pytest.raises(StorageUnavailable, match="refused"):
        make_remote(Settings()).read(f"{site.url}/file")


def test_a_full_disk_is_not_blamed_on_the_server(remote: Remote, site: Site) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageUnavailable, match="cannot be written.*No space left"):
        remote.fetch(f"{site.url}/file", Full())
    assert len(site.seen) == 1


@pytest.mark.parametrize("path", ["file", "whole"])
def test_a_file_is_read_like_a_local_one(remote: Remote, site: Site, path: str) -> None:
    with remote.open(f"{site.url}/{path}") as file:
        assert file.seek(0, io.SEEK_END) == len(DATA)
        file.seek(700_001)
        assert file.read(50_000) == DATA[700_001:750_001]
        file.seek(-10, io.SEEK_END)
        assert file.read() == DATA[-10:]
        file.seek(0)
        assert file.read() == DATA


def test_only_what_is_read_is_fetched_and_only_once(remote: Remote, site: Site) -> None:
    for _ in range(3):
        with remote.open(f"{site.url}/file") as file:
            file.seek(500_000)
            assert file.read(10) == DATA[500_000:500_010]
    assert site.sent <= 2 * (1 << 17)
    assert len(site.seen) == 2


def test_a_file_that_is_replaced_while_it_is_read_is_noticed(
    remote: Remote, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with remote.open(f"{site.url}/file") as file:
        file.read(10)
        monkeypatch.setattr(f"{__name__}.DATA", DATA[::-1])
        file.seek(900_000)
        with pytest.raises(StorageUnavailable, match="changed while it was read"):
            file.read(10)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    remote: Remote, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    url = f"https://localhost:{site.server_address[1]}/file"
    with pytest.raises(InvalidInput, match="certificate"):
        remote.read(url)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert remote.read(url) == DATA
    with pytest.raises(InvalidInput, match="certificate"):
        make_remote(Settings()).read(url.replace("localhost", "127.0.0.1"))
