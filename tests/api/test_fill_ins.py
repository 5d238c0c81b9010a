from typing import Any

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("round_of_ten")

FILL_INS = "/api/v1/rounds/ten/sessions/ten_0001/fill-ins"


def make_body(**changes: Any) -> dict[str, Any]:
    return {
        "annotator": "Ann",
        "areas": [{"start_s": 0, "end_s": 0.5}],
        "regions": [{"start_s": 0.1, "end_s": 0.3, "label": "call"}],
        **changes,
    }


def test_it_is_a_job_that_can_be_given_up(client: TestClient) -> None:
    added = client.post(FILL_INS, json=make_body())
    assert added.status_code == 202
    job = client.get(f"/api/v1/jobs/{added.json()['job_id']}").json()
    assert (job["kind"], job["state"], job["who"]) == ("fill", "queued", "Ann")
    assert job["title"] == "Fill in the rest of ten_0001"
    other = client.post(f"{FILL_INS.replace('0001', '0002')}/{job['id']}/cancel", json={})
    assert other.status_code == 404
    cancelled = client.post(f"{FILL_INS}/{job['id']}/cancel", json={})
    assert cancelled.json()["state"] == "cancelled"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"areas": []}, "at least one area"),
        ({"regions": []}, "draw the calls"),
        ({"areas": [{"start_s": 0, "end_s": 7}]}, "within the session"),
        ({"annotator": ""}, "annotator"),
        ({"areas": [{"start_s": 0}]}, "end_s"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_with_the_reason(
    client: TestClient, changes: dict[str, Any], says: str
) -> None:
    answer = client.post(FILL_INS, json=make_body(**changes))
    assert answer.status_code == 400
    assert says in answer.text
