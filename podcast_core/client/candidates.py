"""Candidates: which sessions a selection would choose."""

from typing import Any, TypedDict

from podcast_core.client.connection import Connection


class Pool(TypedDict):
    """How much a pool holds, and how much of it would be chosen."""

    sessions: int
    seconds: float
    chosen_sessions: int
    chosen_seconds: float
    outcomes: dict[str, int]


class SelectedSession(TypedDict):
    """A session, its best score, and why it would be chosen or not."""

    session_id: str
    recording_id: str
    file_name: str
    site: str
    channel: int
    start_s: float
    end_s: float
    started_at: str | None
    score: float | None
    prediction_count: int
    outcome: str
    pool: str
    chosen: bool
    why: str


class SelectionPreview(TypedDict):
    """The sessions in their pools, one part of the list at a time."""

    items: list[SelectedSession]
    total: int
    offset: int
    limit: int
    next: str | None
    model: str
    pools: dict[str, Pool]
    without_time: int


class CandidateCalls(Connection):
    """Calls about the selection of sessions."""

    def preview_selection(self, round_id: str, **choice: Any) -> SelectionPreview:
        """Tell which sessions a job ``select`` would choose.

        The choice is ``model`` or ``run_id``, ``high``, ``low``, ``quiet_is_negative``, ``from``, ``to``,
        ``negatives``, ``unreviewed``, ``seed``; ``pool``, ``chosen``, ``limit`` and ``offset`` say which sessions are
        listed.
        """
        found: SelectionPreview = self._get("rounds", round_id, "candidates", query=choice)
        return found
