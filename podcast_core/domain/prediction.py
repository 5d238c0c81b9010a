"""Predictions: boxes that a machine drew, and the sets in which they come."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from podcast_core.domain.checks import check_box, check_score, check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now


@dataclass(frozen=True, slots=True)
class Prediction:
    """A machine's box with label and score (0 to 1, None when the model gave none)."""

    id: str
    session_id: str
    start_s: float
    end_s: float
    label: str
    score: float | None = None
    low_hz: float | None = None
    high_hz: float | None = None
    model: str = ""

    def __post_init__(self) -> None:
        check_id(self.id, "Prediction")
        check_box(self.start_s, self.end_s, self.low_hz, self.high_hz)
        check_text(self.label, "A prediction's label", 80)
        check_score(self.score)


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """All predictions of one model for one round, added together. The newest set of a model is shown."""

    id: str
    round_id: str
    model: str
    predictions: tuple[Prediction, ...]
    source: str = ""
    created_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Prediction set")
        check_text(self.model, "A model's name", 120)
        check_utc(self.created_at, "created_at")

    @property
    def prediction_count(self) -> int:
        """Number of boxes."""
        return len(self.predictions)


def copy_predictions(earlier: Iterable[Prediction], set_id: str) -> list[Prediction]:
    """Copy predictions into a newer set, for sessions that it says nothing about: only a model's newest is shown."""
    return [replace(each, id=f"{set_id}-e{number}") for number, each in enumerate(earlier, start=1)]


class PredictionVerdict(StrEnum):
    """What somebody says about one prediction; ``none`` takes back what they said before."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PredictionSetInfo:
    """A prediction set without its boxes."""

    id: str
    round_id: str
    model: str
    source: str
    created_at: datetime
    prediction_count: int
