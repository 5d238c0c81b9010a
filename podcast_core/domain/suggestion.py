"""Suggestions: in which order labels are expected to help a model most, as a run suggests."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An order of a round's sessions; ``seed`` and ``random_share`` say which of them were drawn at random."""

    id: str
    round_id: str
    run_id: str
    seed: int
    random_share: float
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SuggestedPlace:
    """Where a session comes (from 0), why (see `podcast_core.ml.acquisition.Reason`), and its gain from 0 to 1."""

    session_id: str
    place: int
    reason: str
    gain: float
