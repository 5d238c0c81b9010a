import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.learning import training, training_run
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.services.trainings import ask, make_pond
from tests.working import Running


@pytest.fixture
def pond(workspace: Workspace, tmp_path: Path) -> Workspace:
    make_pond(workspace, tmp_path, count=3)
    return workspace


def test_a_training_is_started_and_watched(client: TestClient, pond: Workspace) -> None:
    body = {"name": "frogs", "round_ids": ["pond"], "kind": "energy", "labels": {"low": "croak", "high": ""}}
    added = client.post("/api/v1/trainings", json=body)
    assert added.status_code == 202
    url = f"/api/v1/trainings/{added.json()['job_id']}"
    told = client.get(url).json()
    assert (told["name"], told["status"], told["curve"], told["model"]) == ("frogs", "queuing", [], "")
    (listed,) = client.get("/api/v1/trainings").json()["items"]
    assert listed == {name: value for name, value in told.items() if name != "curve"}
    job = queue.get_job(pond, job_id=told["job_id"])
    get_runners()["train"](pond, job.params, Running())
    assert client.get("/api/v1/models/frogs/1").json()["labels"] == ["croak"]
    assert client.get("/api/v1/trainings/none").status_code == 404
    for wrong, status in (
        ({"kind": "magic"}, 400),
        ({"is_new": True}, 409),
        ({"color": "red"}, 400),
        ({"device": "gpu"}, 400),
    ):
        assert client.post("/api/v1/trainings", json=body | wrong).status_code == status


def test_models_are_measured_and_one_is_promoted(client: TestClient, pond: Workspace) -> None:
    for _ in range(2):
        here = InProcessJob()
        training_run.run(pond, training.prepare(pond, request=ask()), here)
    added = client.post("/api/v1/evaluations", json={"models": ["frogs/1", "frogs/2"], "round_ids": ["pond"]})
    assert added.status_code == 202
    evaluation_id = added.json()["evaluation_id"]
    assert client.get(f"/api/v1/evaluations/{evaluation_id}").status_code == 404
    get_runners()["evaluate"](pond, {"evaluation_id": evaluation_id}, Running())
    found = client.get(f"/api/v1/evaluations/{evaluation_id}").json()
    assert found["models"]["frogs/1"] == found["models"]["frogs/2"]
    assert client.get("/api/v1/evaluations").json()["items"] == [found]
    assert client.post("/api/v1/evaluations", json={"models": [], "round_ids": ["pond"]}).status_code == 400
    assert client.get("/api/v1/models/frogs/in-use").json() == {"name": "frogs", "version": 2, "history": []}
    assert client.put("/api/v1/models/frogs/in-use", json={"version": 1}).json() == {"name": "frogs", "version": 1}
    told = client.get("/api/v1/models/frogs/in-use").json()
    assert (told["version"], [each["version"] for each in told["history"]]) == (1, [1])
    assert client.put("/api/v1/models/frogs/in-use", json={"version": 7}).status_code == 404


def test_a_learning_curve_is_asked_for_and_listed(client: TestClient, workspace: Workspace, tmp_path: Path) -> None:
    make_pond(workspace, tmp_path, count=2)
    path = "/api/v1/rounds/pond/learning-curves"
    assert client.post(path, json={"budget_s": 0}).status_code == 400
    assert client.post("/api/v1/rounds/none/learning-curves", json={}).status_code == 404
    added = client.post(path, json={"budget_s": 0.1})
    assert added.status_code == 202
    assert client.get(f"/api/v1/jobs/{added.json()['job_id']}").json()["kind"] == "curve"
    assert client.get(path).json()["items"] == []
    (plan,) = workspace.files.list("curves/pond")
    points = [{"sessions": size, "seed": 0, "f1": 0.9 - 0.6 / size} for size in (2, 4, 8, 16)]
    curve = {"test_sessions": 4, "points": points, "made_at": "2026-11-25T09:00:00+00:00"}
    workspace.files.add(plan.replace("plan", "curve"), json.dumps(curve).encode())
    (found,) = client.get(path).json()["items"]
    assert (found["points"], found["outlook"]["verdict"], found["outlook"]["sessions"]) == (points, "done", 16)
    assert found["says"] == "All sessions of the round are labelled."
