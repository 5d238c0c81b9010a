"""Answers: what an annotator hands in for one session, before it is checked and becomes a submission."""

from dataclasses import dataclass
from datetime import datetime

from podcast_core.domain.box import Box
from podcast_core.domain.submission import Outcome


@dataclass(frozen=True, slots=True)
class AnswerBox(Box):
    """One box of an answer, in seconds from the start of the *session*. It is checked when that is known."""

    label: str
    prediction_id: str | None = None
    comment: str = ""
    unsure: bool = False
    individual: str = ""
    call_type: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an annotator hands in for one session, see `domain.Submission`. Box times are session times."""

    submission_id: str
    round_id: str
    session_id: str
    annotator: str
    outcome: Outcome
    boxes: tuple[AnswerBox, ...] = ()
    rejected_prediction_ids: tuple[str, ...] = ()
    comment: str = ""
    base_revision: int = 0
    started_at: datetime | None = None
    unreviewed_prediction_ids: tuple[str, ...] = ()
    score_threshold: float | None = None
    active_s: float | None = None
    action_count: int | None = None
    decides: tuple[str, ...] = ()
