"""How many clips have a call: clips are drawn for it, people say what they hear in them, and the rest is estimated."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from podcast_core.domain.draw import Heard
from podcast_core.domain.limits import HEARD_PER_BIN, MAX_PER_BIN
from podcast_core.wire.base import Body, Number, PersonName, Shape

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


class DensityIn(Body):
    """What somebody has heard in drawn clips, by number: true and false are yes and no, empty takes a verdict back.

    ``per_bin`` clips of each bin of scores are wanted.
    """

    label: str
    heard: Annotated[dict[Number, SaidIn], Field(max_length=4 * MAX_PER_BIN)] = {}
    per_bin: Annotated[int, Field(ge=1, le=MAX_PER_BIN)] = HEARD_PER_BIN
    annotator: PersonName | None = None
