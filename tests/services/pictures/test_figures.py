"""Figures for papers: what is known of a sound lies where the axes say, in every kind of file; settings come back."""

import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.figure import FigureLook, check_format, read_look
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.figures import printing
from podcast_core.services.labels import rounds
from podcast_core.services.pictures import figures
from podcast_core.services.pictures.figures import DrawnFigure
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_sessions, make_sound, submit, write_recording

RATE_HZ = 16_000
CALL = AnswerBox(2.0, 4.0, "call", low_hz=2_500.0, high_hz=3_500.0)
SMALL = FigureLook(dpi=100)


@pytest.fixture
def tone(workspace: Workspace) -> Workspace:
    """A round with a tone of 3 kHz from 2 to 4 s, and a click at 6.5 s of 10."""
    samples = make_sound(10, [(2, 4)], call_hz=3_000, rate_hz=RATE_HZ, noise_level=0.001)
    samples[int(6.5 * RATE_HZ)] = 0.95
    recording = write_recording(workspace.settings.data_dir / "tone.wav", samples, RATE_HZ)
    rounds.add_round(workspace, name="sea", labels=["call", "click"])
    add_recording(workspace, recording, make_sessions(recording, "sea", "sea_{}"))
    submit(workspace, "sea", "sea_0", CALL, AnswerBox(6.4, 6.6, "click"))
    return workspace


def draw(workspace: Workspace, look: FigureLook = SMALL, **part: Any) -> DrawnFigure:
    return figures.draw_session(workspace, round_id="sea", session_id="sea_0", look=look, **part)


def find_plot(drawn: DrawnFigure, row: int = 0) -> tuple[tuple[float, float], tuple[float, float]]:
    """Say where a picture lies in the file: its left and right edge, and its lower and upper one, from 0 to 1."""
    layout = drawn.figure.layout
    x, y = layout[f"xaxis{2 * row + 1}"].domain, layout[f"yaxis{2 * row + 1}"].domain
    margin, width, height = layout.margin, layout.width, layout.height
    inner = width - margin.l - margin.r, height - margin.t - margin.b
    across = [(margin.l + each * inner[0]) / width for each in x]
    up = [(margin.b + each * inner[1]) / height for each in y]
    return (across[0], across[1]), (up[0], up[1])


def read_brightness(pixels: Any) -> Any:
    return np.asarray(pixels, float).sum(axis=2)


def find_loudest(drawn: DrawnFigure, pixels: Any) -> tuple[float, float]:
    """Find the seconds at which the click is brightest, and the hertz at which the tone is, in a file's pixels."""
    (left, right), (low, high) = find_plot(drawn)
    bright = read_brightness(pixels)
    height, width = bright.shape
    inside = bright[
        round((1 - high) * height) + 2 : round((1 - low) * height) - 2,
        round(left * width) + 2 : round(right * width) - 2,
    ]
    rows, columns = inside.shape
    tone_row = inside[:, round(columns * 0.25) : round(columns * 0.35)].sum(axis=1).argmax()
    quiet = inside[: round(rows * 0.4), round(columns * 0.5) :]  # above the tone, after it
    click_column = round(columns * 0.5) + quiet.sum(axis=0).argmax()
    return 10 * (click_column + 0.5) / columns, RATE_HZ / 2 * (1 - (tone_row + 0.5) / rows)


def test_a_tone_and_a_click_lie_where_the_axes_say_and_settings_come_back(tone: Workspace) -> None:
    drawn = draw(tone, FigureLook(dpi=100, boxes=False))
    for kind in ("png", "svg", "pdf"):
        data = figures.write(drawn, check_format(kind))
        assert figures.read_settings(data) == json.loads(json.dumps(drawn.settings))
    printed = figures.write(drawn, "png")
    assert printed == figures.write(drawn, "png")  # the same figure is the same file
    image = Image.open(io.BytesIO(printed))
    assert image.size == (709, 354)  # 180 x 90 mm at 100 dpi
    assert image.info["dpi"] == pytest.approx((100, 100), abs=0.1)
    seconds, hertz = find_loudest(drawn, image.convert("RGB"))
    assert seconds == pytest.approx(6.5, abs=0.03)
    assert hertz == pytest.approx(3_000, abs=60)
    told = drawn.settings
    assert (told["round"], told["session"], told["recording"]["file_name"]) == ("sea", "sea_0", "tone.wav")


def test_boxes_labels_waveform_and_colour_bar_are_drawn_or_left_out(tone: Workspace) -> None:
    figure = draw(tone).figure
    picture, wave = figure.data
    assert (picture.x[0], picture.x[-1], picture.y[-1]) == (0, 10, RATE_HZ / 2)
    assert picture.colorbar.title.text == "dBFS"
    loudest = np.asarray(picture.z).max()
    assert loudest == pytest.approx(20 * np.log10(0.3), abs=1.0)  # Hann windows lose up to 1.4 dB between bins
    assert np.abs(wave.y).max() == pytest.approx(0.95, abs=0.01)
    boxes = [(each.x0, each.x1, each.y0, each.y1) for each in figure.layout.shapes]
    assert boxes == [(2, 4, 2_500, 3_500), (6.4, 6.6, 0, 8_000)]
    assert [each.text for each in figure.layout.annotations] == ["call", "click"]
    bare = draw(tone, FigureLook(dpi=100, waveform=False, boxes=False, colorbar=False), start_s=1.5, end_s=4.5).figure
    (picture,) = bare.data
    assert (picture.x[0], picture.x[-1], picture.showscale) == (1.5, 4.5, False)
    assert not bare.layout.shapes
    moved = draw(tone, FigureLook(dpi=100, from_zero=True, scale="log", low_hz=100.0), start_s=1.5, end_s=4.5).figure
    assert moved.layout.shapes[0].x0 == 0.5
    assert moved.layout.yaxis1.type == "log"
    assert figures.write(draw(tone, FigureLook(dpi=50, scale="log", background="black")), "png")


