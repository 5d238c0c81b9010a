"""Labels for many clips over HTTP: by whom, once, undone; subsets, selections and the quick check."""

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.round import Round
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.services.exploring import add_collection

C = "/api/v1/collections/c"


@pytest.fixture(autouse=True)
def c(workspace: Workspace, round_of_ten: Round) -> str:
    return add_collection(workspace, round_of_ten.id)


def test_clips_are_labelled_once_and_taken_back(client: TestClient) -> None:
    body = {
        "id": "act",
        "deed": "label",
        "label": "call",
        "numbers": [4, 5, 39],
        "how": "lasso",
        "heard": 2,
        "agreed": 2,
    }
    first = client.post(f"{C}/bulk", json=body)
    assert first.status_code == 200
    found = first.json()
    assert (found["changed"], found["sessions"], found["repeated"]) == (3, 2, False)
    assert (found["act"]["who"], found["act"]["how"], found["act"]["heard"]) == ("Ann", "lasso", 2)
    assert client.post(f"{C}/bulk", json=body).json() == {**found, "repeated": True}
    assert client.post(f"{C}/bulk", json={**body, "numbers": [4, 6, 39]}).status_code == 409
    back = client.post("/api/v1/bulk/act/undo", json={}).json()
    assert (back["changed"], back["left"], back["act"]["undoes"]) == (3, 0, "act")
    listed = client.get("/api/v1/rounds/ten/bulk").json()["items"]
    assert [(each["deed"], each["undone_who"]) for each in listed] == [("undo", None), ("label", "Ann")]
    assert client.get("/api/v1/rounds/ten/sessions/ten_0001").json()["submission"] is None
    assert client.post("/api/v1/bulk/none/undo", json={}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"numbers": []},
        {"numbers": [40]},
        {"numbers": [-1]},
        {"numbers": [2**31]},
        {"numbers": [1.5]},
        {"numbers": [1], "label": ""},
        {"numbers": [1], "heard": 1, "agreed": 2},
        {"numbers": [1], "how": "magic"},
        {"numbers": [1], "deed": "undo"},
        {"numbers": [1], "id": "../x"},
        {"numbers": [1], "unknown": 1},
    ],
)
def test_what_makes_no_sense_is_refused(client: TestClient, wrong: dict[str, object]) -> None:
    answer = client.post(f"{C}/bulk", json={"id": "act", "label": "call", **wrong})
    assert answer.status_code in (400, 422)
    assert client.get("/api/v1/rounds/ten/bulk").json()["items"] == []


def test_people_label_under_their_own_name_and_only_admins_add_labels(workspace: Workspace, lan: TestClient) -> None:
    scopes = (("R", "read"), ("Bo", "label"), ("Al", "admin"))
    reader, bo, admin = (bearer(workspace, scope, name) for name, scope in scopes)
    body = {"id": "a", "label": "call", "numbers": [4]}
    assert lan.post(f"{C}/bulk", json=body, headers=reader).status_code == 403
    assert lan.post(f"{C}/bulk", json={**body, "annotator": "Ann"}, headers=bo).status_code == 403
    assert lan.post(f"{C}/bulk", json={**body, "label": "hum"}, headers=bo).status_code == 400
    assert lan.post(f"{C}/bulk", json=body, headers=bo).json()["act"]["who"] == "Bo"
    assert lan.post(f"{C}/bulk", json={**body, "id": "b", "label": "hum"}, headers=admin).json()["changed"] == 1
    assert lan.post("/api/v1/bulk/b/undo", json={}, headers=reader).status_code == 403
    assert lan.post("/api/v1/bulk/b/undo", json={}, headers=bo).status_code == 403  # it is another's
    assert lan.post("/api/v1/bulk/a/undo", json={}, headers=bo).json()["act"]["who"] == "Bo"
    assert lan.post(f"{C}/quick-check", json={"numbers": [1, 2]}, headers=reader).status_code == 200
    assert lan.post(f"{C}/acts", json={"deed": "evict", "numbers": [1]}, headers=reader).status_code == 403


def test_two_people_on_one_map_have_selections_of_their_own(workspace: Workspace, lan: TestClient) -> None:
    ann, bo = (bearer(workspace, "label", name) for name in ("Ann", "Bo"))
    many = list(range(0, 40, 2))
    assert lan.put(f"{C}/selection", json={"numbers": many}, headers=ann).json() == {"count": 20}
    assert lan.put(f"{C}/selection", json={"numbers": [7]}, headers=bo).json() == {"count": 1}
    assert [lan.get(f"{C}/selection", headers=who).json()["numbers"] for who in (ann, bo)] == [many, [7]]
    assert lan.get(f"{C}/selection?annotator=Ann", headers=bo).status_code == 403


def test_subsets_are_moved_counted_and_taken_back(client: TestClient) -> None:
    """Row 1 of the checklist: four subsets with counts by label."""
    client.post(f"{C}/bulk", json={"id": "a", "label": "call", "numbers": [0, 1, 2]})
    moved = {"deed": "subset", "subset": "dev", "numbers": [0, 1, 9], "only_labelled": True}
    done = client.post(f"{C}/acts", json=moved)
    assert done.json()["changed"] == 2
    empty = {"label": "", "raw": 37, "train": 0, "dev": 0, "test": 0}
    call = {"label": "call", "raw": 1, "train": 0, "dev": 2, "test": 0}
    assert client.get(f"{C}/subsets").json() == {"items": [empty, call], "evicted": 0, "duplicates": 0}
    assert client.post(f"{C}/acts", json={"deed": "evict", "numbers": [0]}).json()["changed"] == 1
    assert client.post(f"{C}/acts", json={"deed": "restore", "numbers": [0]}).json()["changed"] == 1
    assert client.post(f"{C}/acts", json={"deed": "deduplicate"}).json()["changed"] == 0
    assert client.post(f"{C}/acts", json={"deed": "balance", "subset": "dev", "per_label": 1}).json()["changed"] == 1
    assert client.post(f"{C}/acts", json={"deed": "undo", "undoes": done.json()["id"]}).json()["changed"] == 1
    assert client.get(f"{C}/subsets").json()["items"] == [empty, {**call, "raw": 3, "dev": 0}]


def test_a_quick_check_and_its_purity(client: TestClient) -> None:
    found = client.post(f"{C}/quick-check", json={"numbers": list(range(20)), "count": 3, "farthest": 2}).json()
    assert (len(set(found["members"])), len(found["farthest"])) == (3, 2)
    purity = client.get(f"{C}/quick-check/purity", params={"heard": 5, "agreed": 5}).json()
    assert purity["share"] == purity["high"] == 1
    assert 0.5 < purity["low"] < 0.6
    assert client.get(f"{C}/quick-check/purity", params={"heard": 1, "agreed": 2}).status_code == 400
