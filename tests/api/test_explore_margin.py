"""Two namings of clips side by side, equal to pandas; and some clips of each kind, equal to counting by hand."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from podcast_core.services.explore import agile, margin, search
from podcast_core.storage import clips
from podcast_core.workspace import Workspace
from tests.api.test_explore_maps import read_values
from tests.services.exploring import add_windows


@pytest.fixture
def at(workspace: Workspace, tmp_path: Path) -> str:
    """The address of a collection of 240 windows; number 3 is out of sight."""
    made = add_windows(workspace, tmp_path, window_s=0.025)
    with workspace.database.writing() as connection:
        connection.exec_driver_sql("UPDATE clips SET evicted = TRUE WHERE number = 3")
    return f"/api/v1/collections/{made}"


def call(workspace: Workspace, at: str, count: int) -> None:
    """Call some clips "up" or "down", by the side of a plane on which they are."""
    made = at.rpartition("/")[2]
    directions = search.get_space(workspace, collection_id=made).directions
    names = {number: "up" if directions[number, 0] > 0 else "down" for number in range(count)}
    with workspace.database.writing() as connection:
        clips.set_labels(connection, made, names)


def test_sides_are_compared_as_pandas_does(client: TestClient, workspace: Workspace, at: str) -> None:
    """Row 33: classifiers, and labels of people; counts are those of the marks."""
    made = at.rpartition("/")[2]
    call(workspace, at, 12)
    old = client.post(f"{at}/classifiers", json={}).json()["id"]
    call(workspace, at, 120)
    new = client.post(f"{at}/classifiers", json={}).json()["id"]
    with workspace.database.reading() as connection:
        given = clips.read_columns(connection, made, ["label"])["label"]
    named = {each: agile.name_clips(workspace, collection_id=made, classifier_id=each) for each in (old, new)}
    sides: dict[str, Any] = named | {"label": given}
    for one, other in ((new, old), ("label", new), (old, "label")):
        ours, theirs = (pd.Series(sides[each]).drop(3) for each in (one, other))
        found = client.get(f"{at}/margin?one={one}&other={other}").json()
        expected = pd.crosstab(ours, theirs).reindex(index=found["labels"], columns=found["labels"], fill_value=0)
        assert found["counts"] == expected.to_numpy().tolist()
        for label in ("up", ""):
            answer = client.get(f"{at}/margin/marks?one={one}&other={other}&label={label}")
            header, marks = read_values(answer.content)
            counts = Counter(np.array(header["categories"])[np.delete(marks, 3)].tolist())
            a, b = ((each == label) if label else (each != "") for each in (ours, theirs))
            same = a & b & (ours == theirs)
            assert counts["agreed"] == same.sum()
            assert (counts["gained"], counts["lost"]) == ((a & ~b).sum(), (b & ~a).sum())
            assert counts["differs"] == (a & b & ~same).sum()
            assert header["categories"][marks[3]] == ""  # out of sight
    assert client.get(f"{at}/classifiers/{new}/margin?other={old}").json() == (
        client.get(f"{at}/margin?one={new}&other={old}").json()
    )
    refused = client.get(f"{at}/margin?one={new}&other=nothing")
    assert refused.status_code == 404
    assert "label, prediction, given_label" in refused.json()["detail"]


def test_some_clips_of_each_kind(client: TestClient, workspace: Workspace, at: str) -> None:
    """Row 46: by label and by ranges of numbers, of those in sight only, drawn by the seed."""
    call(workspace, at, 120)
    with workspace.database.writing() as connection:
        connection.exec_driver_sql("UPDATE clips SET low_hz = number * 10, high_hz = 5000")
        found = clips.read_columns(connection, at.rpartition("/")[2], ["label"])["label"]
    sight = list(range(0, 200))
    body: dict[str, Any] = {"by": ["label", "low_hz"], "bins": 2, "count": 4, "numbers": sight, "seed": 5}
    items = client.post(f"{at}/strata", json=body).json()["items"]
    assert items == client.post(f"{at}/strata", json=body).json()["items"]
    assert items != client.post(f"{at}/strata", json=body | {"seed": 6}).json()["items"]
    assert {tuple(each["values"])[0] for each in items} == {"down", "up", "none"}
    rest = [number for number in sight if number != 3]
    half = np.median(np.array(rest) * 10.0)
    sizes = Counter((found[number] or "none", number * 10 >= half) for number in rest)
    assert sorted(each["clips"] for each in items) == sorted(sizes.values())
    for each in items:
        label, low = each["values"][0], float(each["values"][1].split(" to ")[0])
        assert len(each["numbers"]) == min(4, each["clips"])
        assert {found[number] or "none" for number in each["numbers"]} == {label}
        assert all((number * 10 >= half) == (low >= half) for number in each["numbers"])
        assert 3 not in each["numbers"]


def test_the_highest_scores_of_each_kind(client: TestClient, workspace: Workspace, at: str) -> None:
    """Row 46: a classifier's scores are ranges, and an order, too."""
    made = at.rpartition("/")[2]
    call(workspace, at, 120)
    learnt = client.post(f"{at}/classifiers", json={}).json()["id"]
    scores = agile.compute_scores(workspace, collection_id=made, classifier_id=learnt, labels=["up"])[:, 0]
    body: dict[str, Any] = {"by": ["label"], "count": 3, "order": "highest", "classifier_id": learnt, "label": "up"}
    for each in client.post(f"{at}/strata", json=body).json()["items"]:
        least = min(scores[each["numbers"]])
        assert len(each["numbers"]) == 3
        assert sorted(each["numbers"], key=lambda number: -scores[number]) == each["numbers"]
        assert least > 0.5 or each["values"] == ["down"]
    bins = client.post(f"{at}/strata", json=body | {"by": ["score"], "bins": 4, "order": "random"}).json()["items"]
    assert [each["values"] for each in bins][-1] != ["none"]
    assert sum(each["clips"] for each in bins) == 239
    refused: list[dict[str, Any]] = [
        {"by": []},
        {"by": ["label", "label"]},
        {"by": ["whale"]},
        {"numbers": [240]},
        {"count": 0},
    ]
    for odd in refused:
        assert client.post(f"{at}/strata", json=body | odd).status_code in (400, 404, 422), odd


