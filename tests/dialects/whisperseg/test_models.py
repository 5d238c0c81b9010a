"""Segmentation and training for clients of WhisperSeg's audio backend."""

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from podcast_core.dialects.whisperseg import segmentation, training
from podcast_core.dialects.whisperseg.training import Area
from podcast_core.ml.registry import versions
from podcast_core.ml.whisperseg.config import join_cluster
from podcast_core.ml.whisperseg.placing import place_folder
from podcast_core.services.jobs import queue
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.conftest import SHARED_DATA
from tests.dialects.whisperseg.asking import ask, send
from tests.working import Running, wait_until_ended, working_here


def test_the_lists_say_honestly_who_answers(client: TestClient) -> None:
    for kind in ("finetuning", "inference"):
        answer = client.post(f"/list-models-available-for-{kind}", headers={"content-type": "application/json"})
        listed = {each["model_name"]: each for each in answer.json()["response"]}
        assert answer.status_code == 201
        assert set(listed) == {"whisperseg-base", "whisperseg-large", "energy-detector"}
        assert "energy-detector answers in its place" in listed["whisperseg-base"]["note"]
        assert {(each["status"], each["eta"]) for each in listed.values()} == {("ready", "--:--:--")}
    assert client.post("/list-models-training-in-progress").json() == {"response": []}


def test_segmentation_finds_the_calls_and_keeps_peoples_labels(client: TestClient, song: str) -> None:
    found = ask(client, "/get-labels", audio_id=song, model_name="whisperseg-large", min_frequency=0).json()
    assert found["model_used"] == "energy-detector"
    assert "stands" in found["note"] or "in its place" in found["note"]
    onsets = [each["onset"] for each in found["labels"]]
    assert onsets == pytest.approx([1, 2, 3, 4, 5, 6, 7], abs=0.02)
    assert {each["species"] for each in found["labels"]} == {"Unknown"}
    human = {"onset": 1.9, "offset": 2.3, "species": "finch", "individual": "b1", "clustername": "A"}
    merged = ask(
        client,
        "/get-labels",
        audio_id=song,
        model_name="energy-detector",
        annotated_areas=[{"onset": 1.5, "offset": 4.5}],
        human_labels=[human, {"onset": 6, "offset": 6.5}],
    ).json()
    assert [each["onset"] for each in merged["labels"]] == pytest.approx([1, 1.9, 5, 6, 7], abs=0.02)
    assert merged["labels"][1] == human
    assert merged["dropped_human_labels"] == 1


SPANS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 10)).map(lambda each: {"onset": each[0], "offset": sum(each)}),
    max_size=8,
)


@given(SPANS, SPANS, SPANS)
def test_the_merge_follows_the_documented_rule(
    predicted: list[dict[str, int]], human: list[dict[str, int]], areas: list[dict[str, int]]
) -> None:
    kept, dropped = segmentation.merge([{**each, "score": 1.0} for each in predicted], human, areas)

    def hits(each: dict[str, int]) -> bool:
        return any(each["onset"] < area["offset"] and each["offset"] > area["onset"] for area in areas)

    expected = [(each["onset"], each["offset"]) for each in human if hits(each)]
    expected += [(each["onset"], each["offset"]) for each in predicted if not hits(each)]
    assert [(each["onset"], each["offset"]) for each in kept] == sorted(expected)
    assert dropped == sum(not hits(each) for each in human)


AREAS = [{"onset": 0.5, "offset": 3.5}, {"onset": 4.3, "offset": 4.9}]
HUMAN = [
    {"onset": second, "offset": second + 0.2, "species": "finch", "individual": "b1", "clustername": "A"}
    for second in (1.0, 2.0, 3.0)
]


@pytest.mark.parametrize("spelling", ["initial_model_name", "inital_model_name"])
def test_the_first_version_of_the_interface_spelled_the_initial_model_otherwise(
    client: TestClient, song: str, workspace: Workspace, spelling: str
) -> None:
    body = {"audio_id": song, "annotated_areas": AREAS, "human_labels": HUMAN, "new_model_name": "My-Finch"}
    refused = client.post("/finetune-whisperseg", json={**body, spelling: "nobody"})
    assert (refused.status_code, "found 'nobody'" in refused.json()["error"]) == (400, True)
    assert client.post("/finetune-whisperseg", json={**body, spelling: "whisperseg-large"}).status_code == 201
    (job,) = queue.list_jobs(workspace)
    params = queue.get_job(workspace, job_id=job.id).params
    assert (params["name"], params["parent"]) == ("my-finch", "energy-detector/0")


