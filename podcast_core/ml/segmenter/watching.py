"""Looking at what a network has not heard, while it learns."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

LOOKS = 6  # at parts that were not heard


class Watch:
    """Measures something at even distances of a stage, and writes it into a list of as many values."""

    def __init__(self, measure: Callable[[], float], values: list[float | None]) -> None:
        self._measure = measure
        self._values = values

    def look(self, share: float) -> bool:
        """Measure when it is time to; it is never enough."""
        now = int(share * LOOKS) - 1
        if now >= 0 and self._values[now] is None:
            self._values[now] = self._measure()
        return False

    def fill(self) -> None:
        """Fill in what was skipped by long steps: it is as good as what came after it."""
        after = 0.0
        for index in reversed(range(LOOKS)):
            after = self._values[index] = after if (value := self._values[index]) is None else value


def take_first(items: Iterable[T], measure: Callable[[T], int], enough: int) -> list[T]:
    """Take the first items, until their measures add up to enough."""
    taken: list[T] = []
    for item in items:
        if sum(map(measure, taken)) >= enough:
            break
        taken.append(item)
    return taken
