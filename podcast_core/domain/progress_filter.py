"""Which part of the work, or of the sound, the figures of the page *Progress* count."""

from dataclasses import dataclass
from datetime import date

from podcast_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class ProgressFilter:
    """Rounds, and filters that let everything through while they are empty.

    Days are UTC and both are included: those on which answers were given, or on which the sound was recorded, as the
    figure's own axis has them. What has no day is left out where days are given.
    """

    round_ids: tuple[str, ...]
    date_from: date | None = None
    date_to: date | None = None
    annotators: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.date_from and self.date_to and self.date_from > self.date_to:
            raise InvalidInput(f"The first day must not be after the last, found {self.date_from} to {self.date_to}.")
