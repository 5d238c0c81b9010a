"""Maps, search and classifiers of a collection."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from podcast_core.client.connection import Connection
from podcast_core.wire.agile import Classifiers, Learnt, Next, Version
from podcast_core.wire.density import Densities, Density
from podcast_core.wire.maps import MapAdded, MapList
from podcast_core.wire.margin import Margin, Strata
from podcast_core.wire.search import Found


class ExploringCalls(Connection):
    """Calls about what is looked for in a collection. Columns and places come in files, as the server packs them."""

    def list_maps(self, collection_id: str) -> MapList:
        """List a collection's maps; ``pca`` and ``pca-3`` are there from the start."""
        return self._get(MapList, "collections", collection_id, "maps")

    def add_map(self, collection_id: str, *, method: str = "pacmap", dimensions: int = 2, seed: int = 0) -> MapAdded:
        """Draw a map, as a job: by ``pacmap``, ``umap`` or ``tsne``."""
        body = {"method": method, "dimensions": dimensions, "seed": seed}
        return self._send(MapAdded, "POST", ("collections", collection_id, "maps"), body)

    def get_map_points(self, collection_id: str, map_id: str, out: str | Path) -> Path:
        """Write where all clips are to a file."""
        return self._download(("collections", collection_id, "maps", map_id, "points"), {}, out)

    def search_collection(self, collection_id: str, like: Sequence[int] = (), **options: Any) -> Found:
        """Rank clips by how alike they are to examples.

        ``options`` are ``unlike``, ``label``, ``box`` (``session_id``, ``start_s``, ``end_s``), ``filters``, ``k``,
        ``threshold``, ``within`` (base64 of a bit for each clip) and ``include_examples``: without it the examples are
        not found again.
        """
        body = {"like": [int(each) for each in like], **options}
        return self._send(Found, "POST", ("collections", collection_id, "search"), body)

    def search_by_sound(self, collection_id: str, path: str | Path, *, k: int = 50, **options: Any) -> Found:
        """Rank clips by how alike they are to an audio file of at most 60 s; options as of `search_collection`."""
        parts = ("collections", collection_id, "search", "sound")
        fields = {"search": json.dumps({**options, "k": k})}
        return self._upload(Found, parts, [path], fields, field="file")

    def find_clips(self, collection_id: str, filters: Sequence[Mapping[str, Any]], out: str | Path) -> Path:
        """Write to a file which clips all filters let through, as `get_column` does: a 1 or a 0 for each (uint8).

        A filter has ``column`` with ``values``, or with ``low`` and ``high``; or ``text``, which may be a regular
        expression (``is_pattern``).
        """
        parts = ("collections", collection_id, "search", "clips")
        return self._download(parts, {}, out, body={"filters": [dict(each) for each in filters]})

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
        return self._download(_of(collection_id, classifier_id, "scores"), {"label": label}, out)

    def get_classifier_labels(self, collection_id: str, classifier_id: str, out: str | Path) -> Path:
        """Write the likeliest label of every clip to a file."""
        return self._download(_of(collection_id, classifier_id, "labels"), {}, out)

    def get_classifier_table(
        self, collection_id: str, classifier_id: str, out: str | Path, *, threshold: float = 0.0
    ) -> Path:
        """Write the scores from a threshold on as CSV, a line for each clip and label."""
        return self._download(_of(collection_id, classifier_id, "table.csv"), {"threshold": threshold}, out)

    def choose_next_clips(self, collection_id: str, classifier_id: str, **options: Any) -> Next:
        """Choose the clips to hear next.

        ``options`` are ``strategy`` (margin, top, badge, far, quantile, random), ``count``, ``label`` and ``filters``.
        """
        return self._send(Next, "POST", _of(collection_id, classifier_id, "next"), options)

    def estimate_call_density(
        self,
        collection_id: str,
        classifier_id: str,
        label: str,
        heard: Mapping[int, bool | str] | None = None,
        *,
        per_bin: int = 25,
        annotator: str | None = None,
    ) -> Density:
        """Estimate how many clips have a call; hear those in ``to_hear``, and call it again with what was heard.

        ``heard`` says of drawn clips *yes*, *no* or *unsure* (or True and False; empty takes it back). The server keeps
        it. ``per_bin`` clips of each range of scores are wanted.
        """
        told = {str(number): said for number, said in (heard or {}).items()}
        body = {"label": label, "heard": told, "per_bin": per_bin, "annotator": annotator}
        return self._send(Density, "POST", _of(collection_id, classifier_id, "density"), body)

    def list_call_densities(self, collection_id: str) -> Densities:
        """List what calls were counted of."""
        return self._get(Densities, "collections", collection_id, "densities")

    def make_classifier_version(
        self, collection_id: str, classifier_id: str, name: str, *, is_new: bool = False
    ) -> Version:
        """Keep a classifier as a version of a model, which model runs, candidates and trainings know."""
        body = {"name": name, "is_new": is_new}
        return self._send(Version, "POST", _of(collection_id, classifier_id, "version"), body)

    def compare_classifiers(self, collection_id: str, classifier_id: str, other: str) -> Margin:
        """Count the clips by what a classifier and another side call them; see `compare_sides`."""
        path = _of(collection_id, classifier_id, "margin")
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


def _of(collection_id: str, classifier_id: str, what: str) -> tuple[str, ...]:
    return ("collections", collection_id, "classifiers", classifier_id, what)
