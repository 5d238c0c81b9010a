"""Grid verify: a page of thumbnails of one label, judged in one action, with undo."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from podcast_core.domain.prediction import Prediction
from podcast_core.workspace import Workspace
from tests.browser.conftest import NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.browser.tabs import intercept
from tests.building import latest_answers, list_predictions, submit

LOADED_MS = 30_000

Verdicts = Callable[[str], dict[str, str]]


@pytest.fixture
def verdicts(served: Workspace) -> Verdicts:
    """What the answers that count say about each prediction that was judged: yes, no or unsure."""

    def read(round_id: str) -> dict[str, str]:
        latest = latest_answers(served, round_id)
        said: dict[str, str] = {}
        for answer in latest.values():
            said |= {
                box.prediction_id: "unsure" if box.unsure else "yes" for box in answer.annotations if box.prediction_id
            }
            said |= {prediction.id: "no" for prediction in answer.rejected}
        return said

    return read


def predicted(served: Workspace, round_id: str, label: str) -> list[Prediction]:
    """The predictions of a label, lowest score first, as the grid lists them."""
    found = [each for each in list_predictions(served, round_id) if each.label == label]
    return sorted(found, key=lambda each: each.score or 0)


def thumbs(editor: EditorPage) -> Locator:
    return editor.root.locator(".thumb")


def thumb(editor: EditorPage, prediction: Prediction) -> Locator:
    return editor.root.locator(f".thumb[data-id='{prediction.id}']")


def confirm(editor: EditorPage) -> Locator:
    return editor.root.locator("[data-do=gridConfirm]")


def expect_played(one: Locator) -> None:
    """Expect that its clip is played, or was: the playhead is out of sight after a second, and stays where it was."""
    expect(one.locator(".head")).to_have_attribute("style", re.compile("left"), timeout=LOADED_MS)


def start(editor: EditorPage, label: str, count: int) -> None:
    """Go to the grid of a label and wait until its thumbnails are painted."""
    editor.wait_ready()
    editor.press("Shift+V")
    choice = editor.root.get_by_label("Label", exact=True)
    expect(choice.locator(f"option[value={label}]")).to_be_attached(timeout=LOADED_MS)
    choice.select_option(label)
    expect(thumbs(editor)).to_have_count(count, timeout=LOADED_MS)
    expect(editor.root.locator(".thumb.waiting")).to_have_count(0, timeout=LOADED_MS)
    expect(confirm(editor)).to_have_text(f"Confirm: {count} right")


def test_click_the_wrong_ones_confirm_the_rest_and_take_it_back(
    open_editor: OpenEditor, new_round: NewRound, served: Workspace, verdicts: Verdicts
) -> None:
    round_ = new_round(3)
    whistles = predicted(served, round_.id, "whistle")
    editor = open_editor(round_.id)
    start(editor, "whistle", len(whistles))
    assert thumbs(editor).evaluate_all("nodes => nodes.map((node) => node.dataset.id)") == [
        each.id for each in whistles
    ]
    assert editor.root.locator(".problem").count() == 0
    thumb(editor, whistles[1]).hover()
    expect_played(thumb(editor, whistles[1]))
    thumb(editor, whistles[0]).click()
    thumb(editor, whistles[1]).click(modifiers=["Shift"])
    thumb(editor, whistles[2]).click()
    thumb(editor, whistles[2]).click()
    right = len(whistles) - 2
    expect(confirm(editor)).to_have_text(f"Confirm: {right} right, 1 wrong, 1 unsure")
    confirm(editor).click()
    expect(editor.root.get_by_text("No more predictions with this label to judge")).to_be_visible(timeout=LOADED_MS)
    said = verdicts(round_.id)
    assert said == {each.id: "yes" for each in whistles} | {whistles[0].id: "no", whistles[1].id: "unsure"}
    editor.root.locator("[data-do=gridUndo]").click()
    expect(thumbs(editor)).to_have_count(len(whistles), timeout=LOADED_MS)
    expect(confirm(editor)).to_have_text(f"Confirm: {right} right, 1 wrong, 1 unsure")
    assert verdicts(round_.id) == {}


def test_a_lasso_marks_all_that_it_touches_and_the_keyboard_does_everything(
    open_editor: OpenEditor, new_round: NewRound, served: Workspace, verdicts: Verdicts
) -> None:
    round_ = new_round(3)
    calls = predicted(served, round_.id, "call")
    editor = open_editor(round_.id)
    start(editor, "call", len(calls))
    for each in (calls[0], calls[2]):
        expect(thumb(editor, each)).to_be_visible()  # its picture may have been drawn anew
    first, third = thumb(editor, calls[0]).bounding_box(), thumb(editor, calls[2]).bounding_box()
    assert first is not None
    assert third is not None
    editor.drag((first["x"] + 5, first["y"] + 5), (third["x"] + 20, third["y"] + 40))
    expect(confirm(editor)).to_have_text(f"Confirm: {len(calls) - 3} right, 3 wrong")
    thumbs(editor).first.focus()
    editor.press("x", "ArrowRight", "u", "ArrowRight", "ArrowLeft", "ArrowRight")
    expect(thumb(editor, calls[2])).to_be_focused()
    expect(confirm(editor)).to_have_text(f"Confirm: {len(calls) - 2} right, 1 wrong, 1 unsure")
    expect(thumb(editor, calls[2])).to_have_attribute("aria-selected", "true")
    editor.press("Space")
    expect_played(thumb(editor, calls[2]))
    editor.press("Enter")
    expect(editor.root.get_by_text("No more predictions with this label to judge")).to_be_visible(timeout=LOADED_MS)
    said = verdicts(round_.id)
    assert [said[each.id] for each in calls[:4]] == ["yes", "unsure", "no", "yes"]
    editor.press("Escape")
    expect(editor.root).to_have_attribute("data-work", "edit")
    editor.wait_ready()
    left = [each for each in editor.view()["predictions"] if each["label"] != "call"]
    assert {each["id"] for each in left} == set(editor.view()["submission"]["unreviewed_prediction_ids"])


def test_what_others_answered_meanwhile_is_told_and_a_failed_save_keeps_the_marks(
    open_editor: OpenEditor, new_round: NewRound, served: Workspace, verdicts: Verdicts
) -> None:
    round_ = new_round(3)
    calls = predicted(served, round_.id, "call")
    editor = open_editor(round_.id)
    start(editor, "call", len(calls))
    late = [each for each in calls if each.session_id == calls[0].session_id]
    assert len(late) < len(calls)
    submit(served, round_.id, calls[0].session_id, who="Bob")
    thumb(editor, calls[0]).click()
    intercept(editor.page, "**/verdicts", lambda route: route.abort())
    confirm(editor).click()
    expect(editor.root.get_by_text("Your marks are kept here.")).to_be_visible(timeout=LOADED_MS)
    assert verdicts(round_.id) == {}
    editor.page.unroute("**/verdicts")
    editor.root.get_by_role("button", name="Try again").click()
    expect(editor.root.get_by_text("Bob has answered session")).to_be_visible(timeout=LOADED_MS)
    kept = {each.id for each in calls} - {each.id for each in late}
    assert verdicts(round_.id) == dict.fromkeys(kept, "yes")


def test_pages_on_a_telephone(open_editor: OpenEditor, new_round: NewRound, served: Workspace) -> None:
    round_ = new_round(5)
    found = list_predictions(served, round_.id)
    label = max({each.label for each in found}, key=lambda label: sum(each.label == label for each in found))
    total = sum(each.label == label for each in found)
    assert total > 12
    editor = open_editor(round_.id, viewport={"width": 390, "height": 844}, has_touch=True)
    editor.wait_ready()
    editor.root.get_by_role("button", name="Grid", exact=True).tap()
    editor.root.get_by_label("Thumbnails on a page").select_option("12")
    expect(thumbs(editor)).to_have_count(12, timeout=LOADED_MS)
    expect(editor.root.locator(".range")).to_have_text(f"1–12 of {total}")
    place = confirm(editor).bounding_box()
    assert place is not None
    assert place["y"] + place["height"] <= 844
    thumbs(editor).first.tap()
    expect(confirm(editor)).to_have_text("Confirm: 11 right, 1 wrong", timeout=LOADED_MS)
    editor.root.get_by_role("button", name="Skip page").tap()
    expect(editor.root.locator(".range")).to_have_text(f"13–{min(24, total)} of {total}", timeout=LOADED_MS)
    editor.root.get_by_role("button", name="Back", exact=True).tap()
    expect(confirm(editor)).to_have_text("Confirm: 11 right, 1 wrong", timeout=LOADED_MS)
