"""Measurements of sounds that were made here, whose values are known, and what must hold for all."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_core.audio.measuring import Heard, measure
from podcast_core.domain.box import Box
from podcast_core.domain.measurement import MEASUREMENTS, TIMES, get_measurement
from podcast_core.errors import InvalidInput

RATE = 48_000
BOX = Box(11.0, 11.5, low_hz=500.0, high_hz=8000.0)  # the recording's seconds 10 to 13 are heard


def hear(sound: np.ndarray, rate_hz: int = RATE, start_s: float = 10.0, noise: float = 0.001) -> Heard:
    quiet = noise * np.random.default_rng(0).standard_normal(len(sound))
    return Heard((sound + quiet).astype(np.float32), rate_hz, start_s)


def sound(phase_cycles: np.ndarray, times_s: np.ndarray, loudness: float = 0.5) -> np.ndarray:
    is_on = (times_s >= 1.0) & (times_s < 1.5)
    return np.where(is_on, loudness * np.sin(2 * np.pi * phase_cycles), 0.0)


@pytest.fixture(scope="module")
def times_s() -> np.ndarray:
    return np.arange(3 * RATE) / RATE


def test_a_tone(times_s: np.ndarray) -> None:
    found = measure(hear(sound(3000 * times_s, times_s)), BOX)
    bin_hz = RATE / 1024
    for name in ("peak_hz", "centre_hz", "q1_hz", "q3_hz"):
        assert abs(found[name] - 3000) <= bin_hz / 2
    assert found["bandwidth90_hz"] <= 2 * bin_hz  # a Hann window's main lobe holds 99.9 % in three bins
    for name in ("f0_hz", "f0_low_hz", "f0_high_hz", "start_hz", "end_hz", "characteristic_hz"):
        assert found[name] == pytest.approx(3000, abs=3)
    assert found["duration_s"] == pytest.approx(0.5)
    assert found["bandwidth_hz"] == 7500
    assert found["peak_dbfs"] == pytest.approx(20 * math.log10(0.5), abs=0.06)  # the noise adds up to 0.004
    assert found["rms_dbfs"] == pytest.approx(20 * math.log10(0.5), abs=0.1)
    assert found["energy_db"] == pytest.approx(10 * math.log10(0.5**2 / 2 * 0.5), abs=0.1)
    # White noise of 0.001 has 7.5 of 24 kHz in the band.
    noise_db = 10 * math.log10(0.001**2 * 7500 / 24_000)
    assert found["snr_db"] == pytest.approx(10 * math.log10(0.5**2 / 2) - noise_db, abs=0.3)
    assert found["time5_s"] == pytest.approx(11.025, abs=0.006)  # a column is 5 ms
    assert found["centre_time_s"] == pytest.approx(11.25, abs=0.006)
    assert found["time95_s"] == pytest.approx(11.475, abs=0.006)
    assert abs(found["f0_slope_hz_per_s"]) < 1
    assert found["call_duration_ms"] == pytest.approx(500, abs=11)


def test_a_rising_sweep(times_s: np.ndarray) -> None:
    since_s = times_s - 1.0
    found = measure(hear(sound(2000 * since_s + 4000 * since_s**2, times_s)), BOX)  # 2 to 6 kHz in half a second
    assert found["f0_slope_hz_per_s"] == pytest.approx(8000, rel=0.01)
    assert found["sweep_khz_per_ms"] == pytest.approx(0.008, rel=0.03)
    assert found["start_hz"] == pytest.approx(2000, abs=60)
    assert found["end_hz"] == pytest.approx(6000, abs=60)
    assert found["low5_hz"] == pytest.approx(2200, abs=50)
    assert found["high95_hz"] == pytest.approx(5800, abs=50)
    assert found["centre_hz"] == pytest.approx(4000, abs=50)
    assert found["f0_hz"] == pytest.approx(4000, abs=20)


def test_harmonics_have_the_pitch_of_their_fundamental(times_s: np.ndarray) -> None:
    """Even where the fundamental is weaker than its harmonics."""
    parts = ((1, 0.05), (2, 0.2), (3, 0.15), (4, 0.1), (5, 0.1))
    chord = sum(sound(700.0 * number * times_s, times_s, loudness) for number, loudness in parts)
    found = measure(hear(np.asarray(chord)), BOX)
    assert found["f0_hz"] == pytest.approx(700, abs=5)
    assert found["peak_hz"] == pytest.approx(1400, abs=24)


def test_white_noise_is_spread_evenly() -> None:
    found = measure(hear(np.zeros(3 * RATE), noise=0.1), replace(BOX, low_hz=None, high_hz=None))
    assert found["spectral_entropy"] == pytest.approx(1, abs=0.01)
    assert found["centre_hz"] == pytest.approx(12_000, rel=0.03)
    assert found["iqr_bandwidth_hz"] == pytest.approx(12_000, rel=0.05)
    assert found["snr_db"] == pytest.approx(0, abs=0.3)
    assert found["rms_dbfs"] == pytest.approx(20 * math.log10(0.1 * math.sqrt(2)), abs=0.1)
    assert not {"f0_hz", "start_hz"} & found.keys()  # nothing tonal


def test_the_entropy_of_two_equal_tones_is_one_bit_more_than_of_one(times_s: np.ndarray) -> None:
    one = sound(3000 * times_s, times_s)  # in the middle of bins
    both = one + sound(6000 * times_s, times_s)
    alone, together = (measure(hear(each, noise=1e-6), BOX) for each in (one, both))
    assert together["aggregate_entropy_bits"] - alone["aggregate_entropy_bits"] == pytest.approx(1, abs=0.01)


def test_a_bats_call() -> None:
    """A sweep from 80 to 45 kHz that flattens, in 5 ms at 384 kHz."""
    rate_hz, length_s, fall_s = 384_000, 0.005, 0.0012
    since_s = np.arange(round(0.05 * rate_hz)) / rate_hz - 0.02
    hertz = 45e3 + 35e3 * np.exp(-np.maximum(since_s, 0) / fall_s)
    is_on = (since_s >= 0) & (since_s < length_s)
    call = np.where(is_on, 0.3 * np.sin(2 * np.pi * np.cumsum(hertz) / rate_hz), 0.0)
    found = measure(hear(call, rate_hz, 0.0, noise=0.0005), Box(0.018, 0.028, low_hz=30e3, high_hz=100e3))
    assert found["call_duration_ms"] == pytest.approx(5, abs=1)
    assert found["start_hz"] == pytest.approx(79e3, abs=6e3)  # it falls by 29 kHz in the first window
    assert found["end_hz"] == pytest.approx(45.5e3, abs=1e3)
    assert found["characteristic_hz"] == pytest.approx(45.6e3, abs=1e3)
    assert found["peak_hz"] == pytest.approx(46e3, abs=1.5e3)
    assert -8 < found["sweep_khz_per_ms"] < -4


def test_what_cannot_be_measured_is_not_there(times_s: np.ndarray) -> None:
    silence = Heard(np.zeros(RATE, np.float32), RATE, 0.0)
    assert measure(silence, Box(0.2, 0.4)).keys() == {"duration_s", "bandwidth_hz", "peak_dbfs"}
    whole = measure(Heard(np.float32(0.1) * np.ones(RATE, np.float32), RATE, 0.0), Box(0.0, 1.0))
    assert "snr_db" not in whole  # nothing is around it
    line = measure(hear(sound(3000 * times_s, times_s)), Box(11.0, 11.5, low_hz=3000.0, high_hz=3000.0))
    assert (line["bandwidth_hz"], line["peak_hz"]) == (0, 3000)
    found = measure(hear(sound(3000 * times_s, times_s)), Box(11.0, 11.0001))  # less than a window
    assert found.keys() <= MEASUREMENTS.keys()


def test_what_is_no_sound_is_refused() -> None:
    silence = Heard(np.zeros(RATE, np.float32), RATE, 0.0)
    with pytest.raises(InvalidInput, match="No sample lies between 2 and 3 s"):
        measure(silence, Box(2.0, 3.0))
    with pytest.raises(InvalidInput, match="begins at 30000 Hz, and the recording ends at 24000 Hz"):
        measure(silence, Box(0.0, 0.5, low_hz=30_000.0, high_hz=40_000.0))
    broken = Heard(np.full(RATE, np.nan, np.float32), RATE, 0.0)
    with pytest.raises(InvalidInput, match="are samples that are no numbers"):
        measure(broken, Box(0.0, 0.5))
    with pytest.raises(InvalidInput, match="No measurement is called 'pitch'"):
        get_measurement("pitch")


@settings(max_examples=25, deadline=None)
@given(
    first=st.integers(0, RATE),
    length=st.integers(1, RATE // 2),
    moved=st.integers(1, RATE // 2),
    band=st.sampled_from([(None, None), (500.0, 4000.0), (2990.0, 3010.0), (20_000.0, 24_000.0)]),
)
def test_a_sound_that_comes_later_has_the_same_values_later(
    times_s: np.ndarray, first: int, length: int, moved: int, band: tuple[float | None, float | None]
) -> None:
    samples = hear(sound(3000 * times_s, times_s)).samples
    later = np.concatenate([np.zeros(moved, np.float32), samples])
    box = Box(first / RATE, (first + length) / RATE, low_hz=band[0], high_hz=band[1])
    shift_s = moved / RATE
    padded = np.concatenate([samples, np.zeros(moved, np.float32)])
    before = measure(Heard(padded[: len(samples)], RATE, 0.0), box)
    after = measure(Heard(later[moved:], RATE, shift_s), box.shifted(shift_s))
    assert before.keys() == after.keys()
    for name, value in before.items():
        expected = value + shift_s if name in TIMES else value
        assert after[name] == pytest.approx(expected, rel=1e-9, abs=1e-9), name
    times = [after[name] for name in TIMES if name in after]
    assert all(box.start_s + shift_s <= each <= box.end_s + shift_s for each in times)
    assert after.get("low5_hz", 0) <= after.get("centre_hz", 0) <= after.get("high95_hz", 0)


@settings(max_examples=25, deadline=None)
@given(gain_db=st.floats(-40, 5))
def test_a_gain_moves_levels_and_nothing_else(times_s: np.ndarray, gain_db: float) -> None:
    quiet = hear(sound(3000 * times_s, times_s))
    loud = replace(quiet, samples=quiet.samples * np.float32(10 ** (gain_db / 20)))
    before, after = measure(quiet, BOX), measure(loud, BOX)
    for name, value in before.items():
        expected = value + gain_db if name in ("peak_dbfs", "rms_dbfs", "energy_db") else value
        assert after[name] == pytest.approx(expected, rel=1e-4, abs=1e-4), name