def test_names_without_room_are_in_a_legend(tone: Workspace) -> None:
    crowded = [
        AnswerBox(2 + n / 50, 2.01 + n / 50, "call" if n % 2 else "click", low_hz=100, high_hz=4_000) for n in range(20)
    ]
    submit(tone, "sea", "sea_0", *crowded, base_revision=1)
    texts: Sequence[Any] = draw(tone).figure.layout.annotations
    assert sorted({each.text for each in texts if each.xref == "paper"}) == ["call", "click"]
    assert len([each for each in texts if each.xref != "paper"]) < 4


def test_a_grid_has_a_row_per_label_with_the_same_scales(tone: Workspace) -> None:
    drawn = figures.draw_examples(tone, round_id="sea", per_label=2, look=FigureLook(dpi=50, height_mm=120))
    pictures = [each for each in drawn.figure.data if each.type == "heatmap"]
    assert len(pictures) == 2  # one call of each
    assert {each.x[-1] - each.x[0] for each in pictures} == {4.0}  # half the longest call on both sides
    assert [each.text for each in drawn.figure.layout.annotations] == ["call", "click"]
    assert [each["label"] for each in drawn.settings["calls"]] == ["call", "click"]
    (one,) = figures.draw_examples(tone, round_id="sea", labels=["click"], margin_s=0.3).settings["calls"]
    assert one["start_s"] == pytest.approx(6.4)
    with pytest.raises(InvalidInput, match="expected some of call, click; found 'song'"):
        figures.draw_examples(tone, round_id="sea", labels=["song"])
    with pytest.raises(InvalidInput, match="no sound"):
        figures.write(drawn, "mp4")
    rounds.add_round(tone, name="empty", labels=["call"])
    with pytest.raises(NotFound, match="no annotation"):
        figures.draw_examples(tone, round_id="empty")


def open_video(data: bytes) -> Any:
    import av

    return av.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_video_has_its_sound_a_line_that_follows_it_and_its_settings(tone: Workspace, kind: Any) -> None:
    told: list[float] = []
    drawn = draw(tone, FigureLook(dpi=60, boxes=False))
    data = figures.write(drawn, kind, on_progress=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 1)
    assert figures.read_settings(data)["session"] == "sea_0"
    with open_video(data) as container:
        heard = np.concatenate([each.to_ndarray().ravel() for each in container.decode(audio=0)])
    assert len(heard) / 48_000 == pytest.approx(10, abs=0.1)
    spectrum = np.abs(np.fft.rfft(heard[3 * 48_000 : 3 * 48_000 + 4_800]))
    assert spectrum.argmax() * 10 == pytest.approx(3_000, abs=10)
    assert np.abs(heard).argmax() / 48_000 == pytest.approx(6.5, abs=0.05)
    (left, right), _ = find_plot(drawn)
    with open_video(data) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 100 == 50:
                red, green, blue = (np.asarray(frame.to_ndarray(format="rgb24"), int)[..., n] for n in range(3))
                found = (red - green - blue)[5:-30].sum(axis=0).argmax() / red.shape[1]
                assert (found - left) / (right - left) * 10 == pytest.approx(number / 25, abs=0.05)
    slow = figures.write(draw(tone, FigureLook(dpi=50), start_s=2, end_s=4), kind, speed=0.5)
    with open_video(slow) as container:
        assert container.duration / 1e6 == pytest.approx(4, abs=0.1)


def test_what_cannot_be_drawn_is_said(tone: Workspace) -> None:
    for wrong, reason in (
        ({"width_mm": "5"}, "width must be between 20 and 1200 mm, found 5 mm"),
        ({"width_mm": 1_000, "dpi": 600}, "up to 10,000 pixels a side"),
        ({"dpi": "many"}, "dpi: expected a whole number, found 'many'"),
        ({"waveform": "perhaps"}, "waveform: expected true or false"),
        ({"background": "pink"}, "background: expected one of white, black, found 'pink'"),
        ({"depth": 3}, "found 'depth'"),
        ({"floor_db": 0, "ceiling_db": -10}, "lower end must be below"),
    ):
        with pytest.raises(InvalidInput, match=reason):
            read_look(wrong)
    assert read_look({"waveform": "false", "color_map": None, "width_mm": "85", "dpi": "600"}) == FigureLook(
        waveform=False, width_mm=85, dpi=600
    )
    with pytest.raises(InvalidInput, match="Give both of its ends"):
        draw(tone, FigureLook(floor_db=100))
    with pytest.raises(InvalidInput, match="expected 0 <= start_s"):
        draw(tone, start_s=5, end_s=3)
    with pytest.raises(InvalidInput, match="1,920 pixels a side"):
        figures.write(draw(tone, FigureLook(dpi=600)), "mp4")
    with pytest.raises(InvalidInput, match="lasts up to 180 s"):
        figures.write(draw(tone), "mp4", speed=0.05)
    for data in (b"", b"%PDF-1.4 nothing", b"<svg/>", b"\x89PNG\r\n\x1a\nno", b"RIFF", b"<!ENTITY"):
        with pytest.raises(InvalidInput, match="no settings"):
            figures.read_settings(data)
    odd = draw(tone).figure.add_bar(x=[1], y=[2], xaxis="x1", yaxis="y1")
    with pytest.raises(InvalidInput, match="cannot be printed"):
        printing.paint(odd, 50)
