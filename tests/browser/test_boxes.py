"""Boxes: many at once, ticks and the keys that go through predictions."""

from playwright.sync_api import expect

from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import Box, EditorPage


def shift_click(editor: EditorPage, *boxes: Box) -> None:
    editor.page.keyboard.down("Shift")
    for box in boxes:
        editor.page.mouse.click(*editor.middle(box))
    editor.page.keyboard.up("Shift")


def test_bulk_relabel_and_delete_are_one_undo_step_each(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
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


def test_shift_clicks_and_braces_choose_boxes_and_a_drag_moves_them_together(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
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


def test_a_drag_with_the_right_button_selects_what_it_touches(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
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


def test_ticks_go_from_prediction_to_prediction_and_can_be_undone(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
    first, second, third = editor.boxes()[:3]
    editor.press("a")
    assert editor.selected() == {first.id}
    editor.press("a")
    assert (editor.ticked(), editor.selected()) == ({first.id}, {second.id})
    editor.press("x")
    assert second.id not in {box.id for box in editor.boxes()}
    assert editor.selected() == {third.id}
    editor.press("Shift+A")
    assert editor.ticked() == {box.id for box in editor.boxes()}
    assert {box.origin for box in editor.boxes()} == {"model_accepted"}
    editor.press("Control+z")
    assert editor.ticked() == {first.id}
    editor.press("Control+z", "Control+z")
    assert editor.ticked() == set()
    assert second in editor.boxes()


def test_keys_walk_by_score_from_the_best_to_the_worst(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
    best = sorted(editor.view()["predictions"], key=lambda each: -each["score"])
    walked: list[str] = []
    for _ in best:
        editor.press(">")
        walked.append(*editor.selected())
    assert walked == [each["id"] for each in best]
    editor.press("<")
    assert editor.selected() == {best[-2]["id"]}
    editor.press("Escape", "End")
    expect(editor.root.locator(".time")).to_contain_text("1:00.0 /")
    editor.press("Home")
    expect(editor.root.locator(".time")).to_contain_text("0:00.0 /")


def test_e_rejects_everything_and_can_be_taken_back(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    ids = {box.id for box in editor.boxes()}
    editor.press("e")
    following = editor.wait_ready(after=session_id)
    (answer,) = answers(round_.id)
    assert (answer.outcome.value, answer.annotations) == ("empty", ())
    assert {each.id for each in answer.rejected} == ids
    editor.button("Look again").click()
    assert editor.wait_ready(after=following) == session_id
    expect(editor.button("Correct this")).to_be_visible()
