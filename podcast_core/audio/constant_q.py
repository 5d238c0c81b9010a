"""Constant-Q spectrograms: every row's filter is as wide as a fixed share of its frequency.

Row k of a logarithmic `Grid` has the centre f_k, the geometric mean of its edges. With b rows per octave,
Q = 1 / (2^(1/b) - 1) and w_k = f_k / Q, as Brown (1991), "Calculation of a constant Q spectral transform", J. Acoust.
Soc. Am. 89(1), has it. The filter is a window in the frequency domain over f_k ± 2 w_k: a Hann shape is at half its
amplitude at f_k ± w_k, as is the transform of a Hann window of Q / f_k seconds.
Filtering by bands of one long transform is the way of Velasco et al. (2011), "Constructing an invertible constant-Q
transform with nonstationary Gabor frames": a band's inverse transform needs only as many points as the band has, so
low and high rows cost what they hold.
"""

import math
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.grid import LOG_SPAN, Grid
from podcast_core.audio.levels import SILENCE_DB
from podcast_core.audio.spectrogram import Samples, tame
from podcast_core.audio.windows import make_window
from podcast_core.domain.display import WindowType

MAX_BINS_PER_OCTAVE = 96.0  # finer rows share the filters of these: else a low row would hear minutes
BLOCK_SAMPLES = 1 << 20  # transformed at once, without the margins
# Points of an envelope per point of its band. Its power has twice the bandwidth, so twice as many points hold all of
# it: enough where a column has many. Else straight lines between them have to be near it.
OVERSAMPLING, CRITICAL, MANY_POINTS = 4, 2, 8
MARGIN_WIDTHS = 2.0  # of 1 / w_k on both sides: beyond, a Hann filter's response is 60 dB down or more
SHAPE_POINTS = 257  # of a window, between which straight lines are drawn

Read = Callable[[int, int], Iterable[Samples]]
"""Samples [first, last) of one channel, in blocks."""


def measure_bins_per_octave(grid: Grid) -> float:
    """Count the filters per octave: one per row, but at most `MAX_BINS_PER_OCTAVE`."""
    return min(grid.height_px / math.log2(grid.high_hz / grid.low_hz), MAX_BINS_PER_OCTAVE)


def lowest_constant_q_hz(sample_rate_hz: int) -> float:
    """Say from where on filters are as narrow as their Q says: lower ones would hear minutes."""
    return sample_rate_hz / 2 / LOG_SPAN


