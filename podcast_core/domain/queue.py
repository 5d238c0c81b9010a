"""The queue of a round: in which order sessions and predictions come, and which."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from podcast_core.domain.checks import check_text
from podcast_core.errors import InvalidInput


class QueueOrder(StrEnum):
    """In which order sessions come."""

    QUEUE = "queue"
    RANDOM = "random"
    TIME = "time"
    SCORE = "score"
    UNCERTAINTY = "uncertainty"
    SITE = "site"
    GAIN = "gain"
    NO_PREDICTIONS = "no_predictions"


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """An order with filters; empty filters let everything through. Days are UTC, both are included.

    ``unjudged`` lets sessions through that have a prediction (of the label) to judge.
    """

    order: QueueOrder = QueueOrder.QUEUE
    site: str = ""
    date_from: date | None = None
    date_to: date | None = None
    label: str = ""
    unjudged: bool = False
    seed: str = ""

    def __post_init__(self) -> None:
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise InvalidInput(f"The first day must not be after the last, found {self.date_from} to {self.date_to}.")
        for value, what in ((self.site, "A site"), (self.label, "A label")):
            if value:
                check_text(value, what, 200)
        if self.order is QueueOrder.NO_PREDICTIONS and (self.label or self.unjudged):
            found = f"label {self.label!r}" if self.label else "only predictions to judge"
            raise InvalidInput(f"Sessions without predictions cannot be filtered by their predictions, found {found}.")

    @property
    def is_filtered(self) -> bool:
        """Whether some sessions of the round are left out."""
        filters = (self.site, self.date_from, self.date_to, self.label, self.unjudged)
        return self.order is QueueOrder.NO_PREDICTIONS or any(filters)


class WaitingOrder(StrEnum):
    """In which order predictions come; those without a score come last where scores decide."""

    LOWEST = "lowest"
    HIGHEST = "highest"
    UNCERTAINTY = "uncertainty"
    TIME = "time"
