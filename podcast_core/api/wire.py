"""Bodies that are sent to our own API. Times are seconds from the start of the session, frequencies are in hertz."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from podcast_core.domain.prediction import PredictionVerdict
from podcast_core.domain.queue import QueueChoice, QueueOrder, WaitingOrder
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels.labelling import Answer, Box

Holder = Annotated[str, Field(min_length=1, max_length=120)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Person = Annotated[str, Field(min_length=1, max_length=80)]


class Wire(BaseModel):
    """Base of all request bodies: an unknown field is a mistake, not noise."""

    model_config = ConfigDict(extra="forbid")


class ClaimRequest(Wire):
    """Ask for sessions to label."""

    holder: Holder
    annotator: Person
    count: int = 1
    session_id: str | None = None
    include_skipped: bool = False
    order: QueueOrder = QueueOrder.QUEUE
    site: str = ""
    date_from: date | None = None
    date_to: date | None = None
    label: str = ""
    unjudged: bool = False

    def to_choice(self) -> QueueChoice:
        """Turn order and filters into what the service takes."""
        return QueueChoice(self.order, self.site, self.date_from, self.date_to, self.label, self.unjudged)


class ReleaseRequest(Wire):
    """Let go of sessions."""

    holder: Holder
    session_ids: list[str] | None = None


class RegionIn(Wire):
    """One box of an answer."""

    start_s: float
    end_s: float
    label: str
    low_hz: float | None = None
    high_hz: float | None = None
    prediction_id: str | None = None
    comment: str = ""
    unsure: bool = False
    individual: str = ""
    call_type: str = ""


class SubmissionIn(Wire):
    """One answer for one session."""

    submission_id: str
    annotator: Person
    outcome: Outcome
    holder: str = ""
    regions: Annotated[list[RegionIn], Field(max_length=10_000)] = []
    rejected_prediction_ids: list[str] = []
    unreviewed_prediction_ids: list[str] = []
    score_threshold: float | None = None
    active_s: float | None = None
    action_count: int | None = None
    comment: str = ""
    base_revision: int = 0
    started_at: datetime | None = None

    def to_answer(self, round_id: str, session_id: str) -> Answer:
        """Turn the body into what the service takes."""
        return Answer(
            submission_id=self.submission_id,
            round_id=round_id,
            session_id=session_id,
            annotator=self.annotator,
            outcome=self.outcome,
            boxes=tuple(Box(**region.model_dump()) for region in self.regions),
            rejected_prediction_ids=tuple(self.rejected_prediction_ids),
            unreviewed_prediction_ids=tuple(self.unreviewed_prediction_ids),
            score_threshold=self.score_threshold,
            active_s=self.active_s,
            action_count=self.action_count,
            comment=self.comment,
            base_revision=self.base_revision,
            started_at=self.started_at,
        )


class ReviewIn(Wire):
    """One verdict on one submission."""

    review_id: str
    submission_id: str
    reviewer: Person
    verdict: Verdict
    comment: str = ""
    correction: SubmissionIn | None = None


class CandidatesQuery(Wire):
    """Which predictions that wait for a verdict, and in which order."""

    holder: str = ""
    label: str = ""
    order: WaitingOrder = WaitingOrder.LOWEST
    offset: int = 0
    limit: int = 50


class VerdictIn(Wire):
    """A verdict on one prediction."""

    session_id: str
    prediction_id: str
    verdict: PredictionVerdict


class VerdictsIn(Wire):
    """Verdicts on predictions of many sessions."""

    verdict_id: str
    annotator: Person
    items: list[VerdictIn]
