"""Training from annotated parts of a recording, for clients of WhisperSeg's audio backend.

What is trained depends on the model that a client names: a WhisperSeg checkpoint is trained further, so is a segmenter;
under the names that the energy detector stands in for, a new segmenter is trained; who asks for the energy detector
itself gets one. Species, individual and cluster of a call are its class, as WhisperSeg writes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podcast_core.audio.files import read_samples
from podcast_core.dialects.whisperseg.models import KIND, list_ready, list_training, resolve
from podcast_core.domain.model import NAME_PATTERN, ModelVersion
from podcast_core.domain.recording import Recording
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.ml.interfaces import Example, Found
from podcast_core.ml.registry import versions
from podcast_core.ml.segmenter.training import TrainingProgress
from podcast_core.ml.whisperseg.config import SEPARATOR, to_label
from podcast_core.ml.whisperseg.finetuning import Plan, Step
from podcast_core.ml.whisperseg.loading import FOLDER
from podcast_core.ml.whisperseg.loading import KIND as WHISPERSEG
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import Result, RunningJob
from podcast_core.services.learning.learners import Learnt, learn_energy, learn_segmenter, learn_whisperseg
from podcast_core.services.models.lineage import find_version
from podcast_core.services.store.sources import locate
from podcast_core.storage import recordings
from podcast_core.workspace import Workspace

CLUSTERS = "clusters"  # of what a version was trained from: the class of each label
SEGMENTERS = ("tcn", "crnn")
PARTS = 1000  # of the progress of a training
MIN_S, MAX_S, PER_ANNOTATED_S = 5.0, 30.0, 0.5  # CPU seconds for a segmenter: more for more sound
MAX_LABEL_LENGTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """An annotated part of a channel and the calls in it, with their class; all times in seconds of the recording."""

    onset: float
    offset: float
    calls: tuple[tuple[float, float, str], ...]


def add_training(
    workspace: Workspace,
    *,
    recording: Recording,
    channel: int,
    areas: Sequence[Area],
    name: str,
    parent: str,
    who: str = "",
) -> str:
    """Put the training of a new model into the queue.

    Parameters
    ----------
    areas
        What was annotated completely; areas without a call are kept, since they say what is none.
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
        base, note = resolve(workspace, parent)
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
        "kind": SEGMENTERS[0] if note else base.kind,
        "asked_at": utc_now().isoformat(),
    }
    return queue.add_job(workspace, kind=KIND, params=params, who=who)


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Train a model from annotated areas of a channel."""
    with workspace.database.reading() as connection:
        recording = recordings.get_recording(connection, params["recording_id"])
    labels = name_labels([cluster for *_, calls in params["areas"] for *_, cluster in calls])
    made_from = {
        "recordings": {recording.id: recording.sha256},
        "channel": params["channel"],
        "areas": [[onset, offset] for onset, offset, _ in params["areas"]],
        "calls": sum(len(calls) for *_, calls in params["areas"]),
        "asked_at": params["asked_at"],
        CLUSTERS: {label: cluster for cluster, label in labels.items()},
    }
    done = {"model": params["name"], "calls": made_from["calls"]}
    known = next((each for each in versions.list_models(workspace.files) if each.name == params["name"]), None)
    if known is not None and known.training == made_from:  # it was ready when its worker was killed
        return done
    base = find_version(workspace.files, params["parent"])
    examples = [_cut(workspace, recording, params["channel"], area, labels) for area in params["areas"]]
    if params["kind"] == WHISPERSEG:
        learnt = _learn_whisperseg(workspace, base, examples, made_from[CLUSTERS], params, run)
    elif params["kind"] in SEGMENTERS:
        learnt = _learn_segmenter(workspace, params["kind"], base, examples, run)
    else:
        learnt = _fit_energy(examples, run)
    version = ModelVersion(
        name=params["name"],
        version=1,
        kind=params["kind"],
        labels=learnt.labels,
        created_at=utc_now(),
        parameters=learnt.parameters,
        parent=params["parent"],
        training=made_from,
        metrics=learnt.metrics,
    )
    versions.add_version(workspace.files, version, learnt.weights, is_new=True)
    return done


def name_labels(clusters: Sequence[str]) -> dict[str, str]:
    """Name each class by what is known of it; two that would have the same name are written out."""
    names = {cluster: to_label(cluster) for cluster in sorted(set(clusters))}
    taken = list(names.values())
    return {
        cluster: label if taken.count(label) == 1 else " / ".join(cluster.split(SEPARATOR))[:MAX_LABEL_LENGTH]
        for cluster, label in names.items()
    }


def _cut(
    workspace: Workspace, recording: Recording, channel: int, area: Sequence[Any], labels: Mapping[str, str]
) -> Example:
    onset, offset, calls = area
    samples = read_samples(
        locate(workspace, recording), channel=channel, start_s=onset, end_s=min(offset, recording.duration_s)
    )
    found = [Found(start - onset, end - onset, labels[cluster]) for start, end, cluster in calls]
    return Example(samples, recording.sample_rate_hz, found)


def _fit_energy(examples: Sequence[Example], run: RunningJob) -> Learnt:
    """Fit an energy detector; it knows one label, the most frequent one."""
    run(0, 1, "Searching for the best parameters")
    learnt = learn_energy(examples)
    run(1, 1, "")
    return learnt


def _learn_segmenter(
    workspace: Workspace, kind: str, base: ModelVersion, examples: Sequence[Example], run: RunningJob
) -> Learnt:
    def tell(progress: TrainingProgress) -> None:
        run(round(PARTS * progress.share), PARTS, f"{progress.stage}: loss {progress.train_loss:.4f}")

    annotated_s = sum(len(each.samples) / each.sample_rate_hz for each in examples)
    return learn_segmenter(
        workspace,
        examples,
        kind=kind,
        base=base if base.kind == kind else None,
        budget_s=min(MAX_S, MIN_S + PER_ANNOTATED_S * annotated_s),
        on_progress=tell,
    )


def _learn_whisperseg(
    workspace: Workspace,
    base: ModelVersion,
    examples: Sequence[Example],
    clusters: Mapping[str, str],
    params: Mapping[str, Any],
    run: RunningJob,
) -> Learnt:
    """Train a WhisperSeg model further; the job's ``plan`` may change what WhisperSeg's training does by itself."""

    def tell(step: Step) -> None:
        run(round(PARTS * step.share), PARTS, f"Batch {step.step}: loss {step.loss:.4f}")

    plan, device = Plan(**params.get("plan", {})), workspace.models.device
    return learn_whisperseg(workspace, examples, base=base, plan=plan, clusters=clusters, device=device, on_step=tell)


def _check_name(name: str) -> None:
    """Check a new model's name, in the words of the original."""
    if not name:
        raise InvalidInput("Model name cannot be empty")
    if not NAME_PATTERN.fullmatch(name):
        raise InvalidInput(
            "Model name cannot contain special characters: expected up to 80 of a-z, 0-9, '-', '_', '.', "
            f"beginning with a letter or digit, found {name[:100]!r}"
        )
