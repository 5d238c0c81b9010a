"""Call density by HTTP: only what was drawn counts, it is kept, and it comes back."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from podcast_core.domain.draw import Heard
from podcast_core.domain.times import utc_now
from podcast_core.services.explore import agile, density, search
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import clips
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.services.exploring import add_windows


@pytest.fixture
def windows(workspace: Workspace, tmp_path: Path) -> str:
    """A collection of 240 windows."""
    return add_windows(workspace, tmp_path, window_s=0.025)


def is_up(workspace: Workspace, collection_id: str) -> np.ndarray:
    """Say which clips lie on the upper side of a plane: those with the call."""
    found: np.ndarray = search.get_space(workspace, collection_id=collection_id).directions[:, 0] > 0
    return found


def call(workspace: Workspace, collection_id: str, numbers: list[int]) -> None:
    truth = is_up(workspace, collection_id)
    with workspace.database.writing() as connection:
        names = {number: "up" if truth[number] else "down" for number in numbers}
        clips.set_labels(connection, collection_id, names)


def test_clips_of_each_bin_are_drawn_and_what_is_heard_in_them_holds_the_truth(
    client: TestClient, workspace: Workspace, windows: str
) -> None:
    """Row 45."""
    call(workspace, windows, list(range(60)))
    at = f"/api/v1/collections/{windows}/classifiers/"
    at += client.post(at[:-1], json={}).json()["id"] + "/density"
    truth = is_up(workspace, windows)
    first = client.post(at, json={"label": "up", "per_bin": 10}).json()
    assert (first["heard"], len(first["to_hear"]), first["has_enough"]) == (0, 40, False)

    # What somebody labels now because it is likely changes nothing of it: it was not asked for.
    call(workspace, windows, np.flatnonzero(truth).tolist())
    again = client.post(at, json={"label": "up", "per_bin": 10}).json()
    assert again == first

    heard = {str(number): "yes" if truth[number] else "no" for number in first["to_hear"]}
    odd = heard | {str(first["to_hear"][0]): "unsure"}
    one_more = client.post(at, json={"label": "up", "per_bin": 10, "heard": odd, "annotator": "Ann"}).json()
    assert (one_more["heard"], len(one_more["to_hear"]), one_more["has_enough"]) == (39, 1, False)
    assert one_more["verdicts"][str(first["to_hear"][0])] == "unsure"
    found = client.post(at, json={"label": "up", "per_bin": 10, "heard": heard}).json()
    assert (found["heard"], found["to_hear"], found["has_enough"]) == (40, [], True)
    assert found["low"] < found["share"] < found["high"]
    assert len(client.post(at, json={"label": "up", "per_bin": 12}).json()["to_hear"]) == 8  # two more of each
    back = client.post(at, json={"label": "up", "per_bin": 10, "heard": {str(first["to_hear"][0]): ""}}).json()
    assert back["to_hear"] == first["to_hear"][:1]
    rest = {str(number): bool(truth[number]) for number in range(240)}
    whole = client.post(at, json={"label": "up", "per_bin": 200, "heard": rest}).json()
    assert whole["low"] == whole["high"] == whole["share"] == pytest.approx(truth.mean())
    assert whole["auc"] > 0.9
    (listed,) = client.get(f"/api/v1/collections/{windows}/densities").json()["items"]
    assert (listed["label"], listed["draw_id"]) == ("up", found["draw_id"])

    # It is in the store as people's answers are.
    rows = dump(workspace)
    assert not doctor.examine(workspace, contents=True).findings
    assert rebuild(workspace, replace=True).problems == ()
    assert [dump(workspace)[name] for name in ("draws", "draw_answers")] == [rows["draws"], rows["draw_answers"]]
    (workspace.settings.data_dir / "store" / "explore" / windows / "draws" / f"{found['draw_id']}.json").unlink()
    titles = [each.title for each in doctor.examine(workspace, repair=True).findings]
    assert len(titles) == 1
    assert not doctor.examine(workspace, contents=True).findings


def test_what_was_not_drawn_or_is_not_known_is_refused(client: TestClient, workspace: Workspace, windows: str) -> None:
    call(workspace, windows, list(range(60)))
    at = f"/api/v1/collections/{windows}/classifiers/"
    at += client.post(at[:-1], json={}).json()["id"] + "/density"
    with workspace.database.writing() as connection:
        connection.exec_driver_sql("UPDATE clips SET evicted = TRUE WHERE number = 7")
    for body in (
        {"label": "whale"},
        {"label": "up", "heard": {"7": "yes"}},
        {"label": "up", "heard": {"999": "yes"}},
        {"label": "up", "heard": {"8": "perhaps"}},
        {"label": "up", "per_bin": 0},
        {"label": "up", "per_bin": 201},
    ):
        assert client.post(at, json=body).status_code in (400, 422), body
    assert client.post(at.replace("/density", "x/density"), json={"label": "up"}).status_code == 404
    assert client.get("/api/v1/collections/nothing/densities").status_code == 404


def test_the_verdict_that_came_last_counts_though_the_clock_was_set_back(
    workspace: Workspace, windows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(workspace, windows, list(range(60)))
    made = agile.train_classifier(workspace, collection_id=windows).id

    def hear(said: Heard) -> Mapping[int, Heard]:
        asked: dict[str, Any] = {"collection_id": windows, "classifier_id": made, "label": "up"}
        number = density.estimate(workspace, **asked).density.to_hear[0] if not heard else heard[0]
        heard.append(number)
        return density.estimate(workspace, **asked, heard={number: said}).heard

    heard: list[int] = []
    assert set(hear(Heard.YES).values()) == {Heard.YES}
    earlier = utc_now() - timedelta(hours=1)
    monkeypatch.setattr(density, "utc_now", lambda: earlier)
    assert set(hear(Heard.NO).values()) == {Heard.NO}
    assert hear(Heard.TAKEN_BACK) == {}
    rows = dump(workspace)
    assert rebuild(workspace, replace=True).problems == ()
    assert dump(workspace)["draw_answers"] == rows["draw_answers"]
