"""The kinds of jobs that have no tests of their own elsewhere, run as a worker would, without the worker."""

from collections.abc import Callable
from typing import Any

import pytest

from podcast_core.domain.round import Round
from podcast_core.services.labels import rounds
from podcast_core.worker.runners import JOBS
from podcast_core.workspace import Workspace


class Running:
    """What a worker gives to a job."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, str]] = []
        self.lines: list[str] = []
        self.shown: dict[str, Any] = {}

    def __call__(self, done: int, total: int, name: str) -> None:
        self.told.append((done, total, name))

    def step(self, _name: str, function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)

    def log(self, line: str) -> None:
        self.lines.append(line)

    def show(self, **values: Any) -> None:
        self.shown.update(values)


@pytest.mark.usefixtures("round_of_ten")
def test_candidates_are_selected_as_a_job(workspace: Workspace, round_of_ten: Round) -> None:
    params = {"round_id": "ten", "target_name": "chosen", "high": 0.5, "low": 0.1, "unreviewed": 0.2}
    result = JOBS["select"].run(workspace, params, Running())
    assert (result["round_id"], result["sessions"]) == ("chosen", 3)
    assert rounds.get_round(workspace, round_id="chosen").label_names == round_of_ten.label_names
    assert JOBS["select"].run(workspace, params, Running())["sessions"] == 0
    assert JOBS["select"].describe(params) == "Select candidates: ten to chosen"
