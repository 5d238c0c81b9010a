"""Two namings of clips side by side, and some clips of each kind."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from podcast_core.client.agile import of_classifier
from podcast_core.client.connection import Connection
from podcast_core.wire.margin import Margin, Strata


class MarginCalls(Connection):
    """Calls that compare and select clips."""

    def compare_classifiers(self, collection_id: str, classifier_id: str, other: str) -> Margin:
        """Count the clips by what a classifier and another side call them; see `compare_sides`."""
        path = of_classifier(collection_id, classifier_id, "margin")
        return self._get(Margin, *path, query={"other": other})

    def compare_sides(self, collection_id: str, one: str, other: str) -> Margin:
        """Count the clips by what two sides call them: classifiers by id, *label*, *prediction* or *given_label*."""
        return self._get(Margin, "collections", collection_id, "margin", query={"one": one, "other": other})

    def mark_sides(self, collection_id: str, one: str, other: str, out: str | Path, *, label: str = "") -> Path:
        """Write for each clip whether two sides agree, or which of them alone gives a label, to a file."""
        query = {"one": one, "other": other, "label": label}
        return self._download(("collections", collection_id, "margin", "marks"), query, out)

    def select_strata(self, collection_id: str, by: Sequence[str], count: int, **options: Any) -> Strata:
        """Select some clips of each kind: ``by`` names columns, such as *label*, *site*, *date* or *score*.

        ``options`` are ``order`` (random, highest, lowest), ``bins``, ``seed``, ``numbers``, ``filters``,
        ``classifier_id`` and ``label``.
        """
        body = {"by": list(by), "count": count, **options}
        return self._send(Strata, "POST", ("collections", collection_id, "strata"), body)
