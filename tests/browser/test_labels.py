"""Labels by key and by search: nine keys, thousands of names; what a key did is said."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from podcast_core.domain.label import LABEL_COLORS, make_labels
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import Evaluate, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage


@pytest.fixture
def editor(served: Workspace, open_editor: OpenEditor, new_round: NewRound) -> EditorPage:
    """A round with 6,500 labels."""
    round_ = new_round(2)
    names = [*round_.label_names, "Älv", *(f"Species {number:04}" for number in range(6496))]
    rounds.change_round(served, replace(round_, labels=make_labels(names)))
    editor = open_editor(round_.id, viewport={"width": 1700, "height": 900})
    editor.wait_ready()
    return editor


def said(editor: EditorPage, text: str) -> None:
    expect(editor.root.locator("[data-ref=notice]")).to_contain_text(text)


def test_a_label_is_found_by_any_part_of_its_name_among_thousands(editor: EditorPage) -> None:
    root = editor.root
    search = root.get_by_role("combobox", name="Search the labels")
    options = root.locator(".picker").get_by_role("option")
    box = editor.boxes()[0]
    editor.press("l")
    expect(search).to_be_focused()
    expect(options).to_have_count(100)  # of 6,500: no more are drawn
    editor.page.keyboard.type("cies 641")
    found = [*(f"Species {digit}641" for digit in range(6)), *(f"Species 641{digit}" for digit in range(10))]
    expect(options).to_have_text(found)
    expect(root.locator(".picker .hint")).to_have_text("16 of 6500 labels")
    active = search.get_attribute("aria-activedescendant")
    expect(root.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    editor.press("ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    expect(search).to_be_hidden()
    said(editor, "No box is selected: new boxes are “Species 1641” from now on.")
    expect(root.locator(".chip.more")).to_have_attribute("aria-label", "Species 1641; all 6500 labels")
    editor.press("Escape", ".", "l")
    expect(options.nth(0)).to_have_text("Species 1641")  # used last
    search.fill("alv")
    expect(options.locator(".name")).to_have_text(["Älv"])
    editor.press("Enter")
    assert editor.box(box.id).label == "Älv"
    said(editor, f"Relabelled 1 box from “{box.label}” to “Älv”; new boxes get it, too.")
    editor.button("Undo").last.click()
    assert editor.box(box.id).label == box.label
    editor.press("l")
    search.fill("nothing is called this")
    expect(root.locator(".picker .hint")).to_contain_text("No label has “nothing is called this”")
    editor.press("Enter", "Escape")
    expect(search).to_be_hidden()
    assert editor.box(box.id).label == box.label
    assert editor.selected() == {box.id}  # Esc has left the list, no more
    editor.page.mouse.click(*editor.middle(box))
    root.get_by_label("Label of the selected boxes").select_option("All 6500 labels …")
    search.fill("species 0007")
    editor.press("Enter")
    assert editor.box(box.id).label == "Species 0007"
    editor.page.reload()
    editor.wait_ready()
    editor.press("l")
    expect(options.nth(0)).to_have_text("Species 0007")  # remembered
    editor.press("Escape", "Escape", "v")
    expect(root.locator(".verify .count")).to_contain_text("prediction 2 of")  # the first has another label by now
    editor.press("l")
    search.fill("species 0009")
    editor.press("Enter")
    expect(root.locator(".verify .count")).to_contain_text("prediction 3 of")
    editor.press("Escape")
    assert [each.label for each in editor.boxes()].count("Species 0009") == 1


def test_a_key_relabels_only_what_is_selected_and_says_so(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
    editor.button("Clear all boxes").click()
    drawn = editor.draw(10, 14, 2000, 5000)
    assert drawn.label == "call"
    editor.press("2")
    assert editor.box(drawn.id).label == "whistle"
    said(editor, "Relabelled 1 box from “call” to “whistle”; new boxes get it, too.")
    editor.press("2")
    said(editor, "The selected box is “whistle” already; new boxes are, too.")
    editor.press("Escape", "3")
    assert editor.box(drawn.id).label == "whistle"
    said(editor, "No box is selected: new boxes are “click” from now on.")
    assert editor.draw(20, 24, 2000, 5000).label == "click"
    editor.press("Control+a", "1")
    said(editor, "Relabelled 2 boxes to “call”")
    editor.press("?")  # the list has a key that can be changed
    editor.root.get_by_role("button", name="Find a label by any part of its name:").click()
    editor.press("w")
    editor.press("Escape")
    expect(editor.root.locator("dialog.help")).to_be_hidden()
    editor.press("w")
    expect(editor.root.get_by_role("combobox", name="Search the labels")).to_be_focused()


def test_labels_whose_colours_look_alike_have_patterns_of_their_own(evaluate: Evaluate) -> None:
    found = evaluate(
        "editor/model/label_patterns.js",
        """({apart, patternsOf, CONFUSED}, {palette, count}) => {
          const labels = Array.from({length: count}, (_, at) => ({color: palette[at % palette.length]}));
          const patterns = patternsOf(labels);
          const same = [];
          labels.forEach((a, i) => labels.slice(0, i).forEach((b, j) => {
            if (patterns[i] === patterns[j] && apart(a.color, b.color) < CONFUSED) same.push([i, j]);
          }));
          return {same, first: patterns.slice(0, 8), most: Math.max(...patterns),
                  many: patternsOf(Array.from({length: 6500}, (_, at) => ({color: palette[at % 16]}))).length};
        }""",
        {"palette": list(LABEL_COLORS), "count": 40},
    )
    assert found["same"] == []
    assert found["first"] == [0] * 8  # colours alone tell the first eight apart, for colour-blind people, too
    assert found["most"] <= 5
    assert found["many"] == 6500


def test_edges_of_boxes_stand_out_on_every_colour_map(evaluate: Evaluate) -> None:
    """The coloured line or its dark edge: one of them differs from what is below, wherever the picture is bright."""
    least = evaluate(
        "web/color_maps.js",
        """async ({lookupTable, COLOR_MAPS}, palette) => {
          const {apart} = await import(new URL("../editor/model/label_patterns.js", document.baseURI));
          const hex = (rgb) => `#${rgb.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
          const levels = {floor_db: 0, ceiling_db: 1, grey_floor_db: 0, grey_ceiling_db: 1};
          const found = {};
          for (const colorMap of COLOR_MAPS) {
            const table = lookupTable({colorMap, brightness: 0, contrast: 1}, levels);
            found[colorMap] = Math.min(...palette.flatMap((color) => [0, 32, 64, 96, 128, 160, 192, 224].map((grey) => {
              const below = [0, 8, 16].map((shift) => (table[grey] >> shift) & 255);
              const edge = below.map((value) => value * (1 - 0.45));
              return Math.max(apart(color, hex(below)), apart(hex(edge), hex(below)));
            })));
          }
          return found;
        }""",
        list(LABEL_COLORS),
    )
    assert set(least) >= {"magma", "grey", "inverted grey"}
    assert min(least.values()) > 0.1, least


def edge_of(editor: EditorPage, box_id: str) -> float:
    """The share of a box's left edge that has a colour, as it is on screen."""
    area = editor.root.locator(f"[data-region-id='{box_id}']").bounding_box()
    assert area is not None
    shot = editor.page.screenshot(
        clip={"x": area["x"] - 2, "y": area["y"] + 4, "width": 5, "height": area["height"] - 8}
    )
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), dtype=np.int16)
    return float(((pixels.max(axis=2) - pixels.min(axis=2)).max(axis=1) > 40).mean())


def test_predictions_are_told_from_annotations_without_their_colour(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
    predicted = max(editor.boxes(), key=lambda box: (box.high_hz or 0) - (box.low_hz or 0))
    drawn = editor.draw(2, 4, 3000, 9000)
    editor.press("Escape")
    for color_map in ("inverted grey", "grey"):
        editor.root.locator("summary[aria-label=Picture]").click()
        editor.root.locator("[data-picture=colorMap]").select_option(color_map)
        editor.press("Escape")
        editor.page.mouse.move(5, 5)
        assert edge_of(editor, drawn.id) > 0.98  # a line
        assert 0.3 < edge_of(editor, predicted.id) < 0.85  # dashes, with the picture between them
