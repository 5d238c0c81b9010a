"""The main job: sessions labelled with the mouse, and with the keyboard, and what comes out of it."""

import csv
import io
from collections import defaultdict
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from podcast_core.services.exchange import datasets
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import Answers, NewRound, OpenEditor
from tests.browser.editor_page import Box, EditorPage

MODEL = ("model_accepted", "model_edited")


def exported(served: Workspace, round_id: str) -> dict[str, list[dict[str, str]]]:
    """The rows of a round's CSV by session; a session without boxes has one row without times."""
    export = datasets.export_round(served, round_id=round_id, format_name="csv")
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(export.files["annotations.csv"].decode())):
        rows[row["session_id"]].append(row)
    return rows


def assert_exported(row: dict[str, str], box: Box, pixel: tuple[float, float]) -> None:
    """A row says what was on screen, to within a pixel."""
    assert abs(float(row["start_in_session_s"]) - box.start_s) <= pixel[0]
    assert abs(float(row["end_in_session_s"]) - box.end_s) <= pixel[0]
    assert (row["low_hz"] == "") == (box.low_hz is None)
    if box.low_hz is not None and box.high_hz is not None:
        assert abs(float(row["low_hz"]) - box.low_hz) <= pixel[1]
        assert abs(float(row["high_hz"]) - box.high_hz) <= pixel[1]
    assert (row["label"], row["origin"]) == (box.label, box.origin)


def assert_all_exported(
    served: Workspace, round_id: str, drawn: dict[str, list[Box]], pixel: tuple[float, float]
) -> None:
    rows = exported(served, round_id)
    for session_id, boxes in drawn.items():
        found = [row for row in rows[session_id] if row["start_s"]]
        assert len(found) == len(boxes)
        for row, box in zip(sorted(found, key=lambda row: float(row["start_s"])), boxes, strict=True):
            assert_exported(row, box, pixel)
        assert {row["outcome"] for row in rows[session_id]} == {"labelled" if boxes else "empty"}
    assert {rows[each][0]["outcome"] for each in rows if each not in drawn} <= {"unreviewed"}


def edit_by_mouse(editor: EditorPage, index: int) -> None:
    """Draw one box, move it and drag an edge; then put the model's first box right, or throw it away."""
    drawn = editor.draw(4 + index, 6 + index, 2000, 5000)
    seconds, hertz = editor.pixel()
    assert abs(drawn.start_s - (4 + index)) <= seconds
    assert abs(drawn.end_s - (6 + index)) <= seconds
    assert drawn.low_hz is not None
    assert abs(drawn.low_hz - 2000) <= hertz
    editor.drag(editor.at(5 + index, 3500), editor.at(25 + index, 3500))
    assert abs(editor.box(drawn.id).start_s - (24 + index)) <= 2 * seconds
    editor.drag(editor.at(26 + index, 3500), editor.at(27 + index, 3500))
    assert abs(editor.box(drawn.id).end_s - (27 + index)) <= 2 * seconds
    editor.root.locator(".labels .chip").nth(index % 2).click()
    model = [box for box in editor.boxes() if box.origin in MODEL]
    if model and index % 2:
        row = editor.root.locator("details.boxes tbody tr").filter(has_text="model").first
        row.hover()  # its button is for the pointer, and there when it is
        row.get_by_role("button").click()
        assert len(editor.boxes()) == len(model)


