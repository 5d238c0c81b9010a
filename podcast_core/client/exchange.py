"""Exports and imports."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from podcast_core.client.connection import Connection, OnProgress


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


class Import(TypedDict):
    """What an import did."""

    summary: str
    added: int
    known: int
    sessions: int
    unmatched: dict[str, int]
    notes: list[str]
    formats: dict[str, int]


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

    def import_predictions(
        self,
        round_id: str,
        paths: Sequence[str | Path],
        *,
        on_progress: OnProgress | None = None,
        **options: str | Sequence[str],
    ) -> Import:
        """Import a model's predictions; options are ``model``, ``label``, ``format``, ``column``, ``window_s``."""
        path = ("rounds", round_id, "predictions", "import")
        told: Import = self._upload(path, paths, options, on_progress=on_progress)
        return told

    def import_annotations(
        self,
        round_id: str,
        paths: Sequence[str | Path],
        *,
        on_progress: OnProgress | None = None,
        **options: str | Sequence[str],
    ) -> Import:
        """Import people's annotations; ``annotator`` is needed; options are those of a model's predictions."""
        path = ("rounds", round_id, "annotations", "import")
        told: Import = self._upload(path, paths, options, on_progress=on_progress)
        return told
