"""Rounds, recordings and models that are archived and brought back, and labels that are renamed, over HTTP."""

from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.domain.round import Round
from podcast_core.domain.times import utc_now
from podcast_core.ml.registry.versions import add_version
from podcast_core.workspace import Workspace
from tests.building import submit

ROUNDS, MODELS = "/api/v1/rounds", "/api/v1/models"
CLAIM = {"holder": "tab", "annotator": "Ann", "count": 1}


def names(client: TestClient, url: str) -> list[str]:
    return [each["id"] for each in client.get(url).json()["items"]]


def test_a_round_is_archived_and_brought_back(client: TestClient, round_of_ten: Round) -> None:
    assert client.post(f"{ROUNDS}/ten/archive").json()["archived_at"]
    assert (names(client, ROUNDS), names(client, f"{ROUNDS}?archived=true")) == ([], ["ten"])
    refused = client.post(f"{ROUNDS}/ten/claims", json=CLAIM)
    assert (refused.status_code, "archived by" in refused.json()["detail"]) == (409, True)
    original = client.get("/fetch/session/ten")
    assert (original.status_code, "archived by" in original.json()["detail"]) == (409, True)
    assert client.get(f"{ROUNDS}/ten/export?format=csv").status_code == 200
    assert client.post(f"{ROUNDS}/ten/restore").json()["archived_at"] is None
    assert names(client, ROUNDS) == ["ten"]
    acts = client.get(f"{ROUNDS}/ten/acts").json()["items"]
    assert [(each["deed"], each["who"]) for each in acts] == [("archive", "Ann"), ("restore", "Ann")]
    assert client.post(f"{ROUNDS}/gone/archive").status_code == 404
    assert round_of_ten.id == "ten"


def test_a_recording_is_archived_in_a_round(client: TestClient, round_of_ten: Round) -> None:
    (recording,) = client.get(f"{ROUNDS}/ten/recordings").json()["items"]
    assert (recording["sessions"], recording["archived"]) == (10, None)
    place = f"{ROUNDS}/ten/recordings/{recording['id']}"
    assert client.post(f"{place}/archive").status_code == 204
    assert client.get(f"{ROUNDS}/ten/progress").json()["sessions"] == 0
    assert client.get(f"{ROUNDS}/ten/recordings").json()["items"][0]["archived"]["deed"] == "archive"
    assert client.post(f"{place}/restore").status_code == 204
    assert client.get(f"{ROUNDS}/ten/progress").json()["sessions"] == 10
    assert round_of_ten.id == "ten"


def test_a_label_is_renamed(client: TestClient, round_of_ten: Round) -> None:
    changed = client.post(f"{ROUNDS}/ten/labels/rename", json={"old": "call", "new": "S1"}).json()
    assert ([each["name"] for each in changed["labels"]][0], changed["renamed"]) == ("S1", {"call": "S1"})
    assert client.post(f"{ROUNDS}/ten/labels/rename", json={"old": "S1", "new": "whistle"}).status_code == 400
    assert client.post(f"{ROUNDS}/ten/labels/rename", json={"old": "call", "new": "S2"}).status_code == 404
    assert round_of_ten.id == "ten"


def test_labels_are_merged_and_deleted_and_that_is_undone(
    client: TestClient, workspace: Workspace, round_of_ten: Round
) -> None:
    submit(workspace, round_of_ten.id, "ten_0001", AnswerBox(0.1, 0.2, "call"), AnswerBox(0.3, 0.4, "whistle"))
    use = client.get(f"{ROUNDS}/ten/labels/use?label=whistle").json()
    assert use == {"annotations": 1, "sessions": 1, "predictions": 1}
    merged = client.post(f"{ROUNDS}/ten/labels/merge", json={"old": "whistle", "new": "call"}).json()
    assert ([each["name"] for each in merged["labels"]], merged["renamed"]) == (["call"], {"whistle": "call"})
    [act] = client.get(f"{ROUNDS}/ten/acts").json()["items"]
    parted = client.post(f"{ROUNDS}/ten/acts/{act['id']}/undo").json()
    assert [each["name"] for each in parted["labels"]] == ["call", "whistle"]
    assert client.get(f"{ROUNDS}/ten/acts").json()["items"][1]["undoes"] == act["id"]
    done = client.post(f"{ROUNDS}/ten/labels/delete", json={"id": "d", "label": "whistle"}).json()
    assert done == {"act_id": "d", "changed": 1, "left": 0}
    assert client.get(f"{ROUNDS}/ten/labels/use?label=whistle").status_code == 404
    assert client.post("/api/v1/bulk/d/undo", json={}).json()["changed"] == 1
    assert client.get(f"{ROUNDS}/ten/labels/use?label=whistle").json()["annotations"] == 1


def test_models_and_versions_are_archived_and_brought_back(
    client: TestClient, workspace: Workspace, round_of_ten: Round
) -> None:
    for _ in range(2):
        add_version(workspace.files, ModelVersion("net", 1, "tcn", ("call",), utc_now()), b"weights")
    run = {"model": "net", "version": 1, "round_ids": [round_of_ten.id]}
    in_use = client.post(f"{MODELS}/net/archive", json={"version": 2})
    assert (in_use.status_code, "promote another one first" in in_use.json()["detail"]) == (409, True)
    assert client.post(f"{MODELS}/net/archive", json={"version": 1}).status_code == 204
    assert names(client, MODELS) == [f"{ENERGY}/0", "net/2"]
    assert names(client, f"{MODELS}?archived=true") == ["net/1"]
    refused = client.post("/api/v1/runs", json=run)
    assert (refused.status_code, "net/1 was archived by Ann" in refused.json()["detail"]) == (409, True)
    assert client.put(f"{MODELS}/net/in-use", json={"version": 1}).status_code == 409
    assert client.get(f"{MODELS}/net/1").status_code == 200  # it can be read still
    assert client.post(f"{MODELS}/net/restore", json={"version": 1}).status_code == 204
    assert client.post(f"{MODELS}/net/archive", json={}).status_code == 204
    assert names(client, MODELS) == [f"{ENERGY}/0"]
    assert "net" not in str(client.post("/list-models-available-for-inference").json())
    assert client.post(f"{MODELS}/net/restore", json={}).status_code == 204
    assert names(client, MODELS) == [f"{ENERGY}/0", "net/2", "net/1"]
    acts = client.get(f"{MODELS}/net/acts").json()["items"]
    assert [(each["deed"], each["version"]) for each in acts] == [
        ("archive", 1),
        ("restore", 1),
        ("archive", None),
        ("restore", None),
    ]
    assert client.post(f"{MODELS}/{ENERGY}/archive", json={}).status_code == 400
    assert client.post(f"{MODELS}/gone/archive", json={}).status_code == 404
