"""Which models there are, which are being trained, and what answers to a name that a client gives."""

from dataclasses import dataclass
from typing import BinaryIO

from podcast_core.domain.job import Job, JobState
from podcast_core.domain.model import ENERGY, ModelVersion, check_model_name
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.ml.registry import model_file, versions
from podcast_core.services.jobs import queue
from podcast_core.services.models.model_archive import check_not_archived, leave_out_archived
from podcast_core.services.store import room
from podcast_core.workspace import Workspace

KIND = "finetune"
KINDS = (KIND, "train")  # the jobs that make models; their titles end in the model's name
# What clients of WhisperSeg ask for by habit. Without such a checkpoint the detector without weights answers.
STAND_INS = ("whisperseg-base", "whisperseg-large")
STAND_IN_NOTE = (
    f"There is no WhisperSeg checkpoint here: {ENERGY} answers in its place; what is trained from it is a segmenter."
)
NO_ETA = "--:--:--"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model as clients see it: ready, queuing, training or failed; ``note`` says what is not obvious."""

    name: str
    status: str = "ready"
    eta: str = NO_ETA
    note: str = ""


def list_versions(
    workspace: Workspace, *, name: str = "", kind: str = "", is_archived: bool | None = False
) -> list[ModelVersion]:
    """List all versions of all models, or of one model or kind: the built-in ones first, the newest version first.

    Those that are archived are left out; True: only they are listed, None: all.
    """
    found = leave_out_archived(workspace, versions.list_models(workspace.files), is_archived=is_archived)
    return [each for each in found if name in ("", each.name) and kind in ("", each.kind)]


def get_version(workspace: Workspace, *, name: str, version: int | None = None) -> ModelVersion:
    """Get a version of a model, None: the one in use; NotFound when there is none."""
    return versions.get_version(workspace.files, name, version)


def export_file(workspace: Workspace, *, name: str, version: int | None = None) -> bytes:
    """Write a version as one file, which `import_file` of another Pod.Cast takes; errors as `versions.read_weights`."""
    return model_file.export_model(workspace.files, name, version)


def import_file(workspace: Workspace, *, name: str, file: BinaryIO, person: str | None = None) -> ModelVersion:
    """Add what `export_file` wrote as version 1 of a new model.

    Parameters
    ----------
    person
        Whose token it is; None where nobody needs one.

    Raises
    ------
    InvalidInput
        When the name cannot be one, or the file is not a model or damaged.
    Conflict
        When there is a model of that name.
    NoSpace
        When there is no room for it, on the disk or for this person.
    """
    check_model_name(name)
    byte_count = model_file.measure_model(file)
    workspace.files.check_room(byte_count)
    with room.keeping(workspace, person=person, kind="models", byte_count=byte_count):
        return model_file.import_model(workspace.files, file, name=name)


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


_STATUS = {JobState.QUEUED: "queuing", JobState.RUNNING: "training", JobState.FAILED: "failed"}


def estimate_left(job: Job) -> str:
    """Say how long a job will take still, as ``HH:MM:SS``; ``--:--:--`` while nobody can know."""
    if job.state is not JobState.RUNNING or job.started_at is None or not job.done:
        return NO_ETA
    passed_s = (utc_now() - job.started_at).total_seconds()
    left_s = round(passed_s * (job.total - job.done) / job.done)
    return f"{left_s // 3600:02}:{left_s // 60 % 60:02}:{left_s % 60:02}"


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
