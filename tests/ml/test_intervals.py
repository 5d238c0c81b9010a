"""Intervals: those of Wilson are known figures, those of drawing anew hold the truth as often as they say."""

import numpy as np
import pytest

from podcast_core.ml.measuring.intervals import Estimate, estimate_f1, estimate_rate, estimate_ratio, estimate_share


@pytest.mark.parametrize(
    ("count", "total", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0)]
)
def test_shares_have_the_interval_of_wilson(count: int, total: int, low: float, high: float) -> None:
    found = estimate_share(count, total)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((count / total, low, high), abs=1e-4)


def test_nothing_gives_no_estimate() -> None:
    assert estimate_share(0, 0) is None
    assert estimate_rate([], []) is None
    assert estimate_f1([(0, 0, 0)]) is None
    assert estimate_ratio([]) is None


def test_no_call_at_all_is_not_said_to_be_sure() -> None:
    assert estimate_rate([0] * 20, [0.25] * 20) == Estimate(0.0, 0.0, 0.6)


def test_nothing_but_right_calls_are_as_sure_as_the_number_of_sessions() -> None:
    found = estimate_f1([(5, 5, 5)] * 10)
    assert found is not None
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.7225, abs=1e-4)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    chance = np.random.default_rng(5)
    f1s, rates = 0, 0
    for _ in range(100):
        known = chance.poisson(4, 40) * (chance.random(40) < 0.6)  # calls come in groups
        skill = chance.beta(8, 2, 40)  # and sessions are of different difficulty
        right = chance.binomial(known, skill)
        found = right + chance.binomial(known, 0.25)
        f1 = estimate_f1(list(zip(right, found, known, strict=True)))
        rate = estimate_rate(known.tolist(), [1 / 60] * 40)
        assert f1 is not None
        assert rate is not None
        f1s += f1.low <= 2 * 0.8 / (1 + 0.8 + 0.25) <= f1.high
        rates += rate.low <= 0.6 * 4 * 60 <= rate.high
    assert f1s >= 85
    assert rates >= 85
