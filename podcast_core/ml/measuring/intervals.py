"""Shares and means with the 95 % interval in which the truth may lie, when only some of many were looked at."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Z = 1.959964  # of the normal distribution: 95 % lie within
NONE_SEEN = 3.0  # what was not seen in n looks is rarer than about 3 / n (95 %, "rule of three")
DRAWS = 2000  # of the bootstrap, enough for percentiles (Efron and Tibshirani 1993 ask for 1000)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


def estimate_share(count: float, total: float) -> Estimate | None:
    """Estimate a share by Wilson's interval, which holds for few and for shares near 0 and 1, too; None of nothing."""
    if not total:
        return None
    share = count / total
    middle = (share + Z**2 / (2 * total)) / (1 + Z**2 / total)
    reach = Z / (1 + Z**2 / total) * math.sqrt(share * (1 - share) / total + Z**2 / (4 * total**2))
    return Estimate(share, min(share, max(0.0, middle - reach)), max(share, min(1.0, middle + reach)))


def estimate_rate(counts: Sequence[float], hours: Sequence[float]) -> Estimate | None:
    """Estimate how many there are in an hour, from counts in sessions that were drawn at random; None of nothing."""
    total_h = float(sum(hours))
    if not total_h:
        return None
    if not sum(counts):
        return Estimate(0.0, 0.0, NONE_SEEN / total_h)
    table = np.array([counts, hours], float).T
    rate = float(table[:, 0].sum() / total_h)
    low, high = _bootstrap(table, lambda sums: sums[..., 0] / sums[..., 1])
    return Estimate(rate, min(low, rate), max(high, rate))


def estimate_f1(table: Sequence[tuple[float, float, float]]) -> Estimate | None:
    """Estimate F1 from what was right, found and known in each session; None where there is nothing at all.

    Sessions are drawn anew 2,000 times, because calls of one session are alike. When all of them are right, or none,
    drawing anew cannot tell how sure that is; the interval is then that of a share of as many sessions.
    """
    return _estimate_ratio(table, lambda sums: 2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]), (1, 2))


def estimate_ratio(table: Sequence[tuple[float, float]]) -> Estimate | None:
    """Estimate a share of calls, from counts (right, all) in each session; see `estimate_f1`."""
    return _estimate_ratio(table, lambda sums: sums[..., 0] / sums[..., 1], (1,))


def _estimate_ratio(
    table: Sequence[tuple[float, ...]], ratio: Callable[[NDArray[Any]], NDArray[Any]], below: tuple[int, ...]
) -> Estimate | None:
    counts = np.array([row for row in table if any(row[column] for column in below)], float)
    if not len(counts):
        return None
    value = float(ratio(counts.sum(axis=0)))
    low, high = _bootstrap(counts, ratio)
    if high - low < 1e-9:
        return estimate_share(value * len(counts), len(counts))
    return Estimate(value, min(low, value), max(high, value))


def _bootstrap(table: NDArray[Any], ratio: Callable[[NDArray[Any]], NDArray[Any]]) -> tuple[float, float]:
    """Draw rows with replacement; the same table gives the same interval."""
    chance = np.random.default_rng(0)
    weights = chance.multinomial(len(table), np.full(len(table), 1 / len(table)), size=DRAWS)
    low, high = np.percentile(ratio(weights @ table), [2.5, 97.5])
    return float(low), float(high)
