"""The history of a session over HTTP."""

from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.building import submit

SESSION = "/api/v1/rounds/ten/sessions/ten_0001"


def test_answers_are_compared_and_one_comes_back(
    client: TestClient, lan: TestClient, workspace: Workspace, round_of_ten: Round
) -> None:
    submit(workspace, round_of_ten.id, "ten_0001", AnswerBox(0.2, 0.4, "call"), AnswerBox(0.6, 0.7, "call"))
    submit(workspace, round_of_ten.id, "ten_0001", AnswerBox(0.2, 0.5, "whistle"), who="Bob", base_revision=1)
    told = client.get(f"{SESSION}/history").json()
    assert [(each["annotator"], each["compared_with"], each["changes"]) for each in told["steps"]] == [
        ("Ann", None, {"added": 2}),
        ("Bob", 1, {"removed": 1, "relabelled": 1}),
    ]
    assert (told["newest_revision"], told["counting_id"]) == (2, told["steps"][1]["submission_id"])
    found = client.get(f"{SESSION}/differences").json()
    assert (found["before_revision"], found["after_revision"]) == (1, 2)
    [first, second] = found["boxes"]
    assert (first["change"], first["moved"], first["before"]["label"], first["after"]["label"]) == (
        *("relabelled", True),
        *("call", "whistle"),
    )
    assert (second["change"], second["after"]) == ("removed", None)
    assert client.get(f"{SESSION}/differences?from=0&to=1").json()["changes"] == {"added": 2}
    assert client.get(f"{SESSION}/differences?to=9").status_code == 404
    body = {"submission_id": "back", "revision": 1, "annotator": "Cy", "base_revision": 1}
    assert client.post(f"{SESSION}/restorations", json=body).status_code == 409
    body["base_revision"] = 2
    for status, repeated in ((201, False), (200, True)):
        answer = client.post(f"{SESSION}/restorations", json=body)
        assert (answer.status_code, answer.json()) == (
            status,
            {"submission_id": "back", "revision": 3, "repeated": repeated},
        )
    [*_, last] = client.get(f"{SESSION}/history").json()["steps"]
    assert last["restores"] == told["steps"][0]["submission_id"]
    headers = bearer(workspace, "label", "Di")
    assert lan.post(f"{SESSION}/restorations", json=body, headers=headers).status_code == 403  # not in Cy's name
    assert lan.post(f"{SESSION}/restorations", json=body, headers=bearer(workspace, "read")).status_code == 403
