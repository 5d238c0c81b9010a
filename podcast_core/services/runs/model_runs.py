"""Model runs: one version of a model, applied to rounds or recordings. Started, continued, listed here.

What a run looks at is fixed when it is started (`model_runs_records`); the work is a durable job
(`model_runs_work`); what was found is read by `model_runs_found` and becomes predictions by `model_runs_apply`.
"""

import json
import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any

from sqlalchemy import Connection

from podcast_core.audio.split import split_frames
from podcast_core.domain.job import Job, JobState
from podcast_core.domain.limits import MIN_KEPT_SCORE
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.piece import Piece
from podcast_core.domain.recording import Recording
from podcast_core.domain.run import ModelRun, RunPlan, RunTotals
from podcast_core.domain.session import Session
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound, count_of
from podcast_core.ml.device import check_device
from podcast_core.ml.energy.detector import to_score
from podcast_core.ml.registry import loading, versions
from podcast_core.services.access import needs
from podcast_core.services.jobs import queue
from podcast_core.services.models.model_archive import check_not_archived, leave_out_archived
from podcast_core.services.store import run_records
from podcast_core.storage import recordings, rounds, run_sums, runs, sessions, tallies
from podcast_core.workspace import Workspace

KIND = "run"
MAX_JOBS = 500  # that are looked through for those of runs
THRESHOLD = 0.5  # where a model does not say its own
PIECE_S = 60.0  # as long as a usual session
NEAR_S = 1e-3  # sessions that miss less than that cover a recording whole
WITHOUT_DEVICE = ("energy",)  # kinds that know nothing of graphics cards


NO_AUDIO = "There is no audio in what was chosen: add recordings first."


