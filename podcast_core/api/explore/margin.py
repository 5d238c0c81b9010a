"""Two namings of clips side by side, and some clips of each kind."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.binary import BINARY, answer_bytes
from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.explore.search import read_filter
from podcast_core.services.explore import margin, strata
from podcast_core.services.explore.strata import StrataRequest
from podcast_core.wire import margin as wire

router = APIRouter(prefix="/api/v1/collections/{collection_id}", tags=["explore"])

Side = Annotated[str, Query(description=f"a classifier's id, or one of {', '.join(margin.SIDES)}", max_length=120)]


@router.get("/margin")
def compare_sides(workspace: Opened, collection_id: str, one: Side, other: Side) -> wire.Margin:
    """Count the clips by what two sides call them."""
    labels, counts = margin.compare(workspace, collection_id=collection_id, one=one, other=other)
    return wire.Margin(labels=labels, counts=counts.tolist())


@router.get("/margin/marks", response_class=Response, responses=BINARY)
def mark_sides(
    workspace: Opened,
    collection_id: str,
    one: Side,
    other: Side,
    label: Annotated[str, Query(description="empty: any label")] = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Send for each clip whether the sides agree, or which of them gives the label: agreed, gained, lost, differs."""
    column = margin.mark(workspace, collection_id=collection_id, one=one, other=other, label=label)
    return answer_bytes(column.to_bytes(), if_none_match)


@router.get("/classifiers/{classifier_id}/margin")
def compare_classifiers(workspace: Opened, collection_id: str, classifier_id: str, other: Side) -> wire.Margin:
    """Count the clips by what this classifier and another side call them."""
    return compare_sides(workspace, collection_id, classifier_id, other)


@router.post("/strata")
def select_strata(workspace: Opened, collection_id: str, body: wire.StrataIn) -> wire.Strata:
    """Select some clips of each kind: label, site, day, recording, range of scores."""
    request = StrataRequest(
        by=tuple(body.by),
        count=body.count,
        order=body.order,
        bins=body.bins,
        seed=body.seed,
        numbers=body.numbers,
        filters=[read_filter(each) for each in body.filters],
        classifier_id=body.classifier_id,
        label=body.label,
    )
    found = strata.select_strata(workspace, collection_id=collection_id, request=request)
    return wire.Strata(items=[wire.Stratum.model_validate(each) for each in found])
