"""Search over annotations over HTTP."""

from urllib.parse import quote

from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.building import submit

PATH = "/api/v1/annotations"


def test_annotations_are_found_in_parts_and_given_another_label(
    client: TestClient, lan: TestClient, workspace: Workspace, round_of_ten: Round
) -> None:
    for number in range(3):
        submit(workspace, round_of_ten.id, f"ten_000{number}", AnswerBox(0.1, 0.2, "call"), AnswerBox(0.5, 0.9, "call"))
    first = client.get(f"{PATH}?limit=2&round_id=ten").json()
    assert ([each["start_s"] for each in first["items"]], first["total"]) == ([0.1, 0.5], 6)
    rest: list[dict[str, object]] = []
    link = first["next"]
    while link:
        part = client.get(link).json()
        rest, link = rest + part["items"], part["next"]
    assert [each["session_id"] for each in rest] == ["ten_0001", "ten_0001", "ten_0002", "ten_0002"]
    assert [each["start_s"] for each in client.get(f"{PATH}?limit=2&offset=3").json()["items"]] == [1.5, 2.1]
    where = quote('label == "call" and duration > 0.3')
    assert client.get(f"{PATH}?where={where}").json()["total"] == 3
    refused = client.get(f"{PATH}?where=loud")
    assert (refused.status_code, "cannot contain" in refused.json()["detail"]) == (400, True)
    preview = client.get(f"/api/v1/rounds/ten/labels/split?where={where}").json()
    assert preview == {"annotations": 3, "sessions": 3}
    body = {"id": "s", "where": "duration > 0.3", "label": "whistle"}
    assert lan.post("/api/v1/rounds/ten/labels/split", json=body, headers=bearer(workspace, "label")).status_code == 403
    done = client.post("/api/v1/rounds/ten/labels/split", json=body).json()
    assert done == {"act_id": "s", "changed": 3, "left": 0, "repeated": False}
    where = quote('label == "whistle"')
    found = client.get(f"{PATH}?where={where}").json()["items"]
    assert [each["start_in_session_s"] for each in found] == [0.5, 0.5, 0.5]
