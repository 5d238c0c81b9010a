"""Trainings of models, models measured side by side, and the version of each model that is in use."""

from typing import Any

from fastapi import APIRouter, Response

from podcast_core.api.dependencies import Asking, IfNoneMatch, Opened
from podcast_core.api.paging import Part, answer, by
from podcast_core.services.learning import comparison, training
from podcast_core.services.learning.comparison import EvaluationRequest
from podcast_core.services.learning.training import Training
from podcast_core.services.learning.training_request import TrainingRequest
from podcast_core.services.models import promotions
from podcast_core.wire import trainings as wire
from podcast_core.wire.base import Page
from podcast_core.wire.jobs import JobAdded

router = APIRouter(tags=["trainings"], prefix="/api/v1")


def _show(found: Training) -> dict[str, Any]:
    job = found.job
    names = ("name", "status", "eta", "model")
    of_job = ("done", "total", "next", "error", "who", "created_at")
    return {
        "job_id": job.id,
        **{name: getattr(found, name) for name in names},
        **{name: getattr(job, name) for name in of_job},
    }


@router.get("/trainings", response_model=Page[wire.Training])
def list_trainings(workspace: Opened, part: Part) -> Response:
    """List trainings, the newest first."""
    found = [wire.Training(**_show(each)) for each in training.list_trainings(workspace)]
    return part.answer(found, wire.Training, key=by("job_id"))


@router.post("/trainings", status_code=202)
def add_training(workspace: Opened, caller: Asking, body: wire.TrainingIn) -> JobAdded:
    """Put a training into the queue; 409 when it would learn from what a release holds out."""
    fields = body.model_dump()
    wanted = TrainingRequest(**{**fields, "round_ids": tuple(body.round_ids)})
    return JobAdded(job_id=training.add_training(workspace, request=wanted, who=caller.person or ""))


@router.get("/trainings/{job_id}", response_model=wire.TrainingDetails)
def get_training(workspace: Opened, job_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a training with its learning curve, also while it runs."""
    found = training.get_training(workspace, job_id=job_id)
    return answer(wire.TrainingDetails(**_show(found), curve=[dict(each) for each in found.curve]), if_none_match)


@router.get("/evaluations", response_model=Page[wire.Evaluation])
def list_evaluations(workspace: Opened, part: Part) -> Response:
    """List evaluations that are done, the newest first."""
    return part.answer(comparison.list_evaluations(workspace), wire.Evaluation, key=by("id"))


@router.post("/evaluations", status_code=202)
def add_evaluation(workspace: Opened, caller: Asking, body: wire.EvaluationIn) -> wire.EvaluationAdded:
    """Measure versions of models on the very same sessions, none of which any of them has learnt from."""
    wanted = EvaluationRequest(tuple(body.models), tuple(body.round_ids), body.release, body.labels, body.count_own)
    evaluation_id, job_id = comparison.add_evaluation(workspace, request=wanted, who=caller.person or "")
    return wire.EvaluationAdded(evaluation_id=evaluation_id, job_id=job_id)


@router.get("/evaluations/{evaluation_id}", response_model=wire.Evaluation)
def get_evaluation(workspace: Opened, evaluation_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get an evaluation; 404 while it is not done."""
    found = comparison.get_evaluation(workspace, evaluation_id=evaluation_id)
    return answer(wire.Evaluation.model_validate(found), if_none_match)


@router.get("/models/{name}/in-use", response_model=wire.Promoted)
def get_in_use(workspace: Opened, name: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get which version of a model is in use, and its history."""
    history = [wire.Promotion.model_validate(each) for each in promotions.list_history(workspace, name=name)]
    version = promotions.find_in_use(workspace, name=name)
    return answer(wire.Promoted(name=name, version=version, history=history), if_none_match)


@router.put("/models/{name}/in-use")
def promote_model(workspace: Opened, caller: Asking, name: str, body: wire.PromotionIn) -> wire.InUse:
    """Let runs and routes take a version from now on; the others stay usable by their number."""
    promoted = promotions.promote(workspace, name=name, version=body.version, who=caller.person or "")
    return wire.InUse(name=promoted.name, version=promoted.version)
