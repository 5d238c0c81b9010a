"""Sheets: predictions looked at with their recordings, without a round; only who opened one can see it."""

from pydantic import Field

from podcast_core.domain.sheet import Role
from podcast_core.wire.base import Body, Finite, Shape
from podcast_core.wire.imports import Guess, LeftOut
from podcast_core.wire.recordings import Refused


class SheetTable(Shape):
    """A table of a sheet: what is in it, how it was read, and what of it found no place.

    ``areas`` are the channels or sessions that a truth has searched, ``unsearched`` counts recordings that it has not.
    """

    role: Role
    name: str
    count: int
    labels: dict[str, int] = Field(description="boxes by label, the most frequent first")
    least_score: float | None
    greatest_score: float | None
    read_as: str
    notes: list[str]
    left_out: list[LeftOut]
    guesses: list[Guess]
    areas: int
    unsearched: int


class Sheet(Shape):
    """An open sheet; ``without`` counts recordings without a prediction, ``unreadable`` names those with the reason."""

    id: str
    recordings: int
    without: int
    unreadable: list[Refused]
    tables: list[SheetTable]


class SheetRecording(Shape):
    """A recording of a sheet; its length is known once a row has named it."""

    number: int
    file_name: str
    predictions: int
    duration_s: float | None


class SheetRow(Shape):
    """A box: seconds from the start of the recording, channel from 0.

    ``relation`` (matched, alone, label, outside) and the partner are there where tables are compared.
    """

    number: int
    recording: int
    file_name: str
    channel: int
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float | None
    model: str
    comment: str
    where: str
    relation: str
    partner_label: str
    partner_score: float | None


class LabelFigures(Shape):
    """One label at a threshold; ``suggested`` is the score with the best F1, and its interval of 95 %."""

    label: str
    known: int
    found: int
    right: int
    precision: float
    recall: float
    f1: float
    suggested: float | None
    suggested_low: float | None
    suggested_high: float | None


class CurvePoint(Shape):
    """Precision and recall of a label from a score on."""

    threshold: float
    precision: float
    recall: float
    f1: float


class SheetComparison(Shape):
    """A sheet's predictions against another table; ``rule`` says when two boxes match.

    ``labels``, ``total`` and ``curves`` are there against a truth only: they are precision and recall.
    """

    against: Role
    threshold: float
    other_threshold: float
    rule: str
    counts: dict[str, int]
    labels: list[LabelFigures]
    total: LabelFigures | None
    curves: dict[str, list[CurvePoint]]


class KeepIn(Body):
    """Make a round of a sheet."""

    round_name: str
    session_length_s: Finite = 60.0
