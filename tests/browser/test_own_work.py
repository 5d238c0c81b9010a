"""From an assignment to one's own work: assigned, calibrated with feedback at once, labelled, and looked back at."""

import re

from playwright.sync_api import expect

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.calibration import Calibration
from podcast_core.services.labels import assignments, calibration
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage, choose
from tests.browser.conftest import Answers, NewPage, NewRound, OpenEditor
from tests.building import list_sessions, submit
from tests.serving import Server


def test_assigned_calibrated_and_looked_back_at(
    server: Server, served: Workspace, new_round: NewRound, new_page: NewPage, open_editor: OpenEditor, answers: Answers
) -> None:
    round_ = new_round(3)
    first, known, last = (each.id for each in list_sessions(served, round_.id))
    box = AnswerBox(1.0, 2.0, round_.label_names[0], low_hz=500.0, high_hz=900.0)
    kept = submit(served, round_.id, known, box, who="Zoe")
    submit(served, round_.id, known, box, who="Rita", decides=(kept.submission.id,), base_revision=1)
    wanted = Calibration(session_ids=(known,), first=1)
    calibration.set_calibration(served, round_id=round_.id, calibration=wanted)
    who = "Ann"  # as the page calls whoever is here

    page = new_page()
    AppPage(page).open(f"{server.url}/review?round={round_.id}")
    page.get_by_role("button", name="Assign…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("spinbutton", name="How many").fill("1")
    people = dialog.get_by_role("combobox", name="People")
    choose(people, re.compile(rf"\b{who}$"), who)
    dialog.get_by_text("Assign sessions to people").click()  # closes the list of names
    dialog.get_by_role("button", name="Assign", exact=True).click()
    expect(dialog.get_by_text(f"Assigned: 1 session to {who}.")).to_be_visible()
    assert [(each.person, each.left) for each in assignments.count_people(served, round_id=round_.id)] == [(who, 1)]

    editor = open_editor(round_.id)
    assert editor.wait_ready() == known, "nobody is told which one it is"
    expect(editor.page.get_by_text("1 of 1 assigned to you")).to_be_visible()
    editor.press("Enter")
    told = editor.page.get_by_role("dialog")
    expect(told.get_by_text("1 box missed")).to_be_visible()
    expect(told.get_by_text("F1 so far, in 1 calibration session: 0.00")).to_be_visible()
    told.get_by_role("button", name="Continue").click()
    expect(told).to_be_hidden()
    assert editor.wait_ready() == first, "what was assigned comes next"
    editor.press("Enter")
    editor.wait_ready(after=first)
    given = {each.session_id: each.calibrates for each in answers(round_.id) if each.annotator == who}
    assert given == {known: True, first: False}
    assert last not in given

    work = new_page()
    AppPage(work).open(f"{server.url}/work?round={round_.id}")
    expect(work.get_by_text("F1 in 1 calibration session: 0.00")).to_be_visible()
    expect(work.get_by_role("button", name=f"My answers in {round_.name}")).to_be_visible()
    expect(work.get_by_test_id("stMain").get_by_role("link", name=round_.name)).to_be_visible()
