"""Trainings of models, models measured side by side, and the version of each model that is in use."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.paging import MAX_BEFORE, IfNoneMatch, Page, Part, Shown, answer
from podcast_core.api.wire import Wire
from podcast_core.domain.release import GroupBy
from podcast_core.services.learning import comparison, training
from podcast_core.services.learning.comparison import EvaluationRequest
from podcast_core.services.learning.training import Training
from podcast_core.services.learning.training_request import MAX_EPOCHS, TrainingRequest
from podcast_core.services.models import promotions

router = APIRouter(tags=["trainings"], prefix="/api/v1")

Number = Annotated[float, Field(allow_inf_nan=False)]


class TrainingIn(Wire):
    """What a model is to learn from, see `podcast_core.services.learning.training_request.TrainingRequest`."""

    name: str
    round_ids: list[str] = []
    release: str = ""
    labels: dict[str, str] = {}
    kind: str = "tcn"
    base: str = ""
    budget_s: Number | None = None
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    group_by: str = GroupBy.RECORDING.value
    gap_s: Number = 7200.0
    test_share: Number = 0.2
    is_new: bool = False
    device: str = ""
    without_bulk: bool = False
    with_bulk: bool = False


class TrainingOut(Shown):
    """A training; ``status`` is queuing, training, ready, failed or cancelled. ``model`` is its version when ready."""

    job_id: str
    name: str
    status: str
    done: int
    total: int
    next: str
    eta: str
    error: str
    model: str
    who: str
    created_at: datetime


class TrainingDetails(TrainingOut):
    """A training with its learning curve: stage, share of the work, epoch, loss, held-out F1 and seconds spent."""

    curve: list[dict[str, Any]]


class TrainingAdded(BaseModel):
    """The id of the job that trains."""

    job_id: str


class EvaluationIn(Wire):
    """Which versions (``NAME/VERSION``) are measured, on the sessions of rounds or on a release's test split."""

    models: list[str]
    round_ids: list[str] = []
    release: str = ""
    labels: dict[str, str] | None = None
    count_own: bool = Field(False, description="count sessions in which a model's own predictions were judged, too")


class OwnLabelsOut(Shown):
    """How far the labels are a model's own unchanged predictions: in how many sessions, and how many labels."""

    sessions: int
    labels: int
    all_labels: int
    share: float


class EvaluationAdded(BaseModel):
    """The id under which the result will be, and the job's; no job when the result is there already."""

    evaluation_id: str
    job_id: str


class EvaluationOut(Shown):
    """Models measured on the same sessions; ``models`` holds the figures of each."""

    id: str
    source: str
    models: dict[str, dict[str, Any]]
    sessions: int
    seconds: float
    labels: dict[str, str]
    left_out: dict[str, int]
    shared: dict[str, list[str]]
    own: dict[str, OwnLabelsOut]
    counts_own: bool = Field(description="whether sessions with own labels are among those measured on")
    made_at: datetime


class PromotionOut(Shown):
    """That a version of a model is in use from a moment on."""

    name: str
    version: int
    who: str
    promoted_at: datetime


class InUse(BaseModel):
    """The version of a model that runs and routes take when they name none."""

    name: str
    version: int


class Promoted(InUse):
    """The version in use, and when which version was promoted, the newest last."""

    history: list[PromotionOut]


class PromotionIn(Wire):
    """Which version is to be in use."""

    version: Annotated[int, Field(ge=0, le=MAX_BEFORE)]


def _show(found: Training) -> dict[str, Any]:
    job = found.job
    names = ("name", "status", "eta", "model")
    of_job = ("done", "total", "next", "error", "who", "created_at")
    return {
        "job_id": job.id,
        **{name: getattr(found, name) for name in names},
        **{name: getattr(job, name) for name in of_job},
    }


@router.get("/trainings", response_model=Page[TrainingOut])
def list_trainings(workspace: Opened, part: Part) -> Response:
    """List trainings, the newest first."""
    found = [TrainingOut(**_show(each)) for each in training.list_trainings(workspace)]
    return part.answer(found, TrainingOut)


@router.post("/trainings", status_code=202)
def add_training(workspace: Opened, caller: Asking, body: TrainingIn) -> TrainingAdded:
    """Put a training into the queue; 409 when it would learn from what a release holds out."""
    fields = body.model_dump()
    wanted = TrainingRequest(**{**fields, "round_ids": tuple(body.round_ids)})
    return TrainingAdded(job_id=training.add_training(workspace, request=wanted, who=caller.person or ""))


@router.get("/trainings/{job_id}", response_model=TrainingDetails)
def get_training(workspace: Opened, job_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get a training with its learning curve, also while it runs."""
    found = training.get_training(workspace, job_id=job_id)
    return answer(TrainingDetails(**_show(found), curve=[dict(each) for each in found.curve]), if_none_match)


@router.get("/evaluations", response_model=Page[EvaluationOut])
def list_evaluations(workspace: Opened, part: Part) -> Response:
    """List evaluations that are done, the newest first."""
    return part.answer(comparison.list_evaluations(workspace), EvaluationOut)


@router.post("/evaluations", status_code=202)
def add_evaluation(workspace: Opened, caller: Asking, body: EvaluationIn) -> EvaluationAdded:
    """Measure versions of models on the very same sessions, none of which any of them has learnt from."""
    wanted = EvaluationRequest(tuple(body.models), tuple(body.round_ids), body.release, body.labels, body.count_own)
    evaluation_id, job_id = comparison.add_evaluation(workspace, request=wanted, who=caller.person or "")
    return EvaluationAdded(evaluation_id=evaluation_id, job_id=job_id)


@router.get("/evaluations/{evaluation_id}", response_model=EvaluationOut)
def get_evaluation(workspace: Opened, evaluation_id: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get an evaluation; 404 while it is not done."""
    found = comparison.get_evaluation(workspace, evaluation_id=evaluation_id)
    return answer(EvaluationOut.model_validate(found), if_none_match)


@router.get("/models/{name}/in-use", response_model=Promoted)
def get_in_use(workspace: Opened, name: str, if_none_match: IfNoneMatch = None) -> Response:
    """Get which version of a model is in use, and its history."""
    history = [PromotionOut.model_validate(each) for each in promotions.list_history(workspace, name=name)]
    version = promotions.find_in_use(workspace, name=name)
    return answer(Promoted(name=name, version=version, history=history), if_none_match)


@router.put("/models/{name}/in-use")
def promote_model(workspace: Opened, caller: Asking, name: str, body: PromotionIn) -> InUse:
    """Let runs and routes take a version from now on; the others stay usable by their number."""
    promoted = promotions.promote(workspace, name=name, version=body.version, who=caller.person or "")
    return InUse(name=promoted.name, version=promoted.version)
