"""Classifiers of a collection by HTTP: scores of all clips, what comes next, and how many calls there are."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from podcast_core.services.explore import search
from podcast_core.storage import clips
from podcast_core.workspace import Workspace
from tests.api.test_explore_maps import read_values
from tests.services.exploring import add_windows


@pytest.fixture
def windows(workspace: Workspace, tmp_path: Path) -> str:
    """A collection of 240 windows; what lies on one side of a plane is called "up", on the other side "down"."""
    return add_windows(workspace, tmp_path, window_s=0.025)


def name_clips(workspace: Workspace, collection_id: str, numbers: Sequence[int]) -> None:
    """Call clips what they are, as answers that count do."""
    directions = search.get_space(workspace, collection_id=collection_id).directions
    names = {int(number): "up" if directions[number, 0] > 0 else "down" for number in numbers}
    with workspace.database.writing() as connection:
        clips.set_labels(connection, collection_id, names)


def test_scores_of_all_clips_follow_from_a_few_labels(client: TestClient, workspace: Workspace, windows: str) -> None:
    """Rows 31, 42 and 44."""
    at = f"/api/v1/collections/{windows}/classifiers"
    name_clips(workspace, windows, range(60))
    learnt = client.post(at, json={}).json()
    assert (learnt["labels"], learnt["examples"]) == (["down", "up"], 60)
    assert learnt["held_out"] == []  # all of them are of one recording
    assert sum(learnt["counts"]["up"]) == 240
    _, up = read_values(client.get(f"{at}/{learnt['id']}/scores?label=up").content)
    truth = search.get_space(workspace, collection_id=windows).directions[:, 0] > 0
    assert ((up > 0.5) == truth)[60:].mean() > 0.9
    header, label = read_values(client.get(f"{at}/{learnt['id']}/labels").content)
    _, score = read_values(client.get(f"{at}/{learnt['id']}/scores").content)
    assert header["categories"] == ["down", "up", ""]
    assert np.allclose(score, np.where(label == 1, up, score))
    assert score.min() >= 0.5 - 1e-6 or (score < 0.5).sum() < 240
    table = client.get(f"{at}/{learnt['id']}/table.csv?label=up&threshold=0.7").text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [int(row["number"]) for row in rows] == np.flatnonzero(up >= 0.7).tolist()
    assert [float(row["score"]) for row in rows] == pytest.approx(up[up >= 0.7].tolist(), abs=1e-6)


def test_what_comes_next_is_not_labelled_yet_and_one_in_ten_is_random(
    client: TestClient, workspace: Workspace, windows: str
) -> None:
    """Row 43."""
    at = f"/api/v1/collections/{windows}/classifiers"
    name_clips(workspace, windows, range(60))
    learnt = client.post(at, json={"labels": ["up"]}).json()
    for strategy in ("margin", "top", "badge", "far", "quantile", "random"):
        body = {"strategy": strategy, "count": 20, "label": "up"}
        items = client.post(f"{at}/{learnt['id']}/next", json=body).json()["items"]
        assert items == client.post(f"{at}/{learnt['id']}/next", json=body).json()["items"]
        assert min(each["number"] for each in items) >= 60
        assert sum(each["strategy"] == "random" for each in items) == (20 if strategy == "random" else 2)


def test_what_cannot_be_learnt_or_is_not_there_is_refused(
    client: TestClient, workspace: Workspace, windows: str
) -> None:
    at = f"/api/v1/collections/{windows}/classifiers"
    assert client.post(at, json={}).status_code == 400
    assert client.post(at, json={"labels": ["whale"]}).status_code == 400
    assert client.get(f"{at}/nothing/scores").status_code == 404
    assert client.get(f"{at}/..%2F..%2Fspace/scores").status_code == 404
    name_clips(workspace, windows, range(20))
    learnt = client.post(at, json={}).json()["id"]
    assert client.get(f"{at}/{learnt}/scores?label=whale").status_code == 400
    assert client.post(f"{at}/{learnt}/next", json={"strategy": "magic"}).status_code == 400


def test_what_was_learnt_is_listed_with_who_and_when(client: TestClient, workspace: Workspace, windows: str) -> None:
    at = f"/api/v1/collections/{windows}/classifiers"
    name_clips(workspace, windows, range(20))
    ids = [client.post(at, json={"annotator": name}).json()["id"] for name in ("Ann", "Ben")]
    folder = workspace.settings.data_dir / "store" / "explore" / windows / "classifiers"
    (folder / "broken.json").write_bytes(b"{")
    (folder / "old.json").write_bytes(b'{"format": 1, "labels": ["up"], "embedder": "e", "thresholds": [0.5]}')
    found = client.get(at).json()["items"]
    assert [each["id"] for each in found] == [*reversed(ids), "old"]
    assert [(each["who"], each["examples"], each["labels"]) for each in found] == [
        ("Ben", 20, ["down", "up"]),
        ("Ann", 20, ["down", "up"]),
        ("", 0, ["up"]),
    ]
    assert client.get("/api/v1/collections/nothing/classifiers").status_code == 404
