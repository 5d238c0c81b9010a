import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import working_out
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.submission import Outcome
from podcast_core.domain.times import utc_now
from podcast_core.ml.registry.versions import add_version, list_models
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.learning import training, training_run
from podcast_core.services.learning.pieces import read_rounds
from podcast_core.services.models import catalogue, promotions
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.pages.conftest import OpenPage
from tests.services.trainings import answer, ask, label_in_bulk, make_pond
from tests.working import wait_until_ended, working_here

PAGE = "train.py"


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.info, *app.warning, *app.success, *app.caption, *app.markdown))


def titles(app: AppTest) -> list[str]:
    """The titles of all figures on the page."""
    return [json.loads(each.proto.spec)["layout"]["title"]["text"] for each in app.get("plotly_chart")]


def spy(calls: list[object], does: Callable[..., Any]) -> Callable[..., Any]:
    """Note how often a function is called."""

    def call(*args: Any, **named: Any) -> Any:
        calls.append(named)
        return does(*args, **named)

    return call


@pytest.fixture
def pond(workspace: Workspace, tmp_path: Path) -> Workspace:
    make_pond(workspace, tmp_path, count=4)
    return workspace


@pytest.fixture
def frogs(pond: Workspace) -> Workspace:
    """Two versions of a model."""
    for seed in range(2):
        params = training.prepare(pond, request=ask(seed=seed, test_share=0.4))
        training_run.run(pond, params, InProcessJob())
    return pond


def test_what_was_labelled_in_bulk_is_learnt_from_when_that_is_chosen(
    pond: Workspace, open_page: OpenPage, tmp_path: Path
) -> None:
    labelled = label_in_bulk(pond, tmp_path)
    app = open_page(PAGE, round="new")
    assert "labelled in bulk" in "\n".join(str(each.value) for each in (*app.warning, *app.error))
    answer(pond, labelled[0], AnswerBox(1.0, 1.2, "low"), round_id="new", who="Eve")
    chosen = app.selectbox(key="train_bulk")
    chosen.set_value(chosen.options[1]).run()
    assert [each.value for each in app.metric] == ["3 sessions", "1 session"]
    assert "only the stretches that were labelled in bulk are learnt from" in texts(app)


def test_a_model_is_trained_and_its_figures_are_shown(pond: Workspace, open_page: OpenPage) -> None:
    app = open_page(PAGE, round="pond")
    assert app.multiselect(key="train_rounds").value == ["pond"]
    assert [each.value for each in app.metric] == ["6 sessions", "2 sessions"]
    app.text_input(key="train_name").set_value("Frogs!").run()
    assert "small letters" in app.warning[0].value
    app.text_input(key="train_name").set_value("frogs").run()
    app.selectbox(key="train_kind").set_value("energy").run()
    next(each for each in app.button if each.label == "Start training").click().run()
    assert not app.exception
    with working_here(pond):
        wait_until_ended(pond, app.session_state["train_job"])
    app.run()
    next(each for each in app.button if each.label == "See how good frogs/1 is").click().run()
    assert not app.exception
    assert app.segmented_control(key="train_view").value == "Models"
    assert "Measured on 2 sessions" in texts(app)
    shown = titles(app)
    assert "F1 by tolerance at both ends" in shown
    assert any(each.startswith("Confusions") for each in shown)
    assert any(each.startswith("Reliability") for each in shown)
    assert len([each for each in app.get("download_button") if each.proto.label == "Numbers (CSV)"]) == len(shown)


def test_a_version_is_promoted_and_two_are_compared(frogs: Workspace, open_page: OpenPage) -> None:
    app = open_page(PAGE, round="pond")
    app.segmented_control(key="train_view").set_value("Models").run()
    assert app.dataframe[0].value["In use"].tolist() == [True, True, False]
    assert app.selectbox(key="train_version").options == ["energy-detector/0, in use", "frogs/2, in use", "frogs/1"]
    app.selectbox(key="train_version").set_value("frogs/1").run()
    next(each for each in app.button if each.label == "Promote").click().run()
    assert promotions.list_in_use(frogs)["frogs"] == 1
    assert next(each for each in app.button if each.label == "Promote").disabled
    app.segmented_control(key="train_view").set_value("Compare").run()
    assert "Nothing has been measured yet" in texts(app)
    app.multiselect(key="compare_versions").set_value(["frogs/1", "energy-detector/0"]).run()
    next(each for each in app.button if each.label == "Measure").click().run()
    with working_here(frogs):
        wait_until_ended(frogs, app.session_state["compare_job"])
    app.run()
    assert not app.exception
    table = app.dataframe[0].value.set_index("Figure")
    assert list(table.columns) == ["frogs/1", "energy-detector/0", "What it is"]
    assert "per hour of audio" in table["What it is"]["false alarms/h"]
    assert not table.isna().any().any()
    assert app.selectbox(key="compare_one").options == ["frogs/1", "energy-detector/0"]
    assert "Precision and recall of call" in titles(app) or "Precision and recall of high" in titles(app)


