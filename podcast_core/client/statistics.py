"""Numbers of a round: work, agreement, what became of predictions."""

from collections.abc import Iterator
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.jobs import JobAdded
from podcast_core.wire.statistics import Agreement, Estimates, LearningCurve, SessionAgreement, Statistics


class StatisticsCalls(Connection):
    """Calls about the numbers of a round."""

    def get_statistics(self, round_id: str) -> Statistics:
        """Get all numbers of the page *Progress*."""
        return self._get(Statistics, "rounds", round_id, "statistics")

    def get_agreement(self, round_id: str, **asked: Any) -> Agreement:
        """Measure how well people agree who answered the same sessions.

        ``min_iou`` and ``with_bands`` say when two boxes match; ``person`` names those who are compared (all).
        """
        return self._get(Agreement, "rounds", round_id, "agreement", query=asked)

    def list_disagreements(self, round_id: str, **asked: Any) -> Iterator[SessionAgreement]:
        """List the sessions that several people answered, those first in which they agree least.

        Parameters as for `get_agreement`, and ``label``: only boxes with this label count.
        """
        return self._list(SessionAgreement, ("rounds", round_id, "agreement", "sessions"), asked)

    def get_estimates(self, round_id: str) -> Estimates:
        """Estimate what is in a round, and how good the model is; NotFound before a model has run over it."""
        return self._get(Estimates, "rounds", round_id, "estimates")

    def list_learning_curves(self, round_id: str) -> Iterator[LearningCurve]:
        """List the learning curves of a round that are done, the newest first."""
        return self._list(LearningCurve, ("rounds", round_id, "learning-curves"), {})

    def add_learning_curve(self, round_id: str, **fields: Any) -> str:
        """Measure whether more labels would help (``budget_s`` of each training); returns the job's id."""
        return self._send(JobAdded, "POST", ("rounds", round_id, "learning-curves"), fields).job_id
