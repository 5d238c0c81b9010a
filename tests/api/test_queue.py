import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("round_of_ten")

CLAIMS = "/api/v1/rounds/ten/claims"
ME = {"holder": "tab", "annotator": "Ann"}


def test_a_claim_follows_order_and_filter_and_says_how_many_match(client: TestClient) -> None:
    answer = client.post(CLAIMS, json={**ME, "count": 2, "order": "score"}).json()
    assert [view["session_id"] for view in answer["sessions"]] == ["ten_0001", "ten_0000"]
    assert answer["matching"] == 10
    answer = client.post(CLAIMS, json={**ME, "count": 2, "label": "call", "site": "Orcasound Lab"}).json()
    assert [view["session_id"] for view in answer["sessions"]] == ["ten_0001"]
    assert answer["matching"] == 1


def test_an_empty_result_is_a_state_and_not_an_error(client: TestClient) -> None:
    answer = client.post(CLAIMS, json={**ME, "date_from": "2026-01-01", "date_to": "2026-01-31"})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["sessions"], answer.json()["matching"]) == ("no_match", [], 0)
    assert "from 2026-01-01, to 2026-01-31" in answer.json()["message"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"order": "alphabet"}, "'uncertainty'"),
        ({"date_from": "yesterday"}, "date_from"),
        ({"date_from": "2026-02-01", "date_to": "2026-01-01"}, "must not be after the last"),
        ({"order": "no_predictions", "label": "call"}, "cannot be filtered by their predictions"),
        ({"site": "x" * 300}, "A site must be"),
    ],
)
def test_an_unknown_order_or_filter_is_refused(client: TestClient, changes: dict[str, str], named: str) -> None:
    answer = client.post(CLAIMS, json={**ME, **changes})
    assert answer.status_code == 400
    assert named in answer.json()["detail"]


def test_the_options_of_a_round(client: TestClient) -> None:
    assert client.get("/api/v1/rounds/ten/queue").json() == {
        "sites": [{"name": "Orcasound Lab", "sessions": 10}],
        "labels": [{"name": "call", "sessions": 1}, {"name": "whistle", "sessions": 1}],
        "first_day": None,
        "last_day": None,
    }
    assert client.get("/api/v1/rounds/nope/queue").status_code == 404
