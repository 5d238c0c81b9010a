"""Sheets: predictions looked at with their recordings, without making a round."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from podcast_core.client.connection import Connection
from podcast_core.client.exchange import Guess, LeftOut, Option, spell


class Refused(TypedDict):
    """A file that was not kept or cannot be read, and why."""

    name: str
    reason: str


class SheetTable(TypedDict):
    """A table of a sheet: what is in it, how it was read, and what of it found no place."""

    role: str
    name: str
    count: int
    labels: dict[str, int]
    least_score: float | None
    greatest_score: float | None
    read_as: str
    notes: list[str]
    left_out: list[LeftOut]
    guesses: list[Guess]
    areas: int
    unsearched: int


class Sheet(TypedDict):
    """An open sheet; ``without`` counts recordings without a prediction."""

    id: str
    recordings: int
    without: int
    unreadable: list[Refused]
    tables: list[SheetTable]


class SheetRecording(TypedDict):
    """A recording of a sheet; its length is known once a row has named it."""

    number: int
    file_name: str
    predictions: int
    duration_s: float | None


class SheetRow(TypedDict):
    """A box: seconds from the start of the recording, channel from 0."""

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


class LabelFigures(TypedDict):
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


class CurvePoint(TypedDict):
    """Precision and recall of a label from a score on."""

    threshold: float
    precision: float
    recall: float
    f1: float


class SheetComparison(TypedDict):
    """A sheet's predictions against another table; ``rule`` says when two boxes match."""

    against: str
    threshold: float
    other_threshold: float
    rule: str
    counts: dict[str, int]
    labels: list[LabelFigures]
    total: LabelFigures | None
    curves: dict[str, list[CurvePoint]]


Paths = Sequence[str | Path]


class SheetCalls(Connection):
    """Calls about sheets."""

    def open_sheet(
        self, paths: Paths, *, recordings: Paths = (), other: Paths = (), truth: Paths = (), **options: Option
    ) -> Sheet:
        """Open tables of predictions with their recordings; nothing is kept.

        Options are ``address`` (folders and URLs that the server reads), ``round_id`` (the recordings of a round),
        ``truth_round``, ``label``, and how files are read, as for `preview_annotations`.
        """
        beside = {"recordings": recordings, "other": other, "truth": truth}
        sheet: Sheet = self._upload(("sheets",), paths, spell(options), beside=beside)
        return sheet

    def get_sheet(self, sheet_id: str) -> Sheet:
        """Get what is in an open sheet."""
        sheet: Sheet = self._get("sheets", sheet_id)
        return sheet

    def list_sheet_recordings(self, sheet_id: str, *, without: bool = False) -> Iterator[SheetRecording]:
        """List the recordings of a sheet; ``without``: only those without a prediction."""
        return self._list(("sheets", sheet_id, "recordings"), {"without": without})

    def list_sheet_rows(self, sheet_id: str, **query: str | float | bool) -> Iterator[SheetRow]:
        """List the boxes of a table.

        Filters are ``table``, ``label``, ``recording``, ``text``, ``least`` and ``most``; ``sort`` and ``descending``
        say in which order. To compare: ``against``, ``relation``, ``threshold``, ``other_threshold``, ``everywhere``.
        """
        return self._list(("sheets", sheet_id, "rows"), query)

    def compare_sheet(self, sheet_id: str, *, against: str, **query: float | bool) -> SheetComparison:
        """Compare with the ``truth`` or the ``other`` table at ``threshold`` and ``other_threshold``."""
        found: SheetComparison = self._get("sheets", sheet_id, "comparison", query={"against": against, **query})
        return found

    def keep_sheet(self, sheet_id: str, *, round_name: str, session_length_s: float = 60.0) -> str:
        """Make a round of a sheet; returns the id of the job that does it."""
        body = {"round_name": round_name, "session_length_s": session_length_s}
        return str(self._send("POST", ("sheets", sheet_id, "round"), body)["job_id"])
