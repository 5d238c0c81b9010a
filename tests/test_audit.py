"""The look-up of known faults: what it says when the database knows some, and when it cannot be reached."""

import http.server
import json
from collections.abc import Iterator
from threading import Thread

import pytest

from tests import audit


@pytest.fixture
def database() -> Iterator[str]:
    """A database that knows a fault of one of our packages (the service of OSV)."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            package = {"ecosystem": "PyPI", "name": "pillow"}
            fault = {"id": "TEST-1", "affected": [{"package": package}], "modified": "2026-01-01T00:00:00Z"}
            faults = [fault] if asked["package"]["name"] == "pillow" else []
            body = json.dumps({"vulns": faults} if faults else {}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def test_known_faults_fail(database: str) -> None:
    status, told = audit.audit(audit.LOCK, "--vulnerability-service=osv", f"--osv-url={database}")
    assert (status, "pillow" in told and "TEST-1" in told) == (1, True), told


def test_it_is_said_when_nothing_could_be_audited() -> None:
    nobody = "http://127.0.0.1:9/v1/query"
    status, told = audit.audit(audit.LOCK, "--vulnerability-service=osv", f"--osv-url={nobody}")
    assert (status, told[:12]) == (0, "NOT AUDITED:")
