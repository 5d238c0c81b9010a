"""Prediction sets: what each run of a model brought into a round."""

from datetime import datetime

from pydantic import Field

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


class Prediction(Box):
    """A model's box."""

    id: str
    session_id: str


class PredictionSet(Shape):
    """What one run of a model brought into a round. Runs are known by these sets."""

    id: str
    round_id: str
    model: str
    source: str
    created_at: datetime
    prediction_count: int


class PredictionSetDetails(PredictionSet):
    """A prediction set with its boxes."""

    predictions: list[Prediction] = Field(description="by session")
