"""What a model is to the rest of Pod.Cast: something that finds calls, or something that describes sound.

To plug a model in, write a class that has these attributes and methods; nothing needs to be inherited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Call

Samples = NDArray[np.float32]
"""Sound of one channel: shape (n,), float32, full scale is -1 to 1."""


@dataclass(frozen=True, slots=True)
class Found(Call):
    """A call that a model found. Times count from the first sample that the model was given."""


@dataclass(frozen=True, slots=True)
class Example:
    """Sound of which all calls are known, also when there are none. Times count from its first sample."""

    samples: Samples
    sample_rate_hz: int
    calls: Sequence[Found] = ()


class Detector(Protocol):
    """Finds calls."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it can give."""

    @property
    def sample_rate_hz(self) -> int | None:
        """The rate it wants; None: any, it takes recordings as they are."""

    @property
    def context_s(self) -> float:
        """How much sound before and after a moment can change what is found there."""

    def detect(self, samples: Samples, sample_rate_hz: int, *, threshold: float | None = None) -> list[Found]:
        """Find calls.

        Parameters
        ----------
        samples
            At ``sample_rate_hz``, which is the detector's own where it has one. At least one sample.
        threshold
            The least score, 0 to 1; None: the model's own. A lower one adds calls and changes none of the others, so
            that what was found with a low one can be sorted out by score afterwards.

        Returns
        -------
        list of Found
            Sorted by start.

        Raises
        ------
        ModelUnavailable
            When it cannot run here. Never an empty list in place of a failure.
        """


@runtime_checkable
class GridDetector(Detector, Protocol):
    """A detector whose windows lie on a grid, which must not depend on how a recording is cut into blocks."""

    def detect_from(
        self, samples: Samples, sample_rate_hz: int, *, offset: int, threshold: float | None = None
    ) -> list[Found]:
        """Find calls; as `detect`, with the grid as if it began ``offset`` samples before the first one."""


class Embedder(Protocol):
    """Describes sound by vectors that are near each other where sounds are alike."""

    sample_rate_hz: int
    window_s: float
    hop_s: float
    dimension: int

    def embed(self, samples: Samples) -> NDArray[Any]:
        """Describe every window: shape (n,) at ``sample_rate_hz`` becomes (windows, dimension), float32."""
