"""Only where something sounds: the time axis is cut together, and boxes stay what they were."""

import numpy as np
from playwright.sync_api import expect

from tests.browser.conftest import OpenEditor
from tests.browser.test_picture import AddSession, add_session, canvas_of  # noqa: F401  # a fixture

RATE = 48_000
CALLS_S = (2.0, 9.0, 17.0)


def test_stretches_with_sound_are_shown_side_by_side_and_boxes_stay(
    open_editor: OpenEditor,
    add_session: AddSession,  # noqa: F811
) -> None:
    samples = 0.001 * np.random.default_rng(1).standard_normal(20 * RATE)
    time = np.arange(RATE // 2) / RATE
    for start_s in CALLS_S:
        samples[round(start_s * RATE) :][: len(time)] += 0.1 * np.hanning(len(time)) * np.sin(2 * np.pi * 6000 * time)
    # One box lies in silence: it is shown all the same.
    editor = open_editor(add_session(samples, RATE, [(2.0, 2.5, 4000.0, 8000.0), (12.0, 12.4, 1000.0, 3000.0)]))
    editor.wait_ready()
    before = editor.boxes()
    editor.press("Shift+T")
    canvas = canvas_of(editor)
    expect(canvas).to_have_attribute("data-folded", "true")
    expect(editor.root.locator("svg.cuts line")).to_have_count(3)
    expect(canvas).to_have_attribute("data-sharp", "true")
    assert editor.boxes() == before
    area = editor.plot.bounding_box()
    assert area is not None

    # A box that is drawn across two cuts holds the silence, too: its ends are the times under the pointer.
    y = area["y"] + area["height"] * 0.2
    editor.page.keyboard.down("Control")
    editor.drag((area["x"] + area["width"] * 0.2, y), (area["x"] + area["width"] * 0.8, y + 60))
    editor.page.keyboard.up("Control")
    expect(editor.root.locator("[data-region-id]")).to_have_count(3)
    (drawn,) = [box for box in editor.boxes() if box not in before]
    assert 1.8 < drawn.start_s < 2.8
    assert 16.8 < drawn.end_s < 17.7
    place = editor.root.locator(f"rect.box[data-region-id='{drawn.id}']").bounding_box()
    assert place is not None
    assert abs(place["x"] - area["x"] - area["width"] * 0.2) < 3
    assert abs(place["width"] - area["width"] * 0.6) < 3

    editor.press("+")
    expect(canvas).not_to_have_attribute("data-t0", "0")
    editor.press("0", "Shift+T")
    expect(canvas).to_have_attribute("data-folded", "false")
    assert canvas.get_attribute("data-t1") == "20"
    assert [box for box in editor.boxes() if box in before] == before
