"""Predictions: boxes that a machine drew, and the sets in which they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import overload

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


_COLUMNS = ("id", "session_id", "start_s", "end_s", "low_hz", "high_hz", "label", "score")


@dataclass(frozen=True, slots=True, eq=False)
class PredictionColumns(Sequence[Prediction]):
    """A model's predictions by columns of equal length, for sets of a hundred thousand: each is made when asked for.

    Whoever makes the columns has checked what is in them.
    """

    model: str
    ids: Sequence[str]
    session_ids: Sequence[str]
    starts_s: Sequence[float]
    ends_s: Sequence[float]
    lows_hz: Sequence[float | None]
    highs_hz: Sequence[float | None]
    labels: Sequence[str]
    scores: Sequence[float | None]

    @classmethod
    def of(cls, model: str, predictions: Sequence[Prediction]) -> "PredictionColumns":
        """Give predictions of a model by columns."""
        if isinstance(predictions, PredictionColumns):
            return predictions
        rows = map(attrgetter(*_COLUMNS), predictions)
        return cls(model, *(list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)))

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Prediction: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Prediction, ...]: ...
    def __getitem__(self, at: int | slice) -> Prediction | tuple[Prediction, ...]:
        if isinstance(at, slice):
            return tuple(self[each] for each in range(*at.indices(len(self))))
        return Prediction(
            id=self.ids[at],
            session_id=self.session_ids[at],
            start_s=self.starts_s[at],
            end_s=self.ends_s[at],
            low_hz=self.lows_hz[at],
            high_hz=self.highs_hz[at],
            label=self.labels[at],
            score=self.scores[at],
            model=self.model,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """All predictions of one model for one round, added together. The newest set of a model is shown."""

    id: str
    round_id: str
    model: str
    predictions: Sequence[Prediction]
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
