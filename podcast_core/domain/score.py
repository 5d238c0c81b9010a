"""Scores: what one model says about each session of a round, in one line each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from podcast_core.domain.session import Session


@dataclass(frozen=True, slots=True)
class ModelScores:
    """A model's newest set of predictions in a round."""

    set_id: str
    model: str
    created_at: datetime
    prediction_count: int


@dataclass(frozen=True, slots=True)
class SessionScore:
    """A session with its best score; None where the model predicted nothing.

    A prediction without a score counts as 1: the model said that there is a call. ``recorded_at`` is when the
    recording began, if that is known; ``standing`` says what people's answer counts for
    (`podcast_core.domain.standing`).
    """

    session: Session
    recorded_at: datetime | None
    site: str
    file_name: str
    score: float | None
    prediction_count: int
    standing: str

    @property
    def started_at(self) -> datetime | None:
        """When the session began (UTC), if that is known."""
        return None if self.recorded_at is None else self.recorded_at + timedelta(seconds=self.session.start_s)
