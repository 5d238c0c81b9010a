"""Boxes of the answers that count, one by one; and what a reviewer who saw them does to many at once."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.wire.base import ActId, Body, PersonName, Shape

MAX_CORRECTED = 10_000  # boxes, as in `services.labels.box_corrections`


class ListedBox(Shape):
    """A box of the answer that counts; times are seconds of its *session*."""

    session_id: str
    submission_id: str
    number: int = Field(description="its place in the answer, from 0")
    label: str
    origin: str
    model: str
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    score: float | None
    unsure: bool
    comment: str
    annotator: str
    review_state: str
    site: str
    starts_at: datetime | None
    box_count: int = Field(description="boxes of the answer in all")
    session_s: float = Field(description="length of the session")
    file_name: str
    sample_rate_hz: int


class SeenBox(Body):
    """A box that somebody saw: its number in an answer of a session."""

    session_id: str
    submission_id: str
    number: int = Field(ge=0)


class CorrectingIn(Body):
    """Boxes that get another label, or are removed where that is empty."""

    boxes: Annotated[list[SeenBox], Field(min_length=1, max_length=MAX_CORRECTED)]
    label: str = ""


class BoxCorrectionsIn(CorrectingIn):
    """The same, done; the same ``act_id`` again changes nothing."""

    act_id: ActId
    reviewer: PersonName | None = None


class LeftBox(Shape):
    """A box that is not corrected, and why."""

    session_id: str
    number: int
    reason: str


class CorrectedAnswer(Shape):
    """An answer that is corrected, by which one, and the numbers of the boxes that it loses."""

    session_id: str
    submission_id: str
    corrected_id: str
    removed: list[int]


class Correcting(Shape):
    """What would be done, or was: boxes, and the answers that get a correction."""

    act_id: str | None = Field(description="the bulk act that can be undone; null: a preview")
    changed: int = Field(description="boxes")
    kept: int = Field(description="other boxes of these answers, which count as corrected with them; 0 in a repetition")
    answers: list[CorrectedAnswer]
    left: list[LeftBox]
    reasons: dict[str, int] = Field(description="what is left, by reason")
