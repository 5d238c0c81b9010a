"""The picture: where clicks and tones are drawn, sharper parts, levels and colours, what is remembered."""

import json
import re
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from pages.shared.assets import asset_url
from podcast_core.audio.grid import Grid, Scale
from podcast_core.domain.display import COLOR_MAPS, Display
from podcast_core.domain.label import Label
from podcast_core.domain.prediction import Prediction
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.app_page import card_of
from tests.browser.conftest import NewPage, NewRound, OpenEditor
from tests.browser.editor_page import EditorPage
from tests.building import add_prediction_set, add_recording, make_sessions, write_recording
from tests.pictures import to_x, to_y
from tests.serving import Server

LOADED_MS = 60_000
CLICK_S, TONE_HZ = 7.3, 5_000.0

AddSession = Callable[..., str]
Span = tuple[float, float, float, float]

# Brightness per column or row of the canvas; `without` CSS pixels around a place on the other axis do not count.
BRIGHTNESS = """(canvas, {axis, place, without}) => {
  const {width, height} = canvas, ratio = width / canvas.clientWidth;
  const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
  const sums = new Array(axis === "x" ? width : height).fill(0);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) {
    const other = (axis === "x" ? y : x) / ratio;
    if (place !== null && Math.abs(other - place) < without) continue;
    const at = 4 * (y * width + x);
    sums[axis === "x" ? x : y] += data[at] + data[at + 1] + data[at + 2];
  }
  return sums; }"""


@pytest.fixture
def add_session(served: Workspace, tmp_path: Path, request: pytest.FixtureRequest) -> AddSession:
    """Add a round with one session of these samples, and predictions (start, end, low, high); its id."""

    def add(samples: np.ndarray, rate: int, boxes: Sequence[Span] = (), **display: object) -> str:
        round_id = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60] + f"-{uuid.uuid4().hex[:4]}"
        labels = [Label("call", "#56b4e9", "1")]
        made = Display(**display)  # type: ignore[arg-type]
        rounds.add_round(served, round_id=round_id, name=round_id, labels=labels, display=made)
        recording = write_recording(tmp_path / f"{round_id}.wav", samples, rate, digits=uuid.uuid4().hex)
        add_recording(served, recording, make_sessions(recording, round_id, round_id))
        found = [
            Prediction(*(start, end, "call", 0.9), id=str(uuid.uuid4()), session_id=round_id, low_hz=low, high_hz=high)
            for start, end, low, high in boxes
        ]
        add_prediction_set(served, round_id, *found, set_id=round_id, model="test")
        return round_id

    return add


def make_click_and_tone(rate: int, seconds: float) -> np.ndarray:
    """A click at CLICK_S and a steady tone of TONE_HZ in quiet noise."""
    time = np.arange(round(seconds * rate)) / rate
    samples = 1e-4 * np.random.default_rng(3).standard_normal(len(time)) + 0.02 * np.sin(2 * np.pi * TONE_HZ * time)
    samples[round(CLICK_S * rate)] += 0.9
    return np.asarray(samples)


def canvas_of(editor: EditorPage) -> Locator:
    return editor.root.locator("canvas.picture")


def menu_of(editor: EditorPage) -> Locator:
    menu = editor.root.locator("details.menu.look")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    return menu


def wait_sharp(editor: EditorPage) -> Grid:
    """Wait for the sharpest picture; the grid of what is on screen, in CSS pixels."""
    canvas = canvas_of(editor)
    expect(canvas).to_have_attribute("data-sharp", "true", timeout=LOADED_MS)
    view = canvas.evaluate("node => ({...node.dataset, width: node.clientWidth, height: node.clientHeight})")
    return Grid(
        width_px=view["width"],
        height_px=view["height"],
        start_s=float(view["t0"]),
        end_s=float(view["t1"]),
        low_hz=float(view["f0"]),
        high_hz=float(view["f1"]),
        scale=view["scale"],
    )


def brightest(editor: EditorPage, axis: str, place: float | None, without: float = 12) -> float:
    """The brightest column or row, in CSS pixels."""
    asked = {"axis": axis, "place": place, "without": without}
    sums = np.array(canvas_of(editor).evaluate(BRIGHTNESS, asked))
    width = canvas_of(editor).evaluate("canvas => canvas.width / canvas.clientWidth")
    return float((np.flatnonzero(sums >= sums.max() * 0.999).mean() + 0.5) / width)


