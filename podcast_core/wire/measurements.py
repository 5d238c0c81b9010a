"""Measurements of boxes and annotations."""

from pydantic import Field

from podcast_core.wire.base import Shape


class Measurement(Shape):
    """One measurement: what it is called, its unit, what it means, and Raven's column of the same meaning."""

    name: str
    title: str
    unit: str
    definition: str
    raven: str = Field(description="empty: Raven has none")


class Measured(Shape):
    """What was measured of a box, by the names of measurements; what cannot be told is not there."""

    values: dict[str, float] = Field(description="times count from the start of the session")
