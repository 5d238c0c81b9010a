"""Which models there are, which are being trained, and training one from annotated parts of a recording."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO

from podcast_core.audio.files import read_samples
from podcast_core.domain import Recording, utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.ml import model_file, registry
from podcast_core.ml.energy_fitting import fit_energy
from podcast_core.ml.interfaces import Example, Found
from podcast_core.ml.registry import ENERGY, NAME_PATTERN, ModelVersion
from podcast_core.ml.whisperseg_config import join_cluster
from podcast_core.ml.whisperseg_loading import FOLDER
from podcast_core.ml.whisperseg_loading import KIND as WHISPERSEG
from podcast_core.services import jobs
from podcast_core.services.job_kinds import Result, Run
from podcast_core.services.jobs import Job, JobState
from podcast_core.services.lineage import find_version
from podcast_core.services.sources import locate
from podcast_core.storage import recordings
from podcast_core.workspace import Workspace

if TYPE_CHECKING:
    from podcast_core.ml.whisperseg_learning import TrainedWhisperSeg

KIND = "finetune"
KINDS = (KIND, "train")  # the jobs that make models; their titles end in the model's name
UNKNOWN = "Unknown"
FIELDS = ("species", "individual", "clustername")
# What clients of WhisperSeg ask for by habit. Without such a checkpoint the detector without weights answers.
STAND_INS = ("whisperseg-base", "whisperseg-large")
STAND_IN_NOTE = f"There is no WhisperSeg checkpoint here: {ENERGY} answers in its place."
NO_ETA = "--:--:--"
PARTS = 1000  # of the progress of a training


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model as clients see it: ready, queuing, training or failed; ``note`` says what is not obvious."""

    name: str
    status: str = "ready"
    eta: str = NO_ETA
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """An annotated part of a channel and the calls in it; all times in seconds of the recording."""

    onset: float
    offset: float
    calls: tuple[tuple[float, float], ...]


def list_versions(workspace: Workspace, *, name: str = "", kind: str = "") -> list[ModelVersion]:
    """List all versions of all models, or of one model or kind: the built-in ones first, the newest version first."""
    found = registry.list_models(workspace.files)
    return [each for each in found if name in ("", each.name) and kind in ("", each.kind)]


def get_version(workspace: Workspace, *, name: str, version: int | None = None) -> ModelVersion:
    """Get a version of a model, None: the one in use; NotFound when there is none."""
    return registry.get_version(workspace.files, name, version)


def export_file(workspace: Workspace, *, name: str, version: int | None = None) -> bytes:
    """Write a version as one file, which `import_file` of another Pod.Cast takes; errors as `registry.read_weights`."""
    return model_file.export_model(workspace.files, name, version)


def import_file(workspace: Workspace, *, name: str, file: BinaryIO) -> ModelVersion:
    """Add what `export_file` wrote as version 1 of a new model.

    Raises
    ------
    InvalidInput
        When the name cannot be one, or the file is not a model or damaged.
    Conflict
        When there is a model of that name.
    """
    registry.check_model_name(name)
    return model_file.import_model(workspace.files, file, name=name)


def list_ready(workspace: Workspace) -> list[ListedModel]:
    """List the models that can be used and trained further."""
    names = dict.fromkeys(model.name for model in registry.list_models(workspace.files))
    known = [ListedModel(name=each) for each in names]
    return [ListedModel(name=each, note=STAND_IN_NOTE) for each in STAND_INS if each not in names] + known


def list_training(workspace: Workspace) -> list[ListedModel]:
    """List the models that wait, are being trained, or failed."""
    ready = {model.name for model in registry.list_models(workspace.files)}
    listed: dict[str, ListedModel] = {}
    for job in reversed(jobs.list_jobs(workspace)):  # the newest try counts
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
        return registry.get_version(workspace.files, name), ""
    except (NotFound, InvalidInput) as error:
        if name in STAND_INS:
            return registry.get_version(workspace.files, ENERGY), STAND_IN_NOTE
        coming = next((each for each in list_training(workspace) if each.name == name), None)
        if coming is not None:
            raise Conflict(_explain(coming)) from error
        raise NotFound(f"There is no model {name[:80]!r}.") from error


