"""Submissions: people's answers for sessions."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, model_validator

from podcast_core.domain.submission import MAX_DECIDED, Outcome
from podcast_core.wire.base import Body, PersonName, Shape
from podcast_core.wire.boxes import Box, Notes
from podcast_core.wire.claims import QueueProgress
from podcast_core.wire.prediction_sets import Prediction


class RegionIn(Body):
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


class SubmissionIn(Body):
    """One answer for one session."""

    submission_id: str
    annotator: PersonName
    outcome: Outcome
    regions: Annotated[list[RegionIn], Field(max_length=10_000)] = []
    rejected_prediction_ids: list[str] = []
    unreviewed_prediction_ids: list[str] = []
    score_threshold: float | None = None
    active_s: float | None = None
    action_count: int | None = None
    comment: str = ""
    base_revision: int = 0
    started_at: datetime | None = None
    decides: Annotated[list[str], Field(max_length=MAX_DECIDED)] = []

    @model_validator(mode="before")
    @classmethod
    def _leave_out_holder(cls, sent: Any) -> Any:
        """Editors sent it up to November 2026, and nobody read it; in the outbox of a browser it may still wait."""
        return {name: sent[name] for name in sent if name != "holder"} if isinstance(sent, dict) else sent


class Annotation(Notes, Box):
    """A person's box, and where it came from."""

    bulk_id: str = Field(description="the bulk act that gave the label, where the origin is bulk")


class Submission(Shape):
    """An answer for a session; a later one has a higher revision, and none is ever changed."""

    id: str
    round_id: str
    session_id: str
    annotator: str
    outcome: Outcome
    revision: int
    base_revision: int
    annotations: list[Annotation]
    rejected: list[Prediction]
    unreviewed: list[Prediction]
    comment: str
    score_threshold: float | None
    started_at: datetime | None
    submitted_at: datetime
    active_s: float | None
    action_count: int | None
    beside: bool = Field(description="imported beside another answer, and not counted in its place")
    bulk_id: str = Field(description="the bulk act that made it; empty for others")
    partial: bool = Field(description="speaks of some stretches only, so that the session stays open")
    taken_back: bool = Field(description="its bulk act was undone: it counts nowhere")
    calibrates: bool = Field(description="given to a calibration session: compared with its gold, and never counted")
    decides: list[str] = Field(description="the answers between which it decides: gold, which counts before all others")


class Receipted(Shape):
    """The acknowledgement of an answer; ``conflict`` says what else was submitted meanwhile."""

    submission_id: str
    revision: int
    repeated: bool
    conflict: str | None
    progress: QueueProgress
