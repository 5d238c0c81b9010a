"""Calibration: sessions whose answer is known, and how people's answers compare with it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.domain.calibration import MAX_EVERY, MAX_SESSIONS
from podcast_core.domain.difference import Change
from podcast_core.domain.submission import Outcome
from podcast_core.wire.base import Body, Shape
from podcast_core.wire.statistics import Estimate

Count = Annotated[int, Field(ge=0, le=MAX_SESSIONS)]
Every = Annotated[int, Field(ge=0, le=MAX_EVERY)]


class CalibrationIn(Body):
    """Which sessions of a round calibrate, and when they come to each person."""

    session_ids: Annotated[list[str], Field(max_length=MAX_SESSIONS)] = []
    draw_per_label: int | None = Field(
        default=None, ge=1, le=MAX_SESSIONS, description="draw so many with each label from the round's gold instead"
    )
    seed: int = Field(default=0, description="of the draw")
    first: Count = Field(default=3, description="before a person's other sessions")
    every: Every = Field(default=0, description="then one after so many other answers; 0: none")
    told: bool = Field(default=False, description="people see which ones these are before they answer")
    wanted_f1: float | None = Field(default=None, ge=0, le=1, description="below it, people are told to ask a reviewer")
    blocks: bool = Field(default=False, description="and get no other sessions")


class Calibration(Shape):
    """Which sessions of a round calibrate, and when they come to each person."""

    session_ids: list[str]
    first: int
    every: int
    told: bool
    wanted_f1: float | None
    blocks: bool


class PersonCalibrated(Shape):
    """How far somebody agrees with the gold of calibration sessions."""

    person: str
    sessions: int = Field(description="answered, and neither skipped nor unsure")
    f1: Estimate | None
    last_at: datetime
    is_below: bool = Field(description="below the F1 that the round wants")


class ComparedBox(Shape):
    """A box; times count from the start of the session."""

    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str


class CalibratedBox(Shape):
    """A box of the gold, of the answer (``mine``), or both: ``removed`` was missed, ``added`` is too much."""

    change: Change
    gold: ComparedBox | None
    mine: ComparedBox | None


class Feedback(Shape):
    """How an answer to a calibration session compares with its gold."""

    session_id: str
    outcome: Outcome
    gold_outcome: Outcome
    boxes: list[CalibratedBox]
    missed: int
    too_many: int
    relabelled: int
    onset_ms: float | None = Field(description="median of how far boxes begin after those of the gold")
    offset_ms: float | None = Field(description="the same of their ends")
    f1: Estimate | None = Field(description="of all calibration sessions so far, with its 95 % interval")
    answered: int
    waiting: int = Field(description="calibration sessions that come still")
    told: str = Field(description="what somebody below the wanted F1 is told; empty: nothing")
