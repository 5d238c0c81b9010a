"""Levels above the noise floor."""

import numpy as np
import pytest

from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Example, Found
from podcast_core.ml.segmenter.features import LogMel, choose_features

RATE = 16_000
FEATURES = LogMel(RATE, 400, (0.01, 0.03), 0, 8000)


def make_noise(seconds: float, seed: int = 0) -> np.ndarray:
    return (0.01 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).astype("f4")


@pytest.mark.parametrize("hz", [200, 1000, 3000, 7000])
def test_tone_is_in_its_band_at_its_time(hz: float) -> None:
    sound = make_noise(4)
    time = np.arange(RATE) / RATE
    sound[2 * RATE : 3 * RATE] += (0.1 * np.sin(2 * np.pi * hz * time)).astype("f4")
    levels = FEATURES.compute(sound, RATE)
    assert levels.shape == (1600, 128)
    band = int(levels[900:1100, 64:].mean(axis=0).argmax())
    edges = FEATURES.edges_hz()
    assert edges[band] - 70 < hz < edges[band + 2] + 70
    loud = np.flatnonzero(levels[:, band] > levels[:, band].max() / 2)
    assert (loud[0], loud[-1]) == pytest.approx((800, 1199), abs=3)


def test_neither_gain_nor_colour_of_the_noise_matters() -> None:
    from scipy.signal import lfilter

    sound = make_noise(6)
    sound[3 * RATE : 3 * RATE + 4000] += (0.2 * np.sin(np.arange(4000))).astype("f4")
    coloured = lfilter([1, -0.5], [1], sound).astype("f4") / 20
    plain, other = (FEATURES.compute(each, RATE)[20:-20] for each in (sound, coloured))
    assert np.abs(plain - other).mean() < 0.05


def test_pieces_of_whole_seconds_give_the_same() -> None:
    sound = make_noise(40) * np.linspace(0.1, 1, 40 * RATE, dtype="f4")
    whole = FEATURES.compute(sound, RATE)
    reach = int(np.ceil(FEATURES.context_s))
    piece = FEATURES.compute(sound[(20 - reach) * RATE : (24 + reach) * RATE], RATE)
    np.testing.assert_allclose(piece[reach * 400 : (reach + 4) * 400], whole[20 * 400 : 24 * 400], atol=1e-4)


@pytest.mark.parametrize("count", [0, 1, 7, 500])
def test_very_short_sounds_and_silence(count: int) -> None:
    levels = FEATURES.compute(np.zeros(count, "f4"), RATE)
    assert levels.shape == (-(-count * 400 // RATE), 128)
    assert not levels.any()


@pytest.mark.parametrize(("length_s", "step_s"), [(0.01, 0.0005), (0.1, 0.0025), (0.4, 0.01), (4.0, 0.02)])
def test_steps_follow_the_calls(length_s: float, step_s: float) -> None:
    example = Example(np.zeros(RATE, "f4"), RATE, [Found(0, length_s, "a")])
    assert choose_features([example, Example(np.zeros(9, "f4"), 48_000)]) == LogMel(
        RATE, round(1 / step_s), (4 * step_s, 16 * step_s), 0, 8000
    )


def test_needs_a_call() -> None:
    with pytest.raises(InvalidInput, match="at least one, found none"):
        choose_features([Example(np.zeros(9, "f4"), RATE)])


def test_stored_parameters_come_back_or_are_refused() -> None:
    assert LogMel.from_parameters(FEATURES.parameters()) == FEATURES
    with pytest.raises(InvalidInput, match="windows_s"):
        LogMel.from_parameters({"sample_rate_hz": 1000})
    with pytest.raises(InvalidInput, match="upper end"):
        LogMel.from_parameters({**FEATURES.parameters(), "high_hz": 9000})
