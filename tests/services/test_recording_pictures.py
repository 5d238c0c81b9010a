import io
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from podcast_core.domain.display import SCALES
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.pictures import recording_pictures
from podcast_core.services.pictures.recording_pictures import Description, describe, get_tile
from podcast_core.services.pictures.requests import SpectrogramRequest
from podcast_core.workspace import Workspace
from tests.building import add_recording, write_recording

RATE = 24_000
BLACK_AND_WHITE: dict[str, Any] = {"floor_db": -100.0, "ceiling_db": 0.0}


def add(workspace: Workspace, path: Path, samples: np.ndarray, rate: int = RATE) -> str:
    recording = write_recording(path, samples, rate, digits=f"{len(samples):064x}")
    return add_recording(workspace, recording).id


@pytest.fixture
def recording_id(workspace: Workspace, tmp_path: Path) -> str:
    """10 s of noise in two channels; in the second, clicks at 2, 4, ... s and a tone at 3 kHz from 5.9 to 6.1 s."""
    samples = np.random.default_rng(0).standard_normal((10 * RATE + 7, 2)) * 0.0005
    time = np.arange(len(samples)) / RATE
    samples[:, 1] += 0.1 * np.sin(2 * np.pi * 3_000 * time) * (np.abs(time - 6) < 0.1)
    samples[np.array([2, 4, 8]) * RATE, 1] += 0.9
    return add(workspace, tmp_path / "clicks.wav", samples)


def draw(workspace: Workspace, recording_id: str, **request: Any) -> tuple[Description, np.ndarray]:
    """All tiles side by side, from their lossless files."""
    wanted = SpectrogramRequest(**request)
    about = describe(workspace, recording_id=recording_id, request=wanted)
    pieces = []
    for tile in about.tiles:
        _, data = get_tile(workspace, recording_id=recording_id, request=wanted, index=tile.index, format="png")
        piece = np.asarray(Image.open(io.BytesIO(data)))
        assert piece.shape == (about.height_px, tile.width_px)
        assert (tile.start_s, tile.end_s) == pytest.approx(
            (tile.x0_px / about.px_per_s, (tile.x0_px + tile.width_px) / about.px_per_s)
        )
        pieces.append(piece)
    return about, np.concatenate(pieces, axis=1).astype(float)


@pytest.mark.parametrize("scale", SCALES)
def test_clicks_and_tones_at_borders_of_tiles_are_off_by_a_pixel_at_most(
    workspace: Workspace, recording_id: str, scale: str
) -> None:
    request = {"channel": 1, "scale": scale, "px_per_s": 100.0, "height_px": 128, **BLACK_AND_WHITE}
    about, pixels = draw(workspace, recording_id, tile_width_px=200, low_hz=100.0, **request)  # borders at 2, 4, ... s
    assert (about.width_px, len(about.tiles)) == (1001, 6)
    for second in (2, 4, 8):
        column = second * 100
        around = pixels[:16, column - 50 : column + 50].sum(axis=0)  # the highest frequencies: the shortest filters
        assert abs(int(around.argmax()) - 50) <= 1
    rows = pixels[:, 595:605]
    warps: dict[str, Callable[[float], float]] = {
        "linear": lambda hz: hz,
        "mel": lambda hz: np.log1p(hz / 700),
        "log": np.log,
    }
    low, high, tone = (warps[about.scale](each) for each in (about.low_hz, about.high_hz, 3_000.0))
    expected = (high - tone) / (high - low) * about.height_px
    assert np.abs(rows.argmax(axis=0) + 0.5 - expected).max() <= 1


@pytest.mark.parametrize("scale", SCALES)
def test_tiles_are_cut_out_of_one_picture(workspace: Workspace, recording_id: str, scale: str) -> None:
    request = {"channel": 1, "scale": scale, "px_per_s": 60.0, "height_px": 64, "low_hz": 200.0, **BLACK_AND_WHITE}
    _, whole = draw(workspace, recording_id, tile_width_px=4096, **request)
    _, tiled = draw(workspace, recording_id, tile_width_px=97, **request)
    assert np.abs(whole - tiled).max() <= 2  # of 255, which is 100 dB


@pytest.mark.parametrize("denoise", ["none", "median", "pcen"])
def test_tiles_share_one_scale_and_one_background(workspace: Workspace, recording_id: str, denoise: str) -> None:
    about, pixels = draw(
        workspace, recording_id, denoise=denoise, px_per_s=100.0, tile_width_px=250, height_px=64, window_samples=1024
    )
    means = [pixels[:, tile.x0_px : tile.x0_px + tile.width_px].mean() for tile in about.tiles[:4]]
    assert np.ptp(means) < 4
    assert about.floor_db < about.ceiling_db