def test_training_makes_a_model_that_labels_with_what_it_learned(
    client: TestClient, song: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MAX_S", 3.0)  # tones are learnt sooner than birds
    body = {
        "audio_id": song,
        "annotated_areas": AREAS,
        "human_labels": HUMAN,
        "new_model_name": "My-Finch",
        "initial_model_name": "whisperseg-base",
    }
    answer = client.post("/finetune-whisperseg", json=body)
    assert (answer.status_code, answer.json()["message"]) == (201, "Training")
    (waiting,) = client.post("/list-models-training-in-progress").json()["response"]
    assert waiting == {"model_name": "my-finch", "status": "queuing", "eta": "--:--:--"}
    taken = client.post("/finetune-whisperseg", json=body)
    assert (taken.status_code, taken.json()["error"]) == (400, "Model name already exists")
    early = ask(client, "/get-labels", audio_id=song, model_name="my-finch")
    assert (early.status_code, "is in training (queuing)" in early.json()["error"]) == (409, True)
    (job,) = queue.list_jobs(workspace)
    params = queue.get_job(workspace, job_id=job.id).params
    get_runners()["finetune"](workspace, params, Running())
    get_runners()["finetune"](workspace, params, Running())  # continued after a kill: the same again
    names = [each["model_name"] for each in client.post("/list-models-available-for-inference").json()["response"]]
    assert names[-1] == "my-finch"
    assert client.post("/list-models-training-in-progress").json() == {"response": []}
    found = ask(client, "/get-labels", audio_id=song, model_name="my-finch").json()
    assert found["model_used"] == "my-finch"
    assert {(each["species"], each["individual"], each["clustername"]) for each in found["labels"]} == {
        ("finch", "b1", "A")
    }
    assert [each["onset"] for each in found["labels"]] == pytest.approx([1, 2, 3, 4, 5, 6, 7], abs=0.02)
    model = versions.get_version(workspace.files, "my-finch")
    assert (model.parent, model.training["areas"], model.training["calls"]) == (
        "energy-detector/0",
        [[0.5, 3.5], [4.3, 4.9]],
        3,
    )


def test_a_whisperseg_model_is_trained_further_and_labels(
    client: TestClient, song: str, workspace: Workspace, tiny_base: Path
) -> None:
    """With a real checkpoint under its name nothing stands in for it; what it learnt comes back, fields and all."""
    place_folder(workspace.files, tiny_base, "whisperseg-base")
    body = {"audio_id": song, "annotated_areas": [{"onset": 0.5, "offset": 3.5}], "human_labels": HUMAN}
    names = {"new_model_name": "finch", "initial_model_name": "whisperseg-base"}
    assert ask(client, "/finetune-whisperseg", **body, **names).status_code == 201
    params = queue.get_job(workspace, job_id=queue.list_jobs(workspace)[0].id).params
    plan = {"learning_rate": 2e-2, "least_steps": 80, "epochs": 1, "random_crops": False}
    running = Running()
    get_runners()["finetune"](workspace, {**params, "plan": plan}, running)
    assert running.told[-1][:2] == (1000, 1000)
    assert len(running.told) == 80
    model = versions.get_version(workspace.files, "finch")
    assert (model.kind, model.parent, model.training["calls"]) == ("whisperseg", "whisperseg-base/0", 3)
    found = ask(client, "/get-labels", audio_id=song, model_name="finch").json()
    assert (found["model_used"], found.get("note", "")) == ("finch", "")
    assert found["labels"]
    assert {(each["species"], each["individual"], each["clustername"]) for each in found["labels"]} == {
        ("finch", "b1", "A")
    }
    assert all(0 < each["score"] <= 1 for each in found["labels"])
    high = ask(client, "/get-labels", audio_id=song, model_name="finch", min_frequency=9000)
    assert (high.status_code, "min_frequency must be between" in high.json()["error"]) == (400, True)
    plain = ask(client, "/get-labels", audio_id=song, model_name="whisperseg-base").json()
    assert (plain["model_used"], plain.get("note", "")) == ("whisperseg-base", "")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"annotated_areas": []}, 400, "No valid training data specified. Re-check the annotated areas."),
        ({"new_model_name": "a b"}, 400, "Model name cannot contain special characters"),
        ({"new_model_name": "../up"}, 400, "Model name cannot contain special characters"),
        ({"new_model_name": ""}, 400, "Model name cannot be empty"),
        ({"new_model_name": "whisperseg-base"}, 400, "Model name already exists"),
        ({"initial_model_name": "nothing"}, 400, "initial_model_name is not available for finetuning"),
        ({"audio_id": "nothing"}, 404, "There is no audio"),
        ({"annotated_areas": [{"onset": 5, "offset": 1}]}, 400, "annotated_areas[0]"),
    ],
)
def test_training_that_cannot_be_is_refused(
    client: TestClient, song: str, changes: dict[str, Any], status: int, error: str
) -> None:
    body = {"audio_id": song, "annotated_areas": AREAS, "human_labels": HUMAN, "new_model_name": "new"}
    answer = client.post("/finetune-whisperseg", json={**body, "initial_model_name": "energy-detector", **changes})
    assert answer.status_code == status
    assert answer.json()["error"].startswith(error)


