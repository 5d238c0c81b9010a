"""Exports and imports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from podcast_core.client.connection import Connection, OnProgress

Option = str | bool | float | Sequence[str] | Mapping[str, str]


class Format(TypedDict):
    """A format, and whether rounds are written and files are read in it."""

    name: str
    title: str
    writes: bool
    reads: bool


class ExportPreview(TypedDict):
    """The beginning of an export's largest file, what the format leaves out, and sessions by outcome."""

    file_name: str
    text: str
    rows: list[dict[str, str]]
    notes: list[str]
    outcomes: dict[str, int]


class Columns(TypedDict):
    """Which column of a table is what."""

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


class Table(TypedDict):
    """The beginning of a table, and what its columns seem to mean."""

    file_name: str
    header: list[str]
    rows: list[dict[str, str]]
    columns: Columns


class LeftOut(TypedDict):
    """What is left out for one reason: how many rows, by the recording that they name, and where the first are."""

    why: str
    count: int
    names: dict[str, int]
    first: list[str]


class Import(TypedDict):
    """What an import did."""

    summary: str
    added: int
    known: int
    sessions: int
    unmatched: dict[str, int]
    notes: list[str]
    formats: dict[str, int]
    left_out: list[LeftOut]
    outcomes: dict[str, int]
    annotators: dict[str, int]
    beside: dict[str, int]
    superseded: dict[str, int]
    new_labels: list[str]
    ignored: dict[str, int]


class Guess(TypedDict):
    """What nobody said and had to be guessed, and why."""

    where: str
    what: str
    value: str
    why: str


class OpenLabel(TypedDict):
    """A label that the round lacks, how many boxes have it, and the round's label that is nearly the same."""

    name: str
    count: int
    guess: str


class PlannedBox(TypedDict):
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
    """What an import would do; ``open_labels`` need a decision first, by ``map`` or ``add_labels``."""

    boxes: list[PlannedBox]
    guesses: list[Guess]
    open_labels: list[OpenLabel]
    superseding: dict[str, int]


class ExchangeCalls(Connection):
    """Calls that bring boxes in and out."""

    def list_formats(self) -> list[Format]:
        """List the formats of exports and imports."""
        found: list[Format] = self._get("formats")
        return found

    def export_round(
        self, round_id: str, format_name: str, out: str | Path, *, negatives: bool = False, rejected: str = "leave-out"
    ) -> Path:
        """Write a round's annotations as a ZIP archive."""
        query = {"format": format_name, "negatives": negatives, "rejected": rejected}
        return self._download(("rounds", round_id, "export"), query, out)

    def preview_export(self, round_id: str, format_name: str, **options: int | bool | str) -> ExportPreview:
        """Show the beginning of an export; options are ``rows``, ``negatives`` and ``rejected``."""
        query = {"format": format_name, **options}
        found: ExportPreview = self._get("rounds", round_id, "export", "preview", query=query)
        return found

    def preview_table(self, paths: Sequence[str | Path]) -> Table:
        """Show the beginning of the first table among files, and what its columns seem to mean."""
        found: Table = self._upload(("imports", "preview"), paths, {})
        return found

    def preview_predictions(self, round_id: str, paths: Sequence[str | Path], **options: Option) -> Plan:
        """Show what `import_predictions` would do, with the same options."""
        plan: Plan = self._upload(("rounds", round_id, "predictions", "import", "preview"), paths, spell(options))
        return plan

    def import_predictions(
        self,
        round_id: str,
        paths: Sequence[str | Path],
        *,
        on_progress: OnProgress | None = None,
        **options: Option,
    ) -> Import:
        """Import a model's predictions; options are those of `preview_annotations`, and ``model`` for the annotator."""
        path = ("rounds", round_id, "predictions", "import")
        told: Import = self._upload(path, paths, spell(options), on_progress=on_progress)
        return told

    def preview_annotations(self, round_id: str, paths: Sequence[str | Path], **options: Option) -> Plan:
        """Show what `import_annotations` would do; nothing is kept.

        Options are ``annotator`` (needed), ``label``, ``map`` (words like ``"old=new"``, or a dictionary),
        ``add_labels``, ``supersede``, and how files are read: ``format``, ``column``, ``window_s``, ``encoding``,
        ``tier``, ``least_score``, ``leave_out_unreadable``.
        """
        plan: Plan = self._upload(("rounds", round_id, "annotations", "import", "preview"), paths, spell(options))
        return plan

    def import_annotations(
        self,
        round_id: str,
        paths: Sequence[str | Path],
        *,
        on_progress: OnProgress | None = None,
        **options: Option,
    ) -> Import:
        """Import people's annotations; the options are those of `preview_annotations`."""
        path = ("rounds", round_id, "annotations", "import")
        told: Import = self._upload(path, paths, spell(options), on_progress=on_progress)
        return told


def spell(options: Mapping[str, Option]) -> dict[str, str | Sequence[str]]:
    """Spell options as a form has them."""
    return {name: _spell_one(value) for name, value in options.items()}


def _spell_one(value: Option) -> str | Sequence[str]:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ["=".join(part.replace("=", r"\=") for part in pair) for pair in value.items()]
    return value
