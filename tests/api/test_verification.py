import uuid
from typing import Any

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("round_of_ten")

ROUND = "/api/v1/rounds/ten"
NOTHING = {"items": [], "counts": {}, "total": 0, "offset": 0, "limit": 50, "next": None}


def verdict(prediction_id: str, said: str, session_id: str = "ten_0001") -> dict[str, str]:
    return {"session_id": session_id, "prediction_id": prediction_id, "verdict": said}


def make_body(*items: dict[str, str], **changes: Any) -> dict[str, Any]:
    return {"verdict_id": str(uuid.uuid4()), "annotator": "Ann", "items": list(items), **changes}


def test_predictions_that_wait_come_in_session_time_with_their_numbers(client: TestClient) -> None:
    answer = client.get(f"{ROUND}/predictions", params={"order": "highest", "limit": 1}).json()
    (item,) = answer["items"]
    assert answer["counts"] == {"call": 1, "whistle": 1}
    assert (item["id"], item["session_id"], item["label"], item["score"]) == ("p-0", "ten_0001", "call", 0.9)
    assert item["start_s"] == pytest.approx(0.1)
    assert (item["duration_s"], item["sample_rate_hz"]) == (1.0, 8000)


@pytest.mark.parametrize("order", ["lowest", "highest", "uncertainty", "time"])
def test_predictions_that_wait_are_walked_by_next(client: TestClient, order: str) -> None:
    whole = client.get(f"{ROUND}/predictions?order={order}").json()
    assert (whole["total"], whole["next"], len(whole["items"])) == (2, None, 2)
    part = client.get(f"{ROUND}/predictions?order={order}&limit=1").json()
    assert (part["total"], part["items"]) == (2, whole["items"][:1])
    rest = client.get(part["next"]).json()
    assert (rest["items"], rest["offset"], rest["next"]) == (whole["items"][1:], 1, None)
    assert client.get(f"{ROUND}/predictions?order={order}&limit=1&offset=0").json()["next"].endswith("offset=1")
    one = client.get(f"{ROUND}/predictions?order={order}&limit=1&label=call").json()
    assert (one["total"], one["next"]) == (1, None)


def test_verdicts_are_kept_repeated_taken_back_and_refused_for_other_content(client: TestClient) -> None:
    body = make_body(verdict("p-0", "yes"), verdict("p-1", "no"))
    created, repeated = (client.post(f"{ROUND}/verdicts", json=body) for _ in range(2))
    assert (created.status_code, repeated.status_code) == (201, 200)
    assert created.json() == {"kept": 2, "session_ids": ["ten_0001"], "skipped": [], "repeated": False}
    assert client.get(f"{ROUND}/predictions").json() == NOTHING
    shown = client.get(f"{ROUND}/sessions/ten_0001").json()
    assert (shown["submission"]["outcome"], shown["open"]) == ("verified", False)
    refused = client.post(f"{ROUND}/verdicts", json={**body, "items": [verdict("p-0", "no")]})
    assert refused.status_code == 409
    undone = client.post(f"{ROUND}/verdicts", json=make_body(verdict("p-0", "none"), verdict("p-1", "none")))
    assert undone.status_code == 201
    assert client.get(f"{ROUND}/predictions").json()["counts"] == {"call": 1, "whistle": 1}
    assert client.get(f"{ROUND}/sessions/ten_0001").json()["open"] is True


def test_a_late_verdict_is_told_with_its_reason(client: TestClient) -> None:
    full = {"submission_id": "bob", "annotator": "Bob", "outcome": "empty"}
    client.post(f"{ROUND}/sessions/ten_0001/submissions", json=full)
    answer = client.post(f"{ROUND}/verdicts", json=make_body(verdict("p-0", "yes"))).json()
    assert answer["kept"] == 0
    assert answer["skipped"] == [
        {"session_id": "ten_0001", "prediction_id": "p-0", "reason": "Bob has answered session ten_0001 (empty)."}
    ]


@pytest.mark.parametrize(
    ("items", "status", "named"),
    [
        ([], 400, "Between 1 and 500"),
        ([verdict("p-0", "maybe")], 400, "'unsure'"),
        ([verdict("nope", "yes")], 400, "has no prediction 'nope'"),
        ([verdict("p-0", "yes", "nope")], 404, "no session 'nope'"),
    ],
)
def test_a_mistake_is_named(client: TestClient, items: list[dict[str, str]], status: int, named: str) -> None:
    answer = client.post(f"{ROUND}/verdicts", json=make_body(*items))
    assert answer.status_code == status
    assert named in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "named"), [({"order": "x"}, "'uncertainty'"), ({"limit": 1000}, "1 to 200"), ({"x": 1}, "x")]
)
def test_an_unknown_order_page_or_name_is_refused(client: TestClient, query: dict[str, Any], named: str) -> None:
    answer = client.get(f"{ROUND}/predictions", params=query)
    assert answer.status_code == 400
    assert named in answer.json()["detail"]
