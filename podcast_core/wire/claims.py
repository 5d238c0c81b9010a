"""Claims: sessions that somebody holds while answering them, and what is left of the queue."""

from datetime import date

from pydantic import Field

from podcast_core.domain.queue import QueueOrder
from podcast_core.wire.base import Body, Holder, PersonName, Shape
from podcast_core.wire.sessions import Session


class ClaimRequest(Body):
    """Ask for sessions to label."""

    holder: Holder
    annotator: PersonName
    count: int = 1
    session_id: str | None = None
    include_skipped: bool = False
    order: QueueOrder = QueueOrder.QUEUE
    site: str = ""
    date_from: date | None = None
    date_to: date | None = None
    label: str = ""
    unjudged: bool = False


class ReleaseRequest(Body):
    """Let go of sessions."""

    holder: Holder
    session_ids: list[str] | None = None


class QueueProgress(Shape):
    """Sessions of a round by outcome, and how many need an answer still."""

    sessions: int
    labelled: int
    empty: int
    verified: int
    unsure: int
    skipped: int
    rejected: int = Field(description="their answer was rejected in review")
    unreviewed: int
    open: int


class Claimed(Shape):
    """What a claim brought; ``message`` says why nothing, ``matching`` counts what the filters let through."""

    sessions: list[Session]
    state: str
    message: str
    progress: QueueProgress
    matching: int
