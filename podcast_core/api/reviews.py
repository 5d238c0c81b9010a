"""Reviews: verdicts on submissions."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part, by
from podcast_core.api.sessions import Selected
from podcast_core.api.submissions import read_answer
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import labelling, listing, review, saved_queues
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


@router.get("/sessions/{session_id}/review")
def get_place(
    workspace: Opened,
    caller: Asking,
    round_id: str,
    session_id: str,
    selection: Selected,
    reviewer: Annotated[str, Query(description="who wants to judge it")] = "",
) -> wire.ReviewPlace:
    """Find what comes before and after a session in a queue, which filters and an order say, and who may accept it."""
    people = [reviewer, caller.person or ""]
    found = review.find_place(workspace, round_id=round_id, selection=selection, session_id=session_id, people=people)
    return wire.ReviewPlace.model_validate(found)


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


@router.get("/queues")
def list_queues(workspace: Opened, round_id: str) -> list[wire.SavedQueue]:
    """List the queues of a round that people have saved, by name."""
    found = saved_queues.list_queues(workspace, round_id=round_id)
    return [wire.SavedQueue.model_validate(each) for each in found]


@router.post("/queues", status_code=201)
def save_queue(workspace: Opened, caller: Asking, round_id: str, body: wire.QueueIn) -> wire.SavedQueue:
    """Save a queue under a name."""
    who = choose_who(workspace, caller, body.who)
    kept = saved_queues.save_queue(workspace, round_id=round_id, name=body.name, query=body.query, who=who)
    return wire.SavedQueue.model_validate(kept)


@router.delete("/queues/{name}", status_code=204)
def delete_queue(workspace: Opened, round_id: str, name: str) -> None:
    """Delete a saved queue; no session changes."""
    saved_queues.delete_queue(workspace, round_id=round_id, name=name)
