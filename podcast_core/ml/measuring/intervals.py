"""Shares and means with the 95 % interval in which the truth may lie, when only some of many were looked at."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Z = 1.959964  # of the normal distribution: 95 % lie within
NONE_SEEN = 3.0  # what was not seen in n looks is rarer than about 3 / n (95 %, "rule of three")
MAX_COMPARED = 5000  # rows; more are added up in groups first, whose sums vary as the rows do
GROUPS = 1000  # of them, enough to see how much
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
    low, high = _find_interval(Drawn(table), lambda sums: sums[..., 0] / sums[..., 1])
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


class Drawn:
    """Sums over sessions, of ``table`` with shape (sessions, columns), and over as many that are drawn anew.

    What several statistics follow from is drawn once for all of them.
    """

    def __init__(self, table: NDArray[Any]) -> None:
        self.count, self._table = len(table), table

    @cached_property
    def sums(self) -> NDArray[Any]:
        """Sums over the sessions, shape (columns,)."""
        total: NDArray[Any] = self._table.sum(axis=0)
        return total

    @cached_property
    def drawn(self) -> NDArray[Any]:
        """Sums over sessions drawn with replacement, shape (draws, columns); many are drawn in groups.

        The same table gives the same sums.
        """
        table = self._table
        if self.count > MAX_COMPARED:
            group = _make_groups(self.count)
            rows = np.stack([np.bincount(group, column, GROUPS) for column in table.T], axis=1)
            return _draw_groups() @ rows
        rows, counts = np.unique(table, axis=0, return_counts=True)  # many sessions look the same
        weights = np.random.default_rng(0).multinomial(self.count, counts / self.count, size=DRAWS)
        drawn: NDArray[Any] = weights.astype(np.float64) @ rows
        return drawn


def estimate_sums(
    table: NDArray[Any] | Drawn, statistic: Callable[[NDArray[Any]], NDArray[Any]], *, is_share: bool = True
) -> Estimate | None:
    """Estimate what follows from sums over sessions; None where it is not defined (NaN).

    Parameters
    ----------
    table
        Shape (sessions, columns): what each session adds to the sums; or what was drawn of it.
    statistic
        Takes sums of shape (..., columns) and gives values of shape (...).
    is_share
        Values are shares, or kappas: 1 is all. An interval without a width then becomes that of a share of as many
        sessions, see `estimate_f1`.
    """
    drawn = table if isinstance(table, Drawn) else Drawn(table)
    if not drawn.count:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(drawn.sums))
        if math.isnan(value):
            return None
        low, high = _find_interval(drawn, statistic)
    if is_share and high - low < 1e-9 and 0 <= value <= 1:
        return estimate_share(value * drawn.count, drawn.count)
    return Estimate(value, min(low, value), max(high, value))


def _estimate_ratio(
    table: Sequence[tuple[float, ...]], ratio: Callable[[NDArray[Any]], NDArray[Any]], below: tuple[int, ...]
) -> Estimate | None:
    rows = [row for row in table if any(row[column] for column in below)]
    return estimate_sums(np.array(rows, float), ratio)


def _find_interval(drawn: Drawn, statistic: Callable[[NDArray[Any]], NDArray[Any]]) -> tuple[float, float]:
    low, high = np.nanpercentile(statistic(drawn.drawn), [2.5, 97.5])
    return float(low), float(high)


@lru_cache(maxsize=8)
def _make_groups(count: int) -> NDArray[np.int64]:
    """Put so many rows into groups by chance, the same ones each time; shape (rows,)."""
    return np.random.default_rng(0).permutation(count) % GROUPS


@lru_cache(maxsize=1)
def _draw_groups() -> NDArray[np.float64]:
    """Draw all groups with replacement, shape (draws, groups): how often each one came."""
    drawn = np.random.default_rng(0).multinomial(GROUPS, np.full(GROUPS, 1 / GROUPS), size=DRAWS)
    return drawn.astype(np.float64)  # 16 MB, which take longer to convert than to multiply
