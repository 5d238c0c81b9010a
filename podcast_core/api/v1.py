"""Our own API, used by the spectrogram editor: claims, session views, submissions, reviews."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from podcast_core.api import shapes, views, wire
from podcast_core.api.paging import Page, Part
from podcast_core.errors import InvalidInput
from podcast_core.services.access import Caller
from podcast_core.services.labels import labelling, listing, queue, review, rounds, verification
from podcast_core.services.labels.review import Selection
from podcast_core.workspace import Workspace

router = APIRouter(tags=["v1"])


def get_workspace(request: Request) -> Workspace:
    """Get the process's workspace."""
    workspace: Workspace = request.app.state.get_workspace()
    return workspace


def get_caller(request: Request) -> Caller:
    """Get who asks, as the guard found out."""
    caller: Caller = request.state.caller
    return caller


Opened = Annotated[Workspace, Depends(get_workspace)]
Asking = Annotated[Caller, Depends(get_caller)]


@router.post("/rounds/{round_id}/claims")
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
        most_held=labelling.MOST_HELD if caller.token_id else None,
    )
    return views.write_claimed(workspace, claimed, body.holder)


@router.post("/rounds/{round_id}/claims/release", status_code=204)
def release(workspace: Opened, round_id: str, body: wire.ReleaseRequest) -> None:
    """Let go of what a holder holds."""
    labelling.release(workspace, round_id=round_id, holder=body.holder, session_ids=body.session_ids)


@router.get("/rounds/{round_id}/predictions")
def list_candidates(
    workspace: Opened, round_id: str, query: Annotated[wire.CandidatesQuery, Query()]
) -> shapes.CandidatesOut:
    """List predictions that wait for a verdict."""
    candidates = verification.list_candidates(workspace, round_id=round_id, **query.model_dump())
    return views.write_candidates(candidates)


@router.post(
    "/rounds/{round_id}/verdicts",
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


@router.get("/rounds/{round_id}/queue")
def get_queue_options(workspace: Opened, round_id: str) -> shapes.QueueOptionsOut:
    """List what a round's sessions can be filtered by."""
    return views.write_options(queue.list_options(workspace, round_id=round_id))


@router.get("/rounds/{round_id}/sessions", response_model=Page[shapes.ListedSession])
def list_sessions(
    workspace: Opened,
    part: Part,
    round_id: str,
    outcome: Annotated[str | None, Query(description="of the answer that counts, or unreviewed")] = None,
    open: Annotated[bool | None, Query(description="those that need an answer still, or do not")] = None,
    annotator: Annotated[str | None, Query(description="whose answer counts")] = None,
    label: Annotated[str | None, Query(description="with an annotation of this label")] = None,
    verdict: Annotated[str | None, Query(description="of the newest review, or waiting")] = None,
    recording_id: Annotated[str | None, Query(description="pieces of this recording")] = None,
    sort: Annotated[str, Query(description=f"one of {', '.join(review.SORTS)}")] = "position",
) -> Response:
    """List a round's sessions with the answer that counts, in the order of the queue unless another is asked for."""
    found = listing.list_sessions(
        workspace,
        round_id=round_id,
        selection=Selection(outcome, annotator, verdict, label, sort),
        recording_id=recording_id,
        is_open=open,
    )
    return part.answer([views.write_listed(each) for each in found], shapes.ListedSession)


@router.get("/rounds/{round_id}/sessions/{session_id}")
def get_session(workspace: Opened, round_id: str, session_id: str, holder: str = "") -> shapes.SessionOut:
    """Get one session as the editor shows it."""
    view = labelling.get_view(workspace, round_id=round_id, session_id=session_id)
    return views.write_view(workspace, view, holder)


@router.post(
    "/rounds/{round_id}/sessions/{session_id}/submissions",
    status_code=201,
    responses={200: {"model": shapes.Receipted, "description": "The same answer again"}},
)
def submit(
    workspace: Opened,
    caller: Asking,
    round_id: str,
    session_id: str,
    body: wire.SubmissionIn,
    response: Response,
) -> shapes.Receipted:
    """Keep an answer; the same one again is acknowledged again (200)."""
    caller.check_name(body.annotator)
    receipt = labelling.submit(workspace, body.to_answer(round_id, session_id))
    response.status_code = 200 if receipt.repeated else 201
    counts, open_count = (
        rounds.count_standings(workspace, round_id=round_id),
        rounds.count_open(workspace, round_id=round_id),
    )
    return views.write_receipt(receipt, counts, open_count)


@router.post("/rounds/{round_id}/sessions/{session_id}/reviews", status_code=201)
def add_review(
    workspace: Opened, caller: Asking, round_id: str, session_id: str, body: wire.ReviewIn
) -> shapes.Reviewed:
    """Keep a verdict, and the corrected answer that may come with it."""
    for name in (body.reviewer, body.correction.annotator if body.correction else body.reviewer):
        caller.check_name(name)
    reviewed = labelling.get_view(workspace, round_id=round_id, session_id=session_id).history
    if body.submission_id not in {submission.id for submission in reviewed}:
        raise InvalidInput(f"Session {session_id} has no submission {body.submission_id[:80]!r}.")
    kept = review.review_submission(
        workspace,
        review_id=body.review_id,
        submission_id=body.submission_id,
        reviewer=body.reviewer,
        verdict=body.verdict,
        comment=body.comment,
        correction=body.correction.to_answer(round_id, session_id) if body.correction else None,
        asker=caller.person,
    )
    return shapes.Reviewed(review_id=kept.id, verdict=kept.verdict, corrected_id=kept.corrected_id)
