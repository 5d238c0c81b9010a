"""Prediction sets: what each run of a model brought into a round."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.paging import Part, answer, by
from podcast_core.services.labels import listing
from podcast_core.wire import prediction_sets as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["prediction sets"], prefix="/api/v1/rounds/{round_id}/prediction-sets")


@router.get("", response_model=Page[wire.PredictionSet])
def list_prediction_sets(
    workspace: Opened,
    part: Part,
    round_id: str,
    model: Annotated[str, Query(description="of this model only")] = "",
) -> Response:
    """List the prediction sets of a round, the oldest first; each is one run of a model."""
    found = listing.list_prediction_sets(workspace, round_id=round_id, model=model)
    return part.answer(found, wire.PredictionSet, key=by("id"))


@router.get("/{set_id}", response_model=wire.PredictionSetDetails)
def get_prediction_set(workspace: Opened, round_id: str, set_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a prediction set with its boxes."""
    found = listing.get_prediction_set(workspace, round_id=round_id, set_id=set_id)
    return answer(wire.PredictionSetDetails.model_validate(found), if_none_match)
