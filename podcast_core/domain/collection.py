"""Collections: many clips of a round at once, each described by a vector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from podcast_core.domain.checks import check_between, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput

MAX_WINDOW_S = 3600.0  # chosen: a vector of more than an hour tells no calls apart
MIN_WINDOW_S = 0.005  # chosen: the shortest calls of bats take some milliseconds


class Unit(StrEnum):
    """What a clip of a collection is."""

    SESSION = "session"
    WINDOW = "window"
    ANNOTATION = "annotation"
    PREDICTION = "prediction"


@dataclass(frozen=True, slots=True)
class Collection:
    """The clips of one round that are explored together, described by one embedder.

    ``embedder`` is its name and version (``three-views/1``). ``window_s`` and ``hop_s`` are those of windows, None for
    other units. ``dimension`` is 0 until the first clips are described; ``finished_at`` is None until all are.
    """

    id: str
    round_id: str
    name: str
    unit: Unit
    embedder: str
    who: str
    window_s: float | None = None
    hop_s: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime = field(default_factory=utc_now)
    dimension: int = 0
    finished_at: datetime | None = None
    clip_count: int = 0

    def __post_init__(self) -> None:
        check_id(self.id, "Collection")
        check_text(self.name, "A collection's name", 120)
        check_text(self.embedder, "An embedder", 120)
        check_text(self.who, "The person's name", 80)
        check_utc(self.created_at, "created_at")
        check_utc(self.finished_at, "finished_at")
        has_window = self.window_s is not None and self.hop_s is not None
        if (self.unit is Unit.WINDOW) != has_window or (self.window_s is None) != (self.hop_s is None):
            raise InvalidInput(
                f"Windows, and only windows, have a length and a hop, found {self.window_s} s and {self.hop_s} s "
                f"for the unit {self.unit.value!r}."
            )
        check_between(self.window_s, "A window's length", MIN_WINDOW_S, MAX_WINDOW_S, " s")
        check_between(self.hop_s, "The hop between windows", MIN_WINDOW_S, MAX_WINDOW_S, " s")


@dataclass(frozen=True, slots=True)
class CollectionEnd:
    """That all clips of a collection were described; ``failed`` maps those that could not be to the reason."""

    collection_id: str
    finished_at: datetime
    dimension: int
    failed: Mapping[int, str] = field(default_factory=dict)
