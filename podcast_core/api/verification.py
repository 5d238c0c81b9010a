"""Rapid verification: predictions that wait for a verdict, and verdicts on them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api import shapes, views, wire
from podcast_core.api.dependencies import Asking, Opened
from podcast_core.services.labels import verification

router = APIRouter(tags=["verification"], prefix="/api/v1/rounds/{round_id}")


@router.get("/predictions")
def list_candidates(
    workspace: Opened, round_id: str, query: Annotated[wire.CandidatesQuery, Query()]
) -> shapes.CandidatesOut:
    """List predictions that wait for a verdict."""
    candidates = verification.list_candidates(workspace, round_id=round_id, **query.model_dump())
    return views.write_candidates(candidates)


@router.post(
    "/verdicts",
    status_code=201,
    responses={200: {"model": shapes.VerifiedOut, "description": "The same verdicts again"}},
)
def give_verdicts(
    workspace: Opened, caller: Asking, round_id: str, body: wire.VerdictsIn, response: Response
) -> shapes.VerifiedOut:
    """Keep verdicts on predictions of many sessions; the same ones again are acknowledged again (200)."""
    caller.check_name(body.annotator)
    items = [verification.Item(**item.model_dump()) for item in body.items]
    verified = verification.give_verdicts(
        workspace, round_id=round_id, verdict_id=body.verdict_id, annotator=body.annotator, items=items
    )
    response.status_code = 200 if verified.repeated else 201
    return views.write_verified(verified)
