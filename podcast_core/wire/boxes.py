"""Boxes, whoever drew them."""

from podcast_core.domain.annotation import Origin
from podcast_core.wire.base import Shape


class Box(Shape):
    """A box; times are seconds from the start of the *recording*."""

    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float | None
    model: str


class Notes(Shape):
    """Where a person's box came from, and what was written about it."""

    origin: Origin
    prediction_id: str | None
    comment: str
    unsure: bool
    individual: str
    call_type: str
