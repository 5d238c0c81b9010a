"""Rounds: made, changed, and how far they are."""

from collections.abc import Iterator
from typing import Any, TypedDict

from podcast_core.client.connection import Connection


class LabelList(TypedDict):
    """A round's labels, and what tells them from an earlier list."""

    labels_id: str
    labels: list["Label"]


class Label(TypedDict):
    """A class name with its colour (``#rrggbb``, chosen when empty) and key."""

    name: str
    color: str
    hotkey: str
    description: str


class Display(TypedDict):
    """How sessions are shown at first."""

    scale: str
    window_samples: int | None
    overlap: float
    low_hz: float | None
    high_hz: float | None
    denoise: str
    color_map: str
    floor_db: float | None
    ceiling_db: float | None
    min_box_s: float
    threshold: float
    window_type: str


class Round(TypedDict):
    """A round."""

    id: str
    name: str
    labels: list[Label]
    description: str
    instructions: str
    site: str
    site_url: str
    created_at: str
    display: Display
    archived_at: str | None
    renamed: dict[str, str]
    own_review: bool


class Progress(TypedDict):
    """Sessions of a round by outcome (``unreviewed``: no answer yet), and how many need an answer still."""

    sessions: int
    open: int
    outcomes: dict[str, int]


class RoundCalls(Connection):
    """Calls about rounds."""

    def list_rounds(self, *, archived: bool = False) -> Iterator[Round]:
        """List rounds, the newest first; ``archived``: those that are, and only they."""
        return self._list(("rounds",), {"archived": archived})

    def get_labels(self, round_id: str) -> LabelList:
        """Get a round's labels; sessions name them by ``labels_id``."""
        found: LabelList = self._get("rounds", round_id, "labels")
        return found

    def get_round(self, round_id: str) -> Round:
        """Get a round."""
        found: Round = self._get("rounds", round_id)
        return found

    def add_round(self, **fields: Any) -> Round:
        """Add a round; ``name`` and ``labels`` (a list of ``{"name": ...}``) are needed."""
        added: Round = self._send("POST", ("rounds",), fields)
        return added

    def change_round(self, round_id: str, **changes: Any) -> Round:
        """Change texts, labels or display of a round."""
        changed: Round = self._send("PATCH", ("rounds", round_id), changes)
        return changed

    def get_progress(self, round_id: str) -> Progress:
        """Count a round's sessions by outcome."""
        found: Progress = self._get("rounds", round_id, "progress")
        return found