def zoom(editor: EditorPage, grid: Grid, notches: int, *, band: bool = False) -> Grid:
    """Turn the wheel over the crossing of click and tone."""
    area = editor.plot.bounding_box()
    assert area is not None
    editor.page.mouse.move(area["x"] + to_x(grid, CLICK_S), area["y"] + to_y(grid, TONE_HZ))
    before = canvas_of(editor).get_attribute("data-t1" if not band else "data-f1")
    if band:
        editor.page.keyboard.down("Alt")
    for _ in range(notches):
        editor.page.mouse.wheel(0, -400)
    if band:
        editor.page.keyboard.up("Alt")
    expect(canvas_of(editor)).not_to_have_attribute("data-t1" if not band else "data-f1", before or "")
    return wait_sharp(editor)


def assert_in_place(editor: EditorPage, grid: Grid, rate: int) -> None:
    x, y = to_x(grid, CLICK_S + 0.5 / rate), to_y(grid, TONE_HZ)
    assert abs(brightest(editor, "x", y) - x) <= 1
    assert abs(brightest(editor, "y", x, 100) - y) <= 1


@pytest.mark.parametrize("scale", get_args(Scale))
def test_a_click_and_a_tone_are_drawn_within_a_pixel_at_every_zoom(
    open_editor: OpenEditor, add_session: AddSession, scale: str
) -> None:
    rate = 48_000
    # A long window: the tone is a line. The click is as short as the window, and in the middle of it.
    editor = open_editor(add_session(make_click_and_tone(rate, 20), rate, scale=scale, window_samples=2048))
    editor.wait_ready()
    grid = wait_sharp(editor)
    assert grid.scale == scale
    assert_in_place(editor, grid, rate)
    grid = zoom(editor, grid, 3)
    assert_in_place(editor, grid, rate)
    grid = zoom(editor, grid, 3, band=True)
    assert_in_place(editor, grid, rate)
    grid = zoom(editor, grid, 4)
    assert grid.end_s - grid.start_s < 0.5
    assert_in_place(editor, grid, rate)


def test_a_bat_call_of_3_ms_is_readable_in_a_minute_at_500_khz(
    open_editor: OpenEditor, add_session: AddSession
) -> None:
    rate, start_s, length_s = 500_000, 33.3, 0.003
    time = np.arange(round(length_s * rate)) / rate
    sweep_hz = (200_000.0, 40_000.0)
    phase = 2 * np.pi * (sweep_hz[0] * time + (sweep_hz[1] - sweep_hz[0]) / (2 * length_s) * time**2)
    samples = 0.002 * np.random.default_rng(4).standard_normal(60 * rate).astype(np.float32)
    samples[round(start_s * rate) :][: len(time)] += (0.05 * np.sin(phase) * np.hanning(len(time))).astype(np.float32)
    editor = open_editor(add_session(samples, rate, [(start_s, start_s + length_s, 40_000.0, 200_000.0)]))
    editor.wait_ready()
    editor.press(".", "z")
    expect(canvas_of(editor)).not_to_have_attribute("data-t0", "0")
    grid = wait_sharp(editor)
    assert grid.end_s - grid.start_s < 0.02
    assert (grid.low_hz, grid.high_hz) == (0, 250_000)
    pixels = np.array(
        canvas_of(editor).evaluate(
            """canvas => { const {width, height} = canvas;
              const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
              return Array.from({length: height}, (_, y) => Array.from({length: width}, (_, x) => {
                const at = 4 * (y * width + x); return data[at] + data[at + 1] + data[at + 2]; })); }"""
        )
    )
    for share in (0.3, 0.5, 0.7):
        at_s = start_s + share * length_s
        expected = to_y(grid, sweep_hz[0] + share * (sweep_hz[1] - sweep_hz[0]))
        column = pixels[:, round(to_x(grid, at_s))]
        assert abs(column.argmax() + 0.5 - expected) < 12  # 5 kHz
        assert column.max() > np.median(pixels) + 200


