"""Annotations of the answers that count, found across rounds; and what was found given another label."""

from typing import Annotated

from pydantic import Field

from podcast_core.wire.base import ActId, Body, Shape


class FoundAnnotation(Shape):
    """A box that was found; times are seconds of the *recording*, but for ``start_in_session_s``."""

    round_id: str
    session_id: str
    submission_id: str
    file_name: str
    label: str
    start_s: float
    end_s: float
    start_in_session_s: float
    low_hz: float | None
    high_hz: float | None
    annotator: str
    outcome: str
    origin: str
    score: float | None
    individual: str
    call_type: str
    unsure: bool
    comment: str
    site: str
    date: str = Field(description="the day (UTC) on which the session began; empty: not known")


class SplitIn(Body):
    """What is found gets a label, or loses its own where that is empty; the same ``id`` again changes nothing."""

    id: ActId
    where: Annotated[str, Field(min_length=1)]
    label: str = ""


class SplitDone(Shape):
    """What became of it; ``act_id`` is the bulk act, which can be undone."""

    act_id: str
    changed: int = Field(description="boxes")
    left: int = Field(description="boxes that stayed, since somebody changed them meanwhile")
    repeated: bool


class SplitPreview(Shape):
    """What would get another label: boxes, and sessions that get a new answer."""

    annotations: int
    sessions: int
