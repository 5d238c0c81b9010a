"""Levels of a picture: what is black and what is white, what the background is, and how it is taken away.

A picture keeps more than it shows at first: its grey values reach `HEADROOM_DB` beyond black and white, so that
both can be moved in the browser without another picture.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SILENCE_DB = -200.0  # below the quantisation noise of 32 bits: -194 dB
HEADROOM_DB = 20.0  # decision 4
# Decision 4: the quieter rows' background, and what loud moments reach.
FLOOR_PERCENTILE, CEILING_PERCENTILE = 20.0, 99.0
EVENT_DB = 12.0  # above a row's background: more than the flutter of noise
FILTERED_DB = 40.0  # below the other rows: more than the slope of natural noise
MIN_RANGE_DB, MAX_RANGE_DB = 40.0, 75.0  # decision 4, by looking at real recordings, as the next ones
MIN_DENOISED_DB, MAX_DENOISED_DB = 25.0, 60.0

# Per-channel energy normalisation with the parameters of librosa.pcen, which are those of Lostanlen et al. (2019),
# "Per-Channel Energy Normalization: Why and How", IEEE Signal Processing Letters 26(1); method: Wang et al. (2017).
PCEN_TIME_S, PCEN_GAIN, PCEN_BIAS, PCEN_POWER, PCEN_EPS = 0.4, 0.98, 2.0, 0.5, 1e-6
PCEN_SCALE_DB = 10 * np.log10(2.0**31)  # their levels are those of integer samples

Decibels = NDArray[Any]  # float32


@dataclass(frozen=True, slots=True)
class Levels:
    """What is shown black and white at first; the grey values reach further on both sides."""

    floor_db: float
    ceiling_db: float
    headroom_db: float = HEADROOM_DB

    @property
    def grey_floor_db(self) -> float:
        """The level of grey 0."""
        return self.floor_db - self.headroom_db

    @property
    def grey_ceiling_db(self) -> float:
        """The level of grey 255."""
        return self.ceiling_db + self.headroom_db


def choose_levels(decibels: Decibels) -> Levels:
    """Choose the levels of black and white of a picture of shape (width, height).

    Both come from how a row compares with its own background, the quarter of the time when it is quietest.
    The floor is the background of the quieter rows, so a call that rises just above it is seen; rows that the
    recorder or a codec filtered away are left out, and so is digital silence. The ceiling is what the loud
    moments reach, so neither a steady hum nor a single splash darkens the calls.
    """
    rows = sort_rows(_sample(decibels))
    if not rows.size:
        return Levels(SILENCE_DB, SILENCE_DB + MIN_RANGE_DB)
    background = read_quantile(rows, 0.25)
    is_kept = background >= np.percentile(background, 75) - FILTERED_DB
    floor_db = float(np.percentile(background[is_kept], FLOOR_PERCENTILE))
    events = rows[rows > background[:, None] + np.float32(EVENT_DB)]
    loud_db = float(np.percentile(events, CEILING_PERCENTILE)) if events.size else floor_db
    return Levels(floor_db, min(max(loud_db, floor_db + MIN_RANGE_DB), floor_db + MAX_RANGE_DB))


def choose_denoised_levels(decibels: Decibels) -> Levels:
    """Choose black and white of (width, height) levels in dB whose rows have the same background: black is that."""
    columns = _sample(decibels)
    floor_db = float(np.median(columns)) if columns.size else 0.0
    events = columns[columns > floor_db + EVENT_DB]
    loud_db = float(np.percentile(events, CEILING_PERCENTILE)) if events.size else floor_db
    return Levels(floor_db, min(max(loud_db, floor_db + MIN_DENOISED_DB), floor_db + MAX_DENOISED_DB))


def measure_background(decibels: Decibels) -> Decibels:
    """Median of each row over time, shape (height,); digital silence does not count."""
    columns = _sample(decibels, rows=1)
    if not columns.size:
        return np.full(decibels.shape[1], SILENCE_DB, np.float32)
    return read_quantile(sort_rows(columns), 0.5)


def sort_rows(decibels: Decibels) -> Decibels:
    """Sort each row of levels of shape (width, height) over time: shape (height, width), quietest first.

    NumPy sorts rows by the processor's vector instructions: several times as fast as its search for a percentile.
    """
    return np.sort(np.ascontiguousarray(decibels.T), axis=1)


def read_quantile(rows: Decibels, share: float) -> Decibels:
    """Read what so large a share of each sorted row lies below, between its two nearest values: shape (height,)."""
    at = share * (rows.shape[1] - 1)
    below = int(at)
    above = min(below + 1, rows.shape[1] - 1)
    found: Decibels = rows[:, below] + np.float32(at - below) * (rows[:, above] - rows[:, below])
    return found


def apply_pcen(decibels: Decibels, background: Decibels) -> Decibels:
    """Per-channel energy normalisation; the same shapes in and out.

    The result of PCEN, (G + bias)^power - bias^power with the gain-controlled energy G, is brought to decibels
    as 10 log10(1 + G / bias): monotonous in it, 0 dB is silence, steady noise lies near 2 dB.
    """
    smoothed = _to_power(background + np.float32(PCEN_SCALE_DB)) + np.float32(PCEN_EPS)
    energy = _to_power(decibels + np.float32(PCEN_SCALE_DB))
    gained: Decibels = energy / smoothed ** np.float32(PCEN_GAIN)
    compressed = (gained + np.float32(PCEN_BIAS)) ** np.float32(PCEN_POWER) - np.float32(PCEN_BIAS**PCEN_POWER)
    relative = np.maximum(compressed / np.float32(PCEN_BIAS**PCEN_POWER) + 1, 1)
    shown: Decibels = (np.float32(10 / PCEN_POWER) * np.log10(relative)).astype(np.float32)
    return shown


def smooth_in_time(decibels: Decibels, column_s: float, before: Decibels | None = None) -> Decibels:
    """PCEN's running background at the borders of columns: shape (width, height) becomes (width + 1, height).

    It starts with ``before``, shape (height,), or else with the mean of the first moments, as if they had gone on
    before.
    """
    from scipy.signal import lfilter

    energy = _to_power(decibels)
    first = energy[: max(1, round(PCEN_TIME_S / column_s))].mean(axis=0) if before is None else _to_power(before)
    share = np.float32(-np.expm1(-column_s / PCEN_TIME_S))
    filters = np.array([share]), np.array([1, share - 1], np.float32)
    smoothed, _ = lfilter(*filters, energy, axis=0, zi=first[None] * (1 - share))
    everything = np.concatenate([first[None], smoothed])
    borders: Decibels = 10 * np.log10(np.maximum(everything, np.float32(10 ** (SILENCE_DB / 10))))
    return borders


def _to_power(decibels: Decibels) -> Decibels:
    """Bring dB to power by the exponential, which for float32 is several times as fast as a power of ten."""
    return np.exp(decibels * np.float32(np.log(10) / 10))


def _sample(decibels: Decibels, rows: int = 2) -> Decibels:
    """Every so many columns and rows of what is not digital silence."""
    columns = decibels[:: max(1, len(decibels) // 800), ::rows]
    heard: Decibels = columns[columns.max(axis=1) > SILENCE_DB]
    return heard
