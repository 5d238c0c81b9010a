"""Search in a collection."""

from podcast_core.wire.base import Body, Finite, Shape


class BoxIn(Body):
    """A stretch drawn on a spectrogram, in seconds of its session."""

    session_id: str
    start_s: Finite
    end_s: Finite


class Hit(Shape):
    """A clip that was found; ``percentile`` is the share of 2,048 random clips that score less, 0 to 100."""

    number: int
    rank: int
    cosine: float
    percentile: float


class Histogram(Shape):
    """How many of the random clips score between each two edges."""

    edges: list[float]
    counts: list[int]


class Found(Shape):
    """What was found, the best first, and what random clips score.

    ``examples`` are the clips that were wanted (of ``like`` and ``label``), ranked by how typical each is of them all.
    """

    hits: list[Hit]
    examples: list[Hit]
    histogram: Histogram
