import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from podcast_core.audio.grid import Grid
from podcast_core.domain.display import WINDOW_TYPES
from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import rounds
from podcast_core.services.pictures import sound_segments, sounds, spectrograms
from podcast_core.services.pictures.recording_pictures import get_tile
from podcast_core.services.pictures.requests import SpectrogramRequest
from podcast_core.services.pictures.spectrograms import PictureFile, PictureInfo
from podcast_core.workspace import Workspace
from tests.building import add_recording, get_session, make_sound, write_recording
from tests.pictures import to_x, to_y

RATE = 48_000
PLACE: dict[str, Any] = {"round_id": "view", "session_id": "view_0000"}

Draw = Callable[..., PictureFile]


@pytest.fixture
def draw(workspace: Workspace, tmp_path: Path) -> Draw:
    """Pictures of the second half of a recording of 40 s: noise, a click at 7.3 s of it and a tone at 5 kHz."""
    samples = make_sound(40, [(35, 38)], call_hz=5_000, call_level=0.01, noise_level=0.003, rate_hz=RATE)
    samples[round(27.3 * RATE)] += 0.9
    rounds.add_round(workspace, name="view", labels=["call"])
    recording = write_recording(tmp_path / "view.wav", samples, RATE, "FLOAT", digits="b")
    add_recording(workspace, recording, [Session(20.0, 40.0, recording.id, 0, round_id="view", id="view_0000")])

    def make(**asked: object) -> PictureFile:
        return spectrograms.get_picture(workspace, **PLACE, request=SpectrogramRequest(**asked))  # type: ignore[arg-type]

    return make


def read(picture: PictureFile) -> np.ndarray:
    """Levels as the editor reads them from the file."""
    info = picture.info
    grey = np.asarray(Image.open(io.BytesIO(picture.data))).astype(float)
    assert grey.shape == (info.height_px, info.width_px)
    return info.grey_floor_db + grey / 255 * (info.grey_ceiling_db - info.grey_floor_db)


def to_row(info: PictureInfo, hertz: float) -> int:
    return int((info.high_hz - hertz) / (info.high_hz - info.low_hz) * info.height_px)


def test_a_part_shows_its_own_time_and_shares_the_levels_of_the_whole(draw: Draw) -> None:
    whole, part = draw(), draw(start_s=7.29, end_s=7.32, width_px=900, height_px=400)
    keys = ("floor_db", "ceiling_db", "grey_floor_db", "grey_ceiling_db")
    assert [getattr(part.info, key) for key in keys] == [getattr(whole.info, key) for key in keys]
    assert (part.info.start_s, part.info.end_s) == (7.29, 7.32)
    click = read(part).mean(axis=0).argmax() + 0.5
    assert abs(click - (7.3 + 0.5 / RATE - 7.29) / 0.03 * 900) <= 1
    assert (part.info.window_samples or 0) < (whole.info.window_samples or 0)


@pytest.mark.parametrize("denoise", ["none", "median", "pcen"])
def test_the_background_keeps_its_level_when_one_zooms(draw: Draw, denoise: str) -> None:
    whole = np.median(read(draw(denoise=denoise)))
    for span_s in (5.0, 0.5, 0.05):
        part = read(draw(start_s=11.0, end_s=11.0 + span_s, width_px=1200, height_px=500, denoise=denoise))
        assert np.median(part) == pytest.approx(whole, abs=3)


@pytest.mark.parametrize("window_type", WINDOW_TYPES)
@pytest.mark.parametrize("scale", ["log", "constant-q"])
def test_the_background_keeps_its_level_with_every_window(draw: Draw, scale: str, window_type: str) -> None:
    """In rows above 1 kHz that are at least as high as a bin, else all of the session is a few moments for them."""
    usual = float(np.median(read(draw())))
    picture = draw(scale=scale, window_type=window_type, low_hz=1000.0, window_samples=4096)
    assert np.median(read(picture)[:400]) == pytest.approx(usual, abs=1.5)


def test_constant_q_shows_a_click_and_a_tone_in_their_place_and_a_part_as_the_whole(draw: Draw) -> None:
    whole, part = draw(scale="constant-q"), draw(scale="constant-q", start_s=7.0, end_s=8.0, width_px=120)
    info = whole.info
    assert (info.scale, info.method, info.window_samples, info.window_type) == ("log", "constant-q", None, "hann")
    grid = Grid(width_px=2400, height_px=512, end_s=20.0, low_hz=info.low_hz, high_hz=info.high_hz, scale="log")
    levels = read(whole)
    assert abs(levels[:, 1980].argmax() + 0.5 - to_y(grid, 5_000)) <= 1  # at 16.5 s
    assert abs(levels[:16].mean(axis=0).argmax() + 0.5 - to_x(grid, 7.3)) <= 1
    assert np.abs(levels[:, 840:960] - read(part)).mean() < 1
    narrow = draw(scale="constant-q", window_type="blackmanharris")
    assert narrow.info.etag != info.etag
    assert narrow.data != whole.data


