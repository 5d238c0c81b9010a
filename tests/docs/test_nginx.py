"""The proxy of docs/deployment/proxies.md in front of the real app; skipped where nginx or openssl is not installed."""

import re
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from podcast_core.services import access
from podcast_core.settings import Settings
from tests.building import opened
from tests.docs.pages import ROOT, Page
from tests.serving import serve

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.skipif(not (NGINX and OPENSSL), reason="nginx or openssl is not installed")


@contextmanager
def proxying(folder: Path, block: str, target: str) -> Iterator[int]:
    """Run nginx with the block of the page, a certificate of its own and a free port, in front of a server."""
    assert NGINX
    assert OPENSSL
    folder.mkdir()
    subject = ["-subj", "/CN=labels.example.org", "-addext", "subjectAltName=DNS:labels.example.org"]
    files = ["-keyout", str(folder / "labels.key"), "-out", str(folder / "labels.pem")]
    asked = [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject, *files]
    subprocess.run(asked, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    ours = block.replace("/etc/ssl", str(folder)).replace("http://127.0.0.1:8501", target)
    assert ours.count("listen 443 ssl;") == 1
    ours = ours.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {paths}\n{ours} }}"
    )
    process = subprocess.Popen([NGINX, "-c", str(config), "-p", str(folder)], stderr=subprocess.PIPE)
    try:
        wait_for_port(port, process)
        yield port
    finally:
        process.terminate()
        process.communicate()


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            if process.poll() is not None:
                raise RuntimeError(f"nginx did not start: {process.communicate()[1].decode()}") from None


def test_the_app_works_behind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    page = Page(ROOT / "docs/deployment/proxies.md")
    (block,) = [each.text for each in page.blocks if each.language == "nginx"]
    (mode,) = re.findall(r"export PODCAST_ACCESS=(\w+)", page.text)
    with opened(Settings(data_dir=tmp_path / "data")) as workspace:
        _, token = access.create_token(workspace, person="Ann", scope="admin")
    with (
        serve(tmp_path / "data", PODCAST_ACCESS=mode) as server,
        proxying(tmp_path / "nginx", block, server.url) as port,
    ):
        trusting = ssl.create_default_context(cafile=tmp_path / "nginx" / "labels.pem")
        trusting.check_hostname = False  # the name of the certificate is not that of this machine

        def ask(path: str, **headers: str) -> tuple[int, bytes]:
            request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", headers=headers)
            try:
                with urllib.request.urlopen(request, context=trusting, timeout=30) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as refused:
                return refused.code, refused.read()

        ours = {"Host": f"labels.example.org:{port}", "Authorization": f"Bearer {token}"}
        assert ask("/api/v1/me", Host=ours["Host"])[0] == 401
        assert b"Ann" in ask("/api/v1/me", **ours)[1]
        with connect(
            f"wss://labels.example.org:{port}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", port)),
            ssl=trusting,
            origin=Origin(f"https://labels.example.org:{port}"),
            additional_headers={"Authorization": ours["Authorization"]},
            subprotocols=[Subprotocol("streamlit")],
            proxy=None,
        ) as connection:
            assert connection.response
            assert connection.response.status_code == 101
