from pathlib import Path

import pytest
from typer.testing import CliRunner

from podcast_core.cli import app
from podcast_core.domain.model import ENERGY
from podcast_core.services.runs import model_runs
from podcast_core.services.runs.model_runs import RunState
from podcast_core.workspace import Workspace
from tests.building import list_predictions, list_sessions
from tests.conftest import environment_of
from tests.services.runs import add_round, write_calls


@pytest.fixture
def sea(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    add_round(workspace, write_calls(tmp_path / "a.wav"))
    for name, value in environment_of(workspace.settings).items():
        monkeypatch.setenv(name, value)
    return workspace


def run(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == status, done.output
    return done.output


def test_a_model_runs_here_and_its_calls_become_predictions(sea: Workspace) -> None:
    output = run("run-model", f"{ENERGY}/0", "--round", "sea", "--threshold", "0.6", "--apply")
    (status,) = model_runs.list_status(sea)
    assert f"Run {status.run.id}: 4 calls in 3 sessions (0.1 min)" in output
    assert "Round sea: 4 predictions in 3 sessions." in output
    assert status.state is RunState.READY
    assert len(list_predictions(sea, "sea")) == 4
    output = run("select", "sea", "--round", "next", "--run", status.run.id, "--high", "0.6", "--low", "0.5")
    assert "candidate: 3 sessions" in output
    assert len(list_sessions(sea, "next")) == 3


def test_a_run_is_left_to_a_worker(sea: Workspace) -> None:
    run_id = run("run-model", ENERGY, "--round", "sea", "--background").strip()
    assert model_runs.get_status(sea, run_id=run_id).state is RunState.QUEUED
    run("run-model", ENERGY, "--round", "sea", "--background", "--apply", status=2)
    run("run-model", f"{ENERGY}/new", "--round", "sea", status=2)


def test_what_cannot_be_heard_is_told(sea: Workspace, tmp_path: Path) -> None:
    gone = write_calls(tmp_path / "gone.wav", seconds=4.5)
    add_round(sea, gone)
    gone.unlink()
    assert "gone.wav" in run("run-model", ENERGY, "--round", "sea", status=1)
