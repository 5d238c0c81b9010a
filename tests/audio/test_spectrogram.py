import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from podcast_core.audio.spectrogram import (
    HEIGHT_PX,
    LARGEST_RANGE_DB,
    SMALLEST_RANGE_DB,
    WIDTH_PX,
    Grid,
    choose_window,
    compute_picture,
    compute_picture_of_blocks,
    encode_jpeg,
)

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
    assert abs(loudness.argmax() + 0.5 - picture.grid.to_x((frame + 0.5) / rate)) <= 1


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("fraction", [0.02, 0.1234, 0.5, 0.777, 0.98])
def test_a_tone_is_drawn_at_its_frequency(rate: int, fraction: float) -> None:
    hertz = fraction * rate / 2
    samples = make_noise(3.0, rate) + 0.01 * np.sin(2 * np.pi * hertz * np.arange(3 * rate) / rate).astype(np.float32)
    picture = compute_picture(samples, rate)
    loudness = picture.pixels.astype(float).sum(axis=1)
    loudest = np.flatnonzero(loudness == loudness.max()).mean()
    assert abs(loudest + 0.5 - picture.grid.to_y(hertz)) <= 1


@given(
    st.builds(
        Grid,
        width_px=st.integers(1, 65_500),
        height_px=st.integers(1, 4_096),
        duration_s=st.floats(1e-3, 1e5),
        low_hz=st.floats(0, 1e5),
        high_hz=st.floats(1.1e5, 1e6),
    ),
    st.floats(0, 1),
)
def test_pixels_seconds_and_hertz_lead_back_to_each_other(grid: Grid, fraction: float) -> None:
    seconds = fraction * grid.duration_s
    hertz = grid.low_hz + fraction * (grid.high_hz - grid.low_hz)
    assert grid.to_s(grid.to_x(seconds)) == pytest.approx(seconds, abs=1e-9)
    assert grid.to_hz(grid.to_y(hertz)) == pytest.approx(hertz, abs=1e-6)
    assert grid.to_x(grid.to_s(fraction * grid.width_px)) == pytest.approx(fraction * grid.width_px, abs=1e-6)
    assert grid.to_y(grid.to_hz(fraction * grid.height_px)) == pytest.approx(fraction * grid.height_px, abs=1e-6)


def test_the_corners_of_a_picture_are_its_limits() -> None:
    grid = compute_picture(make_noise(2.0, 48_000), 48_000).grid
    assert (grid.to_s(0), grid.to_s(grid.width_px)) == (0, 2.0)
    assert (grid.to_hz(0), grid.to_hz(grid.height_px)) == (24_000, 0)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 30_000), st.lists(st.integers(1, 5_000), min_size=1, max_size=8), st.integers(2, 4_096))
def test_blocks_of_any_length_make_the_same_picture(frame_count: int, lengths: list[int], window: int) -> None:
    samples = make_noise(frame_count / 8_000, 8_000)
    edges = np.cumsum(lengths)
    whole = compute_picture(samples, 8_000, window_s=window / 8_000, width_px=300)
    blocks = np.split(samples, edges[edges < frame_count])
    pieces = compute_picture_of_blocks(blocks, frame_count, 8_000, window_s=window / 8_000, width_px=300)
    np.testing.assert_array_equal(whole.pixels, pieces.pixels)
    assert whole.pixels.shape == (HEIGHT_PX, min(300, frame_count))


@pytest.mark.parametrize("frame_count", [1, 2, 100, 1_023, 5_000])
def test_a_very_short_session_has_a_picture(frame_count: int) -> None:
    picture = compute_picture(make_noise(frame_count / 48_000, 48_000), 48_000)
    assert picture.pixels.shape == (HEIGHT_PX, min(WIDTH_PX, frame_count))


@pytest.mark.parametrize("value", [0.0, 0.5, np.nan, np.inf, 1e30])
def test_silence_and_broken_samples_give_a_finite_picture(value: float) -> None:
    picture = compute_picture(np.full(48_000, value, np.float32), 48_000)
    assert np.isfinite([picture.floor_db, picture.ceiling_db]).all()
    assert SMALLEST_RANGE_DB - 1e-6 <= picture.ceiling_db - picture.floor_db <= LARGEST_RANGE_DB + 1e-6


def test_silence_is_black() -> None:
    assert compute_picture(np.zeros(48_000, np.float32), 48_000).pixels.max() == 0


def test_silence_around_a_recording_does_not_change_its_contrast() -> None:
    noise = make_noise(5.0, 48_000)
    alone = compute_picture(noise, 48_000)
    padded = compute_picture(np.concatenate([np.zeros(480_000, np.float32), noise]), 48_000)
    assert padded.floor_db == pytest.approx(alone.floor_db, abs=2)


def test_a_faint_call_stands_out_of_noise_that_was_filtered_and_hums() -> None:
    rate, seconds = 48_000, 20
    from scipy.signal import butter, sosfilt

    noise = sosfilt(butter(8, 12_000, fs=rate, output="sos"), make_noise(seconds, rate)).astype(np.float32)
    time = np.arange(seconds * rate) / rate
    hum = 0.3 * np.sin(2 * np.pi * 50 * time)
    is_call = (time > 8) & (time < 9)
    call = np.where(is_call, 2e-4 * np.sin(2 * np.pi * 5_000 * time), 0)
    picture = compute_picture((noise + hum + call).astype(np.float32), rate)
    row = int(picture.grid.to_y(5_000))
    called = picture.pixels[row, int(picture.grid.to_x(8.1)) : int(picture.grid.to_x(8.9))]
    around = picture.pixels[row - 60 : row - 10]
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
