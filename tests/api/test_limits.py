"""What one visitor can take from the others, and what a broken model file leaves."""

import json
import stat
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.ml.registry.versions import read_document, write_document
from podcast_core.services.labels import claiming
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace, open_workspace
from tests.api.conftest import HOME, LAN, bearer
from tests.building import with_settings


@pytest.mark.usefixtures("round_of_ten")
def test_one_token_cannot_claim_a_whole_round(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "MAX_HELD", 4)
    head = bearer(workspace, "label")
    with TestClient(create_api(lambda: workspace), base_url=LAN) as client:
        ask: dict[str, Any] = {"annotator": "Ann", "count": 2}
        answers = [
            client.post("/api/v1/rounds/ten/claims", json={**ask, "holder": f"tab {tab}"}, headers=head)
            for tab in range(4)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 503, 503]
        assert "Ann already holds 4 sessions" in answers[-1].json()["detail"]
        again = client.post("/api/v1/rounds/ten/claims", json={**ask, "holder": "tab 1"}, headers=head)
        assert again.status_code == 200  # what is held can be renewed
        assert client.get("/fetch/session/ten", headers=head).status_code == 200  # named, and not held
    free = claiming.claim_next(workspace, round_id="ten", holder="b", annotator="Bob", count=10)
    assert len(free.views) == 6


def test_so_many_jobs_and_no_more(workspace: Workspace) -> None:
    few = with_settings(workspace, most_jobs=2)
    with TestClient(create_api(lambda: few), base_url=HOME) as client:
        answers = [client.post("/api/v1/jobs", json={"kind": "demo"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 503]
        assert "PODCAST_MOST_JOBS" in answers[-1].json()["detail"]
        for answer in answers[:2]:
            client.post(f"/api/v1/jobs/{answer.json()['job_id']}/cancel")


def test_new_data_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    opened = open_workspace(Settings(data_dir=folder))
    opened.jobs.prepare()
    opened.database.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("podcast.sqlite", "jobs.sqlite"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    open_workspace(Settings(data_dir=shared)).database.close()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755  # somebody chose it
    assert stat.S_IMODE((shared / "store").stat().st_mode) == 0o700


@pytest.fixture
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write_document(ModelVersion("mine", 1, "energy", ("call",), utc_now())))
    return found


def pack(document: bytes, weights: bytes = b"") -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", document)
        archive.writestr("weights", weights)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        *({"training": 3}, {"training": [1]}, {"parameters": "x"}, {"metrics": None}, {"labels": 3}, {"labels": [1]}),
        *({"labels": "call"}, {"version": "1"}, {"kind": 3}, {"weights_sha256": 3}, {"parent": 1}, {"name": []}),
        {"created_at": 3},
    ],
)
def test_a_broken_description_of_a_model_is_refused(
    workspace: Workspace, document: dict[str, Any], change: dict[str, Any]
) -> None:
    assert read_document(json.dumps(document).encode(), "x").name == "mine"
    answer = send(workspace, pack(json.dumps({**document, **change}).encode()))
    assert (answer.status_code, "does not describe a model" in answer.json()["detail"]) == (400, True)


def test_a_broken_archive_of_a_model_is_refused(workspace: Workspace, document: dict[str, Any]) -> None:
    good = pack(json.dumps(document).encode())
    broken = bytearray(good)
    start = good.index(b"model.json") + len("model.json")
    broken[start : start + 8] = b"\xff" * 8
    long = json.dumps(document).replace('"version": 1', '"version": ' + "9" * 100_000).encode()
    bomb = pack(json.dumps({**document, "weights_sha256": "0" * 64}).encode(), bytes(200_000_000))
    assert len(bomb) < 500_000
    for data in (bytes(broken), pack(long), pack(b"[" * 100_000), bomb, b"PK", b""):
        answer = send(workspace, data)
        assert answer.status_code == 400, answer.text
    assert "expected at most 67,108,864" in send(workspace, bomb).json()["detail"]


def send(workspace: Workspace, data: bytes) -> Any:
    with TestClient(create_api(lambda: workspace), base_url=HOME) as client:
        return client.post("/api/v1/models", files={"file": ("m.zip", data)}, data={"name": "mine"})


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize("path", ["/submit/session/ten/ten_0000", "/api/v1/rounds/ten/claims", "/get-labels"])
def test_a_number_of_a_hundred_thousand_digits_is_no_fault_of_ours(workspace: Workspace, path: str) -> None:
    body = b'{"annotations": [{"start_s": ' + b"9" * 100_000 + b', "duration_s": 1}]}'
    with TestClient(create_api(lambda: workspace), base_url=HOME) as client:
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
