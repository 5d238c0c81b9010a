"""What waits for somebody, and what they have done."""

from datetime import date, datetime

from pydantic import Field

from podcast_core.wire.base import Shape


class Waiting(Shape):
    """What of a round waits for somebody."""

    round_id: str
    name: str
    left: int = Field(description="sessions that they may answer still")
    assigned: int = Field(description="of these, assigned to them singly")
    calibrating: int = Field(description="calibration sessions that come to them")
    advice: str = Field(description="what they are told who stay below the F1 that the round wants")


class Told(Shape):
    """What somebody said about an answer."""

    session_id: str
    submission_id: str
    verdict: str = Field(description="empty: a comment")
    text: str
    who: str
    at: datetime


class SaidOf(Shape):
    """What others said about somebody's answers in a round; where these are hidden, only what was sent back."""

    round_id: str
    name: str
    sent_back: list[Told] = Field(description="rejected, and not answered anew")
    verdicts: list[Told]
    comments: list[Told]
    disputed: list[str] = Field(description="sessions in which somebody else saw other labels")


class DayOfWork(Shape):
    """One day (UTC): sessions whose answer counts, seconds of their sound, and boxes in them."""

    day: date
    sessions: int
    seconds: float
    boxes: int


class Work(Shape):
    """What waits for somebody, what was said about their answers, and what they have done."""

    person: str
    waiting: list[Waiting]
    said: list[SaidOf]
    days: list[DayOfWork]
    given: int = Field(description="all of their answers, skips and those that do not count, too")
