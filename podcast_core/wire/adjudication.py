"""Adjudication: the sessions in which people disagree, and what they say there; times are seconds of the session."""

from datetime import datetime

from pydantic import Field

from podcast_core.domain.submission import Outcome
from podcast_core.wire.base import Shape
from podcast_core.wire.boxes import Box, Notes
from podcast_core.wire.statistics import SessionAgreement


class Adjudication(Shape):
    """The sessions about which somebody should decide, those first in which people agree least."""

    left: int = Field(description="all sessions that wait for a decision; fewer may be listed")
    settled: int = Field(description="sessions that have gold, and that nobody has answered since")
    measured_at: datetime | None = Field(description="when the disagreements were looked for; null: now")
    sessions: list[SessionAgreement]


class SideBox(Notes, Box):
    """A box of somebody, or one that is proposed."""


class Side(Shape):
    """One person's answer; ``reliability`` is how often they are right, as far as the round shows."""

    submission_id: str
    annotator: str
    revision: int
    outcome: Outcome
    comment: str
    submitted_at: datetime
    reliability: float
    boxes: list[SideBox]


class Matter(Shape):
    """What several people say about one sound."""

    boxes: list[int | None] = Field(description="which of its boxes each side means; null for none")
    agreed: bool = Field(description="all have a box there, with the same label")
    proposed: SideBox | None = Field(description="what they say together; null for no box")
    support: float = Field(description="how probable that is, 0 to 1")


class Consensus(Shape):
    """What people say about a session, and what they say together."""

    session_id: str
    revision: int = Field(description="of the newest answer: the base_revision of whoever decides now")
    gold_by: str | None = Field(description="who has decided about the session; null: nobody, or it was rejected")
    sides: list[Side]
    matters: list[Matter]
