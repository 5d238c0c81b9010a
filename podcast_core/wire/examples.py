"""Reference examples of labels."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.wire.base import Body, Finite, PersonName, Shape


class ExampleIn(Body):
    """A sound of a session that is an example of a label; times count from the start of the session."""

    session_id: Annotated[str, Field(min_length=1, max_length=120)]
    label: Annotated[str, Field(min_length=1, max_length=80)]
    who: PersonName
    start_s: Finite
    end_s: Finite
    low_hz: Finite | None = None
    high_hz: Finite | None = None


class Clip(Shape):
    """A sound that was uploaded as an example."""

    file_name: str
    sample_rate_hz: int
    licence: str
    source: str


class Example(Shape):
    """A reference example of a label; times count from the start of the session."""

    id: str
    label: str
    session_id: str
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    who: str
    added_at: datetime
    clip: Clip | None = Field(description="an uploaded sound; then the session is empty")
