import io
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from podcast_core.audio.grid import Grid, Scale, lowest_shown_hz
from podcast_core.audio.levels import MAX_RANGE_DB, MIN_RANGE_DB
from podcast_core.audio.spectrogram import (
    HEIGHT_PX,
    WIDTH_PX,
    choose_window,
    compute_decibels,
    encode_jpeg,
    plan_picture,
)
from tests.pictures import Picture, compute_picture, compute_picture_of_blocks, to_x, to_y

RATES = [8_000, 16_000, 44_100, 48_000, 96_000, 384_000, 500_000]


def make_noise(seconds: float, rate: int, level: float = 1e-3) -> np.ndarray:
    return (level * np.random.default_rng(1).standard_normal(round(seconds * rate))).astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.33333, 0.5, 0.98765])
def test_a_click_is_drawn_at_its_time(rate: int, fraction: float) -> None:
    seconds = min(20.0, 4_000_000 / rate)
    samples = make_noise(seconds, rate)
    frame = int(fraction * len(samples))
    samples[frame] += 1
    picture = compute_picture(samples, rate)
    loudness = picture.pixels.astype(float).sum(axis=0)
    assert abs(loudness.argmax() + 0.5 - to_x(picture.grid, (frame + 0.5) / rate)) <= 1


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("fraction", [0.02, 0.1234, 0.5, 0.777, 0.98])
def test_a_tone_is_drawn_at_its_frequency(rate: int, fraction: float) -> None:
    hertz = fraction * rate / 2
    samples = make_noise(3.0, rate) + 0.01 * np.sin(2 * np.pi * hertz * np.arange(3 * rate) / rate).astype(np.float32)
    picture = compute_picture(samples, rate)
    loudness = picture.pixels.astype(float).sum(axis=1)
    loudest = np.flatnonzero(loudness == loudness.max()).mean()
    assert abs(loudest + 0.5 - to_y(picture.grid, hertz)) <= 1


@given(
    st.builds(
        Grid,
        width_px=st.integers(1, 65_500),
        height_px=st.integers(1, 4_096),
        start_s=st.floats(0, 1e4),
        end_s=st.floats(1.1e4, 1e5),
        low_hz=st.floats(1, 1e5),
        high_hz=st.floats(1.1e5, 1e6),
        scale=st.sampled_from(get_args(Scale)),
    ),
    st.floats(0, 1),
)
def test_pixels_and_hertz_lead_back_to_each_other(grid: Grid, fraction: float) -> None:
    hertz = grid.low_hz + fraction * (grid.high_hz - grid.low_hz)
    assert grid.to_hz(to_y(grid, hertz)) == pytest.approx(hertz, rel=1e-9)
    assert to_y(grid, grid.to_hz(fraction * grid.height_px)) == pytest.approx(fraction * grid.height_px, abs=1e-6)


def test_the_corners_of_a_picture_are_its_limits() -> None:
    grid = compute_picture(make_noise(2.0, 48_000), 48_000).grid
    assert (grid.start_s, grid.end_s) == (0, 2.0)
    assert (grid.to_hz(0), grid.to_hz(grid.height_px)) == (24_000, 0)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 30_000), st.lists(st.integers(1, 5_000), min_size=1, max_size=8), st.integers(2, 4_096))
def test_blocks_of_any_length_make_the_same_picture(frame_count: int, lengths: list[int], window: int) -> None:
    samples = make_noise(frame_count / 8_000, 8_000)
    edges = np.cumsum(lengths)
    whole = compute_picture(samples, 8_000, window_samples=window, width_px=300)
    blocks = np.split(samples, edges[edges < frame_count])
    pieces = compute_picture_of_blocks(blocks, frame_count, 8_000, window_samples=window, width_px=300)
    np.testing.assert_array_equal(whole.pixels, pieces.pixels)
    assert whole.pixels.shape == (HEIGHT_PX, min(300, frame_count))


@pytest.mark.parametrize("frame_count", [1, 2, 100, 1_023, 5_000])
def test_a_very_short_session_has_a_picture(frame_count: int) -> None:
    picture = compute_picture(make_noise(frame_count / 48_000, 48_000), 48_000)
    assert picture.pixels.shape == (HEIGHT_PX, min(WIDTH_PX, frame_count))


@pytest.mark.parametrize("value", [0.0, 0.5, np.nan, np.inf, 1e30])
def test_silence_and_broken_samples_give_a_finite_picture(value: float) -> None:
    picture = compute_picture(np.full(48_000, value, np.float32), 48_000)
    levels = picture.levels
    assert np.isfinite([levels.floor_db, levels.ceiling_db]).all()
    assert MIN_RANGE_DB - 1e-6 <= levels.ceiling_db - levels.floor_db <= MAX_RANGE_DB + 1e-6


