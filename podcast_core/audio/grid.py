"""The way between the pixels of a picture, seconds and hertz, on a linear, mel or logarithmic frequency axis.

The editor has the same formulas in ``web/axes.js``; a test compares the two.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Scale = Literal["linear", "mel", "log"]

LOG_SPAN = 1000.0  # a logarithmic axis ends so many times below its top: ten octaves
MEL_BREAK_HZ = 700.0  # O'Shaughnessy's formula: linear below, logarithmic above


def warp(scale: Scale, hertz: Any) -> Any:
    """Bring hertz (a number or an array) to where they lie on the axis, in units of its own."""
    if scale == "linear":
        return hertz
    if scale == "mel":
        return np.log1p(np.asarray(hertz) / MEL_BREAK_HZ)
    return np.log(np.maximum(hertz, 1e-3))


def unwarp(scale: Scale, position: Any) -> Any:
    """Bring back what `warp` gave."""
    if scale == "linear":
        return position
    if scale == "mel":
        return np.expm1(position) * MEL_BREAK_HZ
    return np.exp(position)


def lowest_shown_hz(scale: Scale, low_hz: float, high_hz: float) -> float:
    """Say where an axis begins that should begin at ``low_hz``: a logarithmic one never reaches zero."""
    return max(low_hz, high_hz / LOG_SPAN) if scale == "log" else low_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A picture's place. Pixel (0, 0) is the top left corner: ``start_s`` and ``high_hz``.

    x and y are continuous: column c covers x from c to c + 1.
    """

    width_px: int
    height_px: int
    start_s: float = 0.0
    end_s: float
    low_hz: float = 0.0
    high_hz: float
    scale: Scale = "linear"

    def to_hz(self, y: float) -> float:
        """Hertz, from pixels from the top edge."""
        low, high = (float(warp(self.scale, each)) for each in (self.low_hz, self.high_hz))
        return float(unwarp(self.scale, high - y / self.height_px * (high - low)))

    def row_edges_hz(self) -> Any:
        """Frequencies between which the rows lie, lowest first: shape (height_px + 1,), float64."""
        low, high = (float(warp(self.scale, each)) for each in (self.low_hz, self.high_hz))
        return unwarp(self.scale, np.linspace(low, high, self.height_px + 1))

    def covers_all_of(self, sample_rate_hz: int) -> bool:
        """Tell whether it is the plain picture: linear from zero to half the sample rate."""
        return (self.scale, self.low_hz) == ("linear", 0.0) and math.isclose(self.high_hz, sample_rate_hz / 2)
