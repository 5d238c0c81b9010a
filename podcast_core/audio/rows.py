"""From the bins of power spectra to the rows of a picture, in decibels."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.grid import Grid
from podcast_core.audio.levels import SILENCE_DB


def pool_rows(power: NDArray[np.float32], grid: Grid, sample_rate_hz: int) -> NDArray[np.float32]:
    """Bring power of shape (n, bins) to decibels of shape (n, height), lowest frequency first.

    A row that is at least a bin high is the mean of the power in it (straight lines between the bins). Finer
    rows are read from a smooth curve through the decibels of the bins, which keeps peaks where they are.
    """
    fft_size = 2 * (power.shape[1] - 1)
    if grid.covers_all_of(sample_rate_hz) and fft_size % (2 * grid.height_px) == 0:
        return _to_decibels(_pool_evenly(power, grid.height_px))
    places = _place(grid, sample_rate_hz, fft_size)
    rows = np.empty((len(power), grid.height_px), np.float32)
    if places.weights is not None:
        rows[:, ~places.is_fine] = _to_decibels(places.weights @ power.T).T
    if len(places.centres):
        rows[:, places.is_fine] = _read_between(_to_decibels(power.copy()), places.centres)
    return rows


@dataclass(frozen=True, slots=True)
class _Places:
    """Where rows lie among bins: the share of each bin in the rows that are at least a bin high, and the others."""

    is_fine: NDArray[np.bool_]
    weights: Any
    """A sparse matrix, float32, of shape (rows that are not fine, bins); None without such rows."""
    centres: NDArray[np.float64]
    """Of the fine rows, in bins."""


@lru_cache(maxsize=64)
def _place(grid: Grid, sample_rate_hz: int, fft_size: int) -> _Places:
    edges = np.clip(grid.row_edges_hz() * (fft_size / sample_rate_hz), 0, fft_size / 2)
    lows, highs = edges[:-1], edges[1:]
    is_fine = highs - lows < 1
    weights = None if is_fine.all() else _weigh(lows[~is_fine], highs[~is_fine], fft_size // 2 + 1)
    return _Places(is_fine, weights, (lows + highs)[is_fine] / 2)


def _weigh(lows: NDArray[np.float64], highs: NDArray[np.float64], bin_count: int) -> Any:
    """Weigh the bins so that the sum is the mean of the line through them: each is a triangle two bins wide."""
    from scipy.sparse import csr_array

    first, last = np.floor(lows).astype(np.int64), np.ceil(highs).astype(np.int64)
    counts = last - first + 1
    row = np.repeat(np.arange(len(lows)), counts)
    bins = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    share = (_integrate_triangle(highs[row] - bins) - _integrate_triangle(lows[row] - bins)) / (highs - lows)[row]
    return csr_array((share.astype(np.float32), (row, bins)), shape=(len(lows), bin_count))


def _integrate_triangle(to: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of the triangle of height 1 between -1 and 1 that lies left of a place."""
    inside = np.clip(to, -1, 1)
    return 0.5 + inside - np.sign(inside) * inside * inside / 2


def _pool_evenly(power: NDArray[np.float32], height_px: int) -> NDArray[np.float32]:
    """Do the same where rows and bins share their borders: a row is the mean of the bins it touches."""
    between: NDArray[np.float32] = (power[:, :-1] + power[:, 1:]) * np.float32(0.5)
    if between.shape[1] != height_px:
        between = between.reshape(len(between), height_px, -1).mean(axis=2, dtype=np.float32)
    return between


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
