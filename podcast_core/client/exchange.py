"""Exports, imports, and the prediction sets that imports made."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection, OnProgress

Json = dict[str, Any]


class ExchangeCalls(Connection):
    """Calls that bring boxes in and out."""

    def list_formats(self) -> list[Json]:
        """List the formats of exports and imports."""
        found: list[Json] = self._get("formats")
        return found

    def export_round(self, round_id: str, format_name: str, out: str | Path) -> Path:
        """Write a round's annotations as a ZIP archive."""
        return self._download(("rounds", round_id, "export"), {"format": format_name}, out)

    def import_predictions(
        self,
        round_id: str,
        paths: Sequence[str | Path],
        *,
        on_progress: OnProgress | None = None,
        **options: str | Sequence[str],
    ) -> Json:
        """Import a model's predictions; options are ``model``, ``label``, ``format``."""
        path = ("rounds", round_id, "predictions", "import")
        told: Json = self._upload(path, paths, options, on_progress=on_progress)
        return told

    def import_annotations(
        self,
        round_id: str,
        paths: Sequence[str | Path],
        *,
        on_progress: OnProgress | None = None,
        **options: str | Sequence[str],
    ) -> Json:
        """Import people's annotations; ``annotator`` is needed, ``label`` and ``format`` are options."""
        path = ("rounds", round_id, "annotations", "import")
        told: Json = self._upload(path, paths, options, on_progress=on_progress)
        return told

    def list_prediction_sets(self, round_id: str, **filters: str) -> Iterator[Json]:
        """List the prediction sets of a round; the filter is ``model``."""
        return self._list(("rounds", round_id, "prediction-sets"), filters)

    def get_prediction_set(self, round_id: str, set_id: str) -> Json:
        """Get a prediction set with its boxes."""
        found: Json = self._get("rounds", round_id, "prediction-sets", set_id)
        return found