def test_more_labels_than_anybody_could_look_at_are_refused(
    client: TestClient, workspace: Workspace, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of 65,000 labels by as many would be 34 GB."""
    with workspace.database.writing() as connection:
        clips.set_labels(connection, at.rpartition("/")[2], {number: f"label {number}" for number in range(5)})
    monkeypatch.setattr(margin, "MAX_LABELS", 5)
    assert client.get(f"{at}/margin?one=label&other=given_label").status_code == 200
    monkeypatch.setattr(margin, "MAX_LABELS", 4)
    refused = client.get(f"{at}/margin?one=label&other=given_label")
    assert (refused.status_code, "have 5 together" in refused.text) == (400, True)


def test_ids_and_limits_that_no_file_or_number_can_have(client: TestClient, workspace: Workspace, at: str) -> None:
    call(workspace, at, 12)
    for rest in ("margin?other=label", "table.csv"):
        answer = client.get(f"{at}/classifiers/{'a' * 5000}/{rest}")
        assert (answer.status_code, "There is no classifier" in answer.text) == (404, True)
    for body, count in (({"low": -1e300, "high": 1e300}, 239), ({"low": 1e300}, 0)):
        answer = client.post(f"{at}/search/clips", json={"filters": [{"column": "duration", **body}]})
        assert read_values(answer.content)[1].sum() == count
    assert client.post(f"{at}/search", json={"like": [1], "threshold": 1e308}).json()["hits"] == []
