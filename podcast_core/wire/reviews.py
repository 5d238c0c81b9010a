"""Reviews: verdicts on submissions."""

from datetime import datetime

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
