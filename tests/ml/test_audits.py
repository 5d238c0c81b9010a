"""Shares of finite many: exact intervals are known figures, and all that was seen is known for sure."""

import numpy as np
import pytest

from podcast_core.errors import InvalidInput
from podcast_core.ml.measuring.audits import count_more, estimate_audit, estimate_exact, estimate_finite
from podcast_core.ml.measuring.intervals import Estimate


@pytest.mark.parametrize(
    ("count", "seen", "low", "high"), [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (10, 10, 0.6915, 1.0)]
)
def test_of_endlessly_many_the_exact_interval_is_that_of_clopper_and_pearson(
    count: int, seen: int, low: float, high: float
) -> None:
    found = estimate_exact(count, seen)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_the_exact_interval_of_few_holds_every_number_that_is_not_too_rare() -> None:
    from scipy.stats import hypergeom

    size, seen, count = 60, 20, 3
    fit = [all_ for all_ in range(size + 1) if hypergeom.sf(count - 1, size, all_, seen) > 0.025]
    fit = [all_ for all_ in fit if hypergeom.cdf(count, size, all_, seen) > 0.025]
    fit = [all_ for all_ in fit if count <= all_ <= size - seen + count]
    assert estimate_exact(count, seen, size) == Estimate(3 / 20, min(fit) / size, max(fit) / size)


def test_the_more_of_all_was_seen_the_narrower_until_it_is_known() -> None:
    widths = []
    for size in (None, 1000, 100, 50, 41):
        found = estimate_audit(4, 40, size)
        assert found is not None
        widths.append((found.wilson.high - found.wilson.low, found.exact.high - found.exact.low))
    assert widths == sorted(widths, reverse=True)
    assert estimate_finite(4, 40, 40) == Estimate(0.1, 0.1, 0.1)
    assert estimate_exact(4, 40, 40) == Estimate(0.1, 0.1, 0.1)
    assert estimate_audit(0, 0, 5) is None


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidInput, match="cannot be"):
        estimate_finite(3, 10, 5)


def test_so_many_more_are_needed_that_one_less_is_not_enough() -> None:
    def is_enough(count: float, seen: int) -> bool:
        found = estimate_finite(count, seen, 5000)
        return found is not None and (found.high - found.low) / 2 <= 0.05

    more = count_more(is_enough, 3, 30, 5000)
    assert is_enough(0.1 * (30 + more), 30 + more)
    assert not is_enough(0.1 * (29 + more), 29 + more)
    assert count_more(is_enough, 0, 0, 5000) == 354  # a share of half: 380.3 of endlessly many
    assert count_more(is_enough, 300, 3000, 5000) == 0
    assert count_more(is_enough, 3, 30, 31) == 1  # all are known


def test_both_intervals_hold_the_truth_as_often_as_they_say() -> None:
    chance = np.random.default_rng(5)
    wilson = exact = 0
    tries = 500
    for _ in range(tries):
        size, wrong = 400, int(chance.integers(4, 80))
        count = int(chance.hypergeometric(wrong, size - wrong, 100))
        found = estimate_audit(count, 100, size)
        assert found is not None
        wilson += found.wilson.low <= wrong / size <= found.wilson.high
        exact += found.exact.low <= wrong / size <= found.exact.high
    assert wilson / tries > 0.93
    assert exact / tries >= 0.95
