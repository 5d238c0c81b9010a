from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import streamlit as st

from pages.shared import state
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.round import Round
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.building import add_recording, latest_answers, make_recording, make_sessions, submit
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


def test_a_table_has_what_may_be_seen_by_whoever_asked_for_it(
    open_page: OpenPage, workspace: Workspace, round_of_ten: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.add_round(workspace, name="sea", labels=["call"])
    recording = make_recording("sea.wav", 10, digits="b")
    add_recording(workspace, recording, make_sessions(recording, "sea", "sea_{}"))
    for round_id, session_id, label in (("ten", "ten_0000", "whistle"), ("sea", "sea_0", "call")):
        submit(workspace, round_id, session_id, AnswerBox(0.1, 0.3, label))
    rounds.change_round(workspace, replace(round_of_ten, answers_wanted=2))
    offered: list[Callable[[], bytes]] = []
    monkeypatch.setattr(st, "download_button", lambda _label, make, *_args, **_more: offered.append(make))
    monkeypatch.setattr("pages.shared.state.visitor", lambda: Caller("Bob", "label", "token"))
    app = open_page("annotations.py", round="sea")
    app.toggle(key="annotations_everywhere").set_value(True).run()
    with ThreadPoolExecutor(1) as elsewhere:  # as Streamlit makes it, once somebody presses the button
        table = elsewhere.submit(offered[-1]).result().decode()
    assert ("sea_0" in table, "ten_0000" in table) == (True, False)


def test_where_no_page_is_drawn_services_work_for_whom_they_did() -> None:
    bob = Caller("Bob", "label", "token")
    before = access.act_as(bob)
    try:
        assert state.visitor() == bob
    finally:
        access.act_as_before(before)