def add_training(
    workspace: Workspace,
    *,
    recording: Recording,
    channel: int,
    areas: Sequence[Area],
    fields: Sequence[str],
    name: str,
    parent: str,
    who: str = "",
) -> str:
    """Put the training of a new model into the queue.

    Parameters
    ----------
    areas
        What was annotated completely; areas without a call are kept, since they say what is none.
    fields
        Species, individual and cluster that the model's calls get.
    parent
        The model from which the training starts.

    Returns
    -------
    str
        The job's id.

    Raises
    ------
    InvalidInput
        When the name cannot be one, the parent is not there, or there is no annotated area.
    Conflict
        When there is a model of that name, or it is being trained.
    """
    _check_name(name)
    taken = {each.name for each in list_ready(workspace)} | {
        each.name for each in list_training(workspace) if each.status != "failed"
    }
    if name in taken:
        raise Conflict("Model name already exists")
    refusal = f"initial_model_name is not available for finetuning, found {parent[:80]!r}; "
    try:
        base, _ = resolve(workspace, parent)
    except (NotFound, Conflict) as error:
        known = ", ".join(each.name for each in list_ready(workspace))
        raise InvalidInput(f"{refusal}expected one of {known}") from error
    if base.is_placed and not base.parameters[FOLDER]:
        raise InvalidInput(f"{refusal}it was converted to CTranslate2; put what it was made of beside it")
    if not areas:
        raise InvalidInput("No valid training data specified. Re-check the annotated areas.")
    params = {
        "name": name,
        "parent": base.id,
        "recording_id": recording.id,
        "channel": channel,
        "areas": [[each.onset, each.offset, [list(call) for call in each.calls]] for each in areas],
        "fields": list(fields),
        "asked_at": utc_now().isoformat(),
    }
    title = f"Train model {name}"
    return jobs.add_job(workspace, kind=KIND, params=params, title=title, who=who, job_id=str(uuid.uuid4()))


def run(workspace: Workspace, params: Mapping[str, Any], run: Run) -> Result:
    """Train a model from annotated areas of a channel: a WhisperSeg model further, else an energy detector."""
    with workspace.database.reading() as connection:
        recording = recordings.get_recording(connection, params["recording_id"])
    uri = locate(workspace, recording)
    names: list[str] = params["fields"]
    label = (" ".join(each for each in names if each != UNKNOWN) or "call")[:80]
    examples = [
        Example(
            read_samples(uri, channel=params["channel"], start_s=onset, end_s=min(offset, recording.duration_s)),
            recording.sample_rate_hz,
            [Found(start - onset, end - onset, label) for start, end in calls],
        )
        for onset, offset, calls in params["areas"]
    ]
    training = {
        "recordings": {recording.id: recording.sha256},
        "channel": params["channel"],
        "areas": [[onset, offset] for onset, offset, _ in params["areas"]],
        "calls": sum(len(calls) for *_, calls in params["areas"]),
    }
    made_from = {**training, "asked_at": params["asked_at"], **dict(zip(FIELDS, names, strict=True))}
    known = next((each for each in registry.list_models(workspace.files) if each.name == params["name"]), None)
    if known is not None and known.training == made_from:  # it was ready when its worker was killed
        return {"model": known.name, "calls": training["calls"]}
    version = ModelVersion(
        name=params["name"],
        version=1,
        kind="energy",
        labels=(label,),
        created_at=utc_now(),
        parent=params["parent"],
        training=made_from,
    )
    base = find_version(workspace.files, params["parent"])
    if base.kind == WHISPERSEG:
        learnt = _learn_whisperseg(workspace, base, examples, {label: join_cluster(*names)}, params, run)
        version = replace(
            version, kind=WHISPERSEG, labels=learnt.labels, parameters=learnt.parameters, metrics=learnt.metrics
        )
        registry.add_version(workspace.files, version, learnt.weights, is_new=True)
    else:
        run(0, 1, "Looking for the best parameters")
        detector = fit_energy(examples, label=label)
        registry.add_version(workspace.files, replace(version, parameters=detector.parameters()), is_new=True)
        run(1, 1, "")
    return {"model": version.name, "calls": training["calls"]}


def _learn_whisperseg(
    workspace: Workspace,
    base: ModelVersion,
    examples: Sequence[Example],
    clusters: Mapping[str, str],
    params: Mapping[str, Any],
    run: Run,
) -> "TrainedWhisperSeg":
    """Train a WhisperSeg model further; the job's ``plan`` may change what WhisperSeg's training does by itself."""
    from podcast_core.ml.whisperseg_finetuning import Plan, Step
    from podcast_core.ml.whisperseg_learning import train_whisperseg

    def tell(step: Step) -> None:
        run(round(PARTS * step.share), PARTS, f"Batch {step.step}: loss {step.loss:.4f}")

    return train_whisperseg(
        workspace.files,
        base,
        examples,
        plan=Plan(**params.get("plan", {})),
        clusters=clusters,
        device=workspace.models.device,
        on_step=tell,
    )


def _check_name(name: str) -> None:
    """Check a new model's name, in the words of the original."""
    if not name:
        raise InvalidInput("Model name cannot be empty")
    if not NAME_PATTERN.fullmatch(name):
        raise InvalidInput(
            "Model name cannot contain special characters: expected up to 80 of a-z, 0-9, '-', '_', '.', "
            f"beginning with a letter or digit, found {name[:100]!r}"
        )
