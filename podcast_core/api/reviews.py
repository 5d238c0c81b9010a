"""Reviews: verdicts on submissions."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part, by
from podcast_core.api.sessions import Selected
from podcast_core.api.submissions import read_answer
from podcast_core.domain.queue_link import read_params
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import bulk_review, listing, remarks, review, saved_queues, session_views
from podcast_core.services.labels.bulk_review import Judging, Wanted
from podcast_core.wire import reviews as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["reviews"], prefix="/api/v1/rounds/{round_id}")


@router.post("/sessions/{session_id}/reviews", status_code=201)
def add_review(workspace: Opened, caller: Asking, round_id: str, session_id: str, body: wire.ReviewIn) -> wire.Reviewed:
    """Keep a verdict, and the corrected answer that may come with it."""
    for name in (body.reviewer, body.correction.annotator if body.correction else body.reviewer):
        caller.check_name(name)
    reviewed = session_views.get_view(workspace, round_id=round_id, session_id=session_id, with_queue=False).history
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
def get_review_place(
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


@router.post("/reviews/bulk/preview")
def preview_bulk_review(workspace: Opened, caller: Asking, round_id: str, body: wire.JudgingIn) -> wire.Judging:
    """Say what one verdict on many answers would do; nothing is kept."""
    people = [choose_who(workspace, caller, body.reviewer), caller.person or ""]
    wanted = _read_wanted(body.query, body.seen)
    found = bulk_review.preview(workspace, round_id=round_id, wanted=wanted, verdict=body.verdict, people=people)
    return _show_judging(found)


@router.post("/reviews/bulk", status_code=201)
def add_bulk_review(workspace: Opened, caller: Asking, round_id: str, body: wire.BulkReviewIn) -> wire.Judging:
    """Give one verdict on many answers; what cannot be judged is left, each with the reason."""
    done = bulk_review.judge(
        workspace,
        act_id=body.act_id,
        round_id=round_id,
        wanted=_read_wanted(body.query, body.seen),
        verdict=body.verdict,
        people=[choose_who(workspace, caller, body.reviewer), caller.person or ""],
        comment=body.comment,
    )
    return _show_judging(done)


@router.get("/reviews/bulk")
def list_bulk_reviews(workspace: Opened, round_id: str) -> list[wire.ReviewAct]:
    """List the verdicts on many answers, the newest first."""
    return [
        wire.ReviewAct(
            id=each.act.id,
            who=each.act.who,
            verdict=each.act.verdict,
            comment=each.act.comment,
            count=len(each.act.submission_ids),
            acted_at=each.act.acted_at,
            undone_by=each.undone_by,
        )
        for each in bulk_review.list_acts(workspace, round_id=round_id)
        if each.act.verdict is not None
    ]


@router.post("/reviews/bulk/{act_id}/undo", status_code=204)
def undo_bulk_review(workspace: Opened, caller: Asking, round_id: str, act_id: str, body: wire.UndoReviewsIn) -> None:
    """Withdraw all verdicts of a bulk verdict."""
    who = choose_who(workspace, caller, body.who)
    bulk_review.undo(workspace, round_id=round_id, act_id=body.act_id, undoes=act_id, who=who)


@router.get("/sessions/{session_id}/remarks")
def get_thread(workspace: Opened, round_id: str, session_id: str) -> wire.Thread:
    """Get what people say about a session: comments, and the tags that it has."""
    return wire.Thread.model_validate(remarks.get_thread(workspace, round_id=round_id, session_id=session_id))


@router.post("/sessions/{session_id}/remarks", status_code=201)
def add_remark(workspace: Opened, caller: Asking, round_id: str, session_id: str, body: wire.RemarkIn) -> wire.Remark:
    """Comment on an answer, or put a tag on or off."""
    caller.check_name(body.author)
    answers = session_views.get_view(workspace, round_id=round_id, session_id=session_id, with_queue=False).history
    if body.submission_id not in {each.id for each in answers}:
        raise InvalidInput(f"Session {session_id} has no submission {body.submission_id[:80]!r}.")
    kept = remarks.add_remark(
        workspace,
        remark_id=body.remark_id,
        submission_id=body.submission_id,
        author=body.author,
        kind=body.kind,
        text=body.text,
    )
    return wire.Remark.model_validate(kept)


@router.get("/tags")
def list_tags(workspace: Opened, round_id: str) -> list[wire.Tag]:
    """List the tags of a round, and how many sessions have them."""
    found = remarks.count_tags(workspace, round_id=round_id)
    return [wire.Tag(name=name, sessions=count) for name, count in found.items()]


def _read_wanted(query: str, seen: Sequence[wire.Seen] | None) -> Wanted:
    """Read which answers are meant."""
    asked = dict(parse_qsl(query, keep_blank_values=True))
    selection = read_params({("is_open" if name == "open" else name): value for name, value in asked.items()})
    return Wanted(selection, None if seen is None else {each.session_id: each.submission_id for each in seen})


def _show_judging(found: Judging) -> wire.Judging:
    return wire.Judging(
        act_id=found.act.id if found.act else None,
        judged=len(found.submission_ids),
        left=[wire.LeftReview(session_id=each.session_id, reason=each.reason) for each in found.left],
        reasons=found.reasons,
    )
