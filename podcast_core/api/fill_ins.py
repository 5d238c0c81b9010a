"""Filling in the rest of a session: asked for, watched and given up by who labels."""

from fastapi import APIRouter

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.box import Stretch
from podcast_core.services.jobs import queue
from podcast_core.services.learning import fill_in
from podcast_core.wire import fill_ins as wire
from podcast_core.wire.jobs import Job, JobAdded

router = APIRouter(tags=["fill-ins"], prefix="/api/v1/rounds/{round_id}/sessions/{session_id}/fill-ins")


@router.post("", status_code=202)
def add_fill_in(
    workspace: Opened, caller: Asking, round_id: str, session_id: str, body: wire.FillInRequest
) -> JobAdded:
    """Train on annotated areas and add what is found elsewhere as predictions, as a job."""
    caller.check_name(body.annotator)
    request = fill_in.FillIn(
        round_id=round_id,
        session_id=session_id,
        areas=tuple(Stretch(area.start_s, area.end_s) for area in body.areas),
        boxes=tuple(AnswerBox(**region.model_dump()) for region in body.regions),
        whole_recording=body.whole_recording,
    )
    return JobAdded(job_id=fill_in.add_fill_in(workspace, request, who=body.annotator))


@router.post("/{job_id}/cancel")
def cancel_fill_in(workspace: Opened, round_id: str, session_id: str, job_id: str) -> Job:
    """Give up filling in; nothing is added then."""
    fill_in.check_job(workspace, round_id=round_id, session_id=session_id, job_id=job_id)
    return Job.model_validate(queue.cancel_job(workspace, job_id=job_id))
