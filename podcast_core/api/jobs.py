"""Jobs: put in, looked at, cancelled, run again."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.paging import IfNoneMatch, Page, Part, Shown, answer
from podcast_core.api.releases import ReleaseParams
from podcast_core.api.wire import Finite, Wire
from podcast_core.domain.job import Job, JobState
from podcast_core.services.hls import hls_job
from podcast_core.services.intake import ingest_job
from podcast_core.services.intake.folders import check_paths
from podcast_core.services.intake.indexing import Manner
from podcast_core.services.jobs import queue
from podcast_core.services.pictures import stored_spectrograms_job
from podcast_core.services.runs import selection
from podcast_core.workspace import Workspace

router = APIRouter(tags=["jobs"], prefix="/api/v1/jobs")


class IngestIn(Wire):
    """Add recordings to a round: files and folders of the server, and addresses."""

    kind: Literal["ingest"]
    paths: list[str]
    round_name: str
    session_length_s: Finite = 60.0
    labels: list[str] = []
    site: str = ""
    zone: str | None = None
    time_pattern: str = ""
    time_offset_s: Finite = 0.0
    take_cut: bool = False


class HlsIn(Wire):
    """Add a span of an HLS archive to a round."""

    kind: Literal["ingest_hls"]
    url: str
    from_text: Annotated[str, Field(alias="from")]
    to_text: Annotated[str, Field(alias="to")]
    round_name: str
    zone: str | None = None
    session_length_s: Finite = 60.0
    labels: list[str] = []
    site: str = ""


class MigrateIn(Wire):
    """Bring the rounds of an original Pod.Cast deployment."""

    kind: Literal["migrate"]
    root: str
    round_ids: list[str] = []
    label: str = "call"


class DemoIn(Wire):
    """Add the synthetic demo round with its predictions, or what is missing of it."""

    kind: Literal["demo"]


class SelectIn(Wire):
    """Add candidates and samples of a round to another one; shares are from 0 to 1.

    ``labels`` says what labels of predictions become that it lacks (empty: left out), ``add_labels`` adds the others.
    """

    kind: Literal["select"]
    round_id: str
    target_name: str
    model: str = ""
    run_id: str = ""
    high: Finite | None = None
    low: Finite | None = None
    quiet_is_negative: bool | None = None
    from_text: Annotated[str | None, Field(alias="from")] = None
    to_text: Annotated[str | None, Field(alias="to")] = None
    negatives: Finite | None = None
    unreviewed: Finite | None = None
    seed: int | None = None
    labels: dict[str, str] | None = None
    add_labels: bool | None = None


class ReleaseIn(Wire):
    """Make a release."""

    kind: Literal["release"]
    params: ReleaseParams


class SpectrogramsIn(Wire):
    """Compute spectrograms of recordings ahead of time."""

    kind: Literal["spectrograms"]
    recording_ids: Annotated[list[str], Field(min_length=1)]
    band_khz: Literal[200, 120] = 200
    anew: bool = False


JobIn = Annotated[
    IngestIn | HlsIn | MigrateIn | DemoIn | SelectIn | ReleaseIn | SpectrogramsIn, Field(discriminator="kind")
]


class JobOut(Shown):
    """A job. ``done`` of ``total`` steps are done, ``next`` is what it works at."""

    id: str
    kind: str
    title: str
    state: JobState
    who: str
    params: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: int
    total: int
    next: str
    log: list[str]
    result: dict[str, Any]
    error: str
    attempts: int
    retry_of: str


class JobAdded(BaseModel):
    """The id of a job that was put in."""

    job_id: str


@router.get("", response_model=Page[JobOut])
def list_jobs(
    workspace: Opened,
    part: Part,
    state: Annotated[JobState | None, Query(description="in this state only")] = None,
    kind: Annotated[str, Query(description="of this kind only")] = "",
) -> Response:
    """List the newest jobs, the newest first."""
    found = [each for each in queue.list_jobs(workspace) if state in (None, each.state) and kind in ("", each.kind)]
    return part.answer(found, JobOut)


@router.post("", status_code=202)
def add_job(workspace: Opened, caller: Asking, body: JobIn) -> JobAdded:
    """Put a job into the queue."""
    named = {"ingest": "paths", "ingest_hls": "url", "migrate": "root"}.get(body.kind, "")
    paths = getattr(body, named, [])
    check_paths(workspace, caller, [paths] if isinstance(paths, str) else paths)
    return JobAdded(job_id=_add(workspace, body))


@router.get("/{job_id}", response_model=JobOut)
def get_job(workspace: Opened, job_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a job with its progress."""
    return answer(JobOut.model_validate(queue.get_job(workspace, job_id=job_id)), if_none_match)


@router.post("/{job_id}/cancel")
def cancel_job(workspace: Opened, job_id: str) -> JobOut:
    """Cancel a job that waits or runs; what it did stays."""
    cancelled: Job = queue.cancel_job(workspace, job_id=job_id)
    return JobOut.model_validate(cancelled)


@router.post("/{job_id}/retry", status_code=202)
def retry_job(workspace: Opened, job_id: str) -> JobAdded:
    """Run a job again as a new one, from where it stopped."""
    return JobAdded(job_id=queue.retry_job(workspace, job_id=job_id))


def _add(workspace: Workspace, body: JobIn) -> str:
    if isinstance(body, SpectrogramsIn):
        job_id, _ = stored_spectrograms_job.add_job(workspace, **body.model_dump(exclude={"kind"}))
        return job_id
    if isinstance(body, IngestIn):
        fields = body.model_dump(exclude={"kind"})
        manner = Manner(**{name: fields.pop(name) for name in Manner.names()})
        return ingest_job.add_ingest(workspace, **fields, manner=manner)
    if isinstance(body, HlsIn):
        return hls_job.add_hls_ingest(workspace, **body.model_dump(exclude={"kind"}))
    if isinstance(body, MigrateIn):
        return queue.add_job(workspace, kind=body.kind, params=body.model_dump(exclude={"kind"}))
    if isinstance(body, ReleaseIn):
        return queue.add_job(workspace, kind=body.kind, params=body.params.to_request().to_params())
    if isinstance(body, DemoIn):
        return queue.add_job(workspace, kind=body.kind, params={})
    params = body.model_dump(exclude={"kind"}, exclude_none=True, by_alias=True)
    selection.read_choice(params)  # what cannot be done is refused at once
    return queue.add_job(workspace, kind=body.kind, params=params)
