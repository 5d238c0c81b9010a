"""The history of a session: its answers, what differs between two of them, and an earlier one brought back."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.paging import answer
from podcast_core.domain.difference import BoxDifference
from podcast_core.services.labels import history
from podcast_core.wire import history as wire
from podcast_core.wire.reviews import Review
from podcast_core.wire.submissions import Annotation

router = APIRouter(tags=["history"], prefix="/api/v1/rounds/{round_id}/sessions/{session_id}")


@router.get("/history", response_model=wire.History)
def get_history(workspace: Opened, round_id: str, session_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get all answers of a session, the oldest first, with what each of them changed and the verdicts on it."""
    found = history.get_history(workspace, round_id=round_id, session_id=session_id)
    told = wire.History(
        session_id=found.session.id,
        counting_id=None if found.counting is None else found.counting.id,
        newest_revision=found.newest_revision,
        steps=[_show_step(each) for each in found.steps],
    )
    return answer(told, if_none_match)


@router.get("/differences", response_model=wire.Differences)
def get_differences(
    workspace: Opened,
    round_id: str,
    session_id: str,
    before: Annotated[
        wire.Revision | None, Query(alias="from", description="a revision; 0: nothing; default: what was on screen")
    ] = None,
    after: Annotated[wire.Revision | None, Query(alias="to", description="a revision; default: the newest")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Compare two answers of a session: which boxes were added, removed, moved or relabelled."""
    found = history.get_differences(workspace, round_id=round_id, session_id=session_id, before=before, after=after)
    one, other = found.before, found.after
    told = wire.Differences(
        before_revision=0 if one is None else one.revision,
        after_revision=other.revision,
        changes=found.count(),
        outcome_before=None if one is None else one.outcome,
        outcome_after=other.outcome,
        comment_before="" if one is None else one.comment,
        comment_after=other.comment,
        boxes=[_show_box(each) for each in found.boxes],
    )
    return answer(told, if_none_match)


@router.post(
    "/restorations",
    status_code=201,
    responses={200: {"model": wire.Restored, "description": "The same answer again"}},
)
def restore(
    workspace: Opened, caller: Asking, round_id: str, session_id: str, body: wire.RestoreIn, response: Response
) -> wire.Restored:
    """Let a session have the boxes of an earlier answer again, by a new one; the same id again is harmless (200)."""
    caller.check_name(body.annotator)
    receipt = history.restore(workspace, round_id=round_id, session_id=session_id, **body.model_dump())
    response.status_code = 200 if receipt.repeated else 201
    return wire.Restored(
        submission_id=receipt.submission.id, revision=receipt.submission.revision, repeated=receipt.repeated
    )


def _show_step(each: history.Step) -> wire.Step:
    said, base = each.submission, each.differences.before
    return wire.Step(
        submission_id=said.id,
        revision=said.revision,
        annotator=said.annotator,
        outcome=said.outcome,
        submitted_at=said.submitted_at,
        active_s=said.active_s,
        action_count=said.action_count,
        comment=said.comment,
        compared_with=None if base is None else base.revision,
        changes=each.differences.count(),
        restores=said.restores,
        bulk_id=said.bulk_id,
        beside=said.beside,
        taken_back=said.taken_back,
        reviews=[Review.model_validate(review) for review in each.revision.reviews],
    )


def _show_box(each: BoxDifference) -> wire.BoxDifference:
    before, after = (None if box is None else Annotation.model_validate(box) for box in (each.before, each.after))
    return wire.BoxDifference(change=each.change, moved=each.is_moved, before=before, after=after)
