"""Models as clients of WhisperSeg's audio backend see them: ready or in training, and what answers to a name."""

from dataclasses import dataclass

from podcast_core.domain.job import JobState
from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.ml.registry import versions
from podcast_core.services.jobs import queue
from podcast_core.services.models.catalogue import NO_ETA, estimate_left, list_versions
from podcast_core.services.models.model_archive import check_not_archived
from podcast_core.workspace import Workspace

KIND = "finetune"
KINDS = (KIND, "train")  # the jobs that make models; their titles end in the model's name
# What clients of WhisperSeg ask for by habit. Without such a checkpoint the detector without weights answers.
STAND_INS = ("whisperseg-base", "whisperseg-large")
STAND_IN_NOTE = (
    f"There is no WhisperSeg checkpoint here: {ENERGY} answers in its place; what is trained from it is a segmenter."
)
_STATUS = {JobState.QUEUED: "queuing", JobState.RUNNING: "training", JobState.FAILED: "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model as clients see it: ready, queuing, training or failed; ``note`` says what is not obvious."""

    name: str
    status: str = "ready"
    eta: str = NO_ETA
    note: str = ""


def list_ready(workspace: Workspace) -> list[ListedModel]:
    """List the models that can be used and trained further."""
    names = dict.fromkeys(model.name for model in list_versions(workspace))
    known = [ListedModel(name=each) for each in names]
    return [ListedModel(name=each, note=STAND_IN_NOTE) for each in STAND_INS if each not in names] + known


def list_training(workspace: Workspace) -> list[ListedModel]:
    """List the models that wait, are being trained, or failed."""
    ready = {model.name for model in versions.list_models(workspace.files)}
    listed: dict[str, ListedModel] = {}
    for job in reversed(queue.list_jobs(workspace)):  # the newest try counts
        if job.kind in KINDS and job.state in _STATUS:
            name = job.title.rpartition(" ")[2]
            listed[name] = ListedModel(name=name, status=_STATUS[job.state], eta=estimate_left(job), note=job.error)
    return [each for each in listed.values() if each.name not in ready]


def _explain(model: ListedModel) -> str:
    if model.status == "failed":
        return f"The training of the model {model.name!r} failed: {model.note}"
    eta = "" if model.eta == NO_ETA else f", ready in about {model.eta}"
    return f"The model {model.name!r} is in training ({model.status}{eta}); ask again when it is ready."


def resolve(workspace: Workspace, name: str) -> tuple[ModelVersion, str]:
    """Find a model by the name that a client gives; the note says when another one stands in for it.

    Raises
    ------
    NotFound
        When there is none of that name.
    Conflict
        When it is not ready yet, or its training failed.
    """
    try:
        found = versions.get_version(workspace.files, name)
        check_not_archived(workspace, found)
        return found, ""
    except (NotFound, InvalidInput) as error:
        if name in STAND_INS:
            return versions.get_version(workspace.files, ENERGY), STAND_IN_NOTE
        coming = next((each for each in list_training(workspace) if each.name == name), None)
        if coming is not None:
            raise Conflict(_explain(coming)) from error
        raise NotFound(f"There is no model {name[:80]!r}.") from error
