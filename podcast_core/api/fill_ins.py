"""Filling in the rest of a session: asked for, watched and given up by who labels."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.jobs import JobOut
from podcast_core.api.wire import Person, Wire
from podcast_core.services.jobs import queue
from podcast_core.services.labels.answers import Box
from podcast_core.services.learning import fill_in

router = APIRouter(tags=["fill-ins"], prefix="/api/v1/rounds/{round_id}/sessions/{session_id}/fill-ins")

Seconds = Annotated[float, Field(allow_inf_nan=False)]


class AreaIn(Wire):
    """A part of the session that is annotated completely, in seconds of the session."""

    start_s: Seconds
    end_s: Seconds


class CallIn(Wire):
    """A box that somebody drew or confirmed."""

    start_s: Seconds
    end_s: Seconds
    label: str
    low_hz: Seconds | None = None
    high_hz: Seconds | None = None


class FillInRequest(Wire):
    """What is annotated, and how far to fill in; what is in an area and in no box is no call."""

    annotator: Person
    areas: Annotated[list[AreaIn], Field(max_length=fill_in.MAX_AREAS)]
    regions: Annotated[list[CallIn], Field(max_length=fill_in.MAX_BOXES)]
    whole_recording: bool = False


class FillInAdded(BaseModel):
    """The id of the job that fills in."""

    job_id: str


@router.post("", status_code=202)
def add_fill_in(workspace: Opened, caller: Asking, round_id: str, session_id: str, body: FillInRequest) -> FillInAdded:
    """Train on annotated areas and add what is found elsewhere as predictions, as a job."""
    caller.check_name(body.annotator)
    wish = fill_in.FillIn(
        round_id=round_id,
        session_id=session_id,
        areas=tuple((area.start_s, area.end_s) for area in body.areas),
        boxes=tuple(Box(**region.model_dump()) for region in body.regions),
        whole_recording=body.whole_recording,
    )
    return FillInAdded(job_id=fill_in.add_fill_in(workspace, wish, who=body.annotator))


@router.post("/{job_id}/cancel")
def cancel_fill_in(workspace: Opened, round_id: str, session_id: str, job_id: str) -> JobOut:
    """Give up filling in; nothing is added then."""
    fill_in.check_job(workspace, round_id=round_id, session_id=session_id, job_id=job_id)
    return JobOut.model_validate(queue.cancel_job(workspace, job_id=job_id))
