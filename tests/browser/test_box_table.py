"""The table of boxes beside the picture."""

from playwright.sync_api import Locator, expect

from tests.browser.conftest import NewRound, OpenEditor
from tests.browser.editor_page import EditorPage


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
    origin, remove = (rows(editor).nth(1).locator(each).bounding_box() for each in (".origin", ".remove"))
    assert origin is not None
    assert remove is not None
    assert origin["x"] + origin["width"] <= remove["x"]
    expect(starts.nth(1)).to_have_value(f"{round(nudged.start_s, 4):g}")
    starts.nth(1).fill("0.123456789")
    starts.nth(1).press("Enter")
    assert editor.box(nudged.id).start_s == 0.123456789
    panel.locator("> summary").click()
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
