"""What is secret in an address is shown to nobody, and a token goes to the server that it is for."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.client import Client
from podcast_core.errors import StorageUnavailable
from podcast_core.remote.redaction import redact
from podcast_core.services.intake import ingest_job
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace
from tests.api.conftest import HOME, LAN, bearer

SIGNED = "https://ann:s3cret-word@127.0.0.1:1/rec/a.wav?X-Amz-Signature=s3cret-sign&versionId=s3cret-id#s3cret"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SIGNED, "https://…@127.0.0.1:1/rec/a.wav?X-Amz-Signature=…&versionId=…#…"),
        (
            f"cannot read '{SIGNED}': 403",
            "cannot read 'https://…@127.0.0.1:1/rec/a.wav?X-Amz-Signature=…&versionId=…#…': 403",
        ),
        ("s3://bucket/a b.wav", "s3://bucket/a b.wav"),
        ("abfs://key@host/x?sig", "abfs://…@host/x?…"),
        ("https://[broken?sig=s3cret", "https://…"),
        ("C:\\a.wav, 12:30, a?b=c", "C:\\a.wav, 12:30, a?b=c"),
    ],
)
def test_addresses_are_shown_without_what_is_secret(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_no_answer_about_jobs_holds_a_secret(workspace: Workspace) -> None:
    job_id = ingest_job.add_ingest(workspace, paths=[SIGNED, "/rec"], round_name="a", who=f"Ann of {SIGNED}"[:80])
    workspace.jobs.tell(job_id, log=[f"failed: {SIGNED}: 403"], error=f"{SIGNED} is gone", next=SIGNED)
    queue.cancel_job(workspace, job_id=job_id)
    again = queue.retry_job(workspace, job_id=job_id)
    head = bearer(workspace, "read")
    with TestClient(create_api(lambda: workspace), base_url=LAN) as client:
        for path in ("jobs", f"jobs/{job_id}", f"jobs/{again}"):
            text = client.get(f"/api/v1/{path}", headers=head).text
            assert "127.0.0.1:1/rec/a.wav" in text
            assert not re.search("s3cret-(word|sign|id)", text), text
    assert workspace.jobs.get_params(again)["paths"] == [SIGNED, "/rec"]  # who does the work knows them
    queue.cancel_job(workspace, job_id=again)


def test_an_error_is_told_without_the_secret_of_an_address(workspace: Workspace) -> None:
    with TestClient(create_api(lambda: workspace), base_url=HOME) as client:
        answer = client.post("/upload-by-url", json={"url": SIGNED})
        assert answer.status_code == 400
        assert "s3cret" not in answer.text


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Two servers: the first sends everybody to the second, which writes down what it is told."""
    heard: list[dict[str, str]] = []

    class Second(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            heard.append(dict(self.headers))
            body = json.dumps({"person": "x", "scope": "read"}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    class First(Second):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("location", f"http://127.0.0.1:{second.server_port}{self.path}")
            self.end_headers()

    first, second = (HTTPServer(("127.0.0.1", 0), kind) for kind in (First, Second))
    for server in (first, second):
        Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{first.server_port}", heard
    for server in (first, second):
        server.shutdown()
        server.server_close()


def test_the_client_takes_its_token_nowhere_else(elsewhere: tuple[str, list[dict[str, str]]]) -> None:
    url, heard = elsewhere
    with pytest.raises(StorageUnavailable, match="sends its clients to"):
        list(Client(url, token="podcast_secret").list_rounds())
    assert heard == []