class RunState(StrEnum):
    """Where a run stands. Stopped: not complete, and no job works on it."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"

    @property
    def is_open(self) -> bool:
        """Whether a job waits for it or works on it."""
        return self in (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class RunStatus:
    """A run, how far it is, and the newest job that worked on it (None: forgotten, or there was none)."""

    run: ModelRun
    totals: RunTotals
    state: RunState
    job: Job | None

    @property
    def left_s(self) -> float | None:
        """How many seconds of work are left at the speed so far; None when that is not known."""
        speed = self.totals.speed
        return (self.totals.audio_s - self.totals.done_s) / speed if speed and self.state is RunState.RUNNING else None

    @property
    def error(self) -> str:
        """Why it failed, for people; empty when it has not."""
        return self.job.error if self.job is not None and self.state is RunState.FAILED else ""


def list_models(workspace: Workspace) -> list[ModelVersion]:
    """List all versions that can find calls here: the built-in ones first, then by name, the newest version first."""
    kinds = loading.list_kinds()
    found = leave_out_archived(workspace, versions.list_models(workspace.files))
    return [each for each in found if each.kind in kinds]


def suggest_threshold(version: ModelVersion) -> float:
    """Say from which score on a version means what it says: its own threshold as a score, 0 to 1."""
    if version.kind == "energy":
        return round(to_score(float(version.parameters["threshold_db"])), 2)
    own = version.parameters.get("threshold", THRESHOLD)
    values = list(own.values()) if isinstance(own, Mapping) else [own]
    numbers = [float(each) for each in values if isinstance(each, int | float) and 0 <= each <= 1]
    return round(min(numbers, default=THRESHOLD), 2)


def plan_run(
    workspace: Workspace,
    *,
    model: str,
    version: int | None = None,
    round_ids: Sequence[str] = (),
    recording_ids: Sequence[str] = (),
    threshold: float | None = None,
    floor: float = MIN_KEPT_SCORE,
    who: str = "",
) -> RunPlan:
    """Work out what a run would look at, without starting it.

    Parameters
    ----------
    model, version
        Of the registry; None: the version in use.
    round_ids, recording_ids
        All sessions of rounds, or the whole of recordings: one or the other. Recordings are looked at in the sessions
        of a round that covers them, or else minute by minute. Audio that is in several rounds is looked at once.
    threshold
        The least score that is shown at first; None: the model's own.
    floor
        The lowest score to keep; moving the threshold below it is not possible afterwards.

    Raises
    ------
    NotFound
        When there is no such model, round or recording.
    InvalidInput
        When nothing is chosen, or there is no audio in it; when a number cannot be.
    """
    if bool(round_ids) == bool(recording_ids):
        raise InvalidInput("Expected rounds or recordings for a model to look at: one of the two.")
    chosen = versions.get_version(workspace.files, model, version)
    check_not_archived(workspace, chosen)
    with workspace.database.reading() as connection:
        if round_ids:
            pieces = _list_of_rounds(connection, round_ids)
        else:
            pieces = [piece for each in dict.fromkeys(recording_ids) for piece in _list_of_recording(connection, each)]
        known = {each.id: each.sha256 for each in recordings.list_recordings(connection, _name_audio(pieces))}
    if not pieces:
        raise InvalidInput(NO_AUDIO)
    now = utc_now()
    run = ModelRun(
        id=f"{chosen.name}-{chosen.version}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        model=chosen.name,
        version=chosen.version,
        kind=chosen.kind,
        weights_sha256=chosen.weights_sha256,
        parameters=to_json(chosen.parameters),
        labels=chosen.labels,
        floor=floor,
        threshold=max(floor, suggest_threshold(chosen)) if threshold is None else threshold,
        round_ids=tuple(dict.fromkeys(round_ids)),
        recordings=known,
        who=who or workspace.settings.annotator,
        created_at=now,
    )
    return RunPlan(run, tuple(pieces))


@dataclass(frozen=True, slots=True)
class Ahead:
    """How much a run would look at; not ``is_exact``: at most, since rounds may have audio in common."""

    sessions: int
    recordings: int
    seconds: float
    is_exact: bool = True


def measure_ahead(
    workspace: Workspace, *, model: str, version: int, round_ids: Sequence[str] = (), recording_ids: Sequence[str] = ()
) -> Ahead:
    """Say how much `plan_run` would plan, without a look at each session of a round.

    Raises
    ------
    InvalidInput
        When the rounds have no audio; and as `plan_run`.
    """
    if not round_ids:
        plan = plan_run(workspace, model=model, version=version, recording_ids=recording_ids)
        seconds = sum(each.duration_s for each in plan.pieces)
        return Ahead(len(plan.pieces), len(plan.run.recordings), seconds)
    check_not_archived(workspace, versions.get_version(workspace.files, model, version))
    with workspace.database.reading() as connection:
        sums = [each for round_id in round_ids for each in tallies.measure_standings(connection, round_id).values()]
        audio = {each for round_id in round_ids for each in sessions.list_recording_ids(connection, round_id)}
    if not audio:
        raise InvalidInput(NO_AUDIO)
    return Ahead(sum(n for n, _ in sums), len(audio), sum(seconds for _, seconds in sums), len(round_ids) == 1)


@needs("admin")
def start_run(workspace: Workspace, plan: RunPlan, *, device: str = "") -> str:
    """Keep a run, and put it into the queue; returns its id. See `plan_run`.

    ``device`` says where it shall run, as ``PODCAST_DEVICE`` does; empty: as that of the worker says. InvalidInput when
    it cannot be one; a worker that does not have it fails before it begins.
    """
    check_device(device)
    add_run(workspace, plan)
    _add_job(workspace, plan.run, 1, plan.run.who, device)
    return plan.run.id


def add_run(workspace: Workspace, plan: RunPlan) -> None:
    """Keep a run without putting it into the queue."""
    stored = run_records.save_plan(workspace.files, plan)
    with workspace.database.writing() as connection:
        runs.add_run(connection, stored)


@needs("admin")
def continue_run(workspace: Workspace, *, run_id: str, who: str = "", device: str | None = None) -> str:
    """Let a run that failed, was cancelled or was cut off go on where it stopped; returns the id of the new job.

    ``device`` as in `start_run`; None: the one that was asked for before.

    Raises
    ------
    NotFound
        When there is no such run.
    Conflict
        When it is ready, or a job works on it already.
    """
    check_device(device or "")
    status = get_status(workspace, run_id=run_id)
    if status.state is RunState.READY or status.state.is_open:
        raise Conflict(f"Run {run_id} cannot go on: it is {status.state}.")
    number = next(number for number in count(1) if not _has_job(workspace, f"{run_id}.{number}"))
    if device is None and status.job is not None:  # a list of jobs leaves out what they are asked
        device = str(queue.get_job(workspace, job_id=status.job.id).params.get("device", ""))
    return _add_job(workspace, status.run, number, who, device or "")


def name_first_job(run_id: str) -> str:
    """Name the job that `start_run` puts in."""
    return f"{run_id}.1"


def _has_job(workspace: Workspace, job_id: str) -> bool:
    try:
        queue.get_job(workspace, job_id=job_id)
    except NotFound:
        return False
    return True


def list_status(workspace: Workspace) -> list[RunStatus]:
    """List all runs with how far they are, the newest first."""
    known = _list_jobs(workspace)
    with workspace.database.reading() as connection:
        found = runs.list_runs(connection)
        totals = run_sums.count_runs(connection, [run.id for run in found])
    return [_judge(run, totals[run.id], known) for run in found]


def get_status(workspace: Workspace, *, run_id: str) -> RunStatus:
    """Get a run with how far it is; NotFound when there is none."""
    with workspace.database.reading() as connection:
        run = runs.get_run(connection, run_id)
        totals = run_sums.count_runs(connection, [run_id])
    return _judge(run, totals[run_id], _list_jobs(workspace))


def name_places(run: ModelRun, names: Mapping[str, str]) -> str:
    """Say in a few words what a run looks at: rounds, by names for their ids, or how many recordings."""
    if run.round_ids:
        return ", ".join(names.get(each, each) for each in run.round_ids)
    return count_of(len(run.recordings), "recording")


def _judge(run: ModelRun, totals: RunTotals, known: Sequence[Job]) -> RunStatus:
    job = _find_job(run.id, known)
    if run.is_ready:
        return RunStatus(run, totals, RunState.READY, job)
    if job is None or job.state is JobState.DONE:
        return RunStatus(run, totals, RunState.STOPPED, job)
    return RunStatus(run, totals, RunState(job.state.value), job)


def _list_jobs(workspace: Workspace) -> list[Job]:
    """List the jobs of all runs, the oldest first."""
    return [job for job in reversed(queue.list_jobs(workspace, limit=MAX_JOBS)) if job.kind == KIND]


def _find_job(run_id: str, known: Iterable[Job]) -> Job | None:
    """Find the newest job of a run: those that we put in, and those that repeat one of them."""
    ids, found = set(), None
    for job in known:
        if job.id.startswith(f"{run_id}.") or job.retry_of in ids:
            ids.add(job.id)
            found = job
    return found


def _add_job(workspace: Workspace, run: ModelRun, number: int, who: str, device: str) -> str:
    with workspace.database.reading() as connection:
        names = {each.id: each.name for each in rounds.list_rounds(connection, with_opened=True)}
    title = f"Run {run.model_id} on {name_places(run, names)}"
    params = {"run_id": run.id, **({"device": device} if device else {})}
    return queue.add_job(workspace, kind=KIND, params=params, who=who, title=title, job_id=f"{run.id}.{number}")


def _list_of_rounds(connection: Connection, round_ids: Sequence[str]) -> list[Piece]:
    found: dict[Piece, None] = {}
    for round_id in round_ids:
        rounds.get_round(connection, round_id)
        found.update({to_piece(each): None for each in sessions.list_sessions(connection, round_id)})
    return list(found)


def _list_of_recording(connection: Connection, recording_id: str) -> list[Piece]:
    """Cut a recording as a round has cut it, where one has cut all of it."""
    recording = recordings.get_recording(connection, recording_id)
    by_place: dict[tuple[int, str], list[Session]] = {}
    for each in sessions.list_sessions_of(connection, recording_id):
        by_place.setdefault((each.channel, each.round_id), []).append(each)
    pieces: list[Piece] = []
    for channel in range(recording.channel_count):
        cuts = [made for (of_channel, _), made in by_place.items() if of_channel == channel]
        whole = next((made for made in cuts if _covers(made, recording)), None)
        pieces += map(to_piece, whole) if whole else _cut(recording, channel)
    return pieces


def _covers(made: Sequence[Session], recording: Recording) -> bool:
    return abs(sum(each.duration_s for each in made) - recording.duration_s) < NEAR_S


def _cut(recording: Recording, channel: int) -> list[Piece]:
    rate = recording.sample_rate_hz
    frames = split_frames(recording.frame_count, rate, PIECE_S)
    return [
        Piece(recording_id=recording.id, channel=channel, start_s=first / rate, end_s=last / rate)
        for first, last in frames
    ]


def to_piece(session: Session) -> Piece:
    """Name the audio of a session."""
    return Piece(
        recording_id=session.recording_id, channel=session.channel, start_s=session.start_s, end_s=session.end_s
    )


def to_json(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Bring parameters to what is left of them in JSON."""
    found: dict[str, Any] = json.loads(json.dumps(dict(parameters)))
    return found


def _name_audio(pieces: Iterable[Piece]) -> set[str]:
    return {each.recording_id for each in pieces}


def show_length(seconds: float) -> str:
    """Write a length of time in words."""
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
