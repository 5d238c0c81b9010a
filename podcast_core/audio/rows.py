"""From the bins of power spectra to the rows of a picture, in decibels."""

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
    edges, is_fine = _place(grid, sample_rate_hz, fft_size)
    rows = np.empty((len(power), grid.height_px), np.float32)
    if not is_fine.all():
        rows[:, ~is_fine] = _to_decibels(mean_between(power, edges)[:, ~is_fine])
    if is_fine.any():
        rows[:, is_fine] = _read_between(_to_decibels(power.copy()), (edges[:-1] + edges[1:])[is_fine] / 2)
    return rows


@lru_cache(maxsize=64)
def _place(grid: Grid, sample_rate_hz: int, fft_size: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Where the edges of the rows lie, in bins, and which rows are finer than a bin."""
    edges = np.clip(grid.row_edges_hz() * (fft_size / sample_rate_hz), 0, fft_size / 2)
    return edges, np.diff(edges) < 1


def _pool_evenly(power: NDArray[np.float32], height_px: int) -> NDArray[np.float32]:
    """Do the same where rows and bins share their borders: a row is the mean of the bins it touches."""
    between: NDArray[np.float32] = (power[:, :-1] + power[:, 1:]) * np.float32(0.5)
    if between.shape[1] != height_px:
        between = between.reshape(len(between), height_px, -1).mean(axis=2, dtype=np.float32)
    return between


def mean_between(power: NDArray[np.float32], edges: NDArray[np.float64]) -> NDArray[Any]:
    """Mean of the line through the bins from each edge to the next: differences of its integral."""
    exact = power.astype(np.float64)  # differences of large sums
    at = np.minimum(edges.astype(np.int64), power.shape[1] - 2)
    rest = edges - at
    integral = np.zeros_like(exact)
    np.cumsum((exact[:, :-1] + exact[:, 1:]) / 2, axis=1, out=integral[:, 1:])
    here, there = exact[:, at], exact[:, at + 1]
    reached = integral[:, at] + here * rest + (there - here) * (rest * rest / 2)
    means: NDArray[Any] = np.diff(reached, axis=1) / np.maximum(np.diff(edges), 1e-12)
    return means


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
