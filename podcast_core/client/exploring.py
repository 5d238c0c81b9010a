"""Maps, search and classifiers of a collection."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from podcast_core.client.connection import Connection


class Map(TypedDict):
    """A map; one that a job draws still has no ``finished_at``. ``disparity`` is 0 where it is as the one before."""

    id: str
    method: str
    dimensions: int
    created_at: str
    finished_at: str | None
    job_id: str | None
    fitted: int | None
    placed: int | None
    disparity: float | None


class MapList(TypedDict):
    """The maps of a collection, from old to new."""

    items: list[Map]


class MapAdded(TypedDict):
    """The job that draws a map, and the id that the map will have."""

    job_id: str
    map_id: str


class Hit(TypedDict):
    """A clip that was found; ``percentile`` is the share of 2,048 random clips that score less, 0 to 100."""

    number: int
    rank: int
    cosine: float
    percentile: float


class Histogram(TypedDict):
    """How many of the random clips score between each two edges."""

    edges: list[float]
    counts: list[int]


class Found(TypedDict):
    """What was found, the best first, and what random clips score.

    ``examples`` are the clips that were wanted, the most typical first.
    """

    hits: list[Hit]
    examples: list[Hit]
    histogram: Histogram


class Threshold(TypedDict):
    """A suggested least score, with its 95 % interval."""

    value: float
    low: float
    high: float


class Figures(TypedDict):
    """How good a label's scores are on recordings that the classifier has not heard."""

    label: str
    positives: int
    average_precision: float
    auc: float
    f1: float
    precision: float
    recall: float
    threshold: Threshold


class Learnt(TypedDict):
    """A classifier; ``honest`` are its figures on the clips that were drawn at random, ``apart`` on dev and test."""

    id: str
    labels: list[str]
    thresholds: list[float]
    examples: int
    held_out: list[Figures]
    honest: list[Figures]
    apart: dict[str, list[Figures]]
    random: int
    edges: list[float]
    counts: dict[str, list[int]]


class Next(TypedDict):
    """The clips to hear, and by what each was chosen."""

    items: list[dict[str, Any]]


class Bin(TypedDict):
    """Clips of a range of scores."""

    low: float
    high: float
    clips: int
    heard: int
    calls: int
    unsure: int


class Density(TypedDict):
    """The share of all clips that have the call, with its 90 % interval; ``to_hear`` makes it narrower.

    ``verdicts`` is what was said of the clips that were drawn for it.
    """

    share: float
    low: float
    high: float
    clips: int
    heard: int
    bins: list[Bin]
    auc: float | None
    has_enough: bool
    to_hear: list[int]
    draw_id: str
    classifier_id: str
    label: str
    who: str
    drawn_at: str
    verdicts: dict[str, str]


class Densities(TypedDict):
    """What calls were counted of, the newest first."""

    items: list[Density]


class KeptClassifier(TypedDict):
    """A classifier that was learnt before; of those of older versions it is not known when and by whom."""

    id: str
    labels: list[str]
    thresholds: list[float]
    examples: int
    who: str
    learnt_at: str | None


class Classifiers(TypedDict):
    """The classifiers of a collection, the newest first."""

    items: list[KeptClassifier]


class Stratum(TypedDict):
    """Clips of one kind: the values of the columns, how many there are, and those that were selected."""

    values: list[str]
    clips: int
    numbers: list[int]


class Strata(TypedDict):
    """What was selected, kind by kind."""

    items: list[Stratum]


class Version(TypedDict):
    """A version of a model, as ``NAME/VERSION``."""

    model: str


class Margin(TypedDict):
    """How many clips one classifier (rows) and another (columns) call what; the last label is none."""

    labels: list[str]
    counts: list[list[int]]


class ExploringCalls(Connection):
    """Calls about what is looked for in a collection. Columns and places come in files, as the server packs them."""

    def list_maps(self, collection_id: str) -> MapList:
        """List a collection's maps; ``pca`` and ``pca-3`` are there from the start."""
        found: MapList = self._get("collections", collection_id, "maps")
        return found

    def add_map(self, collection_id: str, *, method: str = "pacmap", dimensions: int = 2, seed: int = 0) -> MapAdded:
        """Draw a map, as a job: by ``pacmap``, ``umap`` or ``tsne``."""
        body = {"method": method, "dimensions": dimensions, "seed": seed}
        added: MapAdded = self._send("POST", ("collections", collection_id, "maps"), body)
        return added

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
        found: Found = self._send("POST", ("collections", collection_id, "search"), body)
        return found

    def search_by_sound(self, collection_id: str, path: str | Path, *, k: int = 50, **options: Any) -> Found:
        """Rank clips by how alike they are to an audio file of at most 60 s; options as of `search_collection`."""
        parts = ("collections", collection_id, "search", "sound")
        fields = {"search": json.dumps({**options, "k": k})}
        found: Found = self._upload(parts, [path], fields, field="file")
        return found

    def find_clips(self, collection_id: str, filters: Sequence[Mapping[str, Any]], out: str | Path) -> Path:
        """Write to a file which clips all filters let through, as `get_column` does: a 1 or a 0 for each (uint8).

        A filter has ``column`` with ``values``, or with ``low`` and ``high``; or ``text``, which may be a regular
        expression (``is_pattern``).
        """
        parts = ("collections", collection_id, "search", "clips")
        return self._download(parts, {}, out, body={"filters": [dict(each) for each in filters]})

    def list_classifiers(self, collection_id: str) -> Classifiers:
        """List what was learnt in a collection."""
        found: Classifiers = self._get("collections", collection_id, "classifiers")
        return found

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
        learnt: Learnt = self._send("POST", ("collections", collection_id, "classifiers"), body)
        return learnt

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
        chosen: Next = self._send("POST", _of(collection_id, classifier_id, "next"), options)
        return chosen

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
        found: Density = self._send("POST", _of(collection_id, classifier_id, "density"), body)
        return found

    def list_call_densities(self, collection_id: str) -> Densities:
        """List what calls were counted of."""
        found: Densities = self._get("collections", collection_id, "densities")
        return found

    def make_classifier_version(
        self, collection_id: str, classifier_id: str, name: str, *, is_new: bool = False
    ) -> Version:
        """Keep a classifier as a version of a model, which model runs, candidates and trainings know."""
        body = {"name": name, "is_new": is_new}
        made: Version = self._send("POST", _of(collection_id, classifier_id, "version"), body)
        return made

    def compare_classifiers(self, collection_id: str, classifier_id: str, other: str) -> Margin:
        """Count the clips by what a classifier and another side call them; see `compare_sides`."""
        path = _of(collection_id, classifier_id, "margin")
        found: Margin = self._get(*path, query={"other": other})
        return found

    def compare_sides(self, collection_id: str, one: str, other: str) -> Margin:
        """Count the clips by what two sides call them: classifiers by id, *label*, *prediction* or *given_label*."""
        found: Margin = self._get("collections", collection_id, "margin", query={"one": one, "other": other})
        return found

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
        found: Strata = self._send("POST", ("collections", collection_id, "strata"), body)
        return found


def _of(collection_id: str, classifier_id: str, what: str) -> tuple[str, ...]:
    return ("collections", collection_id, "classifiers", classifier_id, what)
