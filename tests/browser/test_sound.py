"""What is heard: playhead and sound agree, speeds, filters, selections and loops."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import Evaluate, NewRound, OpenEditor
from tests.browser.ears import ears, listen, state, wait_for_sound
from tests.browser.editor_page import EditorPage
from tests.browser.tabs import intercept

TOLERANCE_S = 0.03
LATE_S = 0.06  # a selection is stopped with a frame, and a busy machine draws every third one
# [page's clock, time by currentTime, time by the playhead, time by currentTime] of each frame; the last two are read
# after everything was drawn: between the two times a busy machine may have done something else.
WATCH = """async (playhead, [seconds, duration]) => {
  const width = playhead.parentElement.querySelector("svg.overlay").getBoundingClientRect().width;
  const frames = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    await new Promise((next) => requestAnimationFrame(() => {
      const frame = [performance.now() / 1000, window.ears.time()];
      setTimeout(() => {
        const x = Number(/translateX\\((.*)px\\)/.exec(playhead.style.transform)[1]);
        frames.push([...frame, (x / width) * duration, window.ears.time()]);
        next();
      });
    }));
  }
  return frames;
}"""


def test_playhead_and_sound_agree_at_every_speed(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    listen(editor)
    play = editor.root.locator("[data-ref=play]")
    for keys, speed in (("", 1.0), ("j", 0.5), ("jjj", 0.1), ("k", 2.0), ("ojj", 0.25)):  # the last: same pitch
        place_s = ears(editor, "time()") if keys else 0.0
        editor.press("i", *keys, "Space")
        wait_for_sound(editor, place_s + 0.02 if keys else 0.0)  # going on, not only where it stopped
        frames = np.array(editor.root.locator(".playhead").evaluate(WATCH, [1.5, editor.duration_s]))
        assert len(frames) > 5
        earliest, drawn, latest = frames[:, 1:].T
        off = np.maximum(earliest - drawn, drawn - latest)
        # A machine that is busy with other tests may hold up single frames.
        assert np.quantile(off, 0.95) <= TOLERANCE_S, keys
        clock = np.polyfit(frames[:, 0], frames[:, 1], 1)
        assert clock[0] == pytest.approx(speed, rel=0.1), keys  # the sound itself runs as fast as it says
        assert play.get_attribute("aria-label") == "Pause"
        editor.press("Space")
        expect(play).to_have_attribute("aria-label", "Play")


def test_speed_and_volume_stay_for_the_next_session_and_after_a_reload(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(2).id)
    listen(editor)
    expect(editor.root.locator(".sound-state")).to_be_hidden()
    editor.press("j", "j")
    assert state(editor) == "0.25×"
    editor.press("o")
    assert state(editor) == "0.25× same pitch"
    editor.press("i")
    expect(editor.root.locator(".sound-state")).to_be_hidden()
    editor.press("o", "k", "k")  # there is nothing above 2
    assert state(editor) == "2×"
    editor.root.locator(".menu.sound summary").click()
    editor.root.get_by_role("button", name="Speed 0.1").click()
    expect(editor.root.get_by_role("slider", name="Speed")).to_have_attribute("aria-valuetext", "0.1×")
    editor.press("Escape")
    first = editor.session_id
    editor.press("Enter")
    editor.wait_ready(after=first)
    assert state(editor) == "0.1×"
    editor.press("Space")
    wait_for_sound(editor)
    assert "speed=0.1" in ears(editor, "sound.src")
    editor.press("Space")
    editor.root.locator(".menu.sound summary").click()
    editor.root.get_by_role("slider", name="Volume").fill("0.25")
    editor.press("Escape", "Space")
    wait_for_sound(editor)
    assert ears(editor, "sound.volume") == 0.25
    editor.page.reload()
    editor.wait_ready()
    assert state(editor) == "0.1×"
    assert editor.root.get_by_role("slider", name="Volume", include_hidden=True).input_value() == "0.25"


def test_the_next_sessions_sound_is_prepared(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(3).id)
    listen(editor)
    asked: list[str] = []
    editor.page.on("request", lambda request: asked.append(request.url))
    with editor.page.expect_request(re.compile(r"_02/audio\.wav.*speed=0\.25")):
        editor.press("j", "j")
    assert any("_01/audio.wav" in url and "speed=0.25" in url for url in asked)


def assert_band(request: Request, low_hz: float | None, high_hz: float | None) -> None:
    query = {name: float(values[0]) for name, values in parse_qs(urlsplit(request.url).query).items() if name != "v"}
    assert low_hz is not None
    assert high_hz is not None
    assert query == {"low_hz": np.floor(low_hz), "high_hz": np.ceil(high_hz)}


def offer_no_heterodyne(editor: EditorPage) -> None:
    """A heterodyne is for ultrasound."""
    editor.press("h")
    expect(editor.root.locator(".sound-state")).to_be_hidden()
    editor.root.locator(".menu.sound summary").click()
    expect(editor.root.get_by_role("button", name="Heterodyne")).to_be_disabled()
    editor.press("Escape")


def change_speed(editor: EditorPage) -> None:
    """Changing the speed keeps place and playing."""
    editor.page.mouse.click(*editor.at(30, 15_500))
    time = editor.root.locator("[data-ref=time]")
    expect(time).to_contain_text("0:30.0")
    place = time.inner_text()
    editor.press("j", "j", "j", "j")
    assert time.inner_text() == place
    editor.press("Space")
    wait_for_sound(editor, 30.0)
    before = ears(editor, "time()")
    editor.press("i")
    wait_for_sound(editor, before - 0.001)
    assert "blob:" in ears(editor, "sound.src")
    assert ears(editor, "pauses.at(-1)") <= ears(editor, "time()") + 0.001  # nothing was skipped or heard twice
    assert ears(editor, "time()") < 40
    editor.press("j", "j", "j")
    wait_for_sound(editor, ears(editor, "pauses.at(-1)"))
    assert "speed=0.1" in ears(editor, "sound.src")


def loop_selection(editor: EditorPage) -> None:
    """A loop repeats the selection."""
    box = editor.draw(20, 20.4, 2000, 6000)
    editor.press("Shift+L", "p")
    wait_for_sound(editor, box.start_s)
    editor.page.wait_for_function("() => window.ears.starts >= 4", polling=50)
    assert box.start_s - 0.001 <= ears(editor, "time()") <= box.end_s + 0.1
    editor.press("Shift+L")
    editor.page.wait_for_function("() => window.ears.sound.paused", polling=50)


def filter_by_box(editor: EditorPage) -> None:
    """The band-pass follows the selected box."""
    editor.press("g")
    expect(editor.root.locator(".sound-state")).to_be_hidden()  # there is no box yet
    filtered = re.compile("audio.wav.*low_hz")
    with editor.page.expect_request(filtered) as found:
        box = editor.draw(20, 40, 2000, 6000)  # long: it is to be heard until the filter is off again
    assert_band(found.value, box.low_hz, box.high_hz)
    assert state(editor) == f"{(box.low_hz or 0) / 1000:.1f}–{(box.high_hz or 0) / 1000:.1f} kHz"
    with editor.page.expect_request(filtered) as found:
        editor.press("ArrowUp")
    assert_band(found.value, editor.box(box.id).low_hz, editor.box(box.id).high_hz)
    editor.press("p")
    wait_for_sound(editor, box.start_s)
    assert "low_hz" in ears(editor, "sound.src")
    editor.press("g")
    wait_for_sound(editor, box.start_s)
    assert "blob:" in ears(editor, "sound.src")


def stop_at_end(editor: EditorPage) -> None:
    """A selection stops where it ends."""
    box = editor.draw(20, 20.6, 2000, 6000)
    editor.press("j", "j")
    for count in (1, 2):
        editor.press("p")
        editor.page.wait_for_function(f"() => window.ears.pauses.length === {count}", polling=50)
        assert box.end_s - TOLERANCE_S <= ears(editor, "pauses.at(-1)") <= box.end_s + LATE_S
        assert ears(editor, "time()") == pytest.approx(box.end_s, abs=0.001)
        editor.page.evaluate(
            "() => { window.requestAnimationFrame = () => 0; }"
        )  # in the background, nothing is painted


def be_quiet(editor: EditorPage) -> None:
    """Stop, at the usual speed, without boxes, at the start, with nothing remembered of what was heard."""
    if not ears(editor, "sound?.paused ?? true"):
        editor.press("Space")
    editor.press("i", "Escape", "Home", "Control+a", "Delete")
    expect(editor.root.locator("[data-region-id]")).to_have_count(0)
    expect(editor.root.locator(".sound-state")).to_be_hidden()
    editor.page.evaluate("() => Object.assign(window.ears, {pauses: [], starts: 0})")


def test_sound_is_slowed_looped_filtered_and_stopped(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    listen(editor)
    for step in (offer_no_heterodyne, change_speed, loop_selection, filter_by_box, stop_at_end):
        be_quiet(editor)
        step(editor)


def test_a_loop_repeats_the_session(open_editor: OpenEditor, ultrasonic_round: str) -> None:
    editor = open_editor(ultrasonic_round)
    listen(editor)
    editor.press("Shift+L", "Space")
    wait_for_sound(editor, 3.0)
    editor.page.wait_for_function("() => window.ears.time() < 2", polling=50)
    assert not ears(editor, "sound.paused")


def test_a_sound_that_the_server_refuses_is_replaced_by_the_recorded_one(
    open_editor: OpenEditor, new_round: NewRound
) -> None:
    editor = open_editor(new_round(1).id)
    listen(editor)
    intercept(
        editor.page,
        "**/audio.wav*speed=*",
        lambda route: route.fulfill(status=400, json={"detail": "Too slow for a test."}),
    )
    editor.press("Space")
    wait_for_sound(editor, 0.1)
    editor.press("j", "j")
    expect(editor.root.locator("[data-ref=notice]")).to_contain_text("Too slow for a test.")
    wait_for_sound(editor, 0.1)
    assert "blob:" in ears(editor, "sound.src")


def test_a_browser_that_refuses_to_play_is_explained(open_editor: OpenEditor, new_round: NewRound) -> None:
    editor = open_editor(new_round(1).id)
    editor.wait_ready()
    editor.page.evaluate(
        "() => { HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )
    editor.press("Space")
    expect(editor.root.locator("[data-ref=notice]")).to_contain_text("only after a click or a key")
    expect(editor.root.locator("[data-ref=play]")).to_have_attribute("aria-label", "Play")


def test_server_and_browser_share_the_speed(evaluate: Evaluate) -> None:
    plans = evaluate(
        "editor/sound/sound_plan.js",
        """({planSound, NORMAL}) => [[1, false, 48000], [0.5, false, 48000], [0.4, false, 48000], [0.05, false, 48000],
            [0.07, true, 48000], [2, false, 500000], [0.5, false, 500000], [0.3, false, 500000], [0.3, true, 500000]]
          .map(([speed, keepPitch, sample_rate_hz]) => {
            const view = {recording: {sample_rate_hz}, audio: {url: "a?v=1"}};
            const plan = planSound({...NORMAL, speed, keepPitch}, view, null);
            return [plan.url, plan.expansion, Math.round(plan.rate * 1000) / 1000];
          })""",
    )
    assert plans == [
        [None, 1, 1],
        [None, 1, 0.5],
        ["a?v=1&speed=0.25", 0.25, 1.6],
        ["a?v=1&speed=0.05", 0.05, 1],
        ["a?v=1&speed=0.05&keep_pitch=true", 0.05, 1.4],
        [None, 1, 2],
        ["a?v=1&speed=0.5", 0.5, 1],
        ["a?v=1&speed=0.25", 0.25, 1.2],
        ["a?v=1&speed=0.25&keep_pitch=true", 0.25, 1.2],
    ]


def test_the_speed_slider_is_logarithmic_and_keeps_its_marks(evaluate: Evaluate) -> None:
    result = evaluate(
        "editor/sound/sound_plan.js",
        """({SPEEDS, sliderToSpeed, speedToSlider, stepSpeed}) => ({
          marks: SPEEDS.map((speed) => sliderToSpeed(speedToSlider(speed))),
          places: SPEEDS.map((speed) => Math.round(speedToSlider(speed) * 100)),
          steps: [stepSpeed(1, -1), stepSpeed(0.3, -1), stepSpeed(0.3, 1), stepSpeed(2, 1), stepSpeed(0.05, -1)],
          between: [0.1, 0.3, 0.55].map(sliderToSpeed),
        })""",
    )
    assert result["marks"] == [0.05, 0.1, 0.25, 0.5, 1, 2]
    assert result["places"] == [0, 19, 44, 62, 81, 100]
    assert result["steps"] == [0.5, 0.25, 0.5, 2, 0.05]
    assert all(0.05 <= speed <= 2 for speed in result["between"])
