"""Prediction sets: what each run of a model brought into a round."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.paging import MAX_ITEMS, After, AskedPart, Offset, Part, answer, answer_in_parts, by
from podcast_core.domain.prediction import Prediction
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
def get_prediction_set(
    request: Request,
    workspace: Opened,
    round_id: str,
    set_id: str,
    limit: Annotated[int | None, Query(ge=1, le=MAX_ITEMS, description="predictions in one answer; else all")] = None,
    offset: Offset = 0,
    after: After = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Get a prediction set with its boxes: all of them, or (``limit``) a part, with the address of the next one."""
    part = AskedPart(request, limit or MAX_ITEMS, offset, after, if_none_match)
    found = listing.get_prediction_set(workspace, round_id=round_id, set_id=set_id, **part.window)
    page = part.make_page(found.predictions, wire.Prediction, found.info.prediction_count, key=by("session_id", "id"))
    is_whole = limit is None and not (offset or after)
    told = {**wire.PredictionSet.model_validate(found.info).model_dump(), "predictions": page.items}
    if not is_whole or page.next is None:
        return answer(wire.PredictionSetDetails(**told, next=page.next), part.if_none_match)
    head = wire.PredictionSetDetails(**{**told, "predictions": []}, next=None)
    boxes = listing.read_prediction_set(workspace, round_id=round_id, set_id=set_id)
    return answer_in_parts(head, "predictions", _write(boxes), found.version, part.if_none_match)


def _write(boxes: Iterator[list[Prediction]]) -> Iterator[str]:
    for some in boxes:
        yield ",".join(wire.Prediction.model_validate(each).model_dump_json() for each in some)
