import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import review, rounds, share_links
from podcast_core.services.verifying import samples
from podcast_core.services.verifying.samples import AnswerDraw
from podcast_core.workspace import Workspace
from tests.building import list_sessions, submit
from tests.pages.conftest import FRAME, OpenPage, SubmitAnswer
from tests.services.runs import add_round, do_run, list_drawn, write_calls


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.main.get("page_link")]


def test_without_a_round_the_page_leads_to_the_rounds(open_page: OpenPage) -> None:
    app = open_page("progress.py")
    assert [info.value for info in app.info] == ["There are no rounds yet."]
    assert links(app) == ["Add a round"]
    assert not app.dataframe


def test_a_round_without_sessions_says_how_to_add_some(open_page: OpenPage, workspace: Workspace) -> None:
    rounds.add_round(workspace, name="bay", labels=["call"])
    app = open_page("progress.py", round="bay")
    assert "no sessions yet" in app.info[0].value
    assert app.code[0].value == "python -m podcast_core ingest PATH... --round bay"


def test_an_untouched_round_leads_to_labelling(open_page: OpenPage, round_of_ten: Round) -> None:
    app = open_page("progress.py", round=round_of_ten.id)
    assert metrics(app)["Sessions answered"] == "0 of 10"
    assert "Nothing is labelled yet" in app.info[0].value
    assert links(app) == ["Start labelling"]
    assert len(app.get("plotly_chart")) == 1


def test_a_round_at_work_shows_numbers_and_figures(
    open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round
) -> None:
    submit_answer("ten_0000")
    submit_answer("ten_0001", annotator="Bob", outcome=Outcome.EMPTY)
    submit_answer("ten_0002", outcome=Outcome.SKIPPED)
    app = open_page("progress.py", round=round_of_ten.id)
    assert metrics(app) == {
        "Sessions answered": "2 of 10",
        "Audio labelled": "2 s",
        "Annotations": "1",
        "Model precision": "–",
    }
    assert not app.info
    assert len(app.get("plotly_chart")) == 6
    assert len(app.get("download_button")) == 1


def test_work_and_what_was_not_reviewed_are_shown_for_the_round_and_not_by_person(
    open_page: OpenPage, workspace: Workspace, round_of_ten: Round
) -> None:
    box = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
    work = {"unreviewed_prediction_ids": ("p-1",), "active_s": 21.5, "action_count": 3}
    submit(workspace, "ten", "ten_0001", box, outcome=Outcome.VERIFIED, **work)
    app = open_page("progress.py", round=round_of_ten.id)
    assert metrics(app) == {
        "Sessions answered": "1 of 10",
        "Audio labelled": "0 s",
        "Annotations": "1",
        "Model precision": "100%",
        "Time per session": "21.5 s",
        "Time per box": "21.5 s",
        "Edits per session": "3.0",
        "Edits per box": "3.0",
    }
    judged = app.dataframe[0].value
    assert list(judged["Not reviewed"]) == [0, 1]
    assert not any("Ann" in str(caption.value) for caption in app.caption)


def test_all_rounds_stand_in_one_table(open_page: OpenPage, workspace: Workspace, round_of_ten: Round) -> None:
    rounds.add_round(workspace, name="bay", labels=["call"])
    app = open_page("progress.py", round=round_of_ten.id)
    app.segmented_control(key="whose").set_value("All rounds").run()
    table = app.dataframe[-1].value
    assert sorted(table["Round"]) == ["bay", "ten"]
    assert dict(zip(table["Round"], table["Unreviewed"], strict=True)) == {"bay": 0, "ten": 10}


def test_estimates_need_a_run_and_answers_to_what_was_drawn(
    open_page: OpenPage, workspace: Workspace, tmp_path: Path
) -> None:
    calls = tuple((2.0 * number + 0.5, 2.0 * number + 0.7) for number in range(0, 50, 2))
    round_id = add_round(workspace, write_calls(tmp_path / "a.wav", calls, 100.0))
    first = list_sessions(workspace, round_id)[0].id
    submit(workspace, round_id, first, AnswerBox(0.5, 0.7, "call"), submission_id="s")
    assert "Run a model" in links(open_page("progress.py", round=round_id))
    do_run(workspace, round_ids=[round_id])
    app = open_page("progress.py", round=round_id)
    assert "Not enough answers yet" in app.info[0].value
    for session_id in list_drawn(workspace, round_id=round_id):
        submit(workspace, round_id, session_id, submission_id=f"s-{session_id}")
    app = open_page("progress.py", round=round_id)
    assert (metrics(app)["Sessions with calls"], metrics(app)["Calls per hour"]) == ("0%", "0.0")
    quality = app.dataframe[-1].value
    assert list(quality["Recall"]) == ["–", "–", "–"]
    assert quality["Precision"].iloc[1].startswith("0% (0%–")


