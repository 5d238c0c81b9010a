"""Sheets: predictions looked at with their recordings, without making a round."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from podcast_core.client.connection import Connection
from podcast_core.client.imports import Option, spell
from podcast_core.wire.jobs import JobAdded
from podcast_core.wire.sheets import Sheet, SheetComparison, SheetRecording, SheetRow

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
        return self._upload(Sheet, ("sheets",), paths, spell(options), beside=beside)

    def get_sheet(self, sheet_id: str) -> Sheet:
        """Get what is in an open sheet."""
        return self._get(Sheet, "sheets", sheet_id)

    def list_sheet_recordings(self, sheet_id: str, *, without: bool = False) -> Iterator[SheetRecording]:
        """List the recordings of a sheet; ``without``: only those without a prediction."""
        return self._list(SheetRecording, ("sheets", sheet_id, "recordings"), {"without": without})

    def list_sheet_rows(self, sheet_id: str, **query: str | float | bool) -> Iterator[SheetRow]:
        """List the boxes of a table.

        Filters are ``table``, ``label``, ``recording``, ``text``, ``least`` and ``most``; ``sort`` and ``descending``
        say in which order. To compare: ``against``, ``relation``, ``threshold``, ``other_threshold``, ``everywhere``.
        """
        return self._list(SheetRow, ("sheets", sheet_id, "rows"), query)

    def compare_sheet(self, sheet_id: str, *, against: str, **query: float | bool) -> SheetComparison:
        """Compare with the ``truth`` or the ``other`` table at ``threshold`` and ``other_threshold``."""
        return self._get(SheetComparison, "sheets", sheet_id, "comparison", query={"against": against, **query})

    def keep_sheet(self, sheet_id: str, *, round_name: str, session_length_s: float = 60.0) -> str:
        """Make a round of a sheet; returns the id of the job that does it."""
        body = {"round_name": round_name, "session_length_s": session_length_s}
        return self._send(JobAdded, "POST", ("sheets", sheet_id, "round"), body).job_id
