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


def test_many_answers_are_judged_told_before_and_undone(client: TestClient, workspace: Workspace) -> None:
    for number in (1, 2):
        submit(workspace, "ten", f"ten_000{number}", CALL, who="Bob" if number == 2 else "Ann")
    body = {"verdict": "accept", "query": "verdict=waiting", "reviewer": "Bob"}
    told = client.post(f"{ROUND}/reviews/bulk/preview", json=body).json()
    assert told == {
        "act_id": None,
        "judged": 1,
        "left": [{"session_id": "ten_0002", "reason": "your own answer"}],
        "reasons": {"your own answer": 1},
    }
    done = client.post(f"{ROUND}/reviews/bulk", json={**body, "act_id": "act"})
    assert (done.status_code, done.json()["judged"], done.json()["act_id"]) == (201, 1, "act")
    [shown] = client.get(f"{ROUND}/reviews/bulk").json()
    assert (shown["id"], shown["count"], shown["undone_by"]) == ("act", 1, "")
    [kept] = client.get(f"{ROUND}/reviews").json()["items"]
    assert (kept["reviewer"], kept["act_id"], kept["withdrawn"]) == ("Bob", "act", False)
    undone = client.post(f"{ROUND}/reviews/bulk/act/undo", json={"act_id": "undo", "who": "Rae"})
    assert undone.status_code == 204
    assert client.get(f"{ROUND}/reviews").json()["items"][0]["withdrawn"] is True
    assert client.get(f"{ROUND}/sessions?verdict=waiting").json()["total"] == 2
    assert client.post(f"{ROUND}/reviews/bulk/act/undo", json={"act_id": "again"}).status_code == 409
    assert (
        client.post(f"{ROUND}/reviews/bulk", json={**body, "act_id": "x", "query": "date_from=May"}).status_code == 400
    )
    seen = [{"session_id": "ten_0001", "submission_id": "an older one"}]
    told = client.post(f"{ROUND}/reviews/bulk/preview", json={"verdict": "reject", "seen": seen}).json()
    assert told["reasons"] == {"a newer answer": 1}


def test_people_comment_and_tag(client: TestClient, workspace: Workspace) -> None:
    answer_id = submit(workspace, "ten", "ten_0001", CALL).submission.id
    session = f"{ROUND}/sessions/ten_0001"
    said = {"remark_id": "a", "submission_id": answer_id, "author": "Bob", "kind": "comment", "text": "A boat?"}
    kept = client.post(f"{session}/remarks", json=said)
    assert (kept.status_code, kept.json()["text"]) == (201, "A boat?")
    tag = {**said, "remark_id": "b", "kind": "tag", "text": "boat"}
    client.post(f"{session}/remarks", json=tag)
    assert client.get(f"{session}/remarks").json() == {"comments": [kept.json()], "tags": ["boat"]}
    assert client.get(f"{ROUND}/tags").json() == [{"name": "boat", "sessions": 1}]
    assert client.get(f"{ROUND}/sessions?tag=boat").json()["total"] == 1
    assert client.post(f"{ROUND}/sessions/ten_0002/remarks", json={**said, "remark_id": "c"}).status_code == 400
    assert client.post(f"{session}/remarks", json={**said, "text": "Other"}).status_code == 409