def test_each_section_draws_its_figures_only_and_says_what_is_missing(
    workspace: Workspace, open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round
) -> None:
    app = open_page("progress.py", round=round_of_ten.id)
    missing = {
        "Forecast": "",
        "Work": "Nothing is answered here yet",
        "Activity": "No recording here has a known start",
        "Coverage": "No recording here has a known start",
        "Labels": "There are no annotations here yet",
        "Speed": "No answer here tells how long it took",
        "Quality": "No answer here was reviewed yet",
        "Models": "No model was measured on these sessions yet",
    }
    assert app.segmented_control(key="figures").options == ["Overview", *missing]
    for section, said in missing.items():
        app.segmented_control(key="figures").set_value(section).run()
        assert not app.exception
        assert said in (app.info[0].value if app.info else "")
        assert len(app.get("plotly_chart")) == (1 if section == "Forecast" else 0)
    submit_answer("ten_0000")
    submit_answer("ten_0001", annotator="Bob", outcome=Outcome.EMPTY)
    drawn = {"Forecast": 1, "Work": 1, "Labels": 2, "Speed": 0, "Coverage": 0, "Quality": 0, "Models": 0}
    for section, count in drawn.items():
        app.segmented_control(key="figures").set_value(section).run()
        assert len(app.get("plotly_chart")) == len(app.get("download_button")) == count, section
    audit = samples.draw_answers(workspace, AnswerDraw("ten", count=2))
    review.review_submission(
        workspace,
        review_id="audited",
        submission_id=audit.strata[0].ids[0],
        reviewer="Rita",
        verdict=Verdict.ACCEPT,
    )
    app.segmented_control(key="figures").set_value("Quality").run()
    assert not app.exception
    assert any(each.startswith("Audit of ") and each.endswith(": 0 of 1 wrong") for each in links(app))
    app.segmented_control(key="figures").set_value("Work").run()
    app.multiselect(key="progress-annotators").set_value(["Bob"]).run()
    app.segmented_control(key="work-by").set_value("annotator").run()
    assert "Only: Bob." in [each.value for each in app.caption]
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [each["y"] for each in figure["data"]] == [["Bob"]]
    app.segmented_control(key="whose").set_value("All rounds").run()
    assert not app.exception
    place = SiteCoordinates("Bush Point", 48.0, -122.6, elevation_m=-8.0)
    rounds.change_round(workspace, replace(round_of_ten, sites=(place,)))
    app.segmented_control(key="whose").set_value("This round").run()
    app.segmented_control(key="figures").set_value("Coverage").run()
    (site_map,) = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert (site_map["text"], site_map["customdata"][0][1]) == (["Bush Point"], "<br>8 m deep")


def test_the_page_of_a_link_leads_nowhere_and_names_nobody(
    open_page: OpenPage,
    workspace: Workspace,
    submit_answer: SubmitAnswer,
    round_of_ten: Round,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pages.shared.state.open_once", lambda: workspace)
    submit_answer("ten_0000", annotator="Zoë")
    rounds.change_round(workspace, replace(round_of_ten, sites=(SiteCoordinates("Eyrie", 48.0, -122.6),)))
    link, secret = share_links.add_link(workspace, round_id="ten", note="Ada")
    app = open_page("progress.py", round=round_of_ten.id)
    next(each for each in app.button if each.label == "Share").click().run()
    assert any(each.value.startswith("**Ada** · valid · until") for each in app.markdown)
    shown = AppTest.from_file(str(FRAME), default_timeout=30)
    shown.query_params["share"] = secret
    shown.run()
    assert shown.title[0].value == "ten"
    for section in shown.segmented_control(key="figures").options:
        shown.segmented_control(key="figures").set_value(section).run()
        assert not [*shown.exception, *shown.error, *links(shown), *shown.sidebar.selectbox]
        told = str([shown.main, *(each.proto for each in shown.get("plotly_chart"))])
        assert "Zoë" not in told
        assert "Eyrie" not in told  # places may be secret
    share_links.revoke_link(workspace, link_id=link.id)
    shown.run()
    assert "was revoked" in shown.warning[0].value