def test_labels_are_cut_at_the_areas_borders() -> None:
    area = segmentation.cut_area(
        {"onset": 1, "offset": 99}, [{"onset": 0.5, "offset": 1.5}, {"onset": 7, "offset": 8}], 5
    )
    unknown = join_cluster("Unknown", "Unknown", "Unknown")
    assert area == Area(onset=1.0, offset=5.0, calls=((1.0, 1.5, unknown),))
    empty = segmentation.cut_area({"onset": 2, "offset": 3}, [], 5)
    assert empty.calls == ()


def test_a_training_that_fails_is_seen(client: TestClient, song: str, workspace: Workspace) -> None:
    body = {"audio_id": song, "annotated_areas": AREAS, "human_labels": HUMAN, "new_model_name": "lost"}
    client.post("/finetune-whisperseg", json=body)
    (key,) = workspace.files.list("uploads")
    Path(str(workspace.files.url(key))).unlink()
    with working_here(workspace):
        wait_until_ended(workspace, queue.list_jobs(workspace)[0].id)
    (failed,) = client.post("/list-models-training-in-progress").json()["response"]
    assert (failed["model_name"], failed["status"]) == ("lost", "failed")
    assert failed["note"]
    asked = ask(client, "/get-labels", audio_id=song, model_name="lost")
    assert (asked.status_code, failed["note"] in asked.json()["error"]) == (409, True)


def test_a_real_finch_in_the_loop(client: TestClient, workspace: Workspace) -> None:
    """Half of a song is annotated, syllable by syllable; what was learnt names the syllables of the rest."""
    folder = SHARED_DATA / "bengalese_bird0"
    if not folder.exists():
        pytest.skip("needs the recordings in shared/data/bengalese_bird0")
    uploaded = send(client, (folder / "0.wav").read_bytes(), "0.wav").json()
    assert uploaded["configurations"]["n_fft"] == 512
    (channel,) = uploaded["channels"]
    with (folder / "annotations.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["filename"] == "0.wav"]
    truth = [
        {
            "onset": float(row["onset"]),
            "offset": float(row["offset"]),
            "species": "finch",
            "individual": "bird0",
            "clustername": row["clustername"],
        }
        for row in rows
    ]
    half = channel["audio_duration"] / 2
    areas = [{"onset": 0, "offset": half}]
    sent = {"audio_id": channel["audio_id"], "annotated_areas": areas, "human_labels": truth}
    names = {"new_model_name": "bird0", "initial_model_name": "whisperseg-base"}
    assert ask(client, "/finetune-whisperseg", **sent, **names).status_code == 201
    job = queue.get_job(workspace, job_id=queue.list_jobs(workspace)[0].id)
    get_runners()["finetune"](workspace, job.params, Running())
    model = versions.get_version(workspace.files, "bird0")
    assert model.kind == "tcn"
    found = ask(client, "/get-labels", **sent, model_name="bird0").json()
    human = [each for each in truth if each["onset"] < half]
    assert found["labels"][: len(human)] == human
    rest = [each for each in truth if each["onset"] >= half]
    filled = found["labels"][len(human) :]
    assert {each["clustername"] for each in filled} <= {each["clustername"] for each in human}
    assert {(each["species"], each["individual"]) for each in filled} == {("finch", "bird0")}
    hits = [
        each
        for each in rest
        if any(
            abs(each["onset"] - other["onset"]) < 0.02 and each["clustername"] == other["clustername"]
            for other in filled
        )
    ]
    assert len(hits) >= 0.5 * len(rest), (len(hits), len(rest), len(filled))
