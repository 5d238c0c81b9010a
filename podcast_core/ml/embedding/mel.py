"""Mel bands of many short pieces of sound at once.

A band looks at few of the bins of a spectrum, so that bands are summed in groups, each from its own bins only.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GROUP = 16  # bands


class MelBands:
    """Sums the power of spectra in bands."""

    def __init__(self, bank: NDArray[np.floating]) -> None:
        """Take weights of shape (bins, bands)."""
        import torch

        self._groups: list[tuple[int, int, Any]] = []
        for first in range(0, bank.shape[1], GROUP):
            some = bank[:, first : first + GROUP]
            bins = np.flatnonzero(some.any(axis=1))
            start, end = (int(bins[0]), int(bins[-1]) + 1) if len(bins) else (0, 1)
            doubled = np.ascontiguousarray(some[start:end].repeat(2, axis=0), np.float32)  # real and imaginary part
            self._groups.append((2 * start, 2 * end, torch.from_numpy(doubled)))

    def measure(self, pieces: Any) -> Any:
        """Measure windowed pieces of sound: (n, samples) becomes (n, bands)."""
        import torch

        parts = torch.view_as_real(torch.fft.rfft(pieces)).square_().flatten(1)
        return torch.cat([parts[:, start:end] @ weights for start, end, weights in self._groups], dim=1)