def choose_filters(grid: Grid, sample_rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Choose the filter of each row: its centre f_k and its width w_k in Hz, both of shape (height,), lowest first."""
    edges = grid.row_edges_hz()
    centres: NDArray[np.float64] = np.sqrt(edges[:-1] * edges[1:])
    ratio = 2 ** (1 / measure_bins_per_octave(grid)) - 1
    return centres, ratio * np.maximum(centres, lowest_constant_q_hz(sample_rate_hz))


def measure_bandwidths(grid: Grid, sample_rate_hz: int, window_type: WindowType) -> NDArray[np.float64]:
    """Measure how much noise each row hears, as the width in Hz of an ideal filter: shape (height,), lowest first."""
    _, widths = choose_filters(grid, sample_rate_hz)
    bandwidths: NDArray[np.float64] = 4 * widths * np.square(_read_window(window_type)).mean()
    return bandwidths


def compute_constant_q(
    grid: Grid, sample_rate_hz: int, frame_count: int, read: Read, *, window_type: WindowType = "hann"
) -> NDArray[np.float32]:
    """Compute the constant-Q levels of a grid, in memory that does not grow with its duration.

    Parameters
    ----------
    grid
        What to show: a logarithmic axis. Below `lowest_constant_q_hz` all filters are as wide as there.
    sample_rate_hz
        The native rate; rows above half of it are silent.
    frame_count
        Samples of the recording; columns beyond its ends are silent.
    read
        Called with samples that lie in the recording.
    window_type
        Shape of the filters.

    Returns
    -------
    ndarray
        Shape (width, height), float32, lowest frequency first: mean power of each column in dB of a full-scale sine.
    """
    _, widths = choose_filters(grid, sample_rate_hz)
    margin = math.ceil(MARGIN_WIDTHS * sample_rate_hz / float(widths.min()))
    step = (grid.end_s - grid.start_s) * sample_rate_hz / grid.width_px
    columns = max(1, int(BLOCK_SAMPLES / step))
    decibels = np.empty((grid.width_px, grid.height_px), np.float32)
    for first in range(0, grid.width_px, columns):
        last = min(first + columns, grid.width_px)
        edges = grid.start_s * sample_rate_hz + np.arange(first, last + 1) * step
        begin, end = math.floor(edges[0]) - margin, math.ceil(edges[-1]) + margin
        if begin < frame_count and end > 0:
            samples = _read_beyond(read, begin, end, frame_count)
            decibels[first:last] = _transform(samples, edges - begin, grid, sample_rate_hz, window_type)
        decibels[first:last][(edges[:-1] >= frame_count) | (edges[1:] <= 0)] = SILENCE_DB
    return decibels


def _read_beyond(read: Read, begin: int, end: int, frame_count: int) -> Samples:
    """Read samples, mirrored beyond the recording's ends: low filters hear seconds, and would hear any step there."""
    first, last = min(max(begin, 0), frame_count - 1), max(min(end, frame_count), 1)
    samples = np.concatenate(list(read(first, max(last, first + 1))))
    return tame(np.pad(samples, (max(first - begin, 0), max(end - last, 0)), mode="symmetric"))


def _transform(
    samples: Samples, edges: NDArray[np.float64], grid: Grid, sample_rate_hz: int, window_type: WindowType
) -> NDArray[np.float32]:
    """Compute columns between edges (in samples), shape (columns, height)."""
    from scipy.fft import ifft, next_fast_len, rfft

    length = next_fast_len(len(samples), real=True)
    spectrum = rfft(samples, length)
    power = np.zeros((grid.height_px, len(edges) - 1), np.float32)
    bins_per_hz, places = length / sample_rate_hz, np.linspace(-1, 1, SHAPE_POINTS)
    step = float(edges[1] - edges[0])
    for row, (centre_hz, width_hz) in enumerate(zip(*choose_filters(grid, sample_rate_hz), strict=True)):
        middle, half = centre_hz * bins_per_hz, 2 * width_hz * bins_per_hz
        low, high = max(math.ceil(middle - half), 0), min(math.floor(middle + half), length // 2) + 1
        if low >= high:
            continue
        shape = np.interp((np.arange(low, high) - middle) / half, places, _read_window(window_type))
        band = spectrum[low:high] * shape.astype(np.float32)
        has_many = CRITICAL * len(band) * step / length >= MANY_POINTS
        points = next_fast_len(max((CRITICAL if has_many else OVERSAMPLING) * len(band), 8))
        envelope = ifft(band, points, overwrite_x=True)
        power[row] = _mean_power(envelope, edges * (points / length)) * (2 * points / length) ** 2
    decibels: NDArray[np.float32] = 10 * np.log10(np.maximum(power.T, np.float32(10 ** (SILENCE_DB / 10))))
    return decibels


def _mean_power(envelope: NDArray[np.complex64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean power between edges (in points), which are far from the ends: differences of the integral of its line."""
    begin = math.floor(edges[0])
    heard = envelope[begin : math.ceil(edges[-1]) + 2]
    power = np.square(heard.real) + np.square(heard.imag)
    at = np.minimum((edges - begin).astype(np.int64), len(power) - 2)
    rest = edges - begin - at
    integral = np.zeros(len(power))
    np.cumsum((power[:-1] + power[1:]) / 2, out=integral[1:], dtype=np.float64)
    reached = integral[at] + power[at] * rest + (power[at + 1] - power[at]) * (rest * rest / 2)
    means: NDArray[np.float64] = np.diff(reached) / np.diff(edges)
    return means


@lru_cache(maxsize=8)
def _read_window(window_type: WindowType) -> NDArray[np.float64]:
    """Read a window at `SHAPE_POINTS` places from end to end."""
    known: NDArray[np.float64] = make_window(window_type, SHAPE_POINTS, is_periodic=False)
    return known
