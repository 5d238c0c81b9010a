"""Boxes: many at once, copies, continuous drawing, notes, least length."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from podcast_core.domain.display import Display
from podcast_core.domain.prediction import Prediction
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import Box, EditorPage
from tests.building import add_prediction_set, list_sessions


def shift_click(editor: EditorPage, *boxes: Box) -> None:
    editor.page.keyboard.down("Shift")
    for box in boxes:
        editor.page.mouse.click(*editor.middle(box))
    editor.page.keyboard.up("Shift")


def relabel_and_delete_all(editor: EditorPage) -> None:
    """A relabelling and a deletion of many are one undo step each."""
    before = editor.boxes()
    assert len(before) > 3
    editor.press("Control+a")
    assert editor.selected() == {box.id for box in before}
    editor.press("3")
    assert {box.label for box in editor.boxes()} == {"click"}
    editor.press("Delete")
    assert editor.boxes() == []
    editor.press("Control+z")
    assert {box.label for box in editor.boxes()} == {"click"}
    editor.press("Control+z")
    assert editor.boxes() == before
    expect(editor.button("Undo").first).to_be_disabled()


def type_note(editor: EditorPage) -> None:
    """Typing a note fires no shortcut, and Escape goes back."""
    before = editor.boxes()
    editor.press(".", "n")
    note = editor.root.get_by_label("Note on the selected boxes")
    expect(note).to_be_focused()
    editor.page.keyboard.type("xd b, faint")
    expect(note).to_have_value("xd b, faint")
    assert editor.boxes() == before
    editor.press("Escape")
    assert editor.selected() == {before[0].id}
    expect(editor.root.locator(f"[data-region-id='{before[0].id}'] title")).to_contain_text("note: xd b, faint")
    editor.press("Control+z")
    expect(note).to_have_value("")
    editor.press("Delete")
    assert len(editor.boxes()) == len(before) - 1


def choose_and_move_together(editor: EditorPage) -> None:
    """Shift, clicks and braces choose boxes, and a drag moves them together."""
    editor.button("Clear all boxes").click()
    one, two, three = (editor.draw(start, start + 4, 2000, 5000) for start in (10, 20, 30))
    editor.press("Escape")
    shift_click(editor, one, two)
    assert editor.selected() == {one.id, two.id}
    seconds, _ = editor.pixel()
    editor.drag(editor.at(12, 3500), editor.at(17, 3500))
    moved = [editor.box(each.id) for each in (one, two, three)]
    assert abs(moved[0].start_s - (one.start_s + 5)) <= 2 * seconds
    assert abs((moved[1].start_s - moved[0].start_s) - (two.start_s - one.start_s)) < 1e-9
    assert moved[2] == three
    editor.press("Control+z")
    assert [editor.box(each.id) for each in (one, two, three)] == [one, two, three]
    shift_click(editor, two)
    assert editor.selected() == {one.id}
    editor.press("}", "}")
    assert editor.selected() == {one.id, two.id, three.id}
    editor.press("{")
    assert editor.selected() == {one.id, two.id}
    editor.press("Escape")
    assert editor.selected() == set()


def drag_with_right_button(editor: EditorPage) -> None:
    """A drag with the right button selects what it touches."""
    editor.button("Clear all boxes").click()
    one, two = (editor.draw(start, start + 4, 2000, 5000) for start in (10, 20))
    editor.draw(30, 34, 2000, 5000)
    mouse = editor.page.mouse
    mouse.move(*editor.at(8, 6000))
    mouse.down(button="right")
    mouse.move(*editor.at(22, 4000), steps=4)
    mouse.up(button="right")
    assert editor.selected() == {one.id, two.id}
    assert len(editor.boxes()) == 3


def draw_continuously(editor: EditorPage) -> None:
    """Continuous drawing draws on boxes, one after another with the same label."""
    editor.button("Clear all boxes").click()
    editor.press("2", "c")
    expect(editor.button("Continuous drawing")).to_have_attribute("aria-pressed", "true")
    expect(editor.root.locator(".chip[data-next]")).to_have_attribute("data-name", "whistle")
    big = (10.0, 40.0, 1000.0, 7000.0)
    inside = [(15.0 + 4 * index, 18.0 + 4 * index, 2000.0, 6000.0) for index in range(3)]
    for start_s, end_s, low_hz, high_hz in [big, *inside, (19.0, 21.0, 3000.0, 5000.0)]:
        editor.drag(editor.at(start_s, high_hz), editor.at(end_s, low_hz))
    seconds, _ = editor.pixel()
    assert [box.label for box in editor.boxes()] == ["whistle"] * 5
    assert [box.start_s for box in editor.boxes()] == pytest.approx([10, 15, 19, 19, 23], abs=seconds)
    editor.press("Control+z", "Control+z", "Control+z", "Control+z", "c")
    (first,) = editor.boxes()
    editor.drag(editor.at(20, 4000), editor.at(25, 4000))
    assert editor.box(first.id).start_s == pytest.approx(15, abs=2 * seconds)  # moved again, not drawn on


def test_boxes_are_chosen_changed_and_drawn_in_numbers(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
    relabel_and_delete_all(editor)
    type_note(editor)
    choose_and_move_together(editor)
    drag_with_right_button(editor)
    draw_continuously(editor)


def test_a_copy_goes_to_another_session_and_a_duplicate_stands_behind(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(2).id)
    session_id = editor.wait_ready()
    editor.button("Clear all boxes").click()
    one, two = editor.draw(10, 12, 2000, 5000), editor.draw(13, 14.5, 1000, 3000)
    editor.press("2", "Control+a", "d")
    copies = [box for box in editor.boxes() if box.id in editor.selected()]
    assert [round(box.start_s - two.end_s, 6) for box in copies] == [0, round(two.start_s - one.start_s, 6)]
    assert [box.label for box in copies] == [one.label, "whistle"]
    editor.press("Control+c")
    expect(editor.root.get_by_role("status")).to_contain_text("2 boxes are copied")
    editor.press("Enter")
    editor.wait_ready(after=session_id)
    editor.button("Clear all boxes").click()
    editor.press("End", "Control+v")
    pasted = editor.boxes()
    assert pasted[1].end_s == 60  # moved back together to stay inside
    for new, old in zip(pasted, copies, strict=True):
        assert new.id != old.id
        assert new.end_s - new.start_s == pytest.approx(old.end_s - old.start_s)
        assert (new.low_hz, new.high_hz, new.label, new.origin) == (old.low_hz, old.high_hz, old.label, "new")
    assert pasted[1].start_s - pasted[0].start_s == pytest.approx(copies[1].start_s - copies[0].start_s)


def test_notes_on_boxes_are_stored_and_shown_when_the_session_is_opened_again(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    first = editor.boxes()[0]
    editor.press(".", "q", "n")
    editor.page.keyboard.type("Faint, behind a ship")
    editor.press("Escape")
    editor.root.get_by_label("Individual").fill("K12")
    editor.root.get_by_label("Call type").fill("S01")
    editor.press("Escape", "Enter")
    following = editor.wait_ready(after=session_id)
    expect(editor.button("Look again")).to_be_visible()
    (answer,) = answers(round_.id)
    kept = min(answer.annotations, key=lambda each: each.start_s)
    assert (kept.comment, kept.unsure, kept.individual, kept.call_type) == ("Faint, behind a ship", True, "K12", "S01")
    assert kept.origin == "model_accepted"
    editor.button("Look again").click()
    assert editor.wait_ready(after=following) == session_id
    box = editor.root.locator(f"[data-start-s='{first.start_s}']")
    for words in ("unsure", "K12", "S01", "Faint, behind a ship"):
        expect(box).to_have_attribute("aria-label", re.compile(words))
    editor.press(".")
    expect(editor.root.get_by_role("combobox", name="Individual")).to_have_value("K12")
    expect(editor.root.get_by_role("combobox", name="Individual")).to_be_disabled()


def test_new_boxes_have_the_rounds_least_length_and_others_keep_their_exact_times(
    open_editor: OpenEditor, new_round: NewRound, served: Workspace
) -> None:
    round_ = new_round(1)
    rounds.change_round(served, replace(round_, display=Display(min_box_s=2.0)))
    editor = open_editor(round_.id)
    editor.wait_ready()
    before = editor.boxes()
    assert min(box.end_s - box.start_s for box in before) < 2
    seconds, _ = editor.pixel()
    short = editor.draw(2, 2.5, 2000, 5000)
    assert short.end_s - short.start_s == pytest.approx(2)
    assert short.start_s == pytest.approx(2, abs=seconds)
    at_end = editor.draw(59.2, 59.9, 2000, 5000)
    assert at_end.end_s == 60
    assert at_end.end_s - at_end.start_s == pytest.approx(2)
    long = editor.draw(4, 7.5, 2000, 5000)
    assert long.end_s - long.start_s == pytest.approx(3.5, abs=2 * seconds)
    editor.press("Shift+ArrowLeft")  # an edit may make it as short as one likes
    assert editor.box(long.id).end_s < long.end_s
    assert [box for box in editor.boxes() if box.origin != "new"] == before


def test_a_demo_session_is_corrected_in_twelve_keystrokes(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    """Accept right boxes, fix one, delete one, add one, submit: by keyboard only."""
    round_ = new_round(2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    boxes = editor.boxes()
    count = 0

    def press(*keys: str) -> None:
        nonlocal count
        count += len(keys)
        editor.press(*keys)

    press("a", "a")  # the first is right
    press("Shift+Control+ArrowRight")  # the second ends later
    press(".", "x")  # the third is no call
    press("Shift+A")  # the others are right
    press("Escape", "Control+ArrowRight", "b", "2")  # a whistle was missed at 5 s
    new = next(box for box in editor.boxes() if box.origin == "new")
    press("Enter")
    editor.wait_ready(after=session_id)
    expect(editor.button("Look again")).to_be_visible()
    (answer,) = answers(round_.id)
    assert count <= 12
    assert [each.id for each in answer.rejected] == [boxes[2].id]
    origins = [each.origin for each in sorted(answer.annotations, key=lambda each: each.start_s)]
    assert sorted(origins) == ["model_accepted"] * (len(boxes) - 2) + ["model_edited", "new"]
    edited = next(each for each in answer.annotations if each.origin == "model_edited")
    assert (edited.start_s, edited.end_s > boxes[1].end_s) == (boxes[1].start_s, True)
    (added,) = [each for each in answer.annotations if each.origin == "new"]
    assert (added.label, added.start_s) == ("whistle", new.start_s)


def test_a_band_of_one_frequency_is_drawn_as_a_line_and_kept(
    open_editor: OpenEditor, new_round: NewRound, served: Workspace, answers: Answers
) -> None:
    round_ = new_round(1)
    [session] = list_sessions(served, round_.id)
    line = Prediction(20.0, 24.0, "call", 0.9, id="line", session_id=session.id, low_hz=4000.0, high_hz=4000.0)
    add_prediction_set(served, round_.id, line, set_id="lines", model="lines")
    editor = open_editor(round_.id)
    editor.wait_ready()
    [box] = [each for each in editor.boxes() if each.low_hz == each.high_hz]
    editor.page.mouse.click(*editor.middle(box))
    assert editor.selected() == {box.id}
    editor.press("z")  # fills the screen with it
    assert editor.box(box.id) == box
    editor.press("Enter")
    [answer] = answers(round_.id)
    assert [(each.low_hz, each.high_hz, each.origin) for each in answer.annotations if each.start_s == 20] == [
        (4000.0, 4000.0, "model_accepted")
    ]