def test_zooming_fetches_a_sharper_part_once_it_rests_and_colours_fetch_nothing(
    open_editor: OpenEditor, add_session: AddSession
) -> None:
    editor = open_editor(add_session(make_click_and_tone(48_000, 20), 48_000))
    editor.wait_ready()
    asked: list[str] = []
    editor.page.on("request", lambda request: asked.append(request.url))
    wait_sharp(editor)
    editor.plot.evaluate(  # at once, as no slow machine tears them apart
        """node => { const {left, top, width, height} = node.getBoundingClientRect();
          const place = {clientX: left + width / 3, clientY: top + height / 2, deltaY: -400, cancelable: true};
          for (let turn = 0; turn < 5; turn += 1) node.dispatchEvent(new WheelEvent("wheel", place)); }"""
    )
    expect(canvas_of(editor)).not_to_have_attribute("data-t0", "0")
    grid = wait_sharp(editor)
    assert grid.end_s - grid.start_s < 2
    assert len([url for url in asked if "/picture.jpg?" in url and "start_s=" in url]) == 1
    asked.clear()
    menu = menu_of(editor)
    before = canvas_of(editor).evaluate("canvas => canvas.toDataURL()")
    for name, value in (("floor", "-60"), ("ceiling", "-20"), ("brightness", "0.2"), ("contrast", "2")):
        control = menu.locator(f"[data-picture={name}]")
        control.fill(value)
        after = canvas_of(editor).evaluate("canvas => canvas.toDataURL()")
        assert after != before, name
        before = after
    expect(menu.locator("[data-level=floor]")).to_have_text("-60 dB")
    menu.get_by_label("Colours").select_option("turbo")
    assert canvas_of(editor).evaluate("canvas => canvas.toDataURL()") != before
    assert [url for url in asked if "/picture" in url or "/peaks" in url] == []


def test_the_round_says_how_it_looks_at_first_and_a_person_changes_it_for_good(
    open_editor: OpenEditor, add_session: AddSession
) -> None:
    round_id = add_session(
        make_click_and_tone(48_000, 10), 48_000, scale="mel", denoise="median", color_map="grey", low_hz=200.0
    )
    editor = open_editor(round_id)
    editor.wait_ready()
    grid = wait_sharp(editor)
    assert (grid.scale, grid.low_hz) == ("mel", 200)
    menu = menu_of(editor)
    assert menu.get_by_label("Noise reduction").input_value() == "median"
    menu.get_by_label("Shape").select_option("Blackman-Harris")
    menu.get_by_label("Frequency axis").select_option("log, constant-Q")
    expect(canvas_of(editor)).to_have_attribute("data-scale", "log", timeout=LOADED_MS)
    expect(menu.get_by_label("Overlap")).to_be_disabled()  # each row has its own window
    menu.get_by_label("Highest frequency in kHz").fill("10")
    menu.get_by_label("Highest frequency in kHz").press("Enter")
    expect(canvas_of(editor)).to_have_attribute("data-f1", "10000", timeout=LOADED_MS)
    editor.page.reload()
    editor.wait_ready()
    grid = wait_sharp(editor)
    assert (grid.scale, grid.high_hz) == ("log", 10_000)
    chosen = [menu_of(editor).get_by_label(name).input_value() for name in ("Frequency axis", "Shape")]
    assert chosen == ["constant-q", "blackmanharris"]
    menu_of(editor).get_by_role("button", name="Reset").click()
    expect(canvas_of(editor)).to_have_attribute("data-scale", "mel", timeout=LOADED_MS)
    expect(canvas_of(editor)).to_have_attribute("data-f1", "24000")
    kept = editor.page.evaluate("(round) => localStorage[`podcast:picture:${round}`]", round_id)
    assert json.loads(kept) == {}


def check_levels(editor: EditorPage) -> None:
    """Levels can be moved both ways."""
    picture = editor.view()["picture"]
    wait_sharp(editor)
    menu = menu_of(editor)
    mean = """canvas => { const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, 100);
      return data.reduce((sum, value) => sum + value, 0); }"""
    start = canvas_of(editor).evaluate(mean)
    menu.locator("[data-picture=floor]").fill(str(round(picture["floor_db"] - 15)))
    brighter = canvas_of(editor).evaluate(mean)
    menu.locator("[data-picture=floor]").fill(str(round(picture["floor_db"] + 15)))
    assert canvas_of(editor).evaluate(mean) < start < brighter


def check_cursor(editor: EditorPage) -> None:
    """The cursor tells time, frequency and level."""
    grid = wait_sharp(editor)
    area = editor.plot.bounding_box()
    assert area is not None
    editor.page.mouse.move(area["x"] + to_x(grid, 12.0), area["y"] + to_y(grid, TONE_HZ))
    text = editor.root.locator("[data-ref=cursor]")
    expect(text).to_have_text(re.compile(r"^12\.\d+ s · [45]\.\d+ kHz · −3[2-8] dB$"))  # 0.02 is -34 dB


