"""Where in a picture something sounds, and the compressed view that shows only that.

The compressed view puts the stretches with sound side by side. Detection works on levels in dB, not on a JPEG file,
and compares each row with its own background, so a loud click does not hide faint calls.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.levels import Decibels

Mode = Literal["snr", "original"]
MODES: tuple[Mode, ...] = ("snr", "original")

PADDING_PX = 40  # on both sides of what was found: 10 ms
SMOOTH_PX = (3, 5)  # columns and rows: noise flutters from pixel to pixel, calls do not
SIGMA_PER_MAD = 1.4826 / 2  # of a normal distribution, whose standard deviation such a mean halves (measured)
MIN_SIGMAS, MIN_DB = 5.0, 7.5  # the mean of 4 million pixels of white noise reaches 4.2 and 9.3 dB
# In a session of up to a minute: the faintest of 131 real calls rises by 4.8; white noise by 3.2 to 4.5 in 23 of 24.
MIN_SESSION_SIGMAS = 4.6
MIN_SPREAD_DB = 2.0  # a recorder's filter leaves rows without any noise
THRESHOLD, THRESHOLD_STEP = 0.5, 0.05  # of the original's rule

ColumnRun = tuple[int, int]
"""Columns [first, end)."""


def find_loud_columns(
    above: Decibels,
    spread_db: NDArray[np.float32],
    in_band: NDArray[np.bool_],
    *,
    least_sigmas: float = MIN_SIGMAS,
) -> NDArray[np.bool_]:
    """Tell which columns hold something that stands out of the background of its row.

    Parameters
    ----------
    above
        dB above the background, shape (width, height), float32.
    spread_db
        Median distance from the background (MAD) of each row, shape (height,).
    in_band
        The rows that count, shape (height,).
    least_sigmas
        By how many standard deviations of the mean's noise something has to rise.

    Returns
    -------
    ndarray
        Shape (width,). A column is loud when, in the mean of 3 x 5 pixels around it, some row rises by 7.5 dB and by
        ``least_sigmas``.
    """
    from scipy.ndimage import uniform_filter

    smooth = uniform_filter(above[:, in_band], SMOOTH_PX, mode="nearest")
    sigmas = np.maximum(spread_db[in_band], np.float32(MIN_SPREAD_DB)) * np.float32(SIGMA_PER_MAD)
    least = np.maximum(np.float32(least_sigmas) * sigmas, np.float32(MIN_DB))
    loud: NDArray[np.bool_] = (smooth > least).any(axis=1)
    return loud


def find_runs(loud: NDArray[np.bool_]) -> list[ColumnRun]:
    """List the runs of loud columns, of shape (width,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def find_runs_as_original(peaks: NDArray[np.float32]) -> list[ColumnRun]:
    """List the runs of columns by the rule of bats_ai's first compressed view.

    Parameters
    ----------
    peaks
        The brightest grey value of each column, shape (width,).

    Notes
    -----
    A column counts when its peak, scaled from 0 to 1 over the whole picture, reaches a threshold of 0.5; a median over
    three columns removes single ones, and the first and last never count. When nothing is left the threshold falls
    by 0.05. A single run and the last one are kept, which the original lost.
    """
    from scipy.signal import medfilt

    span = float(peaks.max() - peaks.min())
    if span == 0:
        return []
    share = (peaks - peaks.min()) / span
    threshold = THRESHOLD
    while threshold > 0:
        kept = medfilt(np.where(share < threshold, 0.0, peaks.astype(np.float64)), 3) > 0
        kept[[0, -1]] = False
        if kept.any():
            return find_runs(kept)
        threshold -= THRESHOLD_STEP
    return []


def find_spans(decibels: Decibels, is_whole: NDArray[np.bool_], duration_s: float) -> list[tuple[float, float]]:
    """List what stands out of the background of a picture.

    Parameters
    ----------
    decibels
        Levels in dB, shape (width, height), float32; they are overwritten.
    is_whole
        Columns whose windows lie in the session, shape (width,): others see an edge there, which is no sound.
    duration_s
        What the columns show together.

    Returns
    -------
    list of tuple of float
        Starts and ends in seconds from the picture's start, sorted and apart from each other.
    """
    decibels -= np.median(decibels, axis=0)
    decibels[~is_whole] = 0.0
    spread_db = np.median(np.abs(decibels), axis=0)
    everywhere = np.ones(decibels.shape[1], np.bool_)
    loud = find_loud_columns(decibels, spread_db, everywhere, least_sigmas=MIN_SESSION_SIGMAS)
    column_s = duration_s / len(decibels)
    runs = pad_and_unite(find_runs(loud), len(decibels))
    return [(start * column_s, min(end * column_s, duration_s)) for start, end in runs]


def pad_and_unite(runs: Iterable[ColumnRun], width_px: int, padding_px: int = PADDING_PX) -> list[ColumnRun]:
    """Widen runs on both sides, cut them at the picture's ends, and unite those that overlap or touch."""
    united: list[ColumnRun] = []
    for first, end in sorted(runs):
        first, end = max(0, first - padding_px), min(width_px, end + padding_px)
        if united and first <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((first, end))
    return united


@dataclass(frozen=True, slots=True)
class Compressed:
    """What a compressed view shows of a whole picture: ``runs`` of its columns, sorted and apart from each other."""

    runs: tuple[ColumnRun, ...]

    @property
    def widths(self) -> list[int]:
        """Columns of each run, exactly as it is cut."""
        return [end - first for first, end in self.runs]

    @property
    def width_px(self) -> int:
        """Columns of the compressed view."""
        return sum(self.widths)

    def cut(self, pixels: NDArray[np.uint8], first_px: int = 0) -> NDArray[np.uint8]:
        """Cut the runs out of pixels, shape (height, width), whose first column is ``first_px`` of the picture."""
        end_px = first_px + pixels.shape[1]
        parts: Sequence[NDArray[np.uint8]] = [
            pixels[:, max(first, first_px) - first_px : min(end, end_px) - first_px]
            for first, end in self.runs
            if first < end_px and end > first_px
        ]
        return np.concatenate(parts, axis=1) if parts else pixels[:, :0]
