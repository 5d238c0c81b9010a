"""Ultrasound: how it is heard, what is said of what cannot be heard, and milliseconds."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Evaluate, OpenEditor
from tests.browser.ears import ears, listen, state, wait_for_sound


def test_ultrasound_at_500_khz_is_heard(open_editor: OpenEditor, ultrasonic_round: str) -> None:
    editor = open_editor(ultrasonic_round)
    listen(editor)
    editor.press("Space")
    wait_for_sound(editor, 0.2)
    editor.press("j", "j", "j", "Home", "Space")
    if ears(editor, "sound.paused"):
        editor.press("Space")
    wait_for_sound(editor, 0.05)
    assert "speed=0.1" in ears(editor, "sound.src")
    assert ears(editor, "sound.duration") == pytest.approx(40, abs=0.01)
    editor.press("i", "h")
    assert state(editor) == "het. 40 kHz"
    wait_for_sound(editor, 0.1)
    assert "heterodyne_hz=40000" in ears(editor, "sound.src")
    assert ears(editor, "sound.duration") == pytest.approx(4, abs=0.01)


def test_what_is_too_high_to_be_heard_is_said_and_a_tenth_is_offered(
    open_editor: OpenEditor, ultrasonic_round: str
) -> None:
    editor = open_editor(ultrasonic_round)
    listen(editor)
    hearing = editor.root.locator("[data-ref=hearing]")
    for width, height in ((1280, 640), (390, 844), (1440, 900)):
        editor.page.set_viewport_size({"width": width, "height": height})
        expect(hearing).to_contain_text("Sound above 20 kHz cannot be heard at 1×.")
        expect(hearing).to_be_in_viewport(ratio=1)
    low = editor.draw(1, 1.5, 2000, 9000)  # selected, and to be heard
    assert low.high_hz is not None
    expect(hearing).to_be_hidden()
    editor.draw(2, 2.5, 40_000, 60_000)
    expect(hearing).to_contain_text("This call is ultrasonic: it cannot be heard at 1×.")
    hearing.get_by_role("button", name="Play at 1/10").click()
    wait_for_sound(editor, 1.9)
    assert "speed=0.1" in ears(editor, "sound.src")
    assert state(editor) == "0.1×"
    expect(hearing).to_be_hidden()
    editor.press("o")  # slow, but as high as it was
    expect(hearing).to_contain_text("cannot be heard with its pitch kept")
    editor.press("h")  # a heterodyne makes it audible
    expect(hearing).to_be_hidden()


def test_only_what_is_selected_or_on_screen_counts_in_recordings_that_are_not_of_ultrasound(evaluate: Evaluate) -> None:
    found = evaluate(
        "editor/sound/ultrasound_hint.js",
        """({hearingOf}) => {
          const box = (low_hz, high_hz) => ({low_hz, high_hz});
          const sound = {speed: 1, keepPitch: false, heterodyne: false, carrierKHz: 40};
          const say = (rate, chosen, shown, changes = {}) => {
            const view = {recording: {sample_rate_hz: rate}};
            return hearingOf({...sound, ...changes}, view, chosen, {low: shown[0], high: shown[1]});
          };
          return [
            say(96000, null, [0, 48000]), say(96000, box(25000, 30000), [0, 48000]), say(96000, null, [21000, 48000]),
            say(48000, box(1000, 2000), [0, 24000]), say(384000, null, [0, 192000]),
            say(384000, box(null, null), [0, 192000]), say(384000, box(1000, 90000), [0, 192000]),
            say(384000, box(60000, 90000), [0, 192000], {speed: 0.5}), say(384000, null, [0, 192000], {speed: 0.1}),
          ].map((said) => said && said.text);
        }""",
    )
    ultrasound, partly = "ultrasonic: it cannot be heard at 1×.", "Sound above 20 kHz cannot be heard at 1×."
    assert found == [
        None,
        f"This call is {ultrasound}",
        f"The sound on screen is {ultrasound}",
        None,
        partly,
        partly,
        partly,
        "This call is ultrasonic: it cannot be heard at 0.5×.",
        None,
    ]


def test_calls_of_a_few_milliseconds_are_shown_in_milliseconds_everywhere(
    open_editor: OpenEditor, ultrasonic_round: str
) -> None:
    editor = open_editor(ultrasonic_round, viewport={"width": 1700, "height": 900})
    session_id = editor.wait_ready()
    box = editor.draw(1, 1.5, 30_000, 60_000)
    end = editor.root.get_by_label("Box 1: End (s)")
    end.fill(f"{box.start_s + 0.00537:.9f}")
    end.press("Enter")
    editor.press("Escape")

    def check() -> None:
        expect(editor.root.locator("tbody td.length")).to_have_text("5.37 ms")
        expect(editor.root.locator(".inspector .about")).to_contain_text("(5.37 ms)")
        expect(editor.root.locator("[data-region-id] title")).to_contain_text("(5.37 ms)")

    check()
    editor.press("Enter")
    editor.wait_ready(after=session_id)
    editor.wait_sent()
    editor.page.goto(f"{editor.base_url}/review?round={ultrasonic_round}&session={session_id}")
    editor.wait_ready()
    editor.press(".")
    check()


def test_durations_have_the_digits_that_they_need(evaluate: Evaluate) -> None:
    seconds = [0.0001, 0.00537, 0.0099, 0.01, 0.0125, 0.5, 1.25, 61.0]
    found = evaluate("web/numbers.js", "({formatDuration}, seconds) => seconds.map(formatDuration)", seconds)
    assert found == ["0.10 ms", "5.37 ms", "9.90 ms", "0.010 s", "0.013 s", "0.500 s", "1.25 s", "61.00 s"]
