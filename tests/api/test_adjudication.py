"""Decisions between answers, by scripts: the queue, what people say, and an answer that decides."""

import uuid
from typing import Any

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("round_of_ten")

ROUND = "/api/v1/rounds/ten"
BOX = {"start_s": 0.1, "end_s": 0.3, "label": "call"}


def submit(client: TestClient, annotator: str, *labels: str, **answer: Any) -> Any:
    outcome, boxes = "labelled" if labels else "empty", [{**BOX, "label": each} for each in labels]
    body = {"submission_id": str(uuid.uuid4()), "annotator": annotator, "outcome": outcome, "regions": boxes, **answer}
    return client.post(f"{ROUND}/sessions/ten_0001/submissions", json=body)


def test_a_script_decides_between_answers(client: TestClient) -> None:
    assert client.get(f"{ROUND}/adjudication").json() == {"left": 0, "settled": 0, "measured_at": None, "sessions": []}
    names = [submit(client, who, *said).json()["submission_id"] for who, *said in (("Ann", "call"), ("Bob", "whistle"))]
    queue = client.get(f"{ROUND}/adjudication", params={"limit": 1}).json()
    assert queue["left"] == 1
    assert queue["sessions"] == [{"session_id": "ten_0001", "people": ["Ann", "Bob"], "share": 0.0, "box_count": 2}]
    found = client.get(f"{ROUND}/sessions/ten_0001/consensus").json()
    assert [(each["submission_id"], each["annotator"]) for each in found["sides"]] == list(
        zip(names, ["Ann", "Bob"], strict=True)
    )
    (matter,) = found["matters"]
    assert (matter["boxes"], matter["agreed"], found["revision"], found["gold_by"]) == ([0, 0], False, 2, None)
    assert found["sides"][1]["boxes"][0]["start_s"] == pytest.approx(0.1)  # of the session, which begins at 1 s
    submit(client, "Cy")
    late = submit(client, "Zoe", "call", decides=names, base_revision=found["revision"])
    assert (late.status_code, "Cy has answered session ten_0001 meanwhile" in late.text) == (409, True)
    names = [each["submission_id"] for each in client.get(f"{ROUND}/sessions/ten_0001/consensus").json()["sides"]]
    gold = submit(client, "Zoe", "call", decides=names)
    assert gold.status_code == 201
    kept = client.get(f"/api/v1/submissions/{gold.json()['submission_id']}").json()
    assert (kept["annotator"], kept["decides"]) == ("Zoe", sorted(names))
    queue = client.get(f"{ROUND}/adjudication").json()
    assert (queue["left"], queue["settled"]) == (0, 1)
    assert client.get(f"{ROUND}/sessions/ten_0001/consensus").json()["gold_by"] == "Zoe"
    assert client.get(f"{ROUND}/sessions/none/consensus").status_code == 404
