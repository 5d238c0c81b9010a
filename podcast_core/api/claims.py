"""Claims: sessions that somebody holds while answering them."""

from fastapi import APIRouter

from podcast_core.api import views
from podcast_core.api.dependencies import Asking, Opened
from podcast_core.domain.queue import QueueChoice
from podcast_core.services.labels import claiming
from podcast_core.wire import claims as wire

router = APIRouter(tags=["claims"], prefix="/api/v1/rounds/{round_id}/claims")


@router.post("")
def claim(workspace: Opened, caller: Asking, round_id: str, body: wire.ClaimRequest) -> wire.Claimed:
    """Hold the next sessions; calling again renews what is held."""
    caller.check_name(body.annotator)
    claimed = claiming.claim_next(
        workspace,
        round_id=round_id,
        holder=body.holder,
        annotator=body.annotator,
        count=body.count,
        session_id=body.session_id,
        include_skipped=body.include_skipped,
        choice=_read_choice(body),
        most_held=claiming.MAX_HELD if caller.token_id else None,
    )
    return wire.Claimed(
        sessions=[views.write_view(workspace, view, body.holder) for view in claimed.views],
        state=claimed.state,
        message=claimed.message,
        progress=views.write_progress(claimed.progress, claimed.open_count),
        matching=claimed.matching,
    )


@router.post("/release", status_code=204)
def release(workspace: Opened, round_id: str, body: wire.ReleaseRequest) -> None:
    """Let go of what a holder holds."""
    claiming.release(workspace, round_id=round_id, holder=body.holder, session_ids=body.session_ids)


def _read_choice(body: wire.ClaimRequest) -> QueueChoice:
    return QueueChoice(body.order, body.site, body.date_from, body.date_to, body.label, body.unjudged)
