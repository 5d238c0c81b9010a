"""Reviews: verdicts on submissions."""

from datetime import datetime

from pydantic import Field

from podcast_core.domain.remark import RemarkKind
from podcast_core.domain.review import Verdict
from podcast_core.wire.base import ActId, Body, PersonName, Shape
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
    act_id: str = Field(description="the bulk verdict that it is a part of; empty: none")
    withdrawn: bool = Field(description="that was undone, and it counts no more")


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


class Seen(Body):
    """A session with the answer that somebody saw."""

    session_id: str
    submission_id: str


class JudgingIn(Body):
    """One verdict on many answers: on those that are named, or on all that a queue finds."""

    verdict: Verdict = Field(description="accept or reject")
    seen: list[Seen] | None = Field(default=None, max_length=20_000, description="null: all that the queue finds")
    query: str = Field(default="", max_length=2000, description="a queue: filters as in the address of the sessions")
    reviewer: PersonName | None = None


class BulkReviewIn(JudgingIn):
    """The same, to be done."""

    act_id: ActId
    comment: str = ""


class UndoReviewsIn(Body):
    """What withdraws all verdicts of a bulk verdict."""

    act_id: ActId = Field(description="of the undo")
    who: PersonName | None = None


class LeftReview(Shape):
    """A session whose answer is not judged, and why."""

    session_id: str
    reason: str


class Judging(Shape):
    """What a verdict on many answers would do, or did."""

    act_id: str | None = Field(description="null: it was not done yet")
    judged: int
    left: list[LeftReview]
    reasons: dict[str, int] = Field(description="how many are left for which reason")


class ReviewAct(Shape):
    """One verdict on many answers."""

    id: str
    who: str
    verdict: Verdict
    comment: str
    count: int
    acted_at: datetime
    undone_by: str = Field(description="empty: it stands")


class RemarkIn(Body):
    """A comment on an answer, or a tag that is put on or off."""

    remark_id: str
    submission_id: str
    author: PersonName
    kind: RemarkKind
    text: str = Field(max_length=4000)


class Remark(Shape):
    """A comment on an answer, or a tag that was put on or off."""

    id: str
    submission_id: str
    author: str
    kind: RemarkKind
    text: str
    created_at: datetime


class Thread(Shape):
    """What people say about a session."""

    comments: list[Remark]
    tags: list[str]


class Tag(Shape):
    """A tag of a round, and how many sessions have it."""

    name: str
    sessions: int
