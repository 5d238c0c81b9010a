"""Reviews: verdicts on submissions."""

from datetime import datetime

from pydantic import Field

from podcast_core.domain.review import Verdict
from podcast_core.wire.base import Body, PersonName, Shape
from podcast_core.wire.submissions import SubmissionIn


class ReviewIn(Body):
    """One verdict on one submission."""

    review_id: str
    submission_id: str
    reviewer: PersonName
    verdict: Verdict
    comment: str = ""
    correction: SubmissionIn | None = None


class Review(Shape):
    """A verdict on a submission."""

    id: str
    submission_id: str
    reviewer: str
    verdict: Verdict
    comment: str
    corrected_id: str | None
    created_at: datetime


class Reviewed(Shape):
    """The acknowledgement of a review."""

    review_id: str
    verdict: Verdict
    corrected_id: str | None


class QueueIn(Body):
    """A queue to save: a filter and an order of sessions, as in the address of their list."""

    name: str = Field(min_length=1, max_length=80)
    query: str = Field(max_length=2000, description="as in `?label=call&verdict=waiting&sort=newest`, without the `?`")
    who: PersonName | None = None


class SavedQueue(Shape):
    """A queue that somebody saved."""

    name: str
    query: str
    who: str
    created_at: datetime


class ReviewPlace(Shape):
    """Where a session is in a queue of answers."""

    previous_id: str | None
    next_ids: list[str] = Field(description="the next few")
    obstacle: str = Field(description="why the reviewer cannot accept its answer; empty when they can")
