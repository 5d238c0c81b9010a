"""Jobs: work that takes longer than a page. Put in here, done by a worker process, seen on the Jobs page.

A job survives everything: it is in a database before anybody is told that it was put in, its worker writes down every
step that is finished, and a worker that is started again goes on after the last one (`worker`).
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from podcast_core.domain.job import Job, JobState, stamp
from podcast_core.domain.times import utc_now
from podcast_core.errors import Busy, Conflict, InvalidInput
from podcast_core.services.access import get_asking
from podcast_core.services.jobs.kinds import get_kinds
from podcast_core.services.people import naming
from podcast_core.storage import collections, rounds
from podcast_core.workspace import Workspace

LOST_S = 30.0  # without a sign of life of a worker that gives one every 5 s
LONG_WAIT_S = 20.0  # chosen: by then a page says that a job waits long


def add_job(
    workspace: Workspace, *, kind: str, params: Mapping[str, Any], who: str = "", title: str = "", job_id: str = ""
) -> str:
    """Put a job into the queue; a worker takes it within a second when it has nothing else to do.

    Parameters
    ----------
    kind
        One of `podcast_core.services.jobs.kinds.get_kinds`.
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
        When there is no such kind, its parameters cannot be used, or are not JSON.
    Busy
        When more jobs wait than may.
    Forbidden
        When who asks may not have such work done.
    StorageUnavailable
        When the queue cannot be reached.
    """
    kinds = get_kinds()
    if kind not in kinds:
        raise InvalidInput(f"There is no kind of job {kind!r}; expected one of {', '.join(sorted(kinds))}.")
    get_asking().need(kinds[kind].scope)
    params = kinds[kind].check(params)
    _check_params(params)
    check_room(workspace)
    job_id = job_id or str(uuid.uuid4())
    workspace.jobs.add(
        job_id,
        kind=kind,
        params=params,
        title=(title or kinds[kind].describe(_with_names(workspace, params)))[:200],
        who=who or workspace.settings.annotator,
    )
    return job_id


def check_room(workspace: Workspace) -> None:
    """Refuse a job more than may wait: before anything is kept that only makes sense with its job; Busy."""
    most = workspace.settings.most_jobs
    if len(workspace.jobs.list(limit=most, open_only=True)) >= most:
        raise Busy(
            f"{most} jobs are already waiting or running, which is the limit (PODCAST_MOST_JOBS). Try again when "
            f"some are done."
        )


def _with_names(workspace: Workspace, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say the names of rounds and of the collection where their ids are given, for people."""
    named = dict(params)
    with workspace.database.reading() as connection:
        for key in ("round_id", "round_name", "target_name"):
            if key in params and (round_ := rounds.find_round(connection, params[key])):
                named[key] = round_.name
        if "collection_id" in params and (found := collections.find_collection(connection, params["collection_id"])):
            named["collection_id"] = found.name
    return named


def sum_up(job: Job) -> str:
    """Say in one sentence what a job that is done has done."""
    kind = get_kinds().get(job.kind)
    return kind.summary(dict(job.result)) if kind and job.result else ""


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
    return naming.call_now(workspace, workspace.jobs.list(limit=limit))


def list_open_jobs(workspace: Workspace) -> list[Job]:
    """List the jobs that wait or run."""
    return naming.call_now(workspace, workspace.jobs.list(open_only=True))


def _check_role(job: Job) -> None:
    """Refuse (Forbidden) who may not add such a job either; one of a kind that is gone is for administrators."""
    kind = get_kinds().get(job.kind)
    get_asking().need(kind.scope if kind else "admin")


def get_job(workspace: Workspace, *, job_id: str) -> Job:
    """Get a job; NotFound when there is none."""
    return naming.call_now(workspace, [workspace.jobs.get(job_id)])[0]


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
    _check_role(job)
    if not job.state.is_open:
        raise Conflict(f"Job {job.title!r} cannot be cancelled: it is {job.state.value}.")
    workspace.jobs.cancel(job_id)
    # The worker writes that it has stopped; until then what it has in hand, such as a long file, may take a while.
    told = "cancelled before it began" if job.state is JobState.QUEUED else "told to stop; what is in hand ends first"
    workspace.jobs.tell(job_id, log=[*job.log, stamp(told)])
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
    _check_role(job)
    who = who or workspace.settings.annotator
    if job.state.is_open:
        raise Conflict(f"Job {job.title!r} is {job.state.value}; only a job that has ended can be run again.")
    if job.state is JobState.DONE:
        params = workspace.jobs.get_params(job_id)
        return add_job(workspace, kind=job.kind, params=params, who=who, title=job.title)
    return workspace.jobs.repeat(job_id, who=who)
