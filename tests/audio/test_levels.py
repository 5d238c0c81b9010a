import numpy as np
import pytest

from podcast_core.audio.levels import apply_pcen, measure_background, read_quantile, smooth_in_time, sort_rows
from podcast_core.audio.peaks import PeakMeter

COLUMN_S = 0.02


@pytest.fixture
def decibels() -> np.ndarray:
    """60 s of noise whose rows lie 50 dB apart, a hum in row 10, and a call of 0.2 s in row 40 at 30 s."""
    generator = np.random.default_rng(0)
    noise = 10 * np.log10(generator.exponential(size=(3000, 64))) - np.linspace(40, 90, 64)
    noise[:, 10] += 25
    noise[1500:1510, 40] = noise[:, 40].mean() + 25
    return noise.astype(np.float32)


def test_the_median_brings_every_row_to_the_same_level_and_keeps_calls(decibels: np.ndarray) -> None:
    cleaned = decibels - measure_background(decibels)
    assert np.abs(np.median(cleaned, axis=0)).max() < 0.5
    assert cleaned[1500:1510, 40].mean() > 20


@pytest.mark.parametrize("count", [1, 2, 3, 100, 101])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_a_quantile_is_that_of_numpy(decibels: np.ndarray, count: int, share: float) -> None:
    few = decibels[:count]
    np.testing.assert_allclose(read_quantile(sort_rows(few), share), np.quantile(few, share, axis=0), rtol=1e-6)


def test_silence_between_recordings_does_not_make_a_background(decibels: np.ndarray) -> None:
    silent = np.full_like(decibels, -200)
    padded = np.concatenate([decibels, silent, silent])
    np.testing.assert_allclose(measure_background(padded), measure_background(decibels), atol=1)


def test_pcen_takes_away_hum_and_slope_and_keeps_calls(decibels: np.ndarray) -> None:
    borders = smooth_in_time(decibels, COLUMN_S)
    shown = apply_pcen(decibels, (borders[:-1] + borders[1:]) / 2)
    rows = shown.mean(axis=0)
    assert rows.max() - rows.min() < 2.5  # they lay 50 dB apart
    assert shown[1500:1503, 40].mean() > rows.mean() + 8
    assert shown[1500, 40] > rows.mean() + 12
    assert shown.min() >= 0


def test_pcen_is_that_of_librosa(decibels: np.ndarray) -> None:
    import librosa

    borders = smooth_in_time(decibels, COLUMN_S)
    energy = 10 ** (decibels.astype(np.float64).T / 10) * 2.0**31
    share, before = -np.expm1(-COLUMN_S / 0.4), 10 ** (borders[0].astype(np.float64) / 10) * 2.0**31
    theirs = librosa.pcen(energy, b=share, zi=before[:, None] * (1 - share)).T
    shown = 20 * np.log10(1 + theirs / np.sqrt(2))  # in decibels, see `apply_pcen`
    np.testing.assert_allclose(apply_pcen(decibels, borders[1:]), shown, atol=1e-3)


def test_the_running_background_follows_a_change_with_its_time_constant() -> None:
    step = np.full((200, 1), -80, np.float32)
    step[100:] = -40
    smoothed = smooth_in_time(step, COLUMN_S)[:, 0]
    assert smoothed[100] == pytest.approx(-80, abs=0.1)
    after = round(0.4 / COLUMN_S)
    assert 10 ** (smoothed[100 + after] / 10) == pytest.approx((1 - np.exp(-1)) * 1e-4, rel=0.03)


@pytest.mark.parametrize("width", [7, 100, 999, 5000])
def test_peaks_are_the_extremes_of_their_columns_whatever_the_blocks(width: int) -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, 4321).astype(np.float32)
    meter = PeakMeter(len(samples), width)
    blocks = np.split(samples, [1, 2, 700, 701, 3000])
    assert sum(len(block) for block in meter.watch(blocks)) == len(samples)
    edges = np.arange(width + 1) * len(samples) / width
    for column, (low, high) in enumerate(meter.read()):
        part = samples[int(np.floor(edges[column])) : max(int(np.ceil(edges[column + 1])), int(edges[column]) + 1)]
        assert (low, high) == (np.rint(part.min() * 32767), np.rint(part.max() * 32767))
