"""Trainings of models, models measured side by side, and the version of each model that is in use."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from podcast_core.domain.limits import MAX_EPOCHS
from podcast_core.domain.release import GroupBy
from podcast_core.wire.base import MAX_BEFORE, Body, Finite, Shape


class Training(Shape):
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


class TrainingDetails(Training):
    """A training with its learning curve: stage, share of the work, epoch, loss, held-out F1 and seconds spent."""

    curve: list[dict[str, Any]]


class EvaluationIn(Body):
    """Which versions (``NAME/VERSION``) are measured, on the sessions of rounds or on a release's test split."""

    models: list[str]
    round_ids: list[str] = []
    release: str = ""
    labels: dict[str, str] | None = None
    count_own: bool = Field(False, description="count sessions in which a model's own predictions were judged, too")


class OwnLabels(Shape):
    """How far the labels are a model's own unchanged predictions: in how many sessions, and how many labels."""

    sessions: int
    labels: int
    all_labels: int
    share: float


class EvaluationAdded(Shape):
    """The id under which the result will be, and the job's; no job when the result is there already."""

    evaluation_id: str
    job_id: str


class Evaluation(Shape):
    """Models measured on the same sessions; ``models`` holds the figures of each."""

    id: str
    source: str
    models: dict[str, dict[str, Any]]
    sessions: int
    seconds: float
    labels: dict[str, str]
    left_out: dict[str, int]
    shared: dict[str, list[str]]
    own: dict[str, OwnLabels]
    counts_own: bool = Field(description="whether sessions with own labels are among those measured on")
    made_at: datetime


class Promotion(Shape):
    """That a version of a model is in use from a moment on."""

    name: str
    version: int
    who: str
    promoted_at: datetime


class InUse(Shape):
    """The version of a model that runs and routes take when they name none."""

    name: str
    version: int


class Promoted(InUse):
    """The version in use, and when which version was promoted, the newest last."""

    history: list[Promotion]


class PromotionIn(Body):
    """Which version is to be in use."""

    version: Annotated[int, Field(ge=0, le=MAX_BEFORE)]


class TrainingIn(Body):
    """What a model is to learn from, see `podcast_core.services.learning.training_request.TrainingRequest`."""

    name: str
    round_ids: list[str] = []
    release: str = ""
    labels: dict[str, str] = {}
    kind: str = "tcn"
    base: str = ""
    budget_s: Finite | None = None
    epochs: Annotated[int, Field(ge=1, le=MAX_EPOCHS)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    group_by: str = GroupBy.RECORDING.value
    gap_s: Finite = 7200.0
    test_share: Finite = 0.2
    is_new: bool = False
    device: str = ""
    without_bulk: bool = False
    with_bulk: bool = False
