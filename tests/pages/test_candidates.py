from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from pages.shared import working_out
from podcast_core.domain.prediction import Prediction
from podcast_core.services.labels import rounds
from podcast_core.storage import recordings, schema
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, list_sessions
from tests.pages.conftest import OpenPage
from tests.services.runs import do_run

PAGE = "candidates.py"


@pytest.fixture
def scored(workspace: Workspace, round_of_ten: object) -> Workspace:
    """Round ``ten`` with known times, and a model that scored eight of its sessions."""
    best = [0.95, 0.5, 0.15, 0.12, 0.05, 0.04, 0.03, 0.02]
    boxes = [
        Prediction(n + 0.2, n + 0.4, "call", score, id=f"q-{n}", session_id=f"ten_{n:04x}")
        for n, score in enumerate(best)
    ]
    add_prediction_set(workspace, "ten", *boxes, set_id="q", model="net")
    with workspace.database.writing() as connection:
        connection.execute(update(schema.recordings).values(started_at=datetime(2021, 7, 17, 2, 59, 56, tzinfo=UTC)))
    assert round_of_ten is not None
    return workspace


def read_metrics(app: AppTest) -> dict[str, tuple[str, str]]:
    return {each.label: (each.value, each.delta.partition(",")[0]) for each in app.metric}


def test_without_a_round_the_page_says_where_to_begin(open_page: OpenPage) -> None:
    assert "There are no rounds yet" in open_page(PAGE).info[0].value


def test_without_predictions_the_page_says_that_a_model_is_missing(open_page: OpenPage, workspace: Workspace) -> None:
    rounds.add_round(workspace, name="bare", labels=["call"])
    app = open_page(PAGE, round="bare")
    assert "has no predictions yet" in app.info[0].value
    assert not app.button


@pytest.mark.usefixtures("scored")
def test_the_thresholds_sort_every_session_at_once(open_page: OpenPage) -> None:
    app = open_page(PAGE, round="ten")
    app.selectbox(key="candidates_model_ten").set_value("net").run()
    assert read_metrics(app) == {
        "Candidate": ("2", "2 chosen"),
        "Negative": ("4", "1 chosen"),
        "Unreviewed": ("4", "1 chosen"),
    }
    app.slider(key="candidates_thresholds_q").set_value((0.04, 0.5)).run()
    assert [value for value, _ in read_metrics(app).values()] == ["2", "2", "6"]
    app.checkbox(key="candidates_quiet").check().run()
    assert [value for value, _ in read_metrics(app).values()] == ["2", "4", "4"]
    app.number_input(key="candidates_unreviewed").set_value(100.0).run()
    assert read_metrics(app)["Unreviewed"] == ("4", "4 chosen")
    assert not app.exception


def test_a_run_gives_the_scores_when_a_link_names_it(open_page: OpenPage, scored: Workspace) -> None:
    run = do_run(scored, round_ids=["ten"]).run
    app = open_page(PAGE, round="ten", run=run.id)
    assert app.selectbox(key="candidates_model_ten").value == f"run {run.id}"
    assert f"Run of {run.model_id}, " in app.selectbox(key="candidates_model_ten").options[-1]
    totals = read_metrics(app)
    assert sum(int(value) for value, _ in totals.values()) == 10
    assert app.slider(key=f"candidates_thresholds_{run.id}").value == (0.22, 0.45)
    assert "They start at the model's own threshold and half of it." in [each.value for each in app.caption]
    assert not [each for each in app.checkbox if each.key == "candidates_quiet"]
    app.selectbox(key="candidates_model_ten").set_value("net").run()
    assert read_metrics(app)["Candidate"] == ("2", "2 chosen")
    assert not app.exception


def test_the_chosen_sessions_go_into_a_round_once(open_page: OpenPage, scored: Workspace) -> None:
    rounds.add_round(scored, name="to label", labels=["call"])
    app = open_page(PAGE, round="ten")
    app.selectbox(key="candidates_model_ten").set_value("net").run()
    add = next(each for each in app.button if each.label == "Add 4 sessions")
    assert add.disabled
    app.selectbox(key="candidates_target_ten").set_value("to_label").run()
    for said in (
        "4 sessions added to “to label”; already there: 0.",
        "0 sessions added to “to label”; already there: 4.",
    ):
        next(each for each in app.button if each.label == "Add 4 sessions").click().run()
        assert not app.exception
        assert said in app.success[0].value
    assert len(list_sessions(scored, "to_label")) == 4


@pytest.mark.usefixtures("scored")
def test_a_large_round_is_sorted_when_somebody_asks(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working_out, "QUICK", 9)
    app = open_page(PAGE, round="ten")
    app.selectbox(key="candidates_model_ten").set_value("net").run()
    assert not app.metric
    assert "10 sessions: reading the scores" in " ".join(each.value for each in app.caption)
    app.button(key="candidates_sorted_button").click().run()
    assert read_metrics(app)["Candidate"] == ("2", "2 chosen")
    app.slider(key="candidates_thresholds_q").set_value((0.04, 0.1)).run()  # sorted anew without a question
    assert read_metrics(app)["Candidate"] == ("4", "4 chosen")
    assert not app.exception


@pytest.mark.usefixtures("scored")
def test_the_time_line_goes_from_window_to_window(open_page: OpenPage) -> None:
    app = open_page(PAGE, round="ten")
    app.selectbox(key="candidates_model_ten").set_value("net").run()
    window = app.selectbox(key="candidates_window")
    assert [each.partition(" (")[0] for each in window.options] == [
        "17 Jul 2021, 00:00 to 03:00 UTC",
        "17 Jul 2021, 03:00 to 06:00 UTC",
    ]
    before, after = (next(each for each in app.button if each.label == label) for label in ("Before", "After"))
    assert (before.disabled, after.disabled) == (True, False)
    after.click().run()
    assert app.selectbox(key="candidates_window").value == 1
    assert not app.exception


def test_recordings_without_a_time_are_shown_by_their_own(open_page: OpenPage, scored: Workspace) -> None:
    with scored.database.writing() as connection:
        (known,) = recordings.list_recordings(connection)
        connection.execute(update(schema.recordings).values(started_at=None))
    assert replace(known, started_at=None).file_name == "ten.wav"
    app = open_page(PAGE, round="ten")
    assert app.selectbox(key="candidates_window").options[0].startswith("hours 0 to 3 of ten.wav")
    assert not app.exception