def test_a_hop_in_samples_is_a_column(workspace: Workspace, recording_id: str) -> None:
    request = SpectrogramRequest(hop_samples=512, window_samples=1024, window_type="blackmanharris")
    about = describe(workspace, recording_id=recording_id, request=request)
    assert (about.px_per_s, about.hop_samples, about.frames_per_column) == (RATE / 512, 512, 1)
    assert (about.window_type, about.window_samples) == ("blackmanharris", 1024)
    assert about.width_px == -(-(10 * RATE + 7) // 512)


def test_a_hop_in_seconds_is_a_column_too_and_more_overlap_is_more_frames(
    workspace: Workspace, recording_id: str
) -> None:
    frames = []
    for overlap in (0.0, 0.5, 0.9):
        request = SpectrogramRequest(hop_s=0.05, window_samples=1024, overlap=overlap)
        about = describe(workspace, recording_id=recording_id, request=request)
        assert (about.px_per_s, about.width_px) == (20, 201)
        assert (about.hop_samples or 0) <= 1024 * (1 - overlap)
        frames.append(about.frames_per_column)
    assert frames == [2, 3, 12]


def test_a_tile_is_computed_once_also_by_many_threads(
    workspace: Workspace, recording_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, int]] = []
    compute = recording_pictures._compute

    def count(source: Any, first: int, last: int) -> np.ndarray:
        calls.append((first, last))
        return compute(source, first, last)

    monkeypatch.setattr(recording_pictures, "_compute", count)
    request = SpectrogramRequest(**BLACK_AND_WHITE)
    ask: dict[str, Any] = {"recording_id": recording_id, "request": request, "index": 0}
    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(lambda _: get_tile(workspace, **ask), range(6)))
    assert len(answers) == 1
    assert len(calls) == 1
    assert get_tile(workspace, **ask, anew=True) in answers
    assert len(calls) == 2


def test_half_an_hour_takes_the_memory_of_a_tile(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    rate, seconds = 16_000, 1800
    noise = np.random.default_rng(0).standard_normal(10 * rate).astype(np.float32) * 0.01
    recording_id = add(workspace, path, np.tile(noise, seconds // 10), rate)
    warm_up = SpectrogramRequest(px_per_s=1.0, height_px=64)
    describe(workspace, recording_id=recording_id, request=warm_up)  # imports
    request = SpectrogramRequest(px_per_s=2.5, height_px=128, tile_width_px=4096)
    tracemalloc.start()
    try:
        about = describe(workspace, recording_id=recording_id, request=request)
        assert [tile.end_s for tile in about.tiles] == pytest.approx([4096 / 2.5, seconds])
        get_tile(workspace, recording_id=recording_id, request=request, index=0)  # 27 of the 30 minutes
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100e6  # all samples are 115 MB


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"channel": 2}, "no channel 2"),
        ({"start_s": 1.0}, "start_s: expected for a session only, found 1"),
        ({"scale": "wavelet"}, "scale: expected one of linear"),
        ({"window_type": "kaiser"}, "window_type"),
        ({"window_samples": 32}, "window: expected"),
        ({"hop_samples": 0}, "hop: expected at least 1"),
        ({"hop_samples": 9, "px_per_s": 9.0}, "expected one of them, found more"),
        ({"hop_s": 0.0}, "hop_s: expected more than 0"),
        ({"hop_s": 2.0}, "0.5"),
        ({"hop_s": 0.1, "px_per_s": 10.0}, "hop, hop_s, px_per_s: expected one"),
        ({"overlap": 0.99}, "overlap: expected 0 to 0.95"),
        ({"px_per_s": 0.5}, "px_per_s: expected 1 to 20000"),
        ({"high_hz": 13_000.0}, "half the sample rate"),
        ({"floor_db": -20.0}, "both or neither"),
        ({"floor_db": -20.0, "ceiling_db": -40.0}, "floor_db < ceiling_db"),
        ({"bins_per_octave": 12}, "with method constant-q only"),
        ({"scale": "constant-q", "bins_per_octave": 1}, "height: expected 16"),
        ({"scale": "constant-q", "high_hz": 5.0}, "a constant-Q axis begins at"),
        ({"tile_width_px": 5000}, "tile_width: expected 16 to 4096"),
        ({"height_px": 8}, "height: expected 16 to 2048"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    workspace: Workspace, recording_id: str, asked: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        describe(workspace, recording_id=recording_id, request=SpectrogramRequest(**asked))


def test_a_tile_beyond_the_end_is_not_found(workspace: Workspace, recording_id: str) -> None:
    with pytest.raises(NotFound, match="There is no tile 9"):
        get_tile(workspace, recording_id=recording_id, request=SpectrogramRequest(), index=9)


@pytest.mark.parametrize("scale", ["linear", "constant-q"])
def test_a_picture_of_one_tile_is_computed_once_for_its_levels_and_itself(
    workspace: Workspace, recording_id: str, monkeypatch: pytest.MonkeyPatch, scale: Any
) -> None:
    calls: list[tuple[int, int]] = []
    compute = recording_pictures._compute

    def count(source: Any, first: int, last: int) -> np.ndarray:
        calls.append((first, last))
        return compute(source, first, last)

    monkeypatch.setattr(recording_pictures, "_compute", count)
    request = SpectrogramRequest(scale=scale, height_px=64, low_hz=200.0, denoise="median")
    about = describe(workspace, recording_id=recording_id, request=request)
    _, kept = get_tile(workspace, recording_id=recording_id, request=request, index=0)
    assert (calls, [tile.width_px for tile in about.tiles]) == ([(0, 2400)], [2400])
    assert get_tile(workspace, recording_id=recording_id, request=request, index=0, anew=True)[1] == kept
    monkeypatch.setattr(recording_pictures, "WHOLE_PX", 2000)  # as of a longer recording
    get_tile(workspace, recording_id=recording_id, request=request, index=0, anew=True)
    assert all(0 <= first < last <= 2400 for first, last in calls[2:])
    assert len(calls[2:]) == {"linear": 33, "constant-q": 9}[scale]
