"""The store is the truth about model runs, too; half a run is never ready, whatever is lost of it."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from podcast_core.domain.model import ENERGY
from podcast_core.errors import StorageUnavailable
from podcast_core.services.runs import model_runs, run_job
from podcast_core.services.runs.model_runs import RunState
from podcast_core.services.store import doctor, run_records
from podcast_core.services.store.diagnosis import Diagnosis
from podcast_core.services.store.rebuild import rebuild
from podcast_core.storage import runs, schema
from podcast_core.workspace import Workspace
from tests.beside import dump, open_beside
from tests.services.runs import add_round, do_run, finish_run, write_calls


def titles(found: Diagnosis) -> dict[str, int]:
    return {finding.title: len(finding.names) for finding in found.findings}


@pytest.fixture
def run_id(workspace: Workspace, tmp_path: Path) -> str:
    """A run over three sessions, and one over three more that cannot be read."""
    sea = add_round(workspace, write_calls(tmp_path / "a.wav"))
    gone = write_calls(tmp_path / "gone.wav", seconds=4.5)
    add_round(workspace, gone)
    gone.rename(tmp_path / "away.wav")
    return do_run(workspace, round_ids=[sea]).run.id


def part_into_single_objects(workspace: Workspace, run_id: str) -> None:
    """Write the pieces of a run as they were once: an object for each."""
    (key,) = workspace.files.list(f"runs/{run_id}/pieces")
    for each in run_records.to_pieces(key, workspace.files.read(key)):
        workspace.files.add(*run_records.make_object(each))
    (workspace.settings.data_dir / "store" / key).unlink()


def test_pieces_of_a_run_are_one_object(workspace: Workspace, run_id: str) -> None:
    assert workspace.files.list(f"runs/{run_id}/pieces") == [f"runs/{run_id}/pieces/000000-000002.json"]
    (workspace.settings.data_dir / "store" / f"runs/{run_id}/pieces/000000-000002.json").unlink()
    assert titles(doctor.examine(workspace, repair=True))["piece of a model run without an object"] == 3
    assert workspace.files.list(f"runs/{run_id}/pieces") == [f"runs/{run_id}/pieces/000000-000002.json"]
    assert set(titles(doctor.examine(workspace, contents=True))) == {"recording is missing"}


def test_single_objects_of_pieces_are_read_for_ever(workspace: Workspace, run_id: str) -> None:
    rows = dump(workspace)
    part_into_single_objects(workspace, run_id)
    assert len(workspace.files.list(f"runs/{run_id}/pieces")) == 3
    assert set(titles(doctor.examine(workspace, contents=True))) == {"recording is missing"}
    assert not rebuild(workspace, replace=True).problems
    assert dump(workspace) == rows


def test_what_a_killed_run_left_in_the_store_is_not_looked_at_again(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sea = add_round(workspace, write_calls(tmp_path / "a.wav"))
    plan = model_runs.plan_run(workspace, model=ENERGY, round_ids=[sea])
    model_runs.add_run(workspace, plan)
    run_id = plan.run.id
    with monkeypatch.context() as patch:
        patch.setattr(runs, "add_all_found", _fail)
        with pytest.raises(StorageUnavailable):
            finish_run(workspace, run_id)
    kept = workspace.files.list(f"runs/{run_id}/pieces")
    monkeypatch.setattr(run_job.Looker, "_find", _fail)
    assert finish_run(workspace, run_id).state is RunState.READY
    assert workspace.files.list(f"runs/{run_id}/pieces") == kept == [f"runs/{run_id}/pieces/000000-000002.json"]


def _fail(*_: object) -> None:
    raise StorageUnavailable("cut off")


@pytest.mark.usefixtures("run_id")
def test_rows_of_a_run_come_back_from_its_objects(workspace: Workspace) -> None:
    rows = dump(workspace)
    with workspace.database.writing() as connection:
        for table in (schema.run_boxes, schema.run_pieces, schema.model_runs):
            connection.execute(delete(table))
    wanted = {
        "model run without a row": 1,
        "piece of a model run without a row": 3,
        "end of a model run without a row": 1,
    }
    found = titles(doctor.examine(workspace, repair=True))
    assert {name: number for name, number in found.items() if "run" in name} == wanted
    assert dump(workspace) == rows


def test_objects_of_a_run_come_back_from_its_rows(workspace: Workspace, run_id: str, tmp_path: Path) -> None:
    keys = workspace.files.list(f"runs/{run_id}")
    before = {key: workspace.files.read(key) for key in keys}
    folder = workspace.settings.data_dir / "store"
    (folder / keys[0]).unlink()
    (folder / keys[1]).write_bytes(b"{")
    (tmp_path / "away.wav").rename(tmp_path / "gone.wav")
    assert doctor.examine(workspace, repair=True, contents=True).is_well
    assert {key: workspace.files.read(key) for key in keys} == before
    assert doctor.examine(workspace, contents=True).findings == []


def test_a_run_that_has_lost_a_piece_is_not_ready_and_can_be_completed(
    workspace: Workspace, run_id: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rows = dump(workspace)
    part_into_single_objects(workspace, run_id)
    key = f"runs/{run_id}/pieces/000001.json"
    (workspace.settings.data_dir / "store" / key).unlink()
    with open_beside(workspace, request, tmp_path / "new") as new:
        report = rebuild(new)
        assert [problem.name for problem in report.problems] == [f"end of model run {run_id}"]
        status = model_runs.get_status(new, run_id=run_id)
        assert (status.state, status.totals.done, status.totals.failed) == (RunState.STOPPED, 2, 0)
        assert finish_run(new, run_id).state is RunState.READY
        for name in ("model_runs", "run_boxes"):
            assert dump(new)[name] == rows[name]
