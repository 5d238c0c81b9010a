"""The history of a session: its answers, what each of them changed, and what differs between two."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.domain.difference import Change
from podcast_core.domain.submission import Outcome
from podcast_core.wire.base import Body, PersonName, Shape
from podcast_core.wire.reviews import Review
from podcast_core.wire.submissions import Annotation

Revision = Annotated[int, Field(ge=0, lt=2**31)]


class Step(Shape):
    """An answer with the verdicts on it; ``changes`` counts boxes, compared with the answer that was on screen."""

    submission_id: str
    revision: int
    annotator: str
    outcome: Outcome
    submitted_at: datetime
    active_s: float | None = Field(description="seconds that somebody worked on it")
    action_count: int | None = Field(description="edits")
    comment: str
    compared_with: int | None = Field(description="the revision that was on screen; null: none")
    changes: dict[Change, int]
    restores: str = Field(description="the answer that this one says again; empty for others")
    bulk_id: str = Field(description="the bulk act that made it; empty for others")
    beside: bool = Field(description="imported beside another answer, and not counted in its place")
    taken_back: bool = Field(description="its bulk act was undone: it counts nowhere")
    reviews: list[Review]


class History(Shape):
    """All answers of a session, the oldest first; ``counting_id`` is the one that counts."""

    session_id: str
    counting_id: str | None
    newest_revision: int
    steps: list[Step]


class BoxDifference(Shape):
    """A box before and after; null where it was added or removed. Times are seconds of the *recording*."""

    change: Change = Field(description="a box that was moved and has another label is relabelled")
    moved: bool
    before: Annotation | None
    after: Annotation | None


class Differences(Shape):
    """What differs between two answers; ``before_revision`` 0: nothing was there before."""

    before_revision: int
    after_revision: int
    changes: dict[Change, int]
    outcome_before: Outcome | None
    outcome_after: Outcome
    comment_before: str
    comment_after: str
    boxes: list[BoxDifference]


class RestoreIn(Body):
    """Which answer comes back, in whose name; ``base_revision`` is the newest answer that they have seen."""

    submission_id: str
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    annotator: PersonName
    base_revision: Revision


class Restored(Shape):
    """The acknowledgement of a restored answer; ``repeated``: it was restored before."""

    submission_id: str
    revision: int
    repeated: bool
