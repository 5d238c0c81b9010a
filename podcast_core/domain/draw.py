"""Draws: clips drawn once to be heard, so that the calls in all clips can be estimated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from podcast_core.domain.checks import check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput


class Heard(StrEnum):
    """What somebody says of a drawn clip: the call is there, it is not, it cannot be told; or a verdict taken back."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    TAKEN_BACK = ""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Clips with scores in a range: how many there are, and some of them in the order in which they are to be heard."""

    low: float
    high: float
    clips: int
    numbers: tuple[int, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """Clips drawn once, by score, to find out in how many of all clips a call is (`podcast_core.ml.agile.density`)."""

    id: str
    collection_id: str
    classifier_id: str
    label: str
    strata: tuple[Stratum, ...]
    who: str
    drawn_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Draw")
        check_text(self.label, "A label", 80)
        check_text(self.who, "The person's name", 80)
        check_utc(self.drawn_at, "drawn_at")


@dataclass(frozen=True, slots=True)
class DrawAnswer:
    """What somebody heard in clips of a draw, by number; of several answers about a clip the newest counts."""

    id: str
    collection_id: str
    draw_id: str
    heard: Mapping[int, Heard]
    who: str
    answered_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Answer")
        check_text(self.who, "The person's name", 80)
        check_utc(self.answered_at, "answered_at")
        if not self.heard or min(self.heard) < 0:
            raise InvalidInput("An answer is about at least one clip, and clips count from 0.")
