"""Rapid verification: predictions that wait for a verdict, and verdicts on them."""

from datetime import datetime

from pydantic import Field

from podcast_core.domain.prediction import PredictionVerdict
from podcast_core.domain.queue import WaitingOrder
from podcast_core.wire.base import Body, Page, PersonName, Shape
from podcast_core.wire.sessions import SessionBox


class CandidatesQuery(Body):
    """Which predictions that wait for a verdict, and in which order."""

    holder: str = ""
    label: str = ""
    order: WaitingOrder = WaitingOrder.LOWEST
    offset: int = 0
    limit: int = 50
    after: str = Field("", description="where the part before ended, as `next` says; instead of offset")


class WaitingPrediction(SessionBox):
    """A prediction that waits for a verdict, and the session and recording that it is in."""

    session_id: str
    duration_s: float
    started_at: datetime | None
    file_name: str
    sample_rate_hz: int
    site: str


class Candidates(Page[WaitingPrediction]):
    """A part of the predictions that wait, and how many wait in all by label."""

    counts: dict[str, int]


class VerdictIn(Body):
    """A verdict on one prediction."""

    session_id: str
    prediction_id: str
    verdict: PredictionVerdict


class VerdictsIn(Body):
    """Verdicts on predictions of many sessions."""

    verdict_id: str
    annotator: PersonName
    items: list[VerdictIn]


class SkippedVerdict(Shape):
    """A verdict that was not kept."""

    session_id: str
    prediction_id: str
    reason: str


class Verified(Shape):
    """What became of verdicts."""

    kept: int
    session_ids: list[str]
    skipped: list[SkippedVerdict]
    repeated: bool
