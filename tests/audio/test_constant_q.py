import librosa
import numpy as np
import pytest

from podcast_core.audio.constant_q import compute_constant_q, measure_bins_per_octave
from podcast_core.audio.grid import Grid
from podcast_core.audio.spectrogram import compute_decibels, plan_picture


def grid_of(rate: int, seconds: float, *, px_per_s: float, height_px: int = 96, start_s: float = 0.0) -> Grid:
    """A logarithmic axis of six octaves below 0.4 times the rate."""
    high_hz = 0.4 * rate
    return Grid(
        width_px=round(seconds * px_per_s),
        height_px=height_px,
        start_s=start_s,
        end_s=start_s + seconds,
        low_hz=high_hz / 64,
        high_hz=high_hz,
        scale="log",
    )


def compute(grid: Grid, rate: int, samples: np.ndarray) -> np.ndarray:
    return compute_constant_q(grid, rate, len(samples), lambda first, last: [samples[first:last]])


@pytest.mark.parametrize("rate", [8_000, 48_000, 500_000])
def test_a_tone_lies_in_its_row_at_its_level(rate: int) -> None:
    grid = grid_of(rate, 0.5, px_per_s=100)
    for row in (10, 50, 90):
        hertz = float(np.sqrt(np.prod(grid.row_edges_hz()[row : row + 2])))
        tone = (0.1 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype(np.float32)
        column = compute(grid, rate, tone)[25]
        assert column.argmax() == row
        assert column[row] == pytest.approx(-20, abs=0.2)
        assert column[row + 1] == pytest.approx(-25.5, abs=0.8)  # about half the amplitude: the filters' definition


def test_a_click_lies_in_its_column_also_at_the_border_of_a_part() -> None:
    rate, samples = 48_000, np.zeros(96_000, np.float32)
    samples[48_000] = 0.9
    for start_s, expected in ((0.9, 20), (1.0, 0)):
        top = compute(grid_of(rate, 0.2, px_per_s=200, start_s=start_s), rate, samples)[:, -1]
        assert abs(int(top.argmax()) - expected) <= 1


def test_parts_are_the_same_as_the_whole() -> None:
    rate = 24_000
    noise = np.random.default_rng(1).standard_normal(4 * rate).astype(np.float32) * np.float32(0.1)
    whole = compute(grid_of(rate, 4, px_per_s=50), rate, noise)
    part = compute(grid_of(rate, 1, px_per_s=50, start_s=2), rate, noise)
    assert np.abs(whole[100:150] - part).max() < 1  # what a filter hears 60 dB down differs


def test_an_offset_makes_no_sound_at_the_ends_and_beyond_them_is_silence() -> None:
    rate = 24_000
    noise = np.random.default_rng(1).standard_normal(4 * rate).astype(np.float32) * np.float32(0.01)
    noise[0] = 0.5  # the recorder is switched on
    grid = grid_of(rate, 8, px_per_s=50, start_s=0)
    levels = compute(grid, rate, noise)
    assert levels[200:].max() == -200
    low = levels[:200, :30]
    assert low[:25].max() < low[50:150].max() + 6
    far = grid_of(rate, 1, px_per_s=50, start_s=1e6)
    assert compute(far, rate, noise).max() == -200


def test_it_shows_what_librosa_shows() -> None:
    """A rising sweep: the same row is the loudest at the same time, within a row."""
    rate, seconds = 24_000, 2.0
    time = np.arange(round(seconds * rate)) / rate
    sweep = (0.5 * np.sin(2 * np.pi * 300 * (8 ** (time / seconds) - 1) / np.log(8) * seconds)).astype(np.float32)
    grid = grid_of(rate, seconds, px_per_s=rate / 512, height_px=72)
    assert measure_bins_per_octave(grid) == pytest.approx(12)
    mine = compute(grid, rate, sweep)
    centre = float(np.sqrt(np.prod(grid.row_edges_hz()[:2])))
    theirs = np.abs(librosa.cqt(sweep, sr=rate, hop_length=512, fmin=centre, n_bins=72, bins_per_octave=12)).T
    middle = slice(20, 75)
    assert np.abs(mine.argmax(axis=1)[middle] - theirs.argmax(axis=1)[middle]).max() <= 1


def test_the_mel_axis_shows_the_levels_of_librosas_mel_bands() -> None:
    """Noise with a slope: rows of the mel axis and librosa's bands (HTK's mel) agree after their areas are one."""
    rate = 24_000
    noise = np.cumsum(np.random.default_rng(2).standard_normal(4 * rate)).astype(np.float32)
    noise -= np.convolve(noise, np.ones(200) / 200, "same").astype(np.float32)
    noise /= np.float32(4 * np.abs(noise).max())
    grid = Grid(width_px=100, height_px=40, end_s=4.0, high_hz=rate / 2, scale="mel")
    mine = compute_decibels(plan_picture(grid, rate, window_samples=1024), [noise])
    power = librosa.feature.melspectrogram(y=noise, sr=rate, n_fft=1024, hop_length=512, n_mels=40, htk=True)
    theirs = 10 * np.log10(power.mean(axis=1))
    difference = (10 * np.log10((10 ** (mine / 10)).mean(axis=0)) - theirs)[
        4:-1
    ]  # narrower than a bin of the window below
    assert np.ptp(difference) < 1.5
