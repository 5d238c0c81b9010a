from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.ml.registry.versions import add_version
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds
from podcast_core.services.runs import model_runs
from podcast_core.services.runs.model_runs import RunState
from podcast_core.workspace import Workspace
from tests.building import list_predictions
from tests.pages.conftest import OpenPage
from tests.services.runs import add_round, do_run, write_calls

PAGE = "runs.py"


@pytest.fixture
def sea(workspace: Workspace, tmp_path: Path) -> str:
    """A round with three sessions of 2 s."""
    return add_round(workspace, write_calls(tmp_path / "a.wav"))


def read_metrics(app: AppTest) -> dict[str, str]:
    return {each.label: each.value for each in app.metric}


def read_texts(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.caption, *app.info, *app.markdown, *app.error, *app.success))


def test_without_a_round_the_page_says_where_to_begin(open_page: OpenPage) -> None:
    app = open_page(PAGE)
    assert "There are no rounds yet" in app.info[0].value
    assert not app.button


def test_a_device_is_asked_for_where_there_is_a_choice(
    open_page: OpenPage, workspace: Workspace, sea: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_version(workspace.files, ModelVersion("net", 1, "tcn", ("call",), utc_now()), b"weights")
    monkeypatch.setattr("podcast_core.services.models.devices.list_devices", lambda: ("cpu",))
    app = open_page(PAGE, round=sea)
    app.selectbox(key="run_model").set_value("net/1").run()
    assert "Device: the processor (PODCAST_DEVICE=auto)." in read_texts(app)
    assert "Device" not in [each.label for each in app.selectbox]
    monkeypatch.setattr("podcast_core.services.models.devices.list_devices", lambda: ("cpu", "cuda"))
    app.run()
    assert app.selectbox(key="run_device").value == ""
    app.selectbox(key="run_device").set_value("cpu").run()
    app.button(key="run_start").click().run()
    (status,) = model_runs.list_status(workspace)
    assert queue.get_job(workspace, job_id=model_runs.name_first_job(status.run.id)).params["device"] == "cpu"


def test_a_run_is_started_from_the_page_and_waits_for_its_worker(
    open_page: OpenPage, workspace: Workspace, sea: str
) -> None:
    app = open_page(PAGE, round=sea)
    assert "No model has been run yet" in read_texts(app)
    assert "3 sessions of 1 recording, 0.1 min of audio." in read_texts(app)
    app.multiselect(key="run_rounds").set_value([]).run()
    assert app.button(key="run_start").disabled
    assert "at least one" in app.info[0].value
    app.multiselect(key="run_rounds").set_value([sea]).run()
    app.slider(key=f"run_threshold_{ENERGY}/0").set_value(0.6).run()
    app.button(key="run_start").click().run()
    assert not app.exception
    (status,) = model_runs.list_status(workspace)
    assert (status.run.threshold, status.run.who, status.state) == (0.6, "Ann", RunState.QUEUED)
    assert queue.get_job(workspace, job_id=f"{status.run.id}.1").title == f"Run {ENERGY}/0 on sea"
    assert read_metrics(app)["Sessions processed"] == "0 of 3"
    assert "not been processed yet" in read_texts(app)
    app.button(key="run_cancel").click().run()
    assert model_runs.get_status(workspace, run_id=status.run.id).state is RunState.CANCELLED
    app.run()
    app.button(key="run_go_on").click().run()
    assert model_runs.get_status(workspace, run_id=status.run.id).state is RunState.QUEUED
    assert not app.exception


def test_the_threshold_is_moved_and_the_sessions_come_by_score(
    open_page: OpenPage, workspace: Workspace, sea: str
) -> None:
    run = do_run(workspace, round_ids=[sea], threshold=0.6).run
    app = open_page(PAGE, round=sea)
    assert read_metrics(app) == {
        "Sessions processed": "3 of 3",
        "With calls": "3",
        "Calls": "4",
        "Audio processed": "0.1 min",
    }
    assert "times real time, on cpu" in read_texts(app)
    app.slider(key=f"run_shown_{run.id}").set_value(0.99).run()
    assert read_metrics(app)["Calls"] == "0"
    app.slider(key=f"run_shown_{run.id}").set_value(0.2).run()
    assert int(read_metrics(app)["Calls"]) > 4
    first = app.selectbox(key="run_session").value
    scores = [float(each.partition(" ")[0]) for each in app.selectbox(key="run_session").options]
    assert scores == sorted(scores, reverse=True)
    assert app.button(key="run_higher").disabled
    app.button(key="run_lower").click().run()
    assert app.selectbox(key="run_session").value != first
    assert not app.exception


def test_its_calls_become_predictions_with_the_labels_of_the_round(
    open_page: OpenPage, workspace: Workspace, sea: str, tmp_path: Path
) -> None:
    other = add_round(workspace, tmp_path / "a.wav", name="other", labels=("moan", "noise"))
    run = do_run(workspace, round_ids=[sea], threshold=0.6).run
    app = open_page(PAGE, round=sea, run=run.id)
    app.button(key="run_apply").click().run()
    assert "4 predictions in 3 sessions: now in “sea”." in app.success[0].value
    app.button(key="run_apply").click().run()
    assert ": already in" in app.success[0].value
    app.selectbox(key=f"run_target_{run.id}").set_value(other).run()
    assert app.button(key="run_apply").disabled  # a label waits for a decision
    key = f"run_labels_{run.id}_{other}"
    assert "1 label is not in the list of “other”: call (4)" in app.warning[0].value
    app.button(key=f"{key}_open").click().run()
    assert app.button(key=f"{key}_use").disabled
    app.session_state[key] = {"call": "to moan"}  # the harness closes a dialog with each run
    app.run()
    assert "**Labels**: call becomes moan." in [each.value for each in app.markdown]
    assert not app.button(key="run_apply").disabled
    app.button(key="run_apply").click().run()
    assert not app.exception
    assert {each.label for each in list_predictions(workspace, other)} == {"moan"}


def test_what_went_wrong_is_told(open_page: OpenPage, workspace: Workspace, sea: str, tmp_path: Path) -> None:
    gone = write_calls(tmp_path / "gone.wav", seconds=4.5)
    add_round(workspace, gone)
    gone.unlink()
    do_run(workspace, round_ids=[sea])
    app = open_page(PAGE, round=sea)
    assert "3 sessions could not be processed" in app.warning[0].value
    app.selectbox(key="run_session").set_value(4).run()
    assert "gone.wav" in app.error[0].value
    assert not app.exception


def test_runs_without_a_round_of_their_own_can_be_read(open_page: OpenPage, workspace: Workspace, sea: str) -> None:
    recording_id = next(iter(model_runs.plan_run(workspace, model=ENERGY, round_ids=[sea]).run.recordings))
    do_run(workspace, recording_ids=[recording_id])
    rounds.add_round(workspace, name="bare", labels=["call"])
    app = open_page(PAGE, round="bare")
    assert app.selectbox(key="run_open_").options[0].startswith(f"{ENERGY}/0 on 1 recording · ")
    assert read_metrics(app)["Sessions processed"] == "3 of 3"
    assert not app.exception