def check_keys(editor: EditorPage) -> None:
    """Keys go up and down in a picture zoomed in frequency."""
    grid = zoom(editor, wait_sharp(editor), 3, band=True)
    editor.press("Shift+PageUp")
    expect(canvas_of(editor)).not_to_have_attribute("data-f0", str(grid.low_hz))
    assert float(canvas_of(editor).get_attribute("data-f0") or 0) > grid.low_hz
    editor.press("0")
    expect(canvas_of(editor)).to_have_attribute("data-f0", "0")


def check_impossible_range(editor: EditorPage) -> None:
    """A range that cannot be is explained, and nothing changes."""
    field = menu_of(editor).get_by_label("Lowest frequency in kHz")
    field.fill("30")
    field.press("Enter")
    expect(editor.root.locator("[data-ref=notice]")).to_contain_text("from 0 to 24 kHz")
    expect(field).to_have_value("0")


def wait_for_times(editor: EditorPage, start_s: float, end_s: float, most_s: float) -> None:
    """Wait until this part of the session is drawn, which is done with the browser's next frame."""
    near = """([node, start, end, most]) =>
      Math.abs(node.dataset.t0 - start) <= most && Math.abs(node.dataset.t1 - end) <= most"""
    canvas = canvas_of(editor).element_handle()
    editor.page.wait_for_function(near, arg=[canvas, start_s, end_s, most_s], polling=50)


def check_strip(editor: EditorPage) -> None:
    """The strip above moves and zooms the picture."""
    wait_sharp(editor)
    strip = editor.root.locator(".navigator")
    area = strip.bounding_box()
    assert area is not None

    def at(seconds: float) -> tuple[float, float]:
        return area["x"] + seconds / 20 * area["width"], area["y"] + area["height"] / 2

    pixel = 20 / area["width"]
    editor.drag(at(4), at(8))
    wait_for_times(editor, 4, 8, 2 * pixel)
    wait_sharp(editor)
    editor.drag(at(6), at(11))
    wait_for_times(editor, 9, 13, 3 * pixel)
    editor.drag(at(13), at(15))
    wait_for_times(editor, 9, 15, 4 * pixel)
    slider = editor.root.get_by_role("slider", name="Part of the session on screen")
    slider.focus()
    editor.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^9\.6 to 15\.6 of 20\.0 seconds$"))
    wave = editor.root.locator("canvas.wave")
    assert wave.evaluate("node => node.getBoundingClientRect().left") == pytest.approx(
        canvas_of(editor).evaluate("node => node.getBoundingClientRect().left"), abs=0.5
    )


def test_the_picture_is_looked_at_by_cursor_keys_strip_and_menu(
    open_editor: OpenEditor, add_session: AddSession
) -> None:
    samples = make_click_and_tone(48_000, 20)
    editor = open_editor(add_session(samples, 48_000, color_map="grey", window_samples=1024))
    editor.wait_ready()
    check_cursor(editor)
    check_keys(editor)
    check_strip(editor)
    editor.press("0")
    wait_for_times(editor, 0, 20, 1e-6)  # else the levels are of another part
    check_levels(editor)
    check_impossible_range(editor)


def test_the_round_form_and_the_editor_know_the_same_colour_maps(server: Server, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{server.url}/{asset_url('web/color_maps.js')}")
    found = page.evaluate(f"async () => (await import('/{asset_url('web/color_maps.js')}')).COLOR_MAPS")
    assert sorted(found) == sorted(COLOR_MAPS)


def test_a_rounds_first_look_can_be_changed(
    served: Workspace, server: Server, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round()
    page: Page = new_page()
    page.goto(server.url)
    card = card_of(page, round_.name)
    card.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Highest frequency (kHz)").fill("8")
    dialog.get_by_label("Black at (dB)").fill("-40")
    dialog.get_by_label("White at (dB)").fill("-60")
    dialog.get_by_label("Minimum length of new boxes (s)").fill("0.05")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The levels shown", timeout=LOADED_MS)
    dialog.get_by_label("White at (dB)").fill("0")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden(timeout=LOADED_MS)
    display = rounds.get_round(served, round_id=round_.id).display
    assert (display.high_hz, display.floor_db, display.ceiling_db, display.min_box_s) == (8000, -40, 0, 0.05)
