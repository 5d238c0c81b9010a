"""Classifiers of a collection."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.agile import Classifiers, Learnt, Next, Version


class ClassifierCalls(Connection):
    """Calls about classifiers. Columns come in files, as the server packs them."""

    def list_classifiers(self, collection_id: str) -> Classifiers:
        """List what was learnt in a collection."""
        return self._get(Classifiers, "collections", collection_id, "classifiers")

    def train_classifier(
        self,
        collection_id: str,
        labels: Sequence[str] = (),
        others: Sequence[int] = (),
        *,
        annotator: str | None = None,
    ) -> Learnt:
        """Learn to tell labels apart (default: all that clips have); ``others`` were heard and have none of them."""
        body = {"labels": list(labels), "others": [int(each) for each in others], "annotator": annotator}
        return self._send(Learnt, "POST", ("collections", collection_id, "classifiers"), body)

    def get_classifier_scores(
        self, collection_id: str, classifier_id: str, out: str | Path, *, label: str = ""
    ) -> Path:
        """Write the score of every clip to a file: of a label, or of the likeliest one."""
        return self._download(of_classifier(collection_id, classifier_id, "scores"), {"label": label}, out)

    def get_classifier_labels(self, collection_id: str, classifier_id: str, out: str | Path) -> Path:
        """Write the likeliest label of every clip to a file."""
        return self._download(of_classifier(collection_id, classifier_id, "labels"), {}, out)

    def get_classifier_table(
        self, collection_id: str, classifier_id: str, out: str | Path, *, threshold: float = 0.0
    ) -> Path:
        """Write the scores from a threshold on as CSV, a line for each clip and label."""
        return self._download(of_classifier(collection_id, classifier_id, "table.csv"), {"threshold": threshold}, out)

    def choose_next_clips(self, collection_id: str, classifier_id: str, **options: Any) -> Next:
        """Choose the clips to hear next.

        ``options`` are ``strategy`` (margin, top, badge, far, quantile, random), ``count``, ``label`` and ``filters``.
        """
        return self._send(Next, "POST", of_classifier(collection_id, classifier_id, "next"), options)

    def make_classifier_version(
        self, collection_id: str, classifier_id: str, name: str, *, is_new: bool = False
    ) -> Version:
        """Keep a classifier as a version of a model, which model runs, candidates and trainings know."""
        body = {"name": name, "is_new": is_new}
        return self._send(Version, "POST", of_classifier(collection_id, classifier_id, "version"), body)


def of_classifier(collection_id: str, classifier_id: str, what: str) -> tuple[str, ...]:
    """Name what is asked of a classifier."""
    return ("collections", collection_id, "classifiers", classifier_id, what)
