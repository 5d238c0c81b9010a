from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from podcast_core.audio.ultrasound_picture import ReadSamples, UltrasoundPicture, compute_above, shade
from podcast_core.errors import InvalidInput
from tests.conftest import SHARED_DATA


def reader(samples: np.ndarray) -> ReadSamples:
    return lambda first, last: [samples[first:last].astype(np.float32)]


def draw(samples: np.ndarray, rate: int, band_khz: int = 200) -> tuple[UltrasoundPicture, np.ndarray]:
    picture = UltrasoundPicture(len(samples), rate, band_khz)
    scale, tiles = compute_above(picture, reader(samples))
    parts = [shade(picture, tile, scale) for tile in tiles]
    return picture, np.concatenate(parts, axis=1)


@pytest.mark.parametrize(
    ("rate", "window"),
    [(44_100, 64), (96_000, 128), (192_000, 256), (256_000, 256), (300_000, 512), (384_000, 512), (500_000, 512)],
)
def test_the_window_is_a_millisecond_rounded_up_to_a_power_of_two(rate: int, window: int) -> None:
    picture = UltrasoundPicture(rate, rate)
    assert (picture.window, picture.hop) == (window, window // 4)


@pytest.mark.parametrize(
    ("rate", "band", "high_hz"), [(500_000, 200, 202_000), (384_000, 200, 192_000), (384_000, 120, 122_000)]
)
def test_the_band_that_is_stated_is_the_one_that_is_shown(rate: int, band: int, high_hz: float) -> None:
    picture = UltrasoundPicture(rate, rate, band)
    assert (picture.low_hz, picture.high_hz) == (3000, high_hz)
    tone_hz = 40_000.0
    time = np.arange(rate // 2) / rate
    noise = 0.001 * np.random.default_rng(0).standard_normal(len(time))
    burst = np.sin(2 * np.pi * tone_hz * time) * ((time > 0.2) & (time < 0.22))
    _, pixels = draw(noise + burst, rate, band)
    column = pixels[:, 840].astype(int)
    expected = (high_hz - tone_hz) / (high_hz - 3000) * 300
    assert abs(int(column.argmax()) + 0.5 - expected) <= 1.5


@pytest.mark.parametrize("rate", [48_000, 250_000, 384_000])
def test_a_click_is_where_it_was_also_at_the_borders_of_tiles(rate: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podcast_core.audio.ultrasound_picture.MAX_TILE_PX", 700)
    monkeypatch.setattr("podcast_core.audio.ultrasound_picture.SAMPLE_PX", 1000)
    samples = 1e-4 * np.random.default_rng(1).standard_normal(rate)
    edges = [first for first, _ in UltrasoundPicture(rate, rate).tiles_px][1:]
    clicks_px = [100.5, *(edge + shift for edge in edges for shift in (-0.5, 0.5)), 3900.5]
    for x in clicks_px:
        samples[round(x / 4000 * rate)] = 1.0
    _, pixels = draw(samples, rate)
    rows = pixels.astype(float).mean(axis=0)
    assert pixels.shape == (300, 4000)
    for x in clicks_px:
        near = rows[int(x) - 8 : int(x) + 9]
        centre = int(x) - 8 + float((near * np.arange(17)).sum() / near.sum())
        assert abs(centre - int(x)) <= 1


def test_tiles_of_a_long_recording_share_one_scale_and_no_tile_is_too_wide() -> None:
    picture = UltrasoundPicture(16_000 * 1800, 16_000)
    widths = [width for _, width in picture.tiles_px]
    assert sum(widths) == picture.width_px == 7_200_000
    assert max(widths) <= 50_000


def test_silence_is_black_and_a_single_sample_is_a_picture() -> None:
    _, silent = draw(np.zeros(8000), 48_000)
    assert silent.max() == 0
    picture, tiny = draw(np.ones(1), 48_000)
    assert (picture.width_px, tiny.shape) == (1, (300, 1))


@pytest.mark.parametrize(("rate", "band"), [(6000, 200), (48_000, 100)])
def test_what_cannot_be_shown_is_refused(rate: int, band: int) -> None:
    with pytest.raises(InvalidInput, match="found|has 6000 Hz"):
        UltrasoundPicture(rate, rate, band)


def draw_as_original(samples: np.ndarray, rate: int, high_hz: float) -> np.ndarray:
    """The original's choices step by step with librosa, on a regular grid of frames that is interpolated."""
    import librosa
    from scipy.ndimage import map_coordinates

    size = 1 << int(np.ceil(np.log2(int(0.001 * rate))))
    power = np.abs(librosa.stft(samples, n_fft=size, hop_length=size // 4, window="hamming")) ** 2
    levels = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80)
    levels -= np.median(levels, axis=1, keepdims=True)
    levels[levels <= np.median(levels[levels > 0])] = 0
    bins = librosa.fft_frequencies(sr=rate, n_fft=size)
    levels[(bins + bins[1] / 2 <= 5000) | (bins - bins[1] / 2 >= high_hz)] = 0
    levels = np.clip(levels, 0, None)
    rows = (3000 + (np.arange(300) + 0.5) * (high_hz - 1000) / 300) / bins[1]
    columns = (np.arange(int(4000 * len(samples) / rate)) + 0.5) / 4000 * rate / (size // 4)
    image: np.ndarray = map_coordinates(levels, np.meshgrid(rows, columns, indexing="ij"), order=1)[::-1]
    return image


@pytest.fixture
def real_call() -> Callable[[], tuple[np.ndarray, int]]:
    path = SHARED_DATA / "bats" / "XC824040-Carollia_castanea-2013.01.17-CL00312_A_15.wav"
    if not path.exists():
        pytest.skip("needs the recordings in shared/data/bats")
    return lambda: soundfile.read(path, dtype="float32")


def test_a_real_picture_is_like_the_originals(real_call: Callable[[], tuple[np.ndarray, int]]) -> None:
    samples, rate = real_call()
    _, pixels = draw(samples, rate, 120)
    original = draw_as_original(samples, rate, 120_000)
    width = min(original.shape[1], pixels.shape[1])
    assert np.corrcoef(original[:, :width].ravel(), pixels[:, :width].astype(float).ravel())[0, 1] > 0.95
