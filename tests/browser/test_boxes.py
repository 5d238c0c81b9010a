"""Boxes: many at once, ticks, the table beside the picture, copies, continuous drawing."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, expect

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
    editor.press("Escape", "a", "a")
    assert editor.ticked() == {first.id}
    editor.page.reload()  # a tick is work, and kept
    editor.wait_ready()
    expect(editor.root.locator("[data-region-id][data-checked=true]")).to_have_count(1)
    assert editor.ticked() == {first.id}


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
    expect(editor.root.get_by_role("status")).to_contain_text("Submitted")  # it is kept behind the next one
    (answer,) = answers(round_.id)
    assert (answer.outcome.value, answer.annotations) == ("empty", ())
    assert {each.id for each in answer.rejected} == ids
    editor.button("Look again").click()
    assert editor.wait_ready(after=following) == session_id
    expect(editor.button("Correct this")).to_be_visible()


def rows(editor: EditorPage) -> Locator:
    return editor.root.locator("details.boxes tbody tr")


def test_the_table_stands_beside_the_picture_shows_exact_times_and_stays_in_step(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(1).id, viewport={"width": 1700, "height": 900})
    editor.wait_ready()
    panel = editor.root.locator("details.boxes")
    expect(panel).to_have_attribute("open", "")
    stage, beside = editor.root.locator(".stage").bounding_box(), panel.bounding_box()
    assert stage is not None
    assert beside is not None
    assert beside["x"] >= stage["x"] + stage["width"]
    assert stage["width"] > 2 * beside["width"]
    boxes = editor.boxes()
    expect(rows(editor)).to_have_count(len(boxes))
    starts = editor.root.get_by_label("Start (s)")
    assert [float(each.input_value()) for each in starts.all()] == [round(box.start_s, 4) for box in boxes]
    editor.press("Home", "Escape", ".", ".", "ArrowRight")
    nudged = editor.boxes()[1]
    expect(rows(editor).nth(1)).to_have_class("selected")
    expect(starts.nth(1)).to_have_value(f"{round(nudged.start_s, 4):g}")
    starts.nth(1).fill("0.123456789")
    starts.nth(1).press("Enter")
    assert editor.box(nudged.id).start_s == 0.123456789
    panel.locator("summary").click()
    expect(panel).not_to_have_attribute("open", "")
    editor.page.reload()
    editor.wait_ready()
    expect(panel).not_to_have_attribute("open", "")


def test_rows_are_chosen_with_shift_and_ctrl_and_changed_together(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id, viewport={"width": 1700, "height": 900})
    editor.wait_ready()
    boxes = editor.boxes()
    scores = {each["id"]: each["score"] for each in editor.view()["predictions"]}
    editor.root.get_by_role("button", name="Score").click()
    best = sorted(boxes, key=lambda box: -scores[box.id])
    cells = rows(editor).locator("td.score")
    cells.nth(0).click()
    cells.nth(2).click(modifiers=["Shift"])
    assert editor.selected() == {box.id for box in best[:3]}
    cells.nth(1).click(modifiers=["ControlOrMeta"])
    assert editor.selected() == {best[0].id, best[2].id}
    expect(editor.root.get_by_role("region", name="Selected boxes")).to_contain_text("2 boxes")
    editor.root.get_by_label("Label of the selected boxes").select_option("click")
    editor.root.get_by_label("Call type").fill("N04")
    editor.root.get_by_role("checkbox", name="Unsure").check()
    assert {box.label for box in editor.boxes() if box.id in editor.selected()} == {"click"}
    editor.press("q", "q")  # a checkbox that has the focus takes no letters
    unsure = editor.root.locator("[data-region-id][data-unsure=true]")
    expect(unsure).to_have_count(2)
    editor.press("Escape", "Control+z")
    expect(unsure).to_have_count(0)
    editor.press("Control+z", "Control+z", "Control+z", "Control+z")  # what was typed is one step
    assert editor.boxes() == boxes
    expect(unsure).to_have_count(0)


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


def test_continuous_drawing_draws_on_boxes_one_after_another_with_the_same_label(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
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


def test_typing_a_note_fires_no_shortcut_and_escape_goes_back(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
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


def test_predictions_that_the_threshold_hides_are_stored_as_not_reviewed_and_not_as_rejected(
    open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    scores = {each["id"]: each["score"] for each in editor.view()["predictions"]}
    low = {each for each in scores if scores[each] < 0.8}
    assert 1 < len(low) < len(scores)
    worst = min(scores, key=lambda each: scores[each])
    editor.select(worst)
    editor.press("a")  # a ticked one stays in sight
    editor.root.locator("summary[aria-label=Predictions]").click()
    editor.root.get_by_label("Hide predictions with a score below").fill("0.8")
    shown = f"{len(scores) - len(low) + 1} of {len(scores)} shown"
    expect(editor.root.locator(".popover").get_by_text(shown)).to_be_visible()
    assert {box.id for box in editor.boxes()} == set(scores) - low | {worst}
    expect(editor.root.locator("details.boxes summary")).to_contain_text(f"{len(low) - 1} hidden")
    rejected = max(scores, key=lambda each: scores[each])
    editor.press("Escape")  # closes the menu
    editor.select(rejected)
    editor.press("Delete", "Escape")
    editor.press("Enter")
    following = editor.wait_ready(after=session_id)
    expect(editor.root.get_by_role("status")).to_contain_text("Submitted")
    (answer,) = answers(round_.id)
    assert {each.id for each in answer.unreviewed} == low - {worst}
    assert {each.id for each in answer.rejected} == {rejected}
    assert answer.score_threshold == 0.8
    assert len(answer.annotations) == len(scores) - len(low)
    assert editor.boxes() == [box for box in editor.boxes() if scores_of(editor)[box.id] >= 0.8]  # remembered
    editor.press(";", "'", *[";"] * 16)
    expect(editor.root.get_by_role("status")).to_contain_text("All predictions are shown")
    assert len(editor.boxes()) == len(scores_of(editor))
    assert editor.session_id == following


def scores_of(editor: EditorPage) -> dict[str, float]:
    return {each["id"]: each["score"] for each in editor.view()["predictions"]}


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
