"""Only where something sounds: the time axis is cut together, and boxes stay what they were.

Of the real bats' calls all 131 are shown: tests/services/test_sound_segments.py.
"""

import numpy as np
from playwright.sync_api import expect

from tests.browser.conftest import NewRound, OpenEditor
from tests.browser.ears import EARS
from tests.browser.test_picture import AddSession, add_session, canvas_of  # noqa: F401  # a fixture

RATE = 48_000
CALLS_S = (2.0, 9.0, 17.0)

# Times of the sound at each frame, from its start, which is still to come, until it rests.
FOLLOW = """() => { window.heard = new Promise((resolve) => {
  const times = [];
  let began = null;
  const frame = () => {
    if (window.ears.sound) {
      began ??= performance.now();
      times.push(window.ears.time());
    }
    if (window.ears.sound?.paused && times.length > 10) resolve({times, seconds: (performance.now() - began) / 1000});
    else requestAnimationFrame(frame);
  };
  frame();
}); }"""


def make_calls() -> np.ndarray:
    samples = 0.001 * np.random.default_rng(1).standard_normal(20 * RATE)
    time = np.arange(RATE // 2) / RATE
    for start_s in CALLS_S:
        samples[round(start_s * RATE) :][: len(time)] += 0.1 * np.hanning(len(time)) * np.sin(2 * np.pi * 6000 * time)
    return samples


def test_stretches_with_sound_are_shown_side_by_side_and_boxes_stay(
    open_editor: OpenEditor,
    add_session: AddSession,  # noqa: F811
) -> None:
    # One box lies in silence: it is shown all the same.
    editor = open_editor(add_session(make_calls(), RATE, [(2.0, 2.5, 4000.0, 8000.0), (12.0, 12.4, 1000.0, 3000.0)]))
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


def test_what_is_cut_out_is_not_played_and_not_stepped_through(
    open_editor: OpenEditor,
    add_session: AddSession,  # noqa: F811
) -> None:
    editor = open_editor(add_session(make_calls(), RATE, [(2.0, 2.5, 4000.0, 8000.0)]))
    editor.wait_ready()
    editor.page.evaluate(EARS)
    editor.press("Shift+T", "Home")
    expect(canvas_of(editor)).to_have_attribute("data-folded", "true")  # what is played before that has no cuts
    editor.page.evaluate(FOLLOW)
    editor.press("Space")
    heard = editor.page.evaluate("window.heard")
    times = np.array(heard["times"])
    assert heard["seconds"] < 8  # instead of 20
    shown = [(start_s - 0.1, start_s + 0.6) for start_s in CALLS_S]
    between = [time for time in times if not any(start <= time <= end for start, end in shown)]
    assert len(between) <= len(times) / 10  # a busy machine may skip late; and at the end it rests
    for start_s in CALLS_S:
        assert np.any((times > start_s) & (times < start_s + 0.5))  # every call is heard
    assert times[-1] > 19.9

    editor.press("Home")
    before = editor.page.evaluate("() => window.ears.time()")
    for _ in range(45):  # of the sixty steps that all of it takes
        editor.press("ArrowRight")
    assert before < CALLS_S[0] + 0.1
    assert editor.page.evaluate("() => window.ears.time()") > CALLS_S[2] - 0.1


def test_the_next_session_comes_folded(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(2).id)
    first = editor.wait_ready()
    editor.press("Shift+T")
    canvas = canvas_of(editor)
    expect(canvas).to_have_attribute("data-folded", "true")
    canvas.evaluate(
        """canvas => { const seen = window.seen = [];
          new MutationObserver((changes) => seen.push(...changes.map(({oldValue}) => oldValue)))
            .observe(canvas, {attributes: true, attributeOldValue: true, attributeFilter: ["data-folded"]}); }"""
    )
    editor.press("Enter")
    editor.wait_ready(after=first)
    expect(canvas).to_have_attribute("data-folded", "true")
    seen = editor.page.evaluate("window.seen")
    assert len(seen) > 0
    assert set(seen) == {"true"}
