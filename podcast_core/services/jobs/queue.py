"""Jobs: work that takes longer than a page. Put in here, done by a worker process, seen on the Jobs page.

A job survives everything: it is in a database before anybody is told that it was put in, its worker writes down every
step that is finished, and a worker that is started again goes on after the last one (`worker`).
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from podcast_core.audio.split import split_frames
from podcast_core.audio.zones import parse_moment
from podcast_core.domain.checks import check_text
from podcast_core.domain.job import Job, JobState
from podcast_core.domain.times import utc_now
from podcast_core.errors import Busy, Conflict, InvalidInput
from podcast_core.services.intake.folders import resolve_path
from podcast_core.services.intake.indexing import AS_ALWAYS, Manner
from podcast_core.storage import rounds
from podcast_core.worker.runners import JOBS
from podcast_core.workspace import Workspace

LOST_S = 30.0  # without a sign of life of a worker that gives one every 5 s
LONG_WAIT_S = 20.0


def add_job(
    workspace: Workspace, *, kind: str, params: Mapping[str, Any], who: str = "", title: str = "", job_id: str = ""
) -> str:
    """Put a job into the queue; a worker takes it within a second when it has nothing else to do.

    Parameters
    ----------
    kind
        One of `JOBS`.
    params
        What it needs to know, as JSON values.
    who
        Who wants it; the settings' annotator when empty.
    title
        What the Jobs page calls it; made from kind and parameters when empty.
    job_id
        Chosen by the caller, to make a repeated call harmless; random when empty.

    Returns
    -------
    str
        The job's id.

    Raises
    ------
    InvalidInput
        When there is no such kind, or the parameters are not JSON.
    Busy
        When more jobs wait than may.
    StorageUnavailable
        When the queue cannot be reached.
    """
    if kind not in JOBS:
        raise InvalidInput(f"There is no kind of job {kind!r}; expected one of {', '.join(sorted(JOBS))}.")
    _check_params(params)
    check_room(workspace)
    job_id = job_id or str(uuid.uuid4())
    workspace.jobs.add(
        job_id,
        kind=kind,
        params=params,
        title=(title or JOBS[kind].describe(_with_name(workspace, params)))[:200],
        who=who or workspace.settings.annotator,
    )
    return job_id


def check_room(workspace: Workspace) -> None:
    """Refuse a job more than may wait: before anything is kept that only makes sense with its job; Busy."""
    most = workspace.settings.most_jobs
    if len(workspace.jobs.list(limit=most, open_only=True)) >= most:
        raise Busy(
            f"{most} jobs wait or run already, which is the most (PODCAST_MOST_JOBS). Try again when some are done."
        )


def _with_name(workspace: Workspace, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say the round's name where its id is given, for people."""
    if "round_name" not in params:
        return params
    with workspace.database.reading() as connection:
        known = rounds.find_round(connection, params["round_name"])
    return {**params, "round_name": known.name} if known else params


def add_ingest(
    workspace: Workspace,
    *,
    paths: Sequence[str],
    round_name: str,
    session_length_s: float = 60.0,
    labels: Sequence[str] = (),
    site: str = "",
    manner: Manner = AS_ALWAYS,
    who: str = "",
    job_id: str = "",
) -> str:
    """Put in an ingest, see `podcast_core.services.intake.ingest.ingest`; local paths count from this process's folder.

    Raises
    ------
    InvalidInput
        When there is no path, no round name, or the session length cannot be used.
    """
    if not paths:
        raise InvalidInput("Expected at least one file, folder or address of recordings, found none.")
    check_ingest(round_name=round_name, session_length_s=session_length_s)
    params = {
        "paths": [resolve_path(path) for path in paths],
        "round_name": round_name,
        "session_length_s": session_length_s,
        "labels": list(labels),
        "site": site,
        **manner.to_params(),
    }
    return add_job(workspace, kind="ingest", params=params, who=who, job_id=job_id)


def check_ingest(*, round_name: str, session_length_s: float) -> None:
    """Refuse what no ingest can use, see `add_ingest`."""
    check_text(round_name, "A round's name", 120)
    split_frames(1_000_000, 1000, session_length_s)


