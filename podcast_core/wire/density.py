"""How many clips have a call: clips are drawn for it, people say what they hear in them, and the rest is estimated."""

from datetime import datetime
from typing import Literal

from podcast_core.domain.draw import Heard
from podcast_core.wire.base import Shape

SaidIn = bool | Literal["yes", "no", "unsure", ""]


class Bin(Shape):
    """Clips of a range of scores (log odds). Of those that were ``unsure``, others are heard in their place."""

    low: float
    high: float
    clips: int
    heard: int
    calls: int
    unsure: int


class DensityFigures(Shape):
    """The share of all clips that have the call, with its interval of 90 %.

    ``to_hear`` are the drawn clips that are still to be heard, in their order; with none of them there is enough.
    """

    share: float
    low: float
    high: float
    clips: int
    heard: int
    bins: list[Bin]
    auc: float | None
    has_enough: bool
    to_hear: list[int]


class Density(DensityFigures):
    """A draw of a classifier and label, what was said of its clips, and what follows from it."""

    draw_id: str
    classifier_id: str
    label: str
    who: str
    drawn_at: datetime
    verdicts: dict[int, Heard]


class Densities(Shape):
    """What calls were counted of, the newest first."""

    items: list[Density]
