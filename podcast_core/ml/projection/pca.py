"""The map that is there at once: the directions in which vectors vary the most."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.embedding.directions import BLOCK_ROWS

Places = NDArray[np.float32]
"""Where each clip is: shape (n, 2) or (n, 3); NaN where it has no vector."""


@dataclass(frozen=True, slots=True)
class Axes:
    """A mean, shape (d,), and orthogonal directions of greatest variance, shape (d, dimensions)."""

    mean: NDArray[np.float64]
    directions: NDArray[np.float64]

    def place(self, vectors: NDArray[Any]) -> Places:
        """Place (n, d) vectors, which need not be those that the axes were found from: shape (n, axes)."""
        axes = self.directions.astype(np.float32)
        offset = np.asarray(self.mean @ self.directions, np.float32)
        places: Places = np.asarray(vectors, np.float32) @ axes - offset
        return places


def find_axes(vectors: NDArray[Any], dimensions: int) -> Axes:
    """Find the axes along which (n, d) vectors vary the most; the same vectors always give the same ones.

    Where there are fewer directions than ``dimensions``, the last axes are zero, and all places have the same value.
    """
    from scipy.linalg import eigh

    width = vectors.shape[1]
    mean = vectors.mean(axis=0, dtype=np.float64) if len(vectors) else np.zeros(width)
    spread = np.zeros((width, width))
    for first in range(0, len(vectors), BLOCK_ROWS):
        rows = np.asarray(vectors[first : first + BLOCK_ROWS] - mean.astype(np.float32), np.float32)
        spread += rows.T @ rows
    count = min(dimensions, width)
    values, found = eigh(spread, subset_by_index=(width - count, width - 1))
    found = found[:, ::-1] * (values[::-1] > 1e-9 * max(spread.trace(), 1e-30))
    found *= np.sign(found[np.abs(found).argmax(axis=0), np.arange(count)])  # a sign is not given by variance
    return Axes(mean, np.pad(found, ((0, 0), (0, dimensions - count))))
