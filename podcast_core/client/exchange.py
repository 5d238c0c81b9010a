"""Exports."""

from pathlib import Path

from podcast_core.client.connection import Connection
from podcast_core.wire.exchange import ExportPreview, Format


class ExchangeCalls(Connection):
    """Calls that bring boxes out."""

    def list_formats(self) -> list[Format]:
        """List the formats of exports and imports."""
        return self._get(list[Format], "formats")

    def export_round(
        self,
        round_id: str,
        format_name: str,
        out: str | Path,
        *,
        negatives: bool = False,
        rejected: str = "leave-out",
        answers: str = "counting",
    ) -> Path:
        """Write a round's annotations as a ZIP archive; ``answers``: counting, gold, all or annotator:NAME."""
        query = {"format": format_name, "negatives": negatives, "rejected": rejected, "answers": answers}
        return self._download(("rounds", round_id, "export"), query, out)

    def preview_export(self, round_id: str, format_name: str, **options: int | bool | str) -> ExportPreview:
        """Show the beginning of an export; options are ``rows``, ``negatives``, ``rejected``, ``answers``."""
        query = {"format": format_name, **options}
        return self._get(ExportPreview, "rounds", round_id, "export", "preview", query=query)