@pytest.mark.parametrize("broken", [np.nan, np.inf, -3e38, 1e20])
def test_a_broken_sample_spoils_no_more_than_the_columns_that_hear_it(broken: float) -> None:
    sound = make_noise(4.0, 48_000)
    plan = plan_picture(compute_picture(sound, 48_000).grid, 48_000)
    spoilt = sound.copy()
    spoilt[100_000] = broken
    whole, found = compute_decibels(plan, [sound]), compute_decibels(plan, [spoilt])
    hears = (plan.starts.min(axis=1) <= 100_000) & (plan.starts.max(axis=1) + plan.window > 100_000)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[~hears], whole[~hears], atol=1e-4)


@pytest.mark.parametrize(("width", "window"), [(700, 1024), (700, 256), (90, 64), (5_000, 4096)])
def test_a_column_is_the_mean_power_of_its_frames(width: int, window: int) -> None:
    rate, sound = 48_000, make_noise(2.0, 48_000, 0.1)
    grid = Grid(width_px=width, height_px=128, end_s=2.0, high_hz=rate / 2)
    plan = plan_picture(grid, rate, window_samples=window)
    shape = np.hanning(window + 1)[:-1]
    found = compute_decibels(plan, np.split(sound, [10, 70_000, 70_001]))
    assert found.shape == (width, 128)
    for column in (0, width // 3, width - 1):
        places = (plan.starts[column][:, None] + np.arange(window)).clip(0, len(sound) - 1)
        power = (np.abs(np.fft.rfft(sound[places] * shape * 2 / shape.sum(), plan.fft_size)) ** 2).mean(axis=0)
        expected = ((power[:-1] + power[1:]) / 2).reshape(128, -1).mean(axis=1)
        np.testing.assert_allclose(found[column], 10 * np.log10(expected), atol=0.01)


def to_db(picture: Picture) -> np.ndarray:
    """What the editor makes of grey values."""
    levels = picture.levels
    return levels.grey_floor_db + picture.pixels / 255 * (levels.grey_ceiling_db - levels.grey_floor_db)


def test_silence_is_black() -> None:
    picture = compute_picture(np.zeros(48_000, np.float32), 48_000)
    assert to_db(picture).max() <= picture.levels.floor_db + 0.5


def test_a_grey_value_is_a_level_also_beyond_black_and_white() -> None:
    rate = 48_000
    time = np.arange(10 * rate) / rate
    quiet = np.sin(2 * np.pi * 6_000 * time) * np.where(time < 5, 10 ** (-12 / 20), 0)
    picture = compute_picture((quiet + make_noise(10, rate, 1e-2)).astype(np.float32), rate)
    row, column = int(to_y(picture.grid, 6_000)), int(to_x(picture.grid, 2.5))
    assert to_db(picture)[row - 1 : row + 2, column].max() == pytest.approx(-12, abs=2)
    assert (to_db(picture) < picture.levels.floor_db).mean() > 0.05


def test_silence_around_a_recording_does_not_change_its_contrast() -> None:
    noise = make_noise(5.0, 48_000)
    alone = compute_picture(noise, 48_000)
    padded = compute_picture(np.concatenate([np.zeros(480_000, np.float32), noise]), 48_000)
    assert padded.levels.floor_db == pytest.approx(alone.levels.floor_db, abs=2)


def test_a_faint_call_stands_out_of_noise_that_was_filtered_and_hums() -> None:
    rate, seconds = 48_000, 20
    from scipy.signal import butter, sosfilt

    noise = sosfilt(butter(8, 12_000, fs=rate, output="sos"), make_noise(seconds, rate)).astype(np.float32)
    time = np.arange(seconds * rate) / rate
    hum = 0.3 * np.sin(2 * np.pi * 50 * time)
    is_call = (time > 8) & (time < 9)
    call = np.where(is_call, 2e-4 * np.sin(2 * np.pi * 5_000 * time), 0)
    picture = compute_picture((noise + hum + call).astype(np.float32), rate)
    row = int(to_y(picture.grid, 5_000))
    levels = picture.levels
    shown = np.clip((to_db(picture) - levels.floor_db) / (levels.ceiling_db - levels.floor_db) * 255, 0, 255)
    called = shown[row, int(to_x(picture.grid, 8.1)) : int(to_x(picture.grid, 8.9))]
    around = shown[row - 60 : row - 10]
    assert called.mean() > around.mean() + 40
    assert around.mean() < 80


@pytest.mark.parametrize(("seconds", "rate", "expected"), [(60, 48_000, 1024), (2.5, 500_000, 1024), (1, 384_000, 512)])
def test_the_window_fits_duration_and_rate(seconds: float, rate: int, expected: int) -> None:
    assert choose_window(seconds, rate) == expected


def test_a_jpeg_is_grey_and_keeps_size_and_values() -> None:
    pixels = compute_picture(make_noise(2.0, 48_000), 48_000).pixels
    image = Image.open(io.BytesIO(encode_jpeg(pixels)))
    assert (image.format, image.mode, image.size) == ("JPEG", "L", (WIDTH_PX, HEIGHT_PX))
    assert np.abs(np.asarray(image).astype(int) - pixels).mean() < 6


VIEWS = [(1.0, 1.0), (0.3, 0.5), (0.05, 0.12), (0.01, 1.0)]  # shares of the duration and of the band


def make_view(
    scale: Scale, rate: int, seconds: float, hertz: float, share: tuple[float, float], total_s: float, width_px: int
) -> Grid:
    """A view of the size of a screen that has (seconds, hertz) somewhere in it, not in the middle."""
    width_s, width_hz = share[0] * total_s, share[1] * rate / 2
    start_s = min(max(seconds - 0.37 * width_s, 0), total_s - width_s)
    low_hz = min(max(hertz - 0.41 * width_hz, 0), rate / 2 - width_hz)
    high_hz = low_hz + width_hz
    low_hz = lowest_shown_hz(scale, low_hz, high_hz)
    place = {"start_s": start_s, "end_s": start_s + width_s, "low_hz": low_hz, "high_hz": high_hz}
    return Grid(width_px=width_px, height_px=571, **place, scale=scale)


def compute_view(grid: Grid, samples: np.ndarray, rate: int, **options: float) -> np.ndarray:
    """Levels of a view as a picture: highest frequency on top."""
    plan = plan_picture(grid, rate, **options)  # type: ignore[arg-type]
    return compute_decibels(plan, [samples[plan.first_frame : plan.last_frame]]).T[::-1]


def loudest(values: np.ndarray) -> float:
    """The middle of the largest values, as a continuous coordinate."""
    return float(np.flatnonzero(values >= values.max() - 1e-4).mean()) + 0.5


@pytest.mark.parametrize("share", VIEWS)
@pytest.mark.parametrize("scale", get_args(Scale))
@pytest.mark.parametrize("rate", [8_000, 48_000, 500_000])
def test_a_click_is_where_the_grid_says_in_every_view(rate: int, scale: Scale, share: tuple[float, float]) -> None:
    total_s = min(8.0, 400_000 / rate)
    samples = make_noise(total_s, rate, 1e-5)
    frame = int(0.61803 * len(samples))
    samples[frame] += 1
    grid = make_view(scale, rate, frame / rate, 0.3 * rate / 2, share, total_s, 1370)
    found = loudest((10 ** (compute_view(grid, samples, rate) / 10)).sum(axis=0))
    sample_px = grid.width_px / ((grid.end_s - grid.start_s) * rate)  # a click is not shorter than a sample
    assert abs(found - to_x(grid, (frame + 0.5) / rate)) <= max(1, sample_px / 2)


@pytest.mark.parametrize("share", VIEWS)
@pytest.mark.parametrize("scale", get_args(Scale))
@pytest.mark.parametrize("fraction", [0.05, 0.77])
@pytest.mark.parametrize("rate", [8_000, 48_000, 250_000, 500_000])
def test_a_tone_is_where_the_grid_says_in_every_view(
    rate: int, fraction: float, scale: Scale, share: tuple[float, float]
) -> None:
    total_s = min(8.0, 400_000 / rate)
    hertz = fraction * rate / 2
    time = np.arange(round(total_s * rate)) / rate
    samples = (make_noise(total_s, rate, 1e-6) + 0.1 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    grid = make_view(scale, rate, 0.4 * total_s, hertz, share, total_s, 60)
    # A tone is where its window says: one that holds many periods, as a person would choose to read a frequency.
    found = loudest(compute_view(grid, samples, rate, window_samples=4096).mean(axis=1))
    assert abs(found - to_y(grid, hertz)) <= 1


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("window", [64, 1_024, 16_384])
def test_long_transforms_of_short_windows_are_exact(window: int, overlap: float) -> None:
    rate = 48_000
    samples = make_noise(3.0, rate, 0.1)
    grid = Grid(width_px=40, height_px=256, end_s=3.0, high_hz=rate / 2)
    plan = plan_picture(grid, rate, window_samples=window, overlap=overlap)
    shape = np.hanning(window + 1)[:-1]
    padded = np.pad(samples.astype(float), (window, window), mode="edge")
    frames = np.stack([padded[start + window : start + 2 * window] for start in plan.starts[20]])
    power = np.abs(np.fft.rfft(frames * shape * 2 / shape.sum(), plan.fft_size)) ** 2
    between = (power.mean(axis=0)[:-1] + power.mean(axis=0)[1:]) / 2
    expected = 10 * np.log10(between.reshape(256, -1).mean(axis=1))
    np.testing.assert_allclose(compute_decibels(plan, [samples])[20], expected, atol=0.01)


def test_more_overlap_leaves_no_sample_out_and_is_not_endless_work() -> None:
    grid = Grid(width_px=1000, height_px=64, end_s=60.0, high_hz=250_000.0)
    for overlap in (0.0, 0.5, 0.95):
        plan = plan_picture(grid, 500_000, window_samples=64, overlap=overlap)
        gaps = np.diff(plan.starts.ravel())
        assert gaps.max() <= 64
        assert plan.starts.size <= 2 * 60 * 500_000 / 32
