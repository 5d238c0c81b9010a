"""Embedders of the models registry as descriptions of whole clips: the mean of the vectors of their windows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.embedding.interfaces import Features
from podcast_core.ml.interfaces import Embedder, Samples


class Plugged:
    """Describes clips with an embedder. One that is shorter than a window is put into the middle of one."""

    blocks: Sequence[int] = ()
    takes_turns = True

    def __init__(self, embedder: Embedder, name: str, version: int, weights_sha256: str = "") -> None:
        self._embedder = embedder
        self.id = f"model:{name}/{version}"
        self.parameters: Mapping[str, Any] = {"weights_sha256": weights_sha256}
        self.sample_rate_hz: int | None = embedder.sample_rate_hz
        self.dimension = embedder.dimension

    def describe(self, clips: Sequence[Samples], sample_rate_hz: int) -> Features:
        """Describe clips: shape (clips, dimension), float32.

        Raises
        ------
        ValueError
            At another rate.
        ModelUnavailable
            When the embedder gives something else than it promised.
        """
        if sample_rate_hz != self._embedder.sample_rate_hz:
            raise ValueError(f"expected {self._embedder.sample_rate_hz} Hz, found {sample_rate_hz}")
        found = np.empty((len(clips), self.dimension), np.float32)
        shortest = round(self._embedder.window_s * sample_rate_hz)
        for row, clip in enumerate(clips):
            missing = max(0, shortest - len(clip))
            heard = np.pad(clip, (missing // 2, missing - missing // 2)) if missing else clip
            vectors = np.asarray(self._embedder.embed(heard))
            if vectors.ndim != 2 or vectors.shape[1] != self.dimension or not len(vectors):
                raise ModelUnavailable(
                    f"{self.id} promised vectors of {self.dimension} numbers, found the shape {vectors.shape}."
                )
            if not np.isfinite(vectors).all():
                raise ModelUnavailable(f"{self.id} gave numbers that are not finite.")
            found[row] = vectors.mean(axis=0)
        return found
