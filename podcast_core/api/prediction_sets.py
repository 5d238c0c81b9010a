"""Prediction sets: what each run of a model brought into a round."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from podcast_core.api.dependencies import Opened
from podcast_core.api.paging import IfNoneMatch, Page, Part, Shown, answer
from podcast_core.services.labels import listing

router = APIRouter(tags=["prediction sets"], prefix="/api/v1/rounds/{round_id}/prediction-sets")


class BoxOut(Shown):
    """A box; times are seconds from the start of the *recording*."""

    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float | None
    model: str


class PredictionOut(BoxOut):
    """A model's box."""

    id: str
    session_id: str


class PredictionSetOut(Shown):
    """What one run of a model brought into a round. Runs are known by these sets."""

    id: str
    round_id: str
    model: str
    source: str
    created_at: datetime
    prediction_count: int


class PredictionSetDetails(PredictionSetOut):
    """A prediction set with its boxes."""

    predictions: list[PredictionOut] = Field(description="by session")


@router.get("", response_model=Page[PredictionSetOut])
def list_prediction_sets(
    workspace: Opened,
    part: Part,
    round_id: str,
    model: Annotated[str, Query(description="of this model only")] = "",
) -> Response:
    """List the prediction sets of a round, the oldest first; each is one run of a model."""
    found = listing.list_prediction_sets(workspace, round_id=round_id, model=model)
    return part.answer(found, PredictionSetOut)


@router.get("/{set_id}", response_model=PredictionSetDetails)
def get_prediction_set(workspace: Opened, round_id: str, set_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a prediction set with its boxes."""
    found = listing.get_prediction_set(workspace, round_id=round_id, set_id=set_id)
    return answer(PredictionSetDetails.model_validate(found), if_none_match)
