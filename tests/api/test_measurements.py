"""Measurements over HTTP, by the client of scripts and by the routes of the editor."""

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.building import submit

ROUND = "/api/v1/rounds/ten"


@pytest.mark.usefixtures("round_of_ten")
def test_a_box_is_measured_and_a_round_as_a_job(client: TestClient, lan: TestClient, workspace: Workspace) -> None:
    known = client.get("/api/v1/measurements").json()
    assert [each["name"] for each in known] == list(MEASUREMENTS)
    asked = {"start_s": 0.1, "end_s": 0.6, "low_hz": 100.0, "high_hz": 3000.0}
    path = f"{ROUND}/sessions/ten_0001/measurements"
    values = client.get(path, params=asked).json()["values"]
    assert values.keys() <= MEASUREMENTS.keys()
    assert 100 <= values["peak_hz"] <= 3000
    assert 0.1 <= values["peak_time_s"] <= 0.6  # of the session
    assert client.get(path, params={**asked, "window": 256}).json()["values"]["peak_hz"] % (8000 / 256) == 0
    for wrong, reason in (
        ({"end_s": 0.05}, "end"),
        ({"low_hz": 5000.0, "high_hz": 6000.0}, "the recording ends at 4000 Hz"),
        ({"window": 7}, "window"),
    ):
        refused = client.get(path, params={**asked, **wrong})
        assert (refused.status_code, reason in refused.json()["detail"]) == (400, True), refused.text
    assert client.get(f"{ROUND}/sessions/none/measurements", params=asked).status_code == 404
    submit(workspace, "ten", "ten_0001", AnswerBox(0.1, 0.6, "call"))
    assert lan.post(f"{ROUND}/measurements", headers=bearer(workspace, "read")).status_code == 403
    job_id = client.post(f"{ROUND}/measurements").json()["job_id"]
    job = queue.get_job(workspace, job_id=job_id)
    assert (job.kind, job.params) == ("measure", {"round_id": "ten"})
