from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.pages.conftest import OpenPage


def test_without_a_second_opinion_it_says_where_one_comes_from(open_page: OpenPage, round_of_ten: Round) -> None:
    page = open_page("agreement.py", round=round_of_ten.id)
    assert "No session has been answered by two people yet" in page.info[0].value
    assert [link.proto.label for link in page.main.get("page_link")] == ["Import annotations"]


def test_figures_labels_and_the_sessions_behind_them(
    open_page: OpenPage, workspace: Workspace, round_of_ten: Round
) -> None:
    for index in range(4):
        submit(workspace, "ten", f"ten_{index:04x}", AnswerBox(0.1, 0.3, "call"), who="Ann")
        boxes = [AnswerBox(0.12, 0.3, "whistle" if index == 2 else "call")] if index else []
        outcome = Outcome.LABELLED if boxes else Outcome.EMPTY
        submit(workspace, "ten", f"ten_{index:04x}", *boxes, who="Bob", outcome=outcome)
    page = open_page("agreement.py", round=round_of_ten.id)
    assert not page.exception
    assert [(each.label, each.value) for each in page.metric] == [
        ("Sessions answered by several", "4"),
        ("Pairs of answers", "4"),
        ("Boxes that match", "57%"),
    ]
    labels, sessions = (each.value for each in page.dataframe)
    assert labels["Label"].tolist() == ["call", "whistle"]
    assert labels["Match"][0].startswith("67% (")
    assert labels["Onset (ms)"][0] == "+20 (+20 to +20)"
    assert sessions["Session"].tolist() == ["ten_0002", "ten_0000", "ten_0001", "ten_0003"]
    assert len(page.get("plotly_chart")) == 2
    page.selectbox(key="agreement-label").select("whistle").run()
    assert page.dataframe[1].value["Session"].tolist() == ["ten_0002"]
    page.selectbox(key="agreement-confused-whistle").select("no box").run()
    assert "There is no such box in these sessions." in [each.value for each in page.caption]
    page.slider(key="agreement-iou").set_value(0.9).run()
    assert page.metric[2].value == "0%"
    submit(workspace, "ten", "ten_0001", AnswerBox(0.1, 0.3, "call"), who="Cleo")
    page.run()
    assert len(page.get("plotly_chart")) == 3, "who with whom"
