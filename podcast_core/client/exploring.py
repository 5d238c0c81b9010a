"""Maps, search, classifiers and rules of a collection."""

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
    """What was found, the best first, and what random clips score."""

    hits: list[Hit]
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


class Density(TypedDict):
    """The share of all clips that have the call, with its 90 % interval; ``to_hear`` makes it narrower."""

    share: float
    low: float
    high: float
    clips: int
    heard: int
    bins: list[Bin]
    auc: float | None
    has_enough: bool
    to_hear: list[int]


class Version(TypedDict):
    """A version of a model, as ``NAME/VERSION``."""

    model: str


class Margin(TypedDict):
    """How many clips one classifier (rows) and another (columns) call what; the last label is none."""

    labels: list[str]
    counts: list[list[int]]


class Rule(TypedDict):
    """What a rule does to clips."""

    expression: str
    label: str
    covered: int
    conflicts: int
    correct: int
    incorrect: int
    missed: int
    hits: int
    accuracy: float | None


class Rules(TypedDict):
    """What each rule does, in the order of the question."""

    items: list[Rule]


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

        ``options`` are ``unlike``, ``label``, ``box`` (``session_id``, ``start_s``, ``end_s``), ``filters``, ``k`` and
        ``threshold``.
        """
        body = {"like": [int(each) for each in like], **options}
        found: Found = self._send("POST", ("collections", collection_id, "search"), body)
        return found

    def search_by_sound(self, collection_id: str, path: str | Path, *, k: int = 50) -> Found:
        """Rank clips by how alike they are to an audio file of at most 60 s."""
        parts = ("collections", collection_id, "search", "sound")
        found: Found = self._upload(parts, [path], {"k": str(k)}, field="file")
        return found

    def train_classifier(self, collection_id: str, labels: Sequence[str] = (), others: Sequence[int] = ()) -> Learnt:
        """Learn to tell labels apart (default: all that clips have); ``others`` were heard and have none of them."""
        body = {"labels": list(labels), "others": [int(each) for each in others]}
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
        self, collection_id: str, classifier_id: str, label: str, heard: Mapping[int, bool], *, per_bin: int = 25
    ) -> Density:
        """Estimate how many clips have a call, from those that were heard."""
        told = {str(number): is_call for number, is_call in heard.items()}
        body = {"label": label, "heard": told, "per_bin": per_bin}
        found: Density = self._send("POST", _of(collection_id, classifier_id, "density"), body)
        return found

    def make_classifier_version(
        self, collection_id: str, classifier_id: str, name: str, *, is_new: bool = False
    ) -> Version:
        """Keep a classifier as a version of a model, which model runs, candidates and trainings know."""
        body = {"name": name, "is_new": is_new}
        made: Version = self._send("POST", _of(collection_id, classifier_id, "version"), body)
        return made

    def compare_classifiers(self, collection_id: str, classifier_id: str, other: str) -> Margin:
        """Count the clips by what two classifiers call them."""
        path = _of(collection_id, classifier_id, "margin")
        found: Margin = self._get(*path, query={"other": other})
        return found

    def measure_rules(self, collection_id: str, rules: Sequence[Mapping[str, str]]) -> Rules:
        """Say what rules (``expression``, ``label``) would do; nothing is changed."""
        body = {"rules": [dict(each) for each in rules]}
        found: Rules = self._send("POST", ("collections", collection_id, "rules"), body)
        return found

    def find_fitting_clips(self, collection_id: str, expression: str, out: str | Path) -> Path:
        """Write a 1 for each clip for which an expression is true, else a 0, to a file."""
        parts = ("collections", collection_id, "rules", "clips")
        return self._download(parts, {}, out, body={"expression": expression})


def _of(collection_id: str, classifier_id: str, what: str) -> tuple[str, ...]:
    return ("collections", collection_id, "classifiers", classifier_id, what)