def test_a_version_is_archived_and_brought_back(pond: Workspace, open_page: OpenPage) -> None:
    for _ in range(2):
        add_version(pond.files, ModelVersion("net", 1, "tcn", ("low",), utc_now()), b"weights")
    app = open_page(PAGE, round="pond")
    app.segmented_control(key="train_view").set_value("Models").run()
    assert next(each for each in app.button if each.label == "Archive net/2").disabled  # it is in use
    app.selectbox(key="train_version").set_value("net/1").run()
    next(each for each in app.button if each.label == "Archive net/1").click().run()
    assert app.dataframe[0].value["Version"].tolist() == ["energy-detector/0", "net/2"]
    app.toggle(key="train_archived").set_value(True).run()
    app.button(key="restore_net_1").click().run()
    assert app.dataframe[0].value["Version"].tolist() == ["energy-detector/0", "net/2", "net/1"]
    assert not app.exception


def test_a_model_comes_from_a_file(frogs: Workspace, open_page: OpenPage) -> None:
    data = catalogue.export_file(frogs, name="frogs", version=1)
    app = open_page(PAGE, round="pond")
    app.segmented_control(key="train_view").set_value("Models").run()
    app.file_uploader(key="train_import_file").set_value(("frogs-1.zip", data, "application/zip")).run()
    app.text_input(key="train_import_name").set_value("guests").run()
    next(each for each in app.button if each.label == "Add").click().run()
    assert not app.exception
    assert "guests/1" in [each.id for each in list_models(frogs.files)]


def test_labels_are_merged_and_nothing_answered_is_explained(
    workspace: Workspace, tmp_path: Path, open_page: OpenPage
) -> None:
    assert "no round to learn from yet" in texts(open_page(PAGE))
    make_pond(workspace, tmp_path, count=1)
    app = open_page(PAGE, round="pond")
    assert app.expander[0].label in ("Labels: low, high", "Labels: high, low")
    assert "only one recording" in texts(app)
    app.multiselect(key="train_rounds").set_value([]).run()
    assert "Choose at least one round" in texts(app)


def test_what_more_labels_are_worth(open_page: OpenPage, workspace: Workspace, tmp_path: Path) -> None:
    make_pond(workspace, tmp_path, count=2)
    app = open_page("train.py", round="pond")
    app.segmented_control[0].set_value("More labels?").run()
    assert "what more labels are worth" in app.info[0].value
    app.number_input(key="growth_budget").set_value(20.0)
    next(each for each in app.button if each.label == "Measure").click().run()
    assert not app.exception
    (plan,) = workspace.files.list("curves/pond")
    assert json.loads(workspace.files.read(plan))["budget_s"] == 20
    assert any("Measure what more labels are worth" in each.value for each in app.markdown)
    points = [
        {"sessions": size, "seed": seed, "f1": 0.9 - 0.6 / size + 0.01 * seed}
        for size in (2, 4, 8, 16)
        for seed in (0, 1)
    ]
    curve = {"test_sessions": 4, "points": points, "made_at": "2026-11-25T09:00:00+00:00"}
    workspace.files.add(plan.replace("plan", "curve"), json.dumps(curve).encode())
    app.run()
    assert "All sessions of the round are labelled." in app.markdown[0].value
    assert len(app.get("plotly_chart")) == 1
    assert any("8 trainings of 20 s each" in each.value for each in app.caption)


def test_what_a_large_training_would_learn_from_is_read_when_somebody_asks(
    frogs: Workspace, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_out, "QUICK", 1)
    app = open_page(PAGE, round="pond")
    pieces, _ = read_rounds(frogs, ["pond"])
    counted = Counter(box.label for piece in pieces for box in piece.answer.annotations)
    assert training.count_labels(frogs, round_ids=["pond"]) == counted
    assert not app.metric
    assert any(each.label == "Start training" for each in app.button)
    worked_out: list[object] = []
    monkeypatch.setattr(training, "preview", spy(worked_out, training.preview))
    app.button(key="train_planned_button").click().run()
    assert app.metric
    app.text_input(key="train_name").set_value("toads").run()
    app.run()
    assert (len(app.metric), len(worked_out)) == (2, 1)  # kept while only the name is another one
    assert "Labels have changed" not in texts(app)
    submit(frogs, "pond", pieces[0].session.id, outcome=Outcome.EMPTY)
    app.run()
    assert (len(app.metric), len(worked_out), "Labels have changed" in texts(app)) == (2, 1, True)
    app.button(key="train_planned_button").click().run()
    assert (len(app.metric), len(worked_out), "Labels have changed" in texts(app)) == (2, 2, False)
    app.slider(key="train_share").set_value(40).run()
    assert (len(app.metric), len(worked_out)) == (0, 2)
    app.segmented_control(key="train_view").set_value("Compare").run()
    app.multiselect(key="compare_versions").set_value(["frogs/1", "energy-detector/0"]).run()
    assert "left out" not in texts(app)
    app.button(key="compare_planned_button").click().run()
    assert " min)" in texts(app)
