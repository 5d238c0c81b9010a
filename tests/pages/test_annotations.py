from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.workspace import Workspace
from tests.building import latest_answers, submit
from tests.pages.conftest import OpenPage


def test_annotations_are_searched_given_another_label_and_that_is_undone(
    open_page: OpenPage, workspace: Workspace, round_of_ten: Round
) -> None:
    app = open_page("annotations.py", round=round_of_ten.id)
    assert "No annotation matches" in app.info[0].value
    submit(workspace, "ten", "ten_0000", AnswerBox(0.1, 0.3, "call"), AnswerBox(0.5, 0.6, "whistle"))
    submit(workspace, "ten", "ten_0001", AnswerBox(0.1, 0.3, "call"))
    app.selectbox(key="annotations_label").set_value("call")
    app.selectbox(key="annotations_relation").set_value("in_session")
    app.selectbox(key="annotations_other").set_value("whistle")
    app.toggle(key="annotations_not").set_value(True)
    next(each for each in app.button if each.label == "Add").click().run()
    assert app.text_input(key="where").value == 'label == "call" and not in_session("whistle")'
    assert list(app.dataframe[0].value["Session"]) == ["ten_0001"]
    assert app.dataframe[0].value["Picture"][0].startswith("data:image/jpeg;base64,")
    app.selectbox(key="annotations_to").set_value("whistle")
    app.toggle(key="annotations_preview").set_value(True).run()
    next(each for each in app.button if each.label == "Make them whistle").click().run()
    assert [box.label for box in latest_answers(workspace, "ten")["ten_0001"].annotations] == ["whistle"]
    next(each for each in app.button if each.label == "Undo").click().run()
    assert [box.label for box in latest_answers(workspace, "ten")["ten_0001"].annotations] == ["call"]
    app.text_input(key="where").set_value("loud > 3").run()
    assert "There is no 'loud'" in app.error[0].value
    assert not app.exception
