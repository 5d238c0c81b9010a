"""Shapes of windows, bit for bit those of scipy.signal, whose import takes longer than the first picture."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.display import WindowType

_COSINES: dict[WindowType, tuple[float, ...]] = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 1 - 0.54),
    "blackman": (0.42, 0.50, 0.08),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "boxcar": (1.0,),
}


def make_window(window_type: WindowType, samples: int, *, is_periodic: bool = True) -> NDArray[Any]:
    """Make a window, periodic as for spectra, or else the same at both ends: float64, shape (samples,)."""
    at = np.linspace(-np.pi, np.pi, samples + is_periodic)[:samples]
    shape = np.zeros(samples)
    for number, share in enumerate(_COSINES[window_type]):
        shape += share * np.cos(number * at)
    return shape if samples > 1 else np.ones(samples)
