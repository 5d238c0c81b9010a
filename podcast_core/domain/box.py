"""Boxes: stretches of sound, in time and perhaps in frequency, and what is said to be in them.

All that lies in time is a `Stretch`, and has its length and its ways to be compared from there. A `Call` has a label,
and checks itself. Times count from the start of the recording, unless a class says that they count from the start of
the session: `Stretch.shifted`, `Session.to_session` and `Session.to_recording` bring one to the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from podcast_core.domain.checks import check_box, check_score, check_text

MAX_LABEL_LENGTH = 80
ROUNDING = 1e-6  # seconds or hertz: what the way through the time of a session and JSON may change


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, in seconds. What is made of it says what it must be, see `check_box`."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    def shifted(self, by_s: float) -> Self:
        """Give the same with times that count from ``by_s`` earlier."""
        return replace(self, start_s=self.start_s + by_s, end_s=self.end_s + by_s)

    def cut_to(self, window: "Stretch") -> Self:
        """Give what of it lies in a window, with times from the window's start; the two must overlap."""
        start_s, end_s = max(self.start_s, window.start_s), min(self.end_s, window.end_s)
        return replace(self, start_s=start_s - window.start_s, end_s=end_s - window.start_s)

    def is_within(self, window: "Stretch") -> bool:
        """Tell whether all of it lies in a window, but for rounding."""
        return self.start_s >= window.start_s - ROUNDING and self.end_s <= window.end_s + ROUNDING

    def overlaps(self, other: "Stretch") -> bool:
        """Tell whether the two have some time in common; those that touch have none."""
        return self.start_s < other.end_s and self.end_s > other.start_s

    def measure_common_s(self, other: "Stretch") -> float:
        """Measure how many seconds the two have in common."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))

    def measure_iou(self, other: "Stretch") -> float:
        """Measure intersection over union in time: 0 where they have nothing in common, 1 where they are the same."""
        return self.measure_common_s(other) / (max(self.end_s, other.end_s) - min(self.start_s, other.start_s))


@dataclass(frozen=True, slots=True)
class Box(Stretch):
    """A stretch with the band from ``low_hz`` to ``high_hz``, or without one."""

    low_hz: float | None = field(default=None, kw_only=True)
    high_hz: float | None = field(default=None, kw_only=True)

    def put_at(self, other: "Box") -> Self:
        """Give the same at the place of another box."""
        return replace(self, start_s=other.start_s, end_s=other.end_s, low_hz=other.low_hz, high_hz=other.high_hz)

    def is_at(self, other: "Box") -> bool:
        """Tell whether it has the place of another box, but for rounding."""
        pairs = ((self.start_s, other.start_s), (self.end_s, other.end_s), (self.low_hz, other.low_hz))
        return all(
            one == two or (one is not None and two is not None and abs(one - two) <= ROUNDING)
            for one, two in (*pairs, (self.high_hz, other.high_hz))
        )


@dataclass(frozen=True, slots=True)
class Call(Box):
    """A box with a label and, where a model found it, a score from 0 to 1 (None: it gave none)."""

    label: str
    score: float | None = None

    def __post_init__(self) -> None:
        check_box(self.start_s, self.end_s, self.low_hz, self.high_hz)
        check_text(self.label, "A label", MAX_LABEL_LENGTH)
        check_score(self.score)


def join_stretches(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Join stretches that touch or overlap, and sort them."""
    joined: list[Stretch] = []
    for each in sorted(stretches, key=lambda each: (each.start_s, each.end_s)):
        if joined and each.start_s <= joined[-1].end_s:
            joined[-1] = Stretch(joined[-1].start_s, max(joined[-1].end_s, each.end_s))
        else:
            joined.append(Stretch(each.start_s, each.end_s))
    return joined