def test_a_part_of_a_call_is_not_its_own_background(draw: Draw) -> None:
    """The tone fills the part, and takes 3 of 20 seconds of the session."""
    part = draw(start_s=16.0, end_s=16.5, width_px=600, height_px=512, denoise="median", window_samples=1024)
    levels = read(part)
    row = to_row(part.info, 5_000)
    assert levels[row - 2 : row + 3].max(axis=0).min() > np.median(levels) + 15


def test_pcen_of_a_part_is_that_of_the_whole(draw: Draw) -> None:
    window = {"denoise": "pcen", "window_samples": 1024}
    whole, part = draw(**window), draw(**window, start_s=15.0, end_s=15.6, width_px=72, height_px=512)
    row = to_row(whole.info, 5_000)
    same = read(whole)[row - 1 : row + 2, 1800:1872].mean(axis=0)
    found = read(part)[row - 1 : row + 2].mean(axis=0)
    assert np.abs(found - same).mean() < 2
    assert found[:5].max() > found[-20:].mean() + 3  # it adapts while the tone goes on


def list_kept(workspace: Workspace) -> set[Path]:
    return set((workspace.settings.data_dir / "cache").glob("??/*"))


def test_whole_sessions_are_kept_and_parts_are_not(draw: Draw, workspace: Workspace) -> None:
    draw(scale="mel")
    kept = list_kept(workspace)
    assert len(kept) == 2  # the plain one too: the levels are its
    draw(scale="mel", start_s=1.0, end_s=2.0)
    draw(scale="mel", width_px=240)
    assert list_kept(workspace) == kept


def test_the_outline_of_the_waveform_is_true_as_a_whole_and_in_part(draw: Draw, workspace: Workspace) -> None:
    draw()
    whole = np.frombuffer(spectrograms.get_peaks(workspace, **PLACE)[1], "<i2").reshape(-1, 2)
    part = np.frombuffer(
        spectrograms.get_peaks(workspace, **PLACE, start_s=7.2, end_s=7.4, width_px=200)[1], "<i2"
    ).reshape(-1, 2)
    assert whole[:, 1].argmax() == int(7.3 / 20 * 2400)
    assert part[:, 1].argmax() in (99, 100)
    assert whole[:, 1].max() == part[:, 1].max() == pytest.approx(0.9 * 32767, rel=0.02)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"start_s": -1.0}, "expected 0 <= start_s"),
        ({"end_s": 21.0}, "end_s <= 20 s"),
        ({"start_s": 3.0, "end_s": 3.0}, "found 3 and 3"),
        ({"start_s": float("nan")}, "found nan"),
        ({"low_hz": 5000.0, "high_hz": 4000.0}, "found 5000 and 4000"),
        ({"high_hz": 30_000.0}, "24000 Hz"),
        ({"high_hz": float("inf")}, "24000 Hz"),
        ({"window_samples": 1000}, "power of two from 64 to 16384"),
        ({"window_samples": 32}, "found 32"),
        ({"window_samples": 1 << 15}, "found 32768"),
        ({"overlap": 0.99}, "0 to 0.95"),
        ({"overlap": float("nan")}, "overlap"),
        ({"width_px": 100_000}, "16 to 4096 pixels"),
        ({"height_px": 1}, "16 to 2048 pixels"),
        ({"scale": "bark"}, "linear, mel, log"),
        ({"denoise": "wiener"}, "none, median, pcen"),
    ],
)
def test_a_request_that_cannot_be_fulfilled_is_refused_with_what_was_expected(
    draw: Draw, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        draw(**asked)


@pytest.mark.parametrize(
    ("asked", "words"),
    [({"tile_width_px": 100}, "tile_width_px: expected for a whole recording only"), ({"channel": 0}, "channel")],
)
def test_what_only_a_whole_recording_has_is_refused(draw: Draw, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        draw(**asked)


def test_a_request_looks_into_the_database_once(
    draw: Draw, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw()
    recording_id = get_session(workspace, "view", "view_0000").recording_id
    looks, reading = [0], workspace.database.reading

    def count() -> Any:
        looks[0] += 1
        return reading()

    monkeypatch.setattr(workspace.database, "reading", count)
    draw(start_s=1.0, end_s=2.0, denoise="median")
    assert looks[0] == 1
    spectrograms.get_peaks(workspace, **PLACE, start_s=1.0)
    assert looks[0] == 2
    request = SpectrogramRequest(tile_width_px=300)
    get_tile(workspace, recording_id=recording_id, request=request, index=0)
    assert looks[0] == 3
    sound_segments.find_segments(workspace, **PLACE)
    assert looks[0] == 4
    list(sounds.get_audio(workspace, **PLACE).read(0, 100))
    assert looks[0] == 5
