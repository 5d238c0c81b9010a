"""The job that trains a model.

It reads the sessions, learns, measures on sessions that it has not learnt from, and only then adds the version. Killed
at any moment before that, there is no version; run again, a segmenter goes on from its last checkpoint
(`podcast_core.ml.segmenter.checkpoints`), and other kinds begin again with the same data.

A version's ``metrics`` hold ``test`` (the figures of the new version), ``floor`` (those of an energy detector that
learnt from the same sessions) and ``base`` (those of the version it started from), all on the same test sessions.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from podcast_core.audio.files import read_samples
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.errors import count_of
from podcast_core.ml.device import CPU
from podcast_core.ml.interfaces import Detector, Example
from podcast_core.ml.registry import versions
from podcast_core.ml.registry.loading import LOADERS
from podcast_core.ml.segmenter.checkpoints import Checkpoint
from podcast_core.ml.segmenter.training import TRAINING, TrainingProgress
from podcast_core.ml.whisperseg.finetuning import Plan, Step
from podcast_core.ml.whisperseg.loading import KIND as WHISPERSEG
from podcast_core.services.jobs.running import Result, RunningJob
from podcast_core.services.learning import evaluation
from podcast_core.services.learning.checkpoint_store import keeping
from podcast_core.services.learning.learners import (
    Learnt,
    fit_baseline,
    learn_energy,
    learn_segmenter,
    learn_whisperseg,
)
from podcast_core.services.learning.pieces import DEV, TEST, TRAIN, LabelledSession, load_pieces
from podcast_core.services.learning.training import find_base, plan_key
from podcast_core.services.learning.training_data import TrainingPlan, check_learnable, make_plan
from podcast_core.services.learning.training_request import TrainingRequest, read_request
from podcast_core.services.store.sources import locate
from podcast_core.workspace import Workspace

MAX_BYTES = 1 << 30  # of samples that are held in memory at once
BYTES_PER_SAMPLE = 4  # float32
LEARN_PART, TOTAL = 70, 100  # of the progress, in percent: the rest is reading and measuring
READ_PART = 5  # of the progress, in percent, before learning begins
STAGES = {"checking": "Choosing settings on parts of the sessions", "training": "Learning from all of them"}
MAX_POINTS = 100  # of a learning curve


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Train a model; see the top of this module."""
    request, training_id = read_request(params["request"]), str(params["training_id"])
    with keeping(workspace, training_id, run) as checkpoint:
        return _run(workspace, request, training_id, checkpoint, run)


def _run(
    workspace: Workspace, request: TrainingRequest, training_id: str, checkpoint: Checkpoint, run: RunningJob
) -> Result:
    device = CPU if request.kind == "energy" else workspace.models.choose(request.device)
    document = json.loads(workspace.files.read(plan_key(training_id)))
    made = _find_made(workspace, request.name, training_id)
    if made is not None:  # it was ready when its worker was killed
        return _sum_up(made)
    pieces = load_pieces(workspace, document["sessions"])
    check_learnable(workspace, pieces)
    plan = make_plan(pieces, request.labels, left_out=document["left_out"], told=document.get("told", ()))
    run(0, TOTAL, "Reading audio")
    examples, unread = _read(workspace, plan.of(TRAIN), request, run)
    watched, _ = _read(workspace, plan.of(DEV) or plan.of(TEST), request, run)
    if unread:
        run.log(
            f"Not used for training, as all together are larger than {MAX_BYTES >> 30} GiB: "
            f"{count_of(unread, 'session')}."
        )
    base = find_base(workspace, request)
    learnt = _learn(workspace, request, examples, watched, base, checkpoint, run)
    version = ModelVersion(
        name=request.name,
        version=1,
        kind=request.kind,
        labels=learnt.labels,
        created_at=utc_now(),
        parameters=learnt.parameters,
        parent=base.id if base is not None else "",
        training=_describe_training(training_id, document, plan, unread),
    )
    detectors: dict[str, Detector] = {
        "test": LOADERS[request.kind](version, learnt.weights, device),
        "floor": fit_baseline(examples),
    }
    if base is not None:
        detectors["base"] = workspace.models.make_detector(base, device=device)
    metrics = {**learnt.metrics, **_measure(workspace, plan, request, detectors, run)}
    finished = replace(version, metrics=metrics)
    run(TOTAL - 1, TOTAL, "Saving the model")
    added = versions.add_version(workspace.files, finished, learnt.weights, is_new=request.is_new)
    run(TOTAL, TOTAL, "")
    return _sum_up(added)


def _find_made(workspace: Workspace, name: str, training_id: str) -> ModelVersion | None:
    """Find the version that an earlier try of the same training has made."""
    known = (each for each in versions.list_models(workspace.files) if each.name == name)
    return next((each for each in known if each.training.get("id") == training_id), None)


def _sum_up(version: ModelVersion) -> Result:
    return {
        "model": version.id,
        "calls": version.training["calls"],
        "figures": evaluation.sum_up(version.metrics["test"], version.metrics["floor"]),
    }


