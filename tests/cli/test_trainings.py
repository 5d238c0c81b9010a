from pathlib import Path

import pytest
from typer.testing import CliRunner

from podcast_core.cli import app
from podcast_core.services.learning import training
from podcast_core.services.models import promotions
from podcast_core.workspace import Workspace
from tests.conftest import environment_of
from tests.services.trainings import make_pond

POND = ("--round", "pond", "--kind", "energy")


@pytest.fixture
def pond(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    make_pond(workspace, tmp_path, count=3)
    for name, value in environment_of(workspace.settings).items():
        monkeypatch.setenv(name, value)
    return workspace


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_train_evaluate_and_promote(pond: Workspace) -> None:
    assert "train: 4 sessions" in run("train", "frogs", *POND, "--dry-run")
    output = run("train", "frogs", *POND, "--label", "high=croak", "--label", "low=croak", "--promote")
    assert "frogs/1 is ready, learned from 8 calls in 4 sessions." in output
    assert "energy baseline" in output
    assert "frogs/1 is now in use" in output
    run("train", "frogs", *POND, "--hold-out-by", "session", "--seed", "3")
    assert promotions.list_in_use(pond)["frogs"] == 1
    table = run("evaluate", "frogs", "energy-detector", "--round", "pond")
    assert "2 sessions" in table
    assert "false alarms/h" in table
    job_id = run("train", "toads", *POND, "--background").splitlines()[-1]
    assert training.get_training(pond, job_id=job_id).status == "queuing"
    wrong = CliRunner().invoke(app, ["train", "toads", *POND, "--label", "high"])
    assert wrong.exit_code == 2
