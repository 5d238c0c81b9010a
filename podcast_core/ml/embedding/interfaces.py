"""What describes clips: one vector each, however long they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.interfaces import Samples

Features = NDArray[np.float32]


class ClipEmbedder(Protocol):
    """Describes clips.

    ``id`` is name and version, ``parameters`` all else that changes what comes out. ``blocks`` are the sizes of the
    views of which vectors are made by a `space.Space` that is fitted to a collection; empty: what `describe` says is
    the vector. What it says of a clip depends on nothing but the clip, so that it can be kept.
    """

    @property
    def id(self) -> str:
        """Name and version."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """JSON values."""

    @property
    def blocks(self) -> Sequence[int]:
        """The sizes of the views, in their order."""

    @property
    def dimension(self) -> int:
        """How many numbers `describe` gives for a clip."""

    @property
    def sample_rate_hz(self) -> int | None:
        """The rate it wants; None: any, it takes recordings as they are."""

    @property
    def takes_turns(self) -> bool:
        """Whether only one thread may describe at a time."""

    def describe(self, clips: Sequence[Samples], sample_rate_hz: int) -> Features:
        """Describe clips of one rate, each with at least one sample: shape (clips, features), float32."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Clips of about the same length as one array; ``lengths`` says how many samples of each count."""

    indexes: NDArray[np.int64]
    samples: NDArray[np.float32]
    lengths: NDArray[np.int64]

    def cut(self, size: int) -> Iterator["Batch"]:
        """Cut it into batches of at most so many clips."""
        for first in range(0, len(self.indexes), size):
            some = slice(first, first + size)
            yield Batch(self.indexes[some], self.samples[some], self.lengths[some])


def make_batches(clips: Sequence[Samples], sizes: Sequence[int]) -> list[Batch]:
    """Put clips, shape (n,), of the same size (frames, for example) together, with zeros after the shorter ones."""
    by_size: dict[int, list[int]] = {}
    for index, size in enumerate(sizes):
        by_size.setdefault(size, []).append(index)
    batches = []
    for members in by_size.values():
        lengths = np.array([len(clips[index]) for index in members], np.int64)
        samples = np.zeros((len(members), int(lengths.max())), np.float32)
        for row, index in enumerate(members):
            samples[row, : lengths[row]] = clips[index]
        batches.append(Batch(np.array(members, np.int64), samples, lengths))
    return batches
