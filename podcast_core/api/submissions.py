"""Submissions: people's answers for sessions."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api import views
from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.paging import Part, answer
from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.services.labels import labelling, listing, rounds
from podcast_core.wire import submissions as wire
from podcast_core.wire.base import Page

router = APIRouter(tags=["submissions"], prefix="/api/v1")


@router.post(
    "/rounds/{round_id}/sessions/{session_id}/submissions",
    status_code=201,
    responses={200: {"model": wire.Receipted, "description": "The same answer again"}},
)
def submit(
    workspace: Opened,
    caller: Asking,
    round_id: str,
    session_id: str,
    body: wire.SubmissionIn,
    response: Response,
) -> wire.Receipted:
    """Keep an answer; the same one again is acknowledged again (200)."""
    caller.check_name(body.annotator)
    receipt = labelling.submit(workspace, read_answer(body, round_id, session_id))
    response.status_code = 200 if receipt.repeated else 201
    counts = rounds.count_standings(workspace, round_id=round_id)
    return wire.Receipted(
        submission_id=receipt.submission.id,
        revision=receipt.submission.revision,
        repeated=receipt.repeated,
        conflict=receipt.conflict,
        progress=views.write_progress(counts, rounds.count_open(workspace, round_id=round_id)),
    )


@router.get("/rounds/{round_id}/submissions", response_model=Page[wire.Submission])
def list_submissions(
    workspace: Opened,
    part: Part,
    round_id: str,
    session_id: Annotated[str, Query(description="of this session only")] = "",
    annotator: Annotated[str, Query(description="of this person only")] = "",
) -> Response:
    """List all answers of a round, by session, the oldest first."""
    found, total = listing.list_submissions(
        workspace,
        round_id=round_id,
        session_id=session_id,
        annotator=annotator,
        **part.window,
    )
    return part.answer(found, wire.Submission, total, key=listing.name_submission)


@router.get("/submissions/{submission_id}", response_model=wire.Submission)
def get_submission(workspace: Opened, submission_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get an answer."""
    found = listing.get_submission(workspace, submission_id=submission_id)
    return answer(wire.Submission.model_validate(found), if_none_match)


def read_answer(body: wire.SubmissionIn, round_id: str, session_id: str) -> Answer:
    """Turn an answer that was sent into what the service takes."""
    return Answer(
        submission_id=body.submission_id,
        round_id=round_id,
        session_id=session_id,
        annotator=body.annotator,
        outcome=body.outcome,
        boxes=tuple(AnswerBox(**region.model_dump()) for region in body.regions),
        rejected_prediction_ids=tuple(body.rejected_prediction_ids),
        unreviewed_prediction_ids=tuple(body.unreviewed_prediction_ids),
        score_threshold=body.score_threshold,
        active_s=body.active_s,
        action_count=body.action_count,
        comment=body.comment,
        base_revision=body.base_revision,
        started_at=body.started_at,
        decides=tuple(body.decides),
    )
