"""Maps: the clips of a collection as points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from podcast_core.domain.checks import check_between, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now


@dataclass(frozen=True, slots=True)
class Map:
    """A place in 2 or 3 dimensions for every clip of a collection; ``is_fitted_on`` says from which clips it learnt."""

    id: str
    collection_id: str
    method: str
    dimensions: int
    who: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime = field(default_factory=utc_now)
    finished_at: datetime | None = None
    is_fitted_on: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.id, "Map")
        check_text(self.method, "A map's method", 40)
        check_between(self.dimensions, "The number of a map's dimensions", 2, 3)
        check_text(self.who, "The person's name", 80)
        check_utc(self.created_at, "created_at")
        check_utc(self.finished_at, "finished_at")