@pytest.mark.parametrize("count", [4, pytest.param(10, marks=pytest.mark.slow)])
def test_sessions_labelled_with_the_mouse_are_exported_as_drawn(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound, count: int
) -> None:
    round_ = new_round(count + 2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    editor.root.locator("details.boxes > summary").click()
    drawn: dict[str, list[Box]] = {}
    for index in range(count):
        edit_by_mouse(editor, index)
        drawn[session_id] = editor.boxes()
        editor.root.locator("[data-ref=submit]").click()
        session_id = editor.wait_ready(after=session_id)
    assert len(drawn) == count
    expect(editor.page.get_by_text(f"{count} of {count + 2} sessions done")).to_be_visible(timeout=30_000)
    editor.wait_sent()
    assert_all_exported(served, round_.id, drawn, editor.pixel())


def edit_by_keys(editor: EditorPage, index: int) -> None:
    """A new box at the playhead, moved, stretched and labelled; a model's box deleted; sometimes nothing is left."""
    editor.press(
        "Control+ArrowRight", "b", "2", *["Control+ArrowRight"] * (index + 1), *["Shift+Control+ArrowRight"] * 2
    )
    editor.press("Alt+ArrowLeft", "ArrowUp", "Shift+ArrowUp", "Alt+ArrowDown")
    new = next(box for box in editor.boxes() if box.origin == "new")
    assert new.label == editor.labels()[1]
    editor.press("Escape", ".", ".", "Delete") if index % 3 else None
    if index == 4:
        for _ in editor.boxes():
            editor.press("Escape", ".", "Delete")
        assert editor.boxes() == []
    if index == 3:
        editor.press("Delete", "Control+z", "Control+z", "Control+Shift+z")


@pytest.mark.parametrize("count", [5, pytest.param(10, marks=pytest.mark.slow)])
def test_sessions_labelled_with_the_keyboard_only_are_exported_as_drawn(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound, count: int
) -> None:
    round_ = new_round(count + 2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    drawn: dict[str, list[Box]] = {}
    for index in range(count):
        editor.press("Space")
        expect(editor.button("Pause")).to_be_visible()
        editor.press("Space")
        edit_by_keys(editor, index)
        drawn[session_id] = editor.boxes()
        editor.press("Enter")
        session_id = editor.wait_ready(after=session_id)
    assert len(drawn) == count
    assert [] in drawn.values()
    expect(editor.page.get_by_text(f"{count} of {count + 2} sessions done")).to_be_visible(timeout=30_000)
    editor.wait_sent()
    assert_all_exported(served, round_.id, drawn, editor.pixel())


def test_an_untouched_session_keeps_the_models_exact_numbers(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound
) -> None:
    round_ = new_round(2)
    editor = open_editor(round_.id)
    session_id = editor.wait_ready()
    predictions = {each["id"]: each for each in editor.view()["predictions"]}
    assert predictions
    editor.press("Enter")
    editor.wait_ready(after=session_id)
    editor.wait_sent()
    rows = exported(served, round_.id)[session_id]
    assert {row["prediction_id"] for row in rows} == set(predictions)
    for row in rows:
        prediction = predictions[row["prediction_id"]]
        assert row["origin"] == "model_accepted"
        assert float(row["start_s"]) == prediction["start_s"]
        assert float(row["end_s"]) == prediction["end_s"]
        assert float(row["score"]) == prediction["score"]


def stop_at_edges(editor: EditorPage) -> None:
    """Boxes stop at the edges and keep their size."""
    drawn = editor.draw(50, 54, 2000, 4000)
    length = drawn.end_s - drawn.start_s
    editor.drag(editor.at(52, 3000), (editor.at(59, 3000)[0] + 300, editor.at(59, 3000)[1]))
    at_end = editor.box(drawn.id)
    assert at_end.end_s == 60
    assert abs((at_end.end_s - at_end.start_s) - length) < 1e-6
    editor.drag(editor.at(58, 3000), (editor.at(0, 3000)[0] - 200, editor.at(0, 0)[1] + 200))
    corner = editor.box(drawn.id)
    assert corner.start_s == 0
    assert corner.low_hz == 0
    assert abs((corner.end_s - corner.start_s) - length) < 1e-6


def draw_times_only(editor: EditorPage) -> None:
    """Shift and a flat drag draw time-only boxes, and a click draws none."""
    editor.page.keyboard.down("Shift")
    editor.drag(editor.at(10, 2000), editor.at(12, 5000))
    editor.page.keyboard.up("Shift")
    editor.drag(editor.at(20, 3000), editor.at(23, 3000))
    editor.page.mouse.click(*editor.at(40, 3000))
    assert [(box.low_hz, box.high_hz) for box in editor.boxes()] == [(None, None), (None, None)]
    expect(editor.root.locator(".time")).to_contain_text("0:40.0")


def resize_by_handles(editor: EditorPage) -> None:
    """Every handle resizes, and clicks go through overlapping boxes."""
    big = editor.draw(10, 40, 1000, 7000)
    small = editor.draw(20, 26, 3000, 4000)
    middle = editor.at(23, 3500)
    selected = editor.root.locator("g.selected [data-region-id]")
    editor.press("Escape")
    for expected in (small.id, big.id, small.id):
        editor.page.mouse.click(*middle)
        expect(selected).to_have_attribute("data-region-id", expected)
        editor.page.wait_for_timeout(600)  # two clicks, not a double click
    for handle, place in {
        "w": (20, 3500), "e": (26, 3500), "n": (23, 4000), "s": (23, 3000),
        "nw": (20, 4000), "ne": (26, 4000), "sw": (20, 3000), "se": (26, 3000),
    }.items():  # fmt: skip
        x, y = editor.at(*place)
        editor.drag((x, y), (x + 30, y + 12))
        changed = editor.box(small.id)
        assert (changed.start_s != small.start_s) == ("w" in handle)
        assert (changed.end_s != small.end_s) == ("e" in handle)
        assert (changed.high_hz != small.high_hz) == ("n" in handle)
        assert (changed.low_hz != small.low_hz) == ("s" in handle)
        editor.press("Control+z")
        assert editor.box(small.id) == small


def stay_on_times(editor: EditorPage) -> None:
    """Boxes stay on their times when zoomed, and are drawn exactly there."""
    drawn = editor.draw(30, 31, 2000, 4000)
    whole = editor.root.locator("[data-region-id]").bounding_box()
    editor.page.mouse.move(*editor.at(30.5, 3000))
    editor.page.mouse.wheel(0, -1200)
    expect(editor.button("Show everything")).to_be_enabled()
    zoomed = editor.root.locator("[data-region-id]").bounding_box()
    assert whole is not None
    assert zoomed is not None
    assert zoomed["width"] > 4 * whole["width"]
    assert editor.box(drawn.id) == drawn
    editor.press("0")
    expect(editor.button("Show everything")).to_be_disabled()
    assert editor.root.locator("[data-region-id]").bounding_box() == whole


def type_numbers(editor: EditorPage) -> None:
    """The table takes exact numbers and refuses impossible ones."""
    drawn = editor.draw(10, 12, 2000, 4000)
    editor.root.locator("details.boxes > summary").click()
    start = editor.root.get_by_label("Box 1: Start (s)")
    start.fill("9.87654321")
    start.press("Enter")
    assert editor.box(drawn.id).start_s == 9.87654321
    start.fill("13")
    start.press("Enter")
    assert editor.box(drawn.id).start_s == 9.87654321
    expect(editor.root.get_by_role("status")).to_contain_text("start < end")
    low = editor.root.get_by_label("Box 1: Low (kHz)")
    low.fill("")
    low.press("Enter")
    assert (editor.box(drawn.id).low_hz, editor.box(drawn.id).high_hz) == (None, None)


def test_boxes_are_moved_resized_zoomed_and_typed(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
    for step in (stop_at_edges, draw_times_only, resize_by_handles, stay_on_times, type_numbers):
        editor.button("Clear all boxes").click()
        step(editor)


def test_a_reviewer_accepts_one_answer_and_corrects_the_next(
    served: Workspace, open_editor: OpenEditor, new_round: NewRound, answers: Answers
) -> None:
    round_ = new_round(3)
    rounds.change_round(served, replace(round_, own_review=True))  # one person does both
    editor = open_editor(round_.id)
    first = editor.wait_ready()
    editor.press("Enter")
    second = editor.wait_ready(after=first)
    editor.press("Enter")
    editor.wait_ready(after=second)
    editor.wait_sent()
    editor.open(round_.id, first, "review")
    assert editor.wait_ready() == first
    expect(editor.root.locator("[data-do=correct]")).to_be_disabled()
    editor.press("a")
    assert editor.wait_ready(after=first) == second
    editor.draw(5, 8, 2000, 4000)
    editor.press("Enter")
    expect(editor.page.get_by_text("0 waiting, 0 disputed, 1 accepted, 1 corrected, 0 rejected")).to_be_visible()
    assert [(each.session_id, each.revision) for each in answers(round_.id)] == [(first, 1), (second, 1), (second, 2)]