def add_hls_ingest(
    workspace: Workspace,
    *,
    url: str,
    from_text: str,
    to_text: str,
    round_name: str,
    zone: str | None = None,
    session_length_s: float = 60.0,
    labels: Sequence[str] = (),
    site: str = "",
    who: str = "",
) -> str:
    """Put in an ingest of a span of an HLS archive, see `podcast_core.services.hls.ingest.ingest_hls`.

    Parameters
    ----------
    from_text, to_text
        The span as people write it, see `podcast_core.audio.zones.parse_moment`; ``zone`` is for those without one.

    Raises
    ------
    InvalidInput
        When address, span, round name or session length cannot be used.
    """
    check_text(url, "The archive's address", 1000)
    check_text(round_name, "A round's name", 120)
    split_frames(1_000_000, 1000, session_length_s)
    from_at, to_at = (parse_moment(text, zone=zone) for text in (from_text, to_text))
    if from_at >= to_at:
        raise InvalidInput(f"The span must begin before it ends, found {from_text} to {to_text}.")
    params = {
        "url": resolve_path(url),
        "from": f"{from_at:%Y-%m-%dT%H:%M:%SZ}",
        "to": f"{to_at:%Y-%m-%dT%H:%M:%SZ}",
        "round_name": round_name,
        "session_length_s": session_length_s,
        "labels": list(labels),
        "site": site,
    }
    return add_job(workspace, kind="ingest_hls", params=params, who=who)


def add_migration(
    workspace: Workspace, *, root: str, round_ids: Sequence[str] = (), label: str = "call", who: str = ""
) -> str:
    """Put in the migration of an original Pod.Cast deployment, see `migration.migrate_in`."""
    check_text(root, "The deployment's folder or address", 1000)
    check_text(label, "A label's name", 80)
    place = resolve_path(root)
    return add_job(
        workspace, kind="migrate", params={"root": place, "round_ids": list(round_ids), "label": label}, who=who
    )


def sum_up(job: Job) -> str:
    """Say in one sentence what a job that is done has done."""
    return JOBS[job.kind].summary(dict(job.result)) if job.kind in JOBS and job.result else ""


def seems_lost(job: Job) -> bool:
    """Tell whether a job's worker has given no sign of life for a while, by this machine's clock."""
    if job.state is not JobState.RUNNING or job.beat_at is None:
        return False
    return (utc_now() - job.beat_at).total_seconds() > LOST_S


def waits_long(job: Job) -> bool:
    """Tell whether nobody has taken a job for so long that perhaps no worker runs."""
    return job.state is JobState.QUEUED and (utc_now() - job.created_at).total_seconds() > LONG_WAIT_S


def _check_params(params: Mapping[str, Any]) -> None:
    try:
        same = json.loads(json.dumps(params, allow_nan=False)) == params
    except (TypeError, ValueError):
        same = False
    if not same:
        raise InvalidInput(f"A job's parameters must be JSON values (texts, numbers, lists), found {params!r}.")


def list_jobs(workspace: Workspace, *, limit: int = 200) -> list[Job]:
    """List jobs, the newest first, without their parameters."""
    return workspace.jobs.list(limit=limit)


def list_open_jobs(workspace: Workspace) -> list[Job]:
    """List the jobs that wait or run."""
    return workspace.jobs.list(open_only=True)


def get_job(workspace: Workspace, *, job_id: str) -> Job:
    """Get a job; NotFound when there is none."""
    return workspace.jobs.get(job_id)


def cancel_job(workspace: Workspace, *, job_id: str) -> Job:
    """Cancel a job that waits or runs; it stops the next time it tells its progress. What it did stays.

    Raises
    ------
    NotFound
        When there is no such job.
    Conflict
        When it has ended already.
    """
    job = get_job(workspace, job_id=job_id)
    if not job.state.is_open:
        raise Conflict(f"Job {job.title!r} cannot be cancelled: it is {job.state.value}.")
    workspace.jobs.cancel(job_id)
    return get_job(workspace, job_id=job_id)


def retry_job(workspace: Workspace, *, job_id: str, who: str = "") -> str:
    """Run a job again as a new one.

    One that failed or was cancelled goes on after the last step that it finished. One that is done is done again
    from the start: what is there already stays as it is, and what could not be read may be readable now.

    Returns
    -------
    str
        The new job's id.

    Raises
    ------
    NotFound
        When there is no such job.
    Conflict
        When it waits or runs.
    """
    job = get_job(workspace, job_id=job_id)
    who = who or workspace.settings.annotator
    if job.state.is_open:
        raise Conflict(f"Job {job.title!r} is {job.state.value}; only one that has ended can be run again.")
    if job.state is JobState.DONE:
        params = workspace.jobs.get_params(job_id)
        return add_job(workspace, kind=job.kind, params=params, who=who, title=job.title)
    return workspace.jobs.repeat(job_id, who=who)
