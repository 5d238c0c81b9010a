import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from podcast_core.audio.pulses import MODES
from podcast_core.services.pictures import stored_spectrograms
from podcast_core.services.pictures.stored_spectrograms import KeptPicture, Wanted, get_picture, read_tile
from podcast_core.workspace import Workspace
from tests.building import add_recording, write_recording

RATE = 96_000
CALL_S = 0.004


def draw(workspace: Workspace, path: Path, samples: np.ndarray, rate: int = RATE) -> KeptPicture:
    recording = add_recording(workspace, write_recording(path, samples, rate, digits="d"))
    return get_picture(workspace, recording=recording, wanted=Wanted())


def make(times_s: list[float], seconds: float, noise: float = 0.001, rate: int = RATE) -> np.ndarray:
    """Noise with falling sweeps of 4 ms."""
    samples = noise * np.random.default_rng(0).standard_normal(round(seconds * rate))
    time = np.arange(round(CALL_S * rate)) / rate
    sweep = 0.3 * np.hanning(len(time)) * np.sin(2 * np.pi * (0.4 * rate - 25 * rate * time) * time)
    for each in times_s:
        first = round(each * rate)
        samples[first : first + len(sweep)] += sweep[: len(samples) - first]
    return samples


def read_compressed(workspace: Workspace, picture: KeptPicture, mode: stored_spectrograms.View) -> np.ndarray:
    widths = picture.compressed_tiles[mode]
    tiles = [np.asarray(Image.open(io.BytesIO(read_tile(workspace, picture, mode, at)))) for at in range(len(widths))]
    assert [tile.shape for tile in tiles] == [(300, width) for width in widths]
    return np.concatenate(tiles, axis=1)


@pytest.mark.parametrize("tile_px", [50_000, 700])
@pytest.mark.parametrize(
    "times_s",
    [[], [0.2], [0.3, 0.304], [0.996], [0.0, 0.5, 0.996]],
    ids=["none", "one", "two touching", "last", "first, middle and last"],
)
def test_the_compressed_view_shows_every_call_where_it_was(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times_s: list[float], tile_px: int
) -> None:
    for module in ("podcast_core.audio.ultrasound_picture", "podcast_core.services.pictures.stored_spectrograms"):
        monkeypatch.setattr(f"{module}.MAX_TILE_PX", tile_px)
    monkeypatch.setattr("podcast_core.audio.ultrasound_picture.SAMPLE_PX", max(3000, tile_px))
    picture = draw(workspace, tmp_path / "bat.wav", make(times_s, 1.0))
    assert picture.nothing_found["snr"] == (not times_s)
    for mode in MODES:
        if not times_s and mode == "original":
            continue  # its threshold falls until there is something, also in noise
        compressed = picture.compressed(mode)
        pixels = read_compressed(workspace, picture, mode)
        assert pixels.shape[1] == compressed.width_px
        if not times_s:
            assert compressed.width_px == picture.width_px == 4000
            continue
        assert compressed.width_px < 1500
        shown = np.concatenate([np.arange(*run) for run in compressed.runs])
        bright = shown[pixels.max(axis=0) > 150] / 4000
        assert all(any(start - 0.001 <= at <= start + CALL_S + 0.001 for start in times_s) for at in bright)
        for start in times_s:
            assert any(start <= at <= start + CALL_S for at in bright)


def test_silence_is_shown_whole_and_black(workspace: Workspace, tmp_path: Path) -> None:
    picture = draw(workspace, tmp_path / "silent.wav", np.zeros(RATE // 2))
    for mode in MODES:
        assert picture.nothing_found[mode]
        pixels = read_compressed(workspace, picture, mode)
        assert (pixels.shape, int(pixels.max())) == ((300, 2000), 0)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_half_an_hour_is_compressed_to_its_calls_in_the_memory_of_a_few_tiles(
    workspace: Workspace, tmp_path: Path
) -> None:
    rate, seconds = 16_000, 1800.0
    times_s = [3.0, 900.0, 900.5, seconds - CALL_S]
    samples = make(times_s, seconds, rate=rate)
    draw(workspace, tmp_path / "warm-up.wav", samples[: 13 * rate], rate)  # imports
    recording = add_recording(workspace, write_recording(tmp_path / "long.wav", samples, rate, digits="e"))
    del samples
    tracemalloc.start()
    try:
        picture = get_picture(workspace, recording=recording, wanted=Wanted())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (picture.width_px, len(picture.tiles)) == (7_200_000, 144)
    runs = picture.runs["snr"]
    assert all(any(first <= 4000 * at and 4000 * (at + CALL_S) <= end for first, end in runs) for at in times_s)
    assert picture.compressed("snr").width_px < 2000
    read_compressed(workspace, picture, "snr")
    assert peak < 300e6  # the picture itself is 2.2 GB
