"""What a script does about reviews: queues, filtered and saved."""

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.workspace import Workspace
from tests.building import submit

pytestmark = pytest.mark.usefixtures("round_of_ten")
ROUND = "/api/v1/rounds/ten"
CALL = AnswerBox(0.25, 0.5, "call")


def test_sessions_are_filtered_by_what_their_answers_have(client: TestClient, workspace: Workspace) -> None:
    submit(workspace, "ten", "ten_0001", AnswerBox(0.1, 0.3, "call", prediction_id="p-0"))
    submit(workspace, "ten", "ten_0002", CALL, comment="A boat?")
    for query, expected in (
        ("origin=model_accepted&score_from=0.5", ["ten_0001"]),
        ("text=BOAT&verdict=waiting&site=Orcasound%20Lab", ["ten_0002"]),
        ("hour_from=22&hour_to=3", []),
        ("date_from=2026-01-01", []),
        ("label=call&sort=newest", ["ten_0002", "ten_0001"]),
    ):
        answer = client.get(f"{ROUND}/sessions?{query}&limit=1").json()
        found = list(answer["items"])
        while answer["next"]:
            answer = client.get(answer["next"]).json()
            found += answer["items"]
        assert [each["session_id"] for each in found] == expected, query
        assert answer["total"] == len(expected)
        assert {each["review_state"] for each in found} <= {"waiting"}
    assert client.get(f"{ROUND}/sessions?hour_from=3").status_code == 400
    assert client.get(f"{ROUND}/sessions?date_to=May").status_code == 400


def test_queues_are_saved_listed_and_deleted(client: TestClient) -> None:
    body = {"name": "Low scores, north", "query": "sort=lowest+score&score_to=0.4", "who": "Rae"}
    kept = client.post(f"{ROUND}/queues", json=body)
    assert kept.status_code == 201
    assert kept.json() | body == kept.json()
    assert client.get(f"{ROUND}/queues").json() == [kept.json()]
    assert client.post(f"{ROUND}/queues", json={**body, "query": "score_to=0.5"}).status_code == 409
    assert client.post(f"{ROUND}/queues", json={**body, "name": "a/b"}).status_code == 400
    assert client.delete(f"{ROUND}/queues/Low%20scores,%20north").status_code == 204
    assert client.get(f"{ROUND}/queues").json() == []
    assert client.delete(f"{ROUND}/queues/none").status_code == 404
