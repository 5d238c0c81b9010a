"""Jobs: put in, looked at, cancelled, run again."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.paging import Part, answer, by
from podcast_core.domain.job import Job, JobState
from podcast_core.services.intake import ingest_job
from podcast_core.services.intake.folders import check_paths
from podcast_core.services.intake.indexing import Manner
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.kinds import get_kinds
from podcast_core.services.pictures import stored_spectrograms_job
from podcast_core.services.runs import selection
from podcast_core.services.sets import release_request
from podcast_core.wire import jobs as wire
from podcast_core.wire.base import Page
from podcast_core.workspace import Workspace

router = APIRouter(tags=["jobs"], prefix="/api/v1/jobs")


@router.get("", response_model=Page[wire.Job])
def list_jobs(
    workspace: Opened,
    part: Part,
    state: Annotated[JobState | None, Query(description="in this state only")] = None,
    kind: Annotated[str, Query(description="of this kind only")] = "",
) -> Response:
    """List the newest jobs, the newest first."""
    found = [each for each in queue.list_jobs(workspace) if state in (None, each.state) and kind in ("", each.kind)]
    return part.answer(found, wire.Job, key=by("id"))


@router.post("", status_code=202)
def add_job(workspace: Opened, caller: Asking, body: wire.JobIn) -> wire.JobAdded:
    """Put a job into the queue."""
    kind = get_kinds().get(body.kind)
    paths = getattr(body, kind.place, []) if kind else []
    check_paths(workspace, caller, [paths] if isinstance(paths, str) else paths)
    return wire.JobAdded(job_id=_add(workspace, body))


@router.get("/{job_id}", response_model=wire.Job)
def get_job(workspace: Opened, job_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a job with its progress."""
    return answer(wire.Job.model_validate(queue.get_job(workspace, job_id=job_id)), if_none_match)


@router.post("/{job_id}/cancel")
def cancel_job(workspace: Opened, job_id: str) -> wire.Job:
    """Cancel a job that waits or runs; what it did stays."""
    cancelled: Job = queue.cancel_job(workspace, job_id=job_id)
    return wire.Job.model_validate(cancelled)


@router.post("/{job_id}/retry", status_code=202)
def retry_job(workspace: Opened, job_id: str) -> wire.JobAdded:
    """Run a job again as a new one, from where it stopped."""
    return wire.JobAdded(job_id=queue.retry_job(workspace, job_id=job_id))


def _add(workspace: Workspace, body: wire.JobIn) -> str:
    if isinstance(body, wire.SpectrogramsIn):
        job_id, _ = stored_spectrograms_job.add_job(workspace, **body.model_dump(exclude={"kind"}))
        return job_id
    if isinstance(body, wire.IngestIn):
        fields = body.model_dump(exclude={"kind"})
        manner = Manner(**{name: fields.pop(name) for name in Manner.names()})
        return ingest_job.add_ingest(workspace, **fields, manner=manner)
    if isinstance(body, wire.HlsIn | wire.MigrateIn):
        return queue.add_job(workspace, kind=body.kind, params=body.model_dump(exclude={"kind"}, by_alias=True))
    if isinstance(body, wire.ReleaseIn):
        return queue.add_job(
            workspace, kind=body.kind, params=release_request.read_request(body.params.model_dump()).to_params()
        )
    if isinstance(body, wire.DemoIn):
        return queue.add_job(workspace, kind=body.kind, params={})
    params = body.model_dump(exclude={"kind"}, exclude_none=True, by_alias=True)
    selection.read_choice(params)  # what cannot be done is refused at once
    return queue.add_job(workspace, kind=body.kind, params=params)
