"""Two namings of clips side by side, and some clips of each kind."""

from typing import Annotated

from pydantic import Field

from podcast_core.domain.limits import MAX_STRATA_BINS
from podcast_core.domain.strata import Order
from podcast_core.wire.base import Body, Numbers, Shape
from podcast_core.wire.search import FilterIn


class Margin(Shape):
    """How many clips one side (rows) and the other one (columns) call what; the last label is none."""

    labels: list[str]
    counts: list[list[int]]


class Stratum(Shape):
    """Clips of one kind: the values of the columns, how many there are, and those that were selected."""

    values: list[str]
    clips: int
    numbers: list[int]


class Strata(Shape):
    """What was selected, kind by kind."""

    items: list[Stratum]


class StrataIn(Body):
    """What is to be selected: ``count`` clips of each kind.

    ``by`` names columns; clips with the same values in all of them are of one kind, and numbers are cut into ``bins``
    ranges with equally many clips. ``score`` is that of a classifier for a label where they are named. ``numbers``: of
    these clips only.
    """

    by: list[str] = ["label"]
    count: Annotated[int, Field(ge=1, le=100_000)] = 10
    order: Order = Order.RANDOM
    bins: Annotated[int, Field(ge=1, le=MAX_STRATA_BINS)] = 5
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    numbers: Numbers | None = None
    filters: list[FilterIn] = []
    classifier_id: str = ""
    label: str = ""
