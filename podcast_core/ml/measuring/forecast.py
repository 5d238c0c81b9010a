"""When a round will be done, from how much was done on each of the last days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

WINDOW_DAYS = 28  # whole weeks, so that week-ends weigh as they do
MIN_DAYS = 5  # with answers: of fewer, nobody knows how days differ
DRAWS = 1000  # as Efron and Tibshirani (1993) ask for percentiles
HORIZON_DAYS = 5 * 365  # what lies beyond is no plan
_CHUNK_DAYS = 64
LOW, MIDDLE, HIGH = 5, 50, 95  # per cent


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the rest will be done: with 90 % probability from ``earliest`` to ``latest`` (None: in over five years).

    ``per_day`` is the mean of the ``days`` that it was made of, days without any answer among them.
    """

    expected: date | None
    earliest: date | None
    latest: date | None
    per_day: float
    days: int


def forecast_end(done: Mapping[date, int], left: int, *, today: date) -> Forecast | None:
    """Say when ``left`` more sessions will be done; None where too few of the last days have any.

    The days are the last 28 up to today, not those before the first answer, and today only if it has an answer already.
    Draws are made of them 1,000 times: as many days with replacement, since others might have been as typical, and then
    one of these for each day to come, until nothing is left.

    Parameters
    ----------
    done
        Day -> sessions answered on it.
    left
        Sessions without an answer, 1 or more.
    """
    last = today if done.get(today) else today - timedelta(days=1)
    began = [day for day, count in done.items() if count and day <= last]
    if not began:
        return None
    first = max(min(began), last - timedelta(days=WINDOW_DAYS - 1))
    counts = np.array([done.get(first + timedelta(days=each), 0) for each in range((last - first).days + 1)], float)
    if np.count_nonzero(counts) < MIN_DAYS:
        return None
    earliest, expected, latest = np.percentile(_draw(counts, left), [LOW, MIDDLE, HIGH], method="inverted_cdf")
    return Forecast(
        expected=_find_day(last, expected),
        earliest=_find_day(last, earliest),
        latest=_find_day(last, latest),
        per_day=float(counts.mean()),
        days=len(counts),
    )


def _draw(counts: NDArray[np.float64], left: int) -> NDArray[np.float64]:
    """Draw how many days it takes, shape (draws,); infinite beyond the horizon."""
    chance = np.random.default_rng(0)  # the same days give the same date
    alike = counts[chance.integers(len(counts), size=(DRAWS, len(counts)))]
    took, reached = np.full(DRAWS, np.inf), np.zeros(DRAWS)
    for start in range(0, HORIZON_DAYS, _CHUNK_DAYS):
        chosen = chance.integers(len(counts), size=(DRAWS, _CHUNK_DAYS))
        sums = reached[:, None] + np.take_along_axis(alike, chosen, axis=1).cumsum(axis=1)
        is_new = np.isinf(took) & (sums[:, -1] >= left)
        took[is_new] = start + 1 + (sums[is_new] >= left).argmax(axis=1)
        reached = sums[:, -1]
        if np.isfinite(took).all():
            break
    return took


def _find_day(last: date, days: float) -> date | None:
    return None if np.isinf(days) or days > HORIZON_DAYS else last + timedelta(days=int(days))
