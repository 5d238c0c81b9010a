"""Deciding between answers in the browser: by keys, box by box, with undo, and what is stored of it."""

import re

from playwright.sync_api import Page, ViewportSize, expect

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.submission import Submission
from podcast_core.services.labels import adjudication
from podcast_core.workspace import Workspace
from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.browser.tabs import DESKTOP
from tests.building import list_sessions, submit

TELEPHONE: ViewportSize = {"width": 390, "height": 844}

Said = list[tuple[float, float, str]]


def box(start_s: float, end_s: float, label: str) -> AnswerBox:
    return AnswerBox(start_s, end_s, label, low_hz=2000.0, high_hz=4000.0)


def told(answer: Submission, start_s: float) -> Said:
    return [
        (round(each.start_s - start_s, 3), round(each.end_s - start_s, 3), each.label) for each in answer.annotations
    ]


def check_width(page: Page, size: ViewportSize) -> None:
    """Go to another window, in which nothing is wider than it."""
    page.set_viewport_size(size)
    fits = "width => innerWidth === width && document.documentElement.scrollWidth <= width"
    page.wait_for_function(fits, arg=size["width"], polling=50)


def settle_one_by_one(editor: EditorPage, label: str, other: str) -> None:
    """Kim's box at the first difference, Lee's at the second, none and then Lee's at the third; with a comment."""
    bar = editor.root.get_by_role("group", name="Answers to decide between")
    expect(bar.get_by_role("button", name="Differences: 0 of 3 decided")).to_be_visible()
    assert editor.boxes() == []
    expect(editor.root.locator(".ghost.differs")).to_have_count(5)
    editor.press("Enter")  # what is not decided is asked for once
    expect(editor.root).to_contain_text("Not decided yet: 3 differences.")
    editor.press("a", "b")
    expect(bar.get_by_role("button", name=re.compile(rf"Kim: {label}"))).to_be_visible()
    editor.press("x")
    expect(bar.get_by_role("button", name="Differences: 3 of 3 decided")).to_be_visible()
    editor.press("Control+z")
    expect(bar.get_by_role("button", name="Differences: 2 of 3 decided")).to_be_visible()
    editor.press("Tab", "Tab", "Tab", "Shift+Tab", "Tab", "b")
    expect(bar.get_by_role("button", name="Differences: 3 of 3 decided")).to_be_visible()
    assert [each.label for each in editor.boxes()] == [label, other, other]
    editor.root.get_by_role("textbox", name="Comment").fill("two calls were whistles")
    editor.press("Escape", "Enter")


def settle_as_wholes(editor: EditorPage) -> None:
    """Take one person's answer, the other's, and go back to the first by undo."""
    editor.press("1")
    assert len(editor.boxes()) == 1
    editor.press("2")
    assert editor.boxes() == []
    editor.press("Control+z")
    assert len(editor.boxes()) == 1
    editor.press("Enter")


def settle_and_draw(editor: EditorPage) -> tuple[float, float]:
    """Look at what is agreed and what all say together, take Kim's, and draw one more box; its times."""
    [merged] = editor.boxes()
    assert 1 < merged.start_s < 1.1  # between theirs
    editor.press("?")
    expect(editor.root.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("what they say together")
    editor.press("Escape", "c")
    assert len(editor.boxes()) == 2
    editor.press("m", "1")
    assert [(each.start_s, each.end_s) for each in editor.boxes()] == [(1.0, 2.0), (5.0, 6.0)]
    drawn = editor.draw(8, 9, 2000, 4000)
    editor.press("Enter")
    return round(drawn.start_s, 3), round(drawn.end_s, 3)


def test_several_sessions_are_decided_by_keys(
    served: Workspace, new_round: NewRound, open_editor: OpenEditor, answers: Answers
) -> None:
    round_ = new_round(4)
    label, other = round_.label_names[:2]
    sessions = list_sessions(served, round_.id)
    said = {  # of Kim, and of Lee
        0: ([box(1, 2, label), box(5, 6, label)], [box(1.1, 2.1, label), box(5, 6, other)]),
        1: ([box(1, 2, label), box(3, 4, label), box(6, 7, label)], [box(3, 4, other), box(6, 7, other)]),
        2: ([box(2, 3, label)], []),
        3: ([box(1, 2, label)], [box(1, 2, label)]),  # agreed
    }
    for number, both in said.items():
        for who, boxes in zip(("Kim", "Lee"), both, strict=True):
            submit(served, round_.id, sessions[number].id, *boxes, who=who)
    queue = [each.session_id for each in adjudication.get_queue(served, round_id=round_.id).sessions]
    assert queue == [sessions[number].id for number in (1, 2, 0)]  # the least agreement first
    editor = open_editor(round_.id, where="adjudicate")
    page = editor.page
    expect(page.get_by_text("Decided: 0 of 3 sessions. Left: 3.")).to_be_visible()
    page.get_by_role("button", name="Start with the first").click()
    assert editor.wait_ready() == queue[0]
    check_width(page, DESKTOP)
    check_width(page, TELEPHONE)
    settle_one_by_one(editor, label, other)
    assert editor.wait_ready(after=queue[0]) == queue[1]
    check_width(page, DESKTOP)
    settle_as_wholes(editor)
    assert editor.wait_ready(after=queue[1]) == queue[2]
    check_width(page, TELEPHONE)
    drawn = settle_and_draw(editor)
    expect(page.get_by_text("Everything is decided.")).to_be_visible()
    expect(page.get_by_text("Decided: 3 of 3 sessions. Left: 0.")).to_be_visible()
    gold = {each.session_id: each for each in answers(round_.id) if each.is_gold}
    assert [len(each.decides) for each in gold.values()] == [2, 2, 2]
    assert gold[queue[0]].comment == "two calls were whistles"
    assert [told(gold[each.id], each.start_s) for each in sessions[:3]] == [
        [(1, 2, label), (5, 6, label), (*drawn, label)],
        [(1, 2, label), (3, 4, other), (6, 7, other)],
        [(2, 3, label)],
    ]
