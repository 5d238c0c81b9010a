"""Claims: sessions that somebody holds while answering them."""

from fastapi import APIRouter

from podcast_core.api import shapes, views, wire
from podcast_core.api.dependencies import Asking, Opened
from podcast_core.services.labels import labelling

router = APIRouter(tags=["claims"], prefix="/api/v1/rounds/{round_id}/claims")


@router.post("")
def claim(workspace: Opened, caller: Asking, round_id: str, body: wire.ClaimRequest) -> shapes.ClaimedOut:
    """Hold the next sessions; calling again renews what is held."""
    caller.check_name(body.annotator)
    claimed = labelling.claim_next(
        workspace,
        round_id=round_id,
        holder=body.holder,
        annotator=body.annotator,
        count=body.count,
        session_id=body.session_id,
        include_skipped=body.include_skipped,
        choice=body.to_choice(),
        most_held=labelling.MAX_HELD if caller.token_id else None,
    )
    return views.write_claimed(workspace, claimed, body.holder)


@router.post("/release", status_code=204)
def release(workspace: Opened, round_id: str, body: wire.ReleaseRequest) -> None:
    """Let go of what a holder holds."""
    labelling.release(workspace, round_id=round_id, holder=body.holder, session_ids=body.session_ids)
