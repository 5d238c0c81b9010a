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

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.grid import LOG_SPAN, Grid
from podcast_core.audio.levels import SILENCE_DB
from podcast_core.audio.rows import mean_between
from podcast_core.audio.spectrogram import Samples, WindowType, tame

MOST_BINS_PER_OCTAVE = 96.0  # finer rows share the filters of these: else a low row would hear minutes
BLOCK_SAMPLES = 1 << 20  # transformed at once, without the margins
OVERSAMPLING = 4  # points of an envelope per point of its band: its power has twice the bandwidth
MARGIN_WIDTHS = 2.0  # of 1 / w_k on both sides: beyond, a Hann filter's response is 60 dB down or more

Read = Callable[[int, int], Iterable[Samples]]
"""Samples [first, last) of one channel, in blocks."""


def measure_bins_per_octave(grid: Grid) -> float:
    """Count the filters per octave: one per row, but at most `MOST_BINS_PER_OCTAVE`."""
    return min(grid.height_px / math.log2(grid.high_hz / grid.low_hz), MOST_BINS_PER_OCTAVE)


def lowest_constant_q_hz(sample_rate_hz: int) -> float:
    """Say where a constant-Q axis may begin: a lower row would need more samples than fit into the memory."""
    return sample_rate_hz / 2 / LOG_SPAN


def compute_constant_q(
    grid: Grid, sample_rate_hz: int, frame_count: int, read: Read, *, window_type: WindowType = "hann"
) -> NDArray[np.float32]:
    """Compute the constant-Q levels of a grid, in memory that does not grow with its duration.

    Parameters
    ----------
    grid
        What to show: a logarithmic axis from `lowest_constant_q_hz` or above.
    sample_rate_hz
        The native rate.
    frame_count
        Samples of the recording; beyond its ends the first and the last one go on.
    read
        Called with samples that lie in the recording.
    window_type
        Shape of the filters.

    Returns
    -------
    ndarray
        Shape (width, height), float32, lowest frequency first: mean power of each column in dB of a full-scale sine.
    """
    ratio = 2 ** (1 / measure_bins_per_octave(grid)) - 1
    margin = math.ceil(MARGIN_WIDTHS * sample_rate_hz / (ratio * grid.low_hz))
    step = (grid.end_s - grid.start_s) * sample_rate_hz / grid.width_px
    columns = max(1, int(BLOCK_SAMPLES / step))
    decibels = np.empty((grid.width_px, grid.height_px), np.float32)
    for first in range(0, grid.width_px, columns):
        last = min(first + columns, grid.width_px)
        edges = grid.start_s * sample_rate_hz + np.arange(first, last + 1) * step
        begin, end = math.floor(edges[0]) - margin, math.ceil(edges[-1]) + margin
        samples = _read_beyond(read, begin, end, frame_count)
        decibels[first:last] = _transform(samples, edges - begin, grid, sample_rate_hz, ratio, window_type)
    return decibels


def _read_beyond(read: Read, begin: int, end: int, frame_count: int) -> Samples:
    first, last = min(max(begin, 0), frame_count - 1), max(min(end, frame_count), 1)
    samples = np.concatenate(list(read(first, max(last, first + 1))))
    samples = np.pad(samples, (max(first - begin, 0), max(end - last, 0)), mode="edge")
    return tame(samples)


def _transform(
    samples: Samples,
    edges: NDArray[np.float64],
    grid: Grid,
    sample_rate_hz: int,
    ratio: float,
    window_type: WindowType,
) -> NDArray[np.float32]:
    """Compute columns between edges (in samples), shape (columns, height)."""
    from scipy.fft import ifft, next_fast_len, rfft

    length = next_fast_len(len(samples), real=True)
    spectrum = rfft(samples, length)
    row_edges = grid.row_edges_hz()
    centres = np.sqrt(row_edges[:-1] * row_edges[1:])
    power = np.empty((len(edges) - 1, grid.height_px), np.float32)
    for row, centre_hz in enumerate(centres):
        middle = centre_hz * length / sample_rate_hz
        half = 2 * ratio * middle
        low, high = max(math.ceil(middle - half), 0), min(math.floor(middle + half), length // 2) + 1
        band = spectrum[low:high] * _shape((np.arange(low, high) - middle) / half, window_type)
        points = next_fast_len(max(OVERSAMPLING * len(band), 8))
        envelope = ifft(band, points)
        envelope_power = np.square(np.abs(envelope)) * (2 * points / length) ** 2
        power[:, row] = mean_between(envelope_power[None], edges * (points / length))[0]
    decibels: NDArray[np.float32] = (10 * np.log10(np.maximum(power, 10 ** (SILENCE_DB / 10)))).astype(np.float32)
    return decibels


def _shape(at: NDArray[np.float64], window_type: WindowType) -> NDArray[np.float32]:
    """Read a window at places from -1 to 1."""
    from scipy.signal import get_window

    known = get_window(window_type, 257, fftbins=False)
    shape: NDArray[np.float32] = np.interp(at, np.linspace(-1, 1, 257), known).astype(np.float32)
    return shape
