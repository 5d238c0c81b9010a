"""Trainings, evaluations, and the version of a model that is in use."""

from collections.abc import Iterator, Sequence
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.jobs import JobAdded
from podcast_core.wire.trainings import Evaluation, EvaluationAdded, InUse, Promoted, Training, TrainingDetails


class TrainingCalls(Connection):
    """Calls about how models are made and measured."""

    def list_trainings(self) -> Iterator[Training]:
        """List trainings, the newest first."""
        return self._list(Training, ("trainings",), {})

    def add_training(self, name: str, **fields: Any) -> str:
        """Train a model from ``round_ids`` or a ``release``; returns the job's id."""
        return self._send(JobAdded, "POST", ("trainings",), {"name": name, **fields}).job_id

    def get_training(self, job_id: str) -> TrainingDetails:
        """Get a training with its learning curve, also while it runs."""
        return self._get(TrainingDetails, "trainings", job_id)

    def list_evaluations(self) -> Iterator[Evaluation]:
        """List evaluations that are done, the newest first."""
        return self._list(Evaluation, ("evaluations",), {})

    def add_evaluation(self, models: Sequence[str], **fields: Any) -> EvaluationAdded:
        """Measure versions on ``round_ids`` or a ``release``."""
        return self._send(EvaluationAdded, "POST", ("evaluations",), {"models": list(models), **fields})

    def get_evaluation(self, evaluation_id: str) -> Evaluation:
        """Get the figures of an evaluation that is done."""
        return self._get(Evaluation, "evaluations", evaluation_id)

    def get_in_use(self, name: str) -> Promoted:
        """Get which version of a model is in use, and its history."""
        return self._get(Promoted, "models", name, "in-use")

    def promote_model(self, name: str, version: int) -> InUse:
        """Let runs and routes take a version when they name none."""
        return self._send(InUse, "PUT", ("models", name, "in-use"), {"version": version})
