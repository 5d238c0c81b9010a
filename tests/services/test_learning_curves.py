"""Learning curves against sessions labelled: trainings on parts of a round, kept for good when all are done."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.learning import learning_curves, training
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.services.trainings import ask, make_pond


class Cut(Exception):
    """The worker was killed."""


class Steps:
    """A worker that keeps steps, and may be killed after some."""

    def __init__(self, kept: dict[str, Any], most: int) -> None:
        self.kept, self.most = kept, most

    def __call__(self, done: int, total: int, name: str) -> None: ...

    def step(self, name: str, function: Callable[..., Any], *args: Any) -> Any:
        if name not in self.kept:
            if len(self.kept) == self.most:
                raise Cut
            self.kept[name] = function(*args)
        return self.kept[name]

    def log(self, line: str) -> None: ...

    def show(self, **values: Any) -> None: ...


def test_a_curve_is_there_when_all_trainings_are_done(workspace: Workspace, tmp_path: Path) -> None:
    make_pond(workspace, tmp_path, count=2)
    job_id = learning_curves.add_curve(workspace, round_id="pond", budget_s=0.1, who="Ann")
    job = learning_curves.find_job(workspace, round_id="pond")
    assert job is not None
    assert job.id == job_id
    params = json.loads(workspace.files.read(workspace.files.list("curves/pond")[0]))
    assert (params["budget_s"], params["who"]) == (0.1, "Ann")
    wanted = {"round_id": "pond", "curve_id": workspace.files.list("curves/pond")[0].split("/")[-2]}
    kept: dict[str, Any] = {}
    with pytest.raises(Cut):
        get_runners()["curve"](workspace, wanted, Steps(kept, 2))
    assert learning_curves.list_curves(workspace, round_id="pond") == []
    before = dict(kept)
    result = get_runners()["curve"](workspace, wanted, Steps(kept, 99))
    assert {name: kept[name] for name in before} == before
    assert result["trainings"] == 6
    (curve,) = learning_curves.list_curves(workspace, round_id="pond")
    assert [row["sessions"] for row in curve.rows] == [1, 2]
    assert curve.test_sessions == 2
    assert all(0 <= point["f1"] <= 1 for point in curve.points)
    outlook = learning_curves.get_outlook(workspace, curve)
    assert learning_curves.describe(replace(outlook, is_short=False)) == "All sessions of the round are labelled."
    assert learning_curves.describe(replace(outlook, is_short=True)).endswith("measure again.")
    assert "too little time" in learning_curves.describe(replace(outlook, more=5, is_short=True))
    assert "Inconclusive" in learning_curves.describe(replace(outlook, more=5, is_short=False))


def test_what_is_learnt_from_in_a_large_round_is_read_by_the_job(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pond(workspace, tmp_path, count=2)
    monkeypatch.setattr(learning_curves, "MAX_AT_ONCE", 1)
    job_id = learning_curves.add_curve(workspace, round_id="pond", budget_s=0.1, who="Ann")
    assert workspace.files.list("curves/pond") == []
    params = workspace.jobs.get_params(job_id)
    get_runners()["curve"](workspace, params, Steps({}, 99))
    (curve,) = learning_curves.list_curves(workspace, round_id="pond")
    assert (curve.budget_s, curve.who, len(curve.points)) == (0.1, "Ann", 6)


def test_models_of_the_round_stand_beside_it(workspace: Workspace, tmp_path: Path) -> None:
    make_pond(workspace, tmp_path, count=3)
    assert learning_curves.list_versions(workspace, round_id="pond") == []
    get_runners()["train"](workspace, training.prepare(workspace, request=ask()), Steps({}, 99))
    (version,) = learning_curves.list_versions(workspace, round_id="pond")
    assert (version.model, version.sessions, version.test_sessions) == ("frogs/1", 4, 2)
    assert version.f1 > 0


def test_what_cannot_be_measured_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        learning_curves.add_curve(workspace, round_id="pond")
    with pytest.raises(NotFound):
        learning_curves.list_curves(workspace, round_id="pond")
    make_pond(workspace, tmp_path, count=1)
    with pytest.raises(InvalidInput, match="budget"):
        learning_curves.add_curve(workspace, round_id="pond", budget_s=0)