def _read(
    workspace: Workspace, pieces: Sequence[LabelledSession], request: TrainingRequest, run: RunningJob
) -> tuple[list[Example], int]:
    """Read the sound of sessions as far as it fits into memory, those with calls first; and count the others."""
    examples: list[Example] = []
    left, unread = MAX_BYTES, 0
    for done, piece in enumerate(_order(pieces, request.seed)):
        size = round(piece.known_s * piece.recording.sample_rate_hz) * BYTES_PER_SAMPLE
        if size > left and examples:
            unread += 1
            continue
        run(READ_PART * done // len(pieces), TOTAL, f"Reading {piece.session.id}")
        place, rate = locate(workspace, piece.recording), piece.recording.sample_rate_hz
        for part, calls in piece.cut(request.labels):
            samples = read_samples(place, channel=piece.session.channel, start_s=part.start_s, end_s=part.end_s)
            examples.append(Example(samples, rate, calls))
        left -= size
    return examples, unread


def _order(pieces: Sequence[LabelledSession], seed: int) -> list[LabelledSession]:
    """Put sessions in an order that the seed decides: three with annotations, then one without, and so on."""
    drawn = sorted(pieces, key=lambda each: hashlib.sha256(f"{seed}/{each.session.id}".encode()).digest())
    with_calls = [each for each in drawn if each.answer.annotations]
    without = [each for each in drawn if not each.answer.annotations]
    ranked = [(index / 3, 0, each) for index, each in enumerate(with_calls)]
    ranked += [(index + 1.0, 1, each) for index, each in enumerate(without)]
    return [each for _, _, each in sorted(ranked, key=lambda entry: entry[:2])]


def _learn(
    workspace: Workspace,
    request: TrainingRequest,
    examples: Sequence[Example],
    watched: Sequence[Example],
    base: ModelVersion | None,
    checkpoint: Checkpoint,
    run: RunningJob,
) -> Learnt:
    if request.kind == "energy":
        run(READ_PART, TOTAL, "Searching for the best parameters")
        return learn_energy(examples)
    if base is not None and base.kind == WHISPERSEG:
        return _learn_whisperseg(workspace, request, examples, base, run)

    def tell(progress: TrainingProgress) -> None:
        curve = checkpoint.notes.setdefault("points", [])
        if not curve or progress.share >= curve[-1]["share"] + 1 / MAX_POINTS or progress.stage != curve[-1]["stage"]:
            curve.append(_to_point(progress))
            run.show(curve=list(curve))
        f1 = "" if progress.held_out_f1 is None else f", F1 {progress.held_out_f1:.3f} on sessions held out"
        name = f"{STAGES[progress.stage]}, epoch {progress.epoch:.0f}: loss {progress.train_loss:.3f}{f1}"
        run(READ_PART + round(progress.share * (LEARN_PART - READ_PART)), TOTAL, name)

    learnt = learn_segmenter(
        workspace,
        examples,
        kind=request.kind,
        base=base,
        held_out=watched,
        budget_s=request.seconds,
        epochs=request.epochs,
        seed=request.seed,
        device=workspace.models.choose(request.device),
        on_progress=tell,
        checkpoint=checkpoint,
    )
    return replace(learnt, metrics={**learnt.metrics, "curve": checkpoint.notes["points"]})


def _learn_whisperseg(
    workspace: Workspace, request: TrainingRequest, examples: Sequence[Example], base: ModelVersion, run: RunningJob
) -> Learnt:
    plan = Plan(budget_s=request.seconds, seed=request.seed)
    if request.epochs is not None:
        plan = replace(plan, epochs=request.epochs, least_steps=1)
    curve: list[dict[str, Any]] = []

    def tell(step: Step) -> None:
        if not curve or step.share >= curve[-1]["share"] + 1 / MAX_POINTS:
            progress = TrainingProgress(TRAINING, step.share, step.epoch, step.loss, None, step.spent_s)
            curve.append(_to_point(progress))
            run.show(curve=list(curve))
        run(READ_PART + round(step.share * (LEARN_PART - READ_PART)), TOTAL, f"Batch {step.step}: loss {step.loss:.4f}")

    device = workspace.models.choose(request.device)
    learnt = learn_whisperseg(workspace, examples, base=base, plan=plan, device=device, on_step=tell)
    return replace(learnt, metrics={**learnt.metrics, "curve": curve})


def _to_point(progress: TrainingProgress) -> dict[str, Any]:
    """Make a point of a learning curve; every list of jobs holds them, so four digits are enough."""
    told = asdict(progress)
    return {name: round(each, 4) if isinstance(each, float) else each for name, each in told.items()}


def _measure(
    workspace: Workspace,
    plan: TrainingPlan,
    request: TrainingRequest,
    detectors: Mapping[str, Detector],
    run: RunningJob,
) -> dict[str, Any]:
    """Measure all models on the very same sessions."""
    tested = plan.of(TEST)
    figures: dict[str, Any] = {}
    for number, (what, detector) in enumerate(detectors.items()):

        def tell(done: int, total: int, name: str, number: int = number) -> None:
            share = (number + done / max(total, 1)) / len(detectors)
            run(LEARN_PART + round(share * (TOTAL - 1 - LEARN_PART)), TOTAL, f"Measuring {name}")

        figures[what] = evaluation.measure(workspace, detector, tested, request.labels, tell)
    return {
        **figures,
        "test_sessions": len(tested),
        "test_s": round(sum(each.session.duration_s for each in tested), 3),
        "shared_recordings": list(plan.shared),
        "warnings": [
            *plan.warnings,
            *(() if request.kind == "energy" else evaluation.warn(figures["test"], figures["floor"])),
        ],
    }


def _describe_training(
    training_id: str, document: Mapping[str, Any], plan: TrainingPlan, unread: int
) -> dict[str, Any]:
    """Say what a version was made of: the request, each session with the answer it was learnt with, and checksums."""
    return {
        "id": training_id,
        "request": document["request"],
        "asked_at": document["asked_at"],
        "who": document["who"],
        "sessions": [each.describe() for each in plan.pieces],
        "recordings": dict(sorted({each.recording.id: each.recording.sha256 for each in plan.pieces}.items())),
        "calls": sum(plan.counts[TRAIN].values()),
        "counts": {split: dict(counts) for split, counts in plan.counts.items()},
        "left_out": dict(plan.left_out),
        "taken_over": dict(plan.taken_over),
        "too_large": unread,
    }
