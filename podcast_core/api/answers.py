"""What people and models said about a round: submissions, reviews, prediction sets."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from podcast_core.api.paging import IfNoneMatch, Page, Part, Shown, answer
from podcast_core.api.v1 import Opened
from podcast_core.domain.annotation import Origin
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import listing

router = APIRouter(tags=["answers"], prefix="/api/v1")


class BoxOut(Shown):
    """A box; times are seconds from the start of the *recording*."""

    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float | None
    model: str


class AnnotationOut(BoxOut):
    """A person's box, and where it came from."""

    origin: Origin
    prediction_id: str | None
    comment: str
    unsure: bool
    individual: str
    call_type: str
    bulk_id: str = Field(description="the bulk act that gave the label, where the origin is bulk")


class PredictionOut(BoxOut):
    """A model's box."""

    id: str
    session_id: str


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


class ReviewOut(Shown):
    """A verdict on a submission."""

    id: str
    submission_id: str
    reviewer: str
    verdict: Verdict
    comment: str
    corrected_id: str | None
    created_at: datetime


class PredictionSetOut(Shown):
    """What one run of a model brought into a round. Runs are known by these sets."""

    id: str
    round_id: str
    model: str
    source: str
    created_at: datetime
    prediction_count: int


class PredictionSetDetails(PredictionSetOut):
    """A prediction set with its boxes."""

    predictions: list[PredictionOut] = Field(description="by session")


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


@router.get("/rounds/{round_id}/reviews", response_model=Page[ReviewOut])
def list_reviews(
    workspace: Opened,
    part: Part,
    round_id: str,
    reviewer: Annotated[str, Query(description="of this person only")] = "",
) -> Response:
    """List the reviews of a round's answers, the oldest first."""
    found = listing.list_reviews(workspace, round_id=round_id, reviewer=reviewer)
    return part.answer(found, ReviewOut)


@router.get("/rounds/{round_id}/prediction-sets", response_model=Page[PredictionSetOut])
def list_prediction_sets(
    workspace: Opened,
    part: Part,
    round_id: str,
    model: Annotated[str, Query(description="of this model only")] = "",
) -> Response:
    """List the prediction sets of a round, the oldest first; each is one run of a model."""
    found = listing.list_prediction_sets(workspace, round_id=round_id, model=model)
    return part.answer(found, PredictionSetOut)


@router.get("/rounds/{round_id}/prediction-sets/{set_id}", response_model=PredictionSetDetails)
def get_prediction_set(workspace: Opened, round_id: str, set_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a prediction set with its boxes."""
    found = listing.get_prediction_set(workspace, round_id=round_id, set_id=set_id)
    return answer(PredictionSetDetails.model_validate(found), if_none_match)
