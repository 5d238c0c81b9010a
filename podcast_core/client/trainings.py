"""Trainings, evaluations, and the version of a model that is in use."""

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from podcast_core.client.connection import Connection


class Training(TypedDict):
    """A training; ``status`` is queuing, training, ready, failed or cancelled."""

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
    created_at: str


class TrainingDetails(Training):
    """A training with its learning curve."""

    curve: list[dict[str, Any]]


class OwnLabels(TypedDict):
    """How far the labels are a model's own unchanged predictions."""

    sessions: int
    labels: int
    all_labels: int
    share: float


class Evaluation(TypedDict):
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
    counts_own: bool
    made_at: str


class EvaluationAdded(TypedDict):
    """The id under which the result will be, and the job's; no job when the result is there already."""

    evaluation_id: str
    job_id: str


class InUse(TypedDict):
    """The version of a model that runs and routes take when they name none."""

    name: str
    version: int


class Promotion(TypedDict):
    """That a version of a model is in use from a moment on."""

    name: str
    version: int
    who: str
    promoted_at: str


class Promoted(InUse):
    """The version in use, and when which version was promoted, the newest last."""

    history: list[Promotion]


class TrainingCalls(Connection):
    """Calls about how models are made and measured."""

    def list_trainings(self) -> Iterator[Training]:
        """List trainings, the newest first."""
        return self._list(("trainings",), {})

    def add_training(self, name: str, **fields: Any) -> str:
        """Train a model from ``round_ids`` or a ``release``; returns the job's id."""
        return str(self._send("POST", ("trainings",), {"name": name, **fields})["job_id"])

    def get_training(self, job_id: str) -> TrainingDetails:
        """Get a training with its learning curve, also while it runs."""
        found: TrainingDetails = self._get("trainings", job_id)
        return found

    def list_evaluations(self) -> Iterator[Evaluation]:
        """List evaluations that are done, the newest first."""
        return self._list(("evaluations",), {})

    def add_evaluation(self, models: Sequence[str], **fields: Any) -> EvaluationAdded:
        """Measure versions on ``round_ids`` or a ``release``."""
        added: EvaluationAdded = self._send("POST", ("evaluations",), {"models": list(models), **fields})
        return added

    def get_evaluation(self, evaluation_id: str) -> Evaluation:
        """Get the figures of an evaluation that is done."""
        found: Evaluation = self._get("evaluations", evaluation_id)
        return found

    def get_in_use(self, name: str) -> Promoted:
        """Get which version of a model is in use, and its history."""
        found: Promoted = self._get("models", name, "in-use")
        return found

    def promote_model(self, name: str, version: int) -> InUse:
        """Let runs and routes take a version when they name none."""
        promoted: InUse = self._send("PUT", ("models", name, "in-use"), {"version": version})
        return promoted
