"""Submissions: people's answers for sessions."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from podcast_core.api import shapes, views, wire
from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.paging import IfNoneMatch, Page, Part, Shown, answer
from podcast_core.api.prediction_sets import BoxOut, PredictionOut
from podcast_core.domain.annotation import Origin
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import labelling, listing, rounds

router = APIRouter(tags=["submissions"], prefix="/api/v1")


class AnnotationOut(BoxOut):
    """A person's box, and where it came from."""

    origin: Origin
    prediction_id: str | None
    comment: str
    unsure: bool
    individual: str
    call_type: str
    bulk_id: str = Field(description="the bulk act that gave the label, where the origin is bulk")


class SubmissionOut(Shown):
    """An answer for a session; a later one has a higher revision, and none is ever changed."""

    id: str
    round_id: str
    session_id: str
    annotator: str
    outcome: Outcome
    revision: int
    base_revision: int
    annotations: list[AnnotationOut]
    rejected: list[PredictionOut]
    unreviewed: list[PredictionOut]
    comment: str
    score_threshold: float | None
    started_at: datetime | None
    submitted_at: datetime
    active_s: float | None
    action_count: int | None
    beside: bool = Field(description="imported beside another answer, and not counted in its place")
    bulk_id: str = Field(description="the bulk act that made it; empty for others")
    partial: bool = Field(description="speaks of some stretches only, so that the session stays open")
    taken_back: bool = Field(description="its bulk act was undone: it counts nowhere")


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


@router.get("/rounds/{round_id}/submissions", response_model=Page[SubmissionOut])
def list_submissions(
    workspace: Opened,
    part: Part,
    round_id: str,
    session_id: Annotated[str, Query(description="of this session only")] = "",
    annotator: Annotated[str, Query(description="of this person only")] = "",
) -> Response:
    """List all answers of a round, by session, the oldest first."""
    found = listing.list_submissions(workspace, round_id=round_id, session_id=session_id, annotator=annotator)
    return part.answer(found, SubmissionOut)


@router.get("/submissions/{submission_id}", response_model=SubmissionOut)
def get_submission(workspace: Opened, submission_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get an answer."""
    found = listing.get_submission(workspace, submission_id=submission_id)
    return answer(SubmissionOut.model_validate(found), if_none_match)
