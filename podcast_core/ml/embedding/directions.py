"""Vectors of length 1: what a search compares and what a map is drawn of, so that both mean the same by "alike"."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

BLOCK_ROWS = 65_536  # at once; chosen to bound the memory


def to_directions(vectors: NDArray[Any]) -> Vectors:
    """Bring each row of (n, d) vectors to the length 1, as float32.

    A row without a direction (all zero, or not finite: a clip that could not be described) becomes zero.
    """
    directions = np.empty(vectors.shape, np.float32)
    for first in range(0, len(vectors), BLOCK_ROWS):
        rows = slice(first, first + BLOCK_ROWS)
        directions[rows] = _scale(np.asarray(vectors[rows], np.float64))
    return directions


def has_direction(directions: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell for each row of (n, d) directions whether it is more than zeros."""
    return np.asarray(directions.any(axis=1))


def _scale(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0)  # first by it: squares of huge numbers are infinite
    is_usable = np.isfinite(largest) & (largest > 0)
    scaled = np.divide(rows, largest, out=np.zeros_like(rows), where=is_usable)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(scaled, lengths, out=scaled, where=lengths > 0)
    return unit
