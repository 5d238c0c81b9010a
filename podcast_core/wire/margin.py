"""Two namings of clips side by side, and some clips of each kind."""

from podcast_core.wire.base import Shape


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
