"""Search in a collection."""

from typing import Annotated

from pydantic import Field

from podcast_core.domain.limits import MAX_FOUND
from podcast_core.wire.base import Body, Finite, Number, Shape


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


Count = Annotated[int, Field(ge=1, le=MAX_FOUND)]


class FilterIn(Body):
    """A filter: a column with its values or range (limits are inside), or a text, which may be a regular expression."""

    column: str = ""
    values: list[str] = []
    low: Finite | None = None
    high: Finite | None = None
    text: str = ""
    is_pattern: bool = False


class SearchIn(Body):
    """What is searched for: clips that are like it and unlike it, the clips of a label, a drawn stretch."""

    like: list[Number] = []
    unlike: list[Number] = []
    label: str = ""
    box: BoxIn | None = None
    filters: list[FilterIn] = []
    k: Count = 50
    threshold: Finite | None = None
    include_examples: bool = Field(False, description="find clips of like, unlike and label again: one is its own best")
    within: str = Field(
        "", description="only these clips: base64 of a bit for each, the first is the lowest of its byte; empty: all"
    )


class FiltersIn(Body):
    """Filters that hold all at once."""

    filters: list[FilterIn]
