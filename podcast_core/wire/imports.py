"""Predictions and annotations of others, in: shown first, then imported."""

from pydantic import AliasChoices, Field

from podcast_core.wire.base import Shape


class Columns(Shape):
    """Which column of a table is what; empty: none."""

    file: str
    folder: str
    start: str
    end: str
    duration: str
    file_offset: str
    low: str
    high: str
    label: str
    label_else: str
    score: str
    channel: str
    model: str
    individual: str
    call_type: str
    comment: str
    session: str
    recording: str
    unit: str
    frequency_unit: str
    score_unit: str
    first_channel: int


class LeftOut(Shape):
    """What is left out for one reason: how many rows, by the recording that they name, and where the first are."""

    why: str
    count: int
    names: dict[str, int]
    first: list[str]


class Import(Shape):
    """What an import did; ``unmatched`` counts rows by names that the round does not have.

    ``beside`` counts answers kept beside one that goes on to count, by whose that is, ``superseded`` those that count
    no longer; ``ignored`` counts boxes by labels that were left out on request.
    """

    summary: str
    added: int
    known: int
    sessions: int
    unmatched: dict[str, int]
    notes: list[str]
    formats: dict[str, int]
    left_out: list[LeftOut] = Field(validation_alias=AliasChoices("groups", "left_out"))
    outcomes: dict[str, int]
    annotators: dict[str, int]
    beside: dict[str, int]
    superseded: dict[str, int]
    new_labels: list[str]
    ignored: dict[str, int]


class Guess(Shape):
    """What nobody said and had to be guessed, and why."""

    where: str
    what: str
    value: str
    why: str


class OpenLabel(Shape):
    """A label that the round lacks, how many boxes have it, and the round's label that is nearly the same."""

    name: str
    count: int
    guess: str


class PlannedBox(Shape):
    """A box as it is going to be stored: seconds from the start of the recording, channel from 0."""

    session_id: str
    file_name: str
    channel: int
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str
    score: float | None


class Plan(Import):
    """What an import would do. ``open_labels`` need a decision first (``map``, ``add_labels``).

    ``superseding`` counts the answers that would count no longer with ``supersede``, by whose they are.
    """

    boxes: list[PlannedBox] = Field(description="the first of those that are added")
    guesses: list[Guess]
    open_labels: list[OpenLabel]
    superseding: dict[str, int]


class Table(Shape):
    """The beginning of a table, and what its columns seem to mean."""

    file_name: str
    header: list[str]
    rows: list[dict[str, str]]
    columns: Columns
