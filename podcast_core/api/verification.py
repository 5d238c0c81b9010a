"""Rapid verification: predictions that wait for a verdict, and verdicts on them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from podcast_core.api import views
from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.paging import AskedPart
from podcast_core.services.labels import verification
from podcast_core.services.labels.verification import Candidate, Verified
from podcast_core.wire import verification as wire

router = APIRouter(tags=["verification"], prefix="/api/v1/rounds/{round_id}")


@router.get("/predictions")
def list_candidates(
    request: Request, workspace: Opened, round_id: str, query: Annotated[wire.CandidatesQuery, Query()]
) -> wire.Candidates:
    """List predictions that wait for a verdict."""
    part = AskedPart(request, query.limit, query.offset, query.after)
    asked = query.model_dump(exclude={"after"})
    found = verification.list_candidates(workspace, round_id=round_id, **asked, after=part.window["after"])
    total = found.counts.get(query.label, 0) if query.label else sum(found.counts.values())
    page = part.make_page(
        found.items, wire.WaitingPrediction, total, key=lambda each: each.keys, show=_show, has_more=found.has_more
    )
    return wire.Candidates(**page.model_dump(), counts=found.counts)


@router.post(
    "/verdicts",
    status_code=201,
    responses={200: {"model": wire.Verified, "description": "The same verdicts again"}},
)
def give_verdicts(
    workspace: Opened, caller: Asking, round_id: str, body: wire.VerdictsIn, response: Response
) -> wire.Verified:
    """Keep verdicts on predictions of many sessions; the same ones again are acknowledged again (200)."""
    caller.check_name(body.annotator)
    items = [verification.Item(**item.model_dump()) for item in body.items]
    verified = verification.give_verdicts(
        workspace, round_id=round_id, verdict_id=body.verdict_id, annotator=body.annotator, items=items
    )
    response.status_code = 200 if verified.repeated else 201
    return _show_verified(verified)


def _show(each: Candidate) -> wire.WaitingPrediction:
    return wire.WaitingPrediction(
        **views.write_box(each.prediction, each.session),
        id=each.prediction.id,
        session_id=each.session.id,
        duration_s=each.session.duration_s,
        started_at=each.session.started_at(each.recording),
        file_name=each.recording.file_name,
        sample_rate_hz=each.recording.sample_rate_hz,
        site=each.recording.site,
    )


def _show_verified(verified: Verified) -> wire.Verified:
    skipped = [
        wire.SkippedVerdict(session_id=each.item.session_id, prediction_id=each.item.prediction_id, reason=each.reason)
        for each in verified.skipped
    ]
    return wire.Verified(
        kept=verified.kept, session_ids=list(verified.session_ids), skipped=skipped, repeated=verified.repeated
    )
