"""Prediction sets: what each run of a model brought into a round."""

from datetime import datetime

from pydantic import Field

from podcast_core.wire.base import Shape
from podcast_core.wire.boxes import Box


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
    next: str | None = Field(description="address of the next part, where a part was asked for; null at the end")
