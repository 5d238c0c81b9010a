"""A vector space fitted to a collection: each view is standardised, turned to its main directions, and weighs alike.

What people see as near follows from it, so it belongs to the collection, is kept beside its vectors, and places what is
searched for. Directions are not stretched to the same length (whitened): that drowns calls in noise. But weak ones are
stretched a little (`EVEN`), as the strongest tell recordings and speakers apart rather than calls: of sounds from other
songs, files and speakers, more of the nearest are right than with none or all of it (benchmarks/embedding.py).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.ml.embedding.interfaces import Features

DIRECTIONS = 48  # of each view
MAX_FITTED = 20_000  # clips, drawn evenly
MIN_SPREAD = 1e-6  # below it a number is the same for all clips, up to rounding
EVEN = 0.5  # 0: as they are, 1: all the same length


@dataclass(frozen=True, slots=True)
class Space:
    """Where features lie, and the matrix that makes vectors of them."""

    mean: NDArray[np.float32]
    turn: NDArray[np.float32]

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self.turn.shape[1])

    def place(self, features: NDArray[np.floating]) -> Features:
        """Make (n, dimension) vectors of (n, features); rows with NaN stay so.

        Raises
        ------
        InvalidInput
            For another number of features than it was fitted to.
        """
        if features.shape[1] != len(self.mean):
            raise InvalidInput(f"Expected {len(self.mean)} features a clip, found {features.shape[1]}.")
        return np.asarray((features.astype(np.float32) - self.mean) @ self.turn, np.float32)

    def to_bytes(self) -> bytes:
        """Write as ``.npz``."""
        file = io.BytesIO()
        np.savez(file, mean=self.mean, turn=self.turn)
        return file.getvalue()


def read_space(data: bytes) -> Space:
    """Read what `Space.to_bytes` wrote; InvalidInput when it is damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return Space(stored["mean"], stored["turn"])
    except (ValueError, OSError, KeyError, EOFError) as error:
        raise InvalidInput(f"A fitted space cannot be read: {error}") from error


def fit_space(features: NDArray[np.floating], blocks: Sequence[int]) -> Space:
    """Fit a space to features, shape (clips, sum of the blocks); rows with NaN are left out.

    Raises
    ------
    InvalidInput
        When none is left.
    """
    known = features[np.isfinite(features).all(axis=1)].astype(np.float64)
    if not len(known):
        raise InvalidInput("No clip could be described, so there is nothing to fit a space to.")
    mean = known.mean(axis=0)
    turn = np.zeros((known.shape[1], DIRECTIONS * len(blocks)))
    start = 0
    for number, size in enumerate(blocks):
        rows = slice(start, start + size)
        turn[rows, number * DIRECTIONS : (number + 1) * DIRECTIONS] = _fit_view(known[:, rows] - mean[rows])
        start += size
    return Space(mean.astype(np.float32), turn.astype(np.float32))


def _fit_view(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the main directions of a view, scaled so that its vectors have a mean square length of 1."""
    spread = centred.std(axis=0)
    scale = np.divide(1, spread, out=np.zeros_like(spread), where=spread > MIN_SPREAD)
    standard = centred * scale
    strengths, directions = np.linalg.eigh(standard.T @ standard / len(standard))
    best = np.argsort(strengths)[::-1][:DIRECTIONS]
    chosen = directions[:, best]
    chosen *= np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])  # the same on every machine
    strong = strengths[best].clip(min=0)
    turned = np.zeros((len(scale), DIRECTIONS))
    if strong.any():
        lengths = np.where(strong > strong[0] * MIN_SPREAD, strong, np.inf) ** (-EVEN / 2)
        energy = float((strong * lengths**2).sum())
        turned[:, : chosen.shape[1]] = scale[:, None] * chosen * lengths / np.sqrt(energy)
    return turned
