from podcast_core.domain.round import Round
from podcast_core.services.verifying import samples
from podcast_core.workspace import Workspace
from tests.pages.conftest import OpenPage, SubmitAnswer

PAGE = "verification_samples.py"


def test_without_predictions_or_answers_it_says_where_they_come_from(
    open_page: OpenPage, workspace: Workspace, round_of_ten: Round
) -> None:
    with workspace.database.writing() as connection:
        for table in ("predictions", "prediction_sets"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    page = open_page(PAGE, round=round_of_ten.id)
    assert "No model has predictions in this round yet" in page.info[0].value
    page = open_page(PAGE, round=round_of_ten.id, of="answers")
    assert "Nothing has been answered in this round yet" in page.info[0].value


def test_a_sample_is_drawn_judged_and_undone(open_page: OpenPage, workspace: Workspace, round_of_ten: Round) -> None:
    page = open_page(PAGE, round=round_of_ten.id)
    next(each for each in page.button if each.label == "Draw").click().run()
    (sample,) = samples.list_samples(workspace, round_id="ten")
    assert page.query_params["sample"] == sample.id
    assert [(each.label, each.value) for each in page.metric] == [
        ("Judged", "0"),
        ("Left to judge", "2"),
        ("Strata known well enough", "0 of 2"),
        ("Predictions in all", "2"),
    ]
    assert not page.error
    strata, thresholds = (each.value for each in page.dataframe)
    assert strata["Enough?"].tolist() == ["about 1 more", "about 1 more"]
    assert thresholds["Remark"][0].startswith("0 judged")
    page.button(key="sample_yes").click().run()
    page.button(key="sample_no").click().run()
    assert not page.error
    assert page.dataframe[0].value["Precision"].tolist() == ["100% (100%–100%)", "0% (0%–0%)"]
    assert [each.value for each in page.metric][:3] == ["2", "0", "2 of 2"]
    assert len(page.get("plotly_chart")) == 1
    page.button(key="sample_undo").click().run()
    assert page.metric[1].value == "1"


def test_an_audit_is_drawn_and_leads_to_review(
    open_page: OpenPage, round_of_ten: Round, submit_answer: SubmitAnswer
) -> None:
    for index in range(3):
        submit_answer(f"ten_{index:04x}")
    page = open_page(PAGE, round=round_of_ten.id, of="answers")
    next(each for each in page.button if each.label == "Draw").click().run()
    assert [(each.label, each.value) for each in page.metric] == [
        ("Judged", "0 of 3"),
        ("Wrong", "0"),
        ("Error rate", "–"),
    ]
    assert [link.proto.label for link in page.main.get("page_link")] == ["Judge them in Review"]
    assert page.dataframe[0].value["Session"].size == 3
