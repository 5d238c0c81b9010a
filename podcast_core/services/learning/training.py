"""Trainings: put into the queue of jobs with exactly the data that they will see, and looked at while they run."""

import json
import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podcast_core.domain.job import Job, JobState
from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.ml.registry import versions
from podcast_core.services.access import needs
from podcast_core.services.jobs import queue
from podcast_core.services.learning.pieces import read_release
from podcast_core.services.learning.training_data import TrainingPlan, plan_training
from podcast_core.services.learning.training_request import TrainingRequest
from podcast_core.services.models import catalogue
from podcast_core.services.models.lineage import find_version
from podcast_core.storage import tallies
from podcast_core.workspace import Workspace

KIND = "train"
_STATUS = {JobState.QUEUED: "queuing", JobState.RUNNING: "training", JobState.DONE: "ready"}


@dataclass(frozen=True, slots=True)
class Training:
    """A training as people see it: its job, and what it shows while it runs.

    ``status`` is queuing, training, ready, failed or cancelled; ``eta`` the time left (``H:MM:SS``). ``curve`` has one
    entry per epoch, see `podcast_core.services.learning.training_run`. ``model`` is ``NAME/VERSION`` when it is ready.
    """

    job: Job
    name: str
    status: str
    eta: str
    curve: Sequence[Mapping[str, Any]]
    model: str = ""


@needs("admin")
def add_training(workspace: Workspace, *, request: TrainingRequest, who: str = "") -> str:
    """Put a training into the queue. What it learns from is written down now: later answers change nothing.

    Returns
    -------
    str
        The job's id.

    Raises
    ------
    NotFound, InvalidInput
        As `plan_training`; also when what it starts from is of another kind.
    Conflict
        When it would learn from what a release holds out; when the name is taken.
    """
    params = prepare(workspace, request=request, who=who)
    return queue.add_job(workspace, kind=KIND, params=params, who=who)


def prepare(workspace: Workspace, *, request: TrainingRequest, who: str = "") -> dict[str, Any]:
    """Write down what a training will learn from; returns the parameters of its job. Raises as `add_training`."""
    plan = preview(workspace, request=request)
    training_id = str(uuid.uuid4())
    document = {
        "kind": "training_plan",
        "schema_version": 1,
        "request": request.to_params(),
        "sessions": [each.describe() for each in plan.pieces],
        "left_out": dict(plan.left_out),
        "warnings": list(plan.warnings),
        "told": list(plan.told),
        "asked_at": utc_now().isoformat(),
        "who": who or workspace.settings.annotator,
    }
    workspace.files.add(plan_key(training_id), json.dumps(document, indent=1, sort_keys=True).encode())
    return {"training_id": training_id, "request": request.to_params()}


def preview(workspace: Workspace, *, request: TrainingRequest) -> TrainingPlan:
    """Show what a training would learn from; raises as `add_training`. Nothing is written."""
    check_name(workspace, request)
    return plan_training(workspace, request, find_base(workspace, request))


def count_labels(workspace: Workspace, *, round_ids: Sequence[str] = (), release: str = "") -> dict[str, int]:
    """Count the annotations of each label that could be learnt from, the most frequent first."""
    counts: Counter[str] = Counter()
    if release:
        pieces, _ = read_release(workspace, release)
        counts.update(box.label for piece in pieces for box in piece.answer.annotations)
        return dict(counts.most_common())
    with workspace.database.reading() as connection:
        for each in round_ids:
            counts.update(tallies.count_by_label(connection, each, "boxes searched"))
    return dict(counts.most_common())


def suggest_name(text: str, taken: Sequence[str]) -> str:
    """Make a name for a new model out of a round's or a release's."""
    name = re.sub(r"[^a-z0-9._-]+", "-", text.casefold()).strip("-._")[:70] or "model"
    numbered = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in numbered if each not in taken and each != ENERGY)


def plan_key(training_id: str) -> str:
    """Name the object that holds a training's data."""
    return f"trainings/{training_id}/plan.json"


def check_name(workspace: Workspace, request: TrainingRequest) -> None:
    """Refuse the built-in model's name, and one that is taken where a new model is wanted (Conflict)."""
    names = {each.name for each in versions.list_models(workspace.files)}
    if request.name == ENERGY:
        raise Conflict(f"{ENERGY!r} is a built-in model: expected another name.")
    if request.is_new and request.name in names:
        raise Conflict(f"There is a model {request.name!r} already: choose another name, or make its next version.")


def find_base(workspace: Workspace, request: TrainingRequest) -> ModelVersion | None:
    """Find the version that a training starts from.

    Raises
    ------
    NotFound
        When there is none.
    InvalidInput
        When its weights do not fit the kind that is trained.
    """
    if not request.base:
        return None
    base = find_version(workspace.files, request.base)
    if base.kind != request.kind:
        raise InvalidInput(f"{base.id} is of the kind {base.kind}; a {request.kind} cannot start from it.")
    return base


def list_trainings(workspace: Workspace) -> list[Training]:
    """List trainings, the newest first."""
    return [_to_training(job) for job in queue.list_jobs(workspace) if job.kind == KIND]


def get_training(workspace: Workspace, *, job_id: str) -> Training:
    """Get a training by its job's id; NotFound when there is none."""
    job = queue.get_job(workspace, job_id=job_id)
    if job.kind != KIND:
        raise NotFound(f"There is no training {job_id[:80]!r}.")
    return _to_training(job)


def _to_training(job: Job) -> Training:
    return Training(
        job=job,
        name=job.title.rpartition(" ")[2],
        status=_STATUS.get(job.state, job.state.value),
        eta=catalogue.estimate_left(job),
        curve=job.shown.get("curve", ()),
        model=str(job.result.get("model", "")),
    )
