"""Reviews: verdicts on submissions."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.paging import Part, by
from podcast_core.api.submissions import read_answer
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import labelling, listing, review
from podcast_core.wire import reviews as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["reviews"], prefix="/api/v1/rounds/{round_id}")


@router.post("/sessions/{session_id}/reviews", status_code=201)
def add_review(workspace: Opened, caller: Asking, round_id: str, session_id: str, body: wire.ReviewIn) -> wire.Reviewed:
    """Keep a verdict, and the corrected answer that may come with it."""
    for name in (body.reviewer, body.correction.annotator if body.correction else body.reviewer):
        caller.check_name(name)
    reviewed = labelling.get_view(workspace, round_id=round_id, session_id=session_id, with_queue=False).history
    if body.submission_id not in {submission.id for submission in reviewed}:
        raise InvalidInput(f"Session {session_id} has no submission {body.submission_id[:80]!r}.")
    kept = review.review_submission(
        workspace,
        review_id=body.review_id,
        submission_id=body.submission_id,
        reviewer=body.reviewer,
        verdict=body.verdict,
        comment=body.comment,
        correction=read_answer(body.correction, round_id, session_id) if body.correction else None,
        asker=caller.person,
    )
    return wire.Reviewed(review_id=kept.id, verdict=kept.verdict, corrected_id=kept.corrected_id)


@router.get("/reviews", response_model=Page[wire.Review])
def list_reviews(
    workspace: Opened,
    part: Part,
    round_id: str,
    reviewer: Annotated[str, Query(description="of this person only")] = "",
) -> Response:
    """List the reviews of a round's answers, the oldest first."""
    asked = {"round_id": round_id, "reviewer": reviewer}
    found, total = listing.list_reviews(workspace, **asked, **part.window)
    return part.answer(found, wire.Review, total, key=by("created_at", "id"))
