"""Candidates: which sessions a selection would choose, before a job does it."""

from datetime import datetime

from pydantic import Field

from podcast_core.domain.pool import Pool
from podcast_core.wire.base import Page, Shape


class PoolTotals(Shape):
    """How much a pool holds, and how much of it would be chosen; outcomes of answers that are there."""

    sessions: int
    seconds: float
    chosen_sessions: int
    chosen_seconds: float
    outcomes: dict[str, int]


class SelectedSession(Shape):
    """A session, its best score, and why it would be chosen or not."""

    session_id: str
    recording_id: str
    file_name: str
    site: str
    channel: int
    start_s: float
    end_s: float
    started_at: datetime | None
    score: float | None
    prediction_count: int
    outcome: str
    pool: Pool
    chosen: bool
    why: str


class SelectionPreview(Page[SelectedSession]):
    """The sessions in their pools, one part of the list at a time; ``pools`` counts all of them.

    In a round of more than 1,000 sessions what was found at ``computed_at`` is kept: for ten minutes, while people
    answer; until sessions are added or archived, while nobody does.
    """

    model: str
    pools: dict[Pool, PoolTotals]
    without_time: int = Field(description="sessions that were left out, since nobody knows when they began")
    computed_at: datetime | None = Field(description="null: now")
