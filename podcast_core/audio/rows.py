"""From the bins of power spectra to the rows of a picture, in decibels."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.grid import Grid
from podcast_core.audio.levels import SILENCE_DB

POOL_BINS, MAX_POOLS = 40, 32  # in one multiplication of matrices, which is small enough for one thread


def pool_rows(
    power: NDArray[np.float32], grid: Grid, sample_rate_hz: int, *, out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Bring power of shape (n, bins) to decibels of shape (n, height), lowest frequency first.

    A row that is at least a bin high is the mean of the power in it (straight lines between the bins). Finer
    rows are read from a smooth curve through the decibels of the bins, which keeps peaks where they are.
    """
    fft_size = 2 * (power.shape[1] - 1)
    rows = np.empty((len(power), grid.height_px), np.float32) if out is None else out
    if grid.covers_all_of(sample_rate_hz) and fft_size % (2 * grid.height_px) == 0:
        return _to_decibels(_pool_evenly(power, rows))
    places = _place(grid, sample_rate_hz, fft_size)
    for pool in places.pools:
        if isinstance(pool.rows, slice):
            np.matmul(power[:, pool.bins], pool.weights, out=rows[:, pool.rows])
        else:
            rows[:, pool.rows] = power[:, pool.bins] @ pool.weights
    if not len(places.centres):
        return _to_decibels(rows)
    rows[:, places.is_coarse] = _to_decibels(rows[:, places.is_coarse])
    rows[:, ~places.is_coarse] = _read_between(_to_decibels(power.copy()), places.centres)
    return rows


def find_bins(grid: Grid, sample_rate_hz: int, fft_size: int) -> slice:
    """Find the bins of a transform that `pool_rows` looks at."""
    low, high = (min(edge_hz * fft_size / sample_rate_hz, fft_size / 2) for edge_hz in (grid.low_hz, grid.high_hz))
    return slice(max(0, int(low) - 2), math.ceil(high) + 3)  # a curve between bins looks at one more


@dataclass(frozen=True, slots=True)
class _Pool:
    """Neighbouring rows and the bins in them: so few that multiplying all by all costs less than leaving zeros out."""

    rows: Any
    """Their numbers; a slice where none is missing."""
    bins: slice
    weights: NDArray[np.float32]
    """The share of each bin in each row, shape (bins, rows)."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where rows lie among bins: those that are at least a bin high, in pools, and the others."""

    is_coarse: NDArray[np.bool_]
    pools: tuple[_Pool, ...]
    centres: NDArray[np.float64]
    """Of the other, finer rows, in bins."""


@lru_cache(maxsize=64)
def _place(grid: Grid, sample_rate_hz: int, fft_size: int) -> _Places:
    edges = np.clip(grid.row_edges_hz() * (fft_size / sample_rate_hz), 0, fft_size / 2)
    lows, highs = edges[:-1], edges[1:]
    is_coarse = highs - lows >= 1
    parts = _part(np.flatnonzero(is_coarse), lows, highs, max(POOL_BINS, fft_size // 2 // MAX_POOLS))
    pools = tuple(_weigh(part, lows[part], highs[part]) for part in parts)
    return _Places(is_coarse, pools, (lows + highs)[~is_coarse] / 2)


def _part(
    rows: NDArray[np.int64], lows: NDArray[np.float64], highs: NDArray[np.float64], most_bins: int
) -> Iterator[NDArray[np.int64]]:
    """Part rows, lowest first, into pools of so many bins at most, or of one row that has more."""
    first = 0
    for row in range(1, len(rows) + 1):
        if row == len(rows) or highs[rows[row]] - lows[rows[first]] > most_bins:
            yield rows[first:row]
            first = row


def _weigh(rows: NDArray[np.int64], lows: NDArray[np.float64], highs: NDArray[np.float64]) -> _Pool:
    """Weigh bins so that the sum is the mean of the line through them: each is a triangle two bins wide."""
    first, last = int(lows[0]), math.ceil(highs[-1])
    bins = np.arange(first, last + 1)[:, None]
    share = (_integrate_triangle(highs - bins) - _integrate_triangle(lows - bins)) / (highs - lows)
    is_whole = rows[-1] - rows[0] + 1 == len(rows)
    return _Pool(slice(rows[0], rows[-1] + 1) if is_whole else rows, slice(first, last + 1), share.astype(np.float32))


def _integrate_triangle(to: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of the triangle of height 1 between -1 and 1 that lies left of a place."""
    inside = np.clip(to, -1, 1)
    return 0.5 + inside - np.sign(inside) * inside * inside / 2


def _pool_evenly(power: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Do the same where rows and bins share their borders: a row is the mean of the bins it touches."""
    if rows.shape[1] == power.shape[1] - 1:
        np.add(power[:, :-1], power[:, 1:], out=rows)
        rows *= np.float32(0.5)
        return rows
    between = (power[:, :-1] + power[:, 1:]) * np.float32(0.5)
    return between.reshape(*rows.shape, -1).mean(axis=2, dtype=np.float32, out=rows)


def _read_between(decibels: NDArray[np.float32], positions: NDArray[np.float64]) -> NDArray[Any]:
    """Read a Catmull-Rom curve through the bins; a spectrum goes on mirrored beyond its ends."""
    last = decibels.shape[1] - 1
    at = np.minimum(positions.astype(np.int64), last - 1)
    t = (positions - at).astype(np.float32)
    before, after = np.abs(at - 1), last - np.abs(last - (at + 2))
    weights = (
        (before, ((2 - t) * t - 1) * t / 2),
        (at, ((3 * t - 5) * t * t + 2) / 2),
        (at + 1, ((4 - 3 * t) * t + 1) * t / 2),
        (after, (t - 1) * t * t / 2),
    )
    curve: NDArray[Any] = np.sum([decibels[:, index] * weight for index, weight in weights], axis=0)
    return curve


def _to_decibels(power: NDArray[Any]) -> NDArray[Any]:
    np.maximum(power, 10 ** (SILENCE_DB / 10), out=power)
    np.log10(power, out=power)
    power *= 10
    return power
