from pathlib import Path

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.model import ENERGY
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace
from tests.building import list_predictions
from tests.services.runs import add_round, finish_run, write_calls

URL = "/api/v1/runs"


@pytest.fixture
def sea(workspace: Workspace, tmp_path: Path) -> str:
    """A round with three sessions of 2 s."""
    return add_round(workspace, write_calls(tmp_path / "a.wav"))


def test_a_run_is_started_watched_and_applied(client: TestClient, workspace: Workspace, sea: str) -> None:
    added = client.post(URL, json={"model": ENERGY, "round_ids": [sea], "threshold": 0.6, "device": "cpu"})
    assert added.status_code == 202
    run_id, job_id = added.json()["run_id"], added.json()["job_id"]
    told = client.get(f"{URL}/{run_id}").json()
    assert (told["state"], told["pieces"], told["done"], told["job_id"]) == ("queued", 3, 0, job_id)
    assert told["parameters"]["threshold_db"] == 10
    assert [each["done"] for each in client.get(f"{URL}/{run_id}/sessions").json()["items"]] == [False] * 3
    refused = client.post(f"{URL}/{run_id}/apply", json={"round_id": sea})
    assert (refused.status_code, "not ready" in refused.json()["detail"]) == (409, True)
    assert client.post(f"{URL}/{run_id}/continue").status_code == 409
    queue.cancel_job(workspace, job_id=job_id)
    again = client.post(f"{URL}/{run_id}/continue")
    assert (again.status_code, again.json()["run_id"]) == (202, run_id)
    assert again.json()["job_id"] != job_id
    finish_run(workspace, run_id)

    (listed,) = client.get(URL).json()["items"]
    assert (listed["state"], listed["done"], listed["device"]) == ("ready", 3, "cpu")
    assert listed["speed"] > 0
    scored = client.get(f"{URL}/{run_id}/sessions", params={"threshold": 0.6}).json()["items"]
    assert [each["calls"] for each in scored] == [2, 1, 1]
    assert {each["round_id"] for each in scored} == {sea}
    page = client.get(f"{URL}/{run_id}/boxes", params={"threshold": 0.6, "limit": 3}).json()
    assert (len(page["items"]), page["total"]) == (3, 4)
    last = client.get(page["next"]).json()["items"]
    assert (last[0]["label"], round(last[0]["start_s"], 1)) == ("call", 4.2)
    applied = client.post(f"{URL}/{run_id}/apply", json={"round_id": sea}).json()
    assert (applied["predictions"], applied["sessions"], applied["is_new"]) == (4, 3, True)
    assert not client.post(f"{URL}/{run_id}/apply", json={"round_id": sea}).json()["is_new"]
    choice = {"run_id": run_id, "high": 0.6, "low": 0.5}
    preview = client.get(f"/api/v1/rounds/{sea}/candidates", params=choice).json()
    assert (preview["model"], preview["pools"]["candidate"]["sessions"]) == (ENERGY, 3)
    assert len(list_predictions(workspace, sea)) == 4


@pytest.mark.usefixtures("sea")
def test_what_cannot_be_is_refused(client: TestClient) -> None:
    for body, status in (
        ({"model": "none", "round_ids": ["sea"]}, 404),
        ({"model": ENERGY, "round_ids": ["none"]}, 404),
        ({"model": ENERGY}, 400),
        ({"model": ENERGY, "round_ids": ["sea"], "threshold": 7}, 400),
        ({"model": ENERGY, "round_ids": ["sea"], "color": "red"}, 400),
        ({"model": ENERGY, "round_ids": ["sea"], "device": "gpu"}, 400),
    ):
        assert client.post(URL, json=body).status_code == status, body
    assert client.get(URL).json()["items"] == []
    for path in ("none", "none/sessions", "none/boxes"):
        assert client.get(f"{URL}/{path}").status_code == 404
    assert client.post(f"{URL}/none/apply", json={"round_id": "sea"}).status_code == 404
