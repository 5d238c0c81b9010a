"""Verification samples and audits over HTTP: drawn once by reviewers, judged by verdicts that exist already."""

import uuid

from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.building import submit

ROUND = "/api/v1/rounds/ten"


def test_a_sample_is_drawn_once_judged_and_read(client: TestClient, workspace: Workspace, round_of_ten: Round) -> None:
    assert client.get(f"{ROUND}/verification-samples").json() == {"items": []}
    body = {"per_stratum": 5, "band_width": 0.5, "wanted": 0.8}
    first, second = (client.post(f"{ROUND}/verification-samples", json=body) for _ in range(2))
    assert (first.status_code, second.json()) == (201, first.json())
    drawn = first.json()
    assert (drawn["of"], drawn["model"], drawn["size"], drawn["run_id"]) == ("predictions", "m", 2, "")
    at = f"{ROUND}/verification-samples/{drawn['id']}"
    found = client.get(at).json()
    assert [(each["label"], each["low"], each["size"], each["judged"]) for each in found["strata"]] == [
        ("call", 0.5, 1, 0),
        ("whistle", 0.0, 1, 0),
    ]
    items = [{**each, "verdict": "yes"} for each in found["waiting"]]
    told = {"verdict_id": str(uuid.uuid4()), "annotator": "Ann", "items": items}
    assert client.post(f"{ROUND}/verdicts", json=told).status_code == 201
    found = client.get(f"{at}?precision=0.7").json()
    assert (found["waiting"], found["judged"], found["precision"]) == ([], 2, 0.7)
    assert {each["why"] for each in found["strata"]} == {"all judged"}
    assert found["strata"][0]["precision"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert [each["problem"][:8] for each in found["thresholds"]] == ["1 judged"] * 2
    refused = client.post(f"{at}/thresholds", json={"precision": 0.8})
    assert (refused.status_code, "imported" in refused.json()["detail"]) == (400, True)
    assert client.get(f"/api/v1/rounds/other/verification-samples/{drawn['id']}").status_code == 404
    assert client.post(f"{ROUND}/verification-samples", json={"per_stratum": 0}).status_code == 400
    assert client.post(f"{ROUND}/verification-samples", json={"model": "x"}).status_code == 404

    submit(workspace, round_of_ten.id, "ten_0003", AnswerBox(0.1, 0.3, "call"))
    audit = client.post(f"{ROUND}/audits", json={"count": 10, "annotator": "Ann"}).json()
    found = client.get(f"{ROUND}/audits/{audit['id']}").json()
    assert (found["judged"], found["share"], len(found["waiting"])) == (0, None, found["sample"]["size"])
    listed = client.get(f"{ROUND}/verification-samples").json()["items"]
    assert [each["of"] for each in listed] == ["answers", "predictions"]


def test_annotators_judge_and_reviewers_draw(lan: TestClient, workspace: Workspace, round_of_ten: Round) -> None:
    path = f"/api/v1/rounds/{round_of_ten.id}/verification-samples"
    refused = lan.post(path, json={}, headers=bearer(workspace, "label"))
    assert refused.status_code == 403
    drawn = lan.post(path, json={}, headers=bearer(workspace, "review", "Rita"))
    assert (drawn.status_code, drawn.json()["who"]) == (201, "Rita")
    kept = lan.post(
        f"{path}/{drawn.json()['id']}/thresholds", json={"precision": 0.9}, headers=bearer(workspace, "review")
    )
    assert kept.status_code == 403
