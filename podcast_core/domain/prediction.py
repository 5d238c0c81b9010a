"""Predictions: boxes that a machine drew, and the sets in which they come."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from podcast_core.domain.box import Call
from podcast_core.domain.checks import check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.times import utc_now


@dataclass(frozen=True, slots=True)
class Prediction(Call):
    """A machine's box with label and score (0 to 1, None when the model gave none)."""

    id: str = field(kw_only=True)
    session_id: str = field(kw_only=True)
    model: str = ""

    def __post_init__(self) -> None:
        check_id(self.id, "Prediction")
        Call.__post_init__(self)


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
