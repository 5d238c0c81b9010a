"""The loop from a few labels to all clips: learn, look at scores, hear the next clips, and know how good it is.

A classifier learns from the labels that clips have now, and is kept: ``explore/COLLECTION/classifiers/ID.json`` and
``.npz``. It learns nothing from dev and test clips, which it is measured on.
"""

import json
import uuid
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from podcast_core.domain.clip import Subset
from podcast_core.domain.ids import ID_PATTERN
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.agile import strategies
from podcast_core.ml.agile.classifier import (
    Classifier,
    list_labels,
    read_classifier,
    train,
    write_classifier,
)
from podcast_core.ml.agile.held_out import HeldOut, measure_apart, measure_held_out
from podcast_core.ml.agile.strategies import Asked, Strategy
from podcast_core.services.access import needs
from podcast_core.services.explore.columns import Column
from podcast_core.services.explore.filters import Filter, find_allowed
from podcast_core.services.explore.search import get_space
from podcast_core.services.explore.verdicts import NO, UNSURE, find_verdicts
from podcast_core.services.labels import independence
from podcast_core.services.people import naming
from podcast_core.services.store.collection_records import FOLDER
from podcast_core.storage import clips
from podcast_core.workspace import Workspace

READ = ("label", "subset", "recording_id", "evicted")
BINS = 40


@dataclass(frozen=True, slots=True)
class Learnt:
    """A classifier, and what is known of it.

    ``held_out`` are figures on recordings that it did not hear, ``honest`` those on random clips only, ``apart`` those
    on dev and test clips. ``random`` says how many random clips have an answer.
    """

    id: str
    classifier: Classifier
    examples: int
    held_out: tuple[HeldOut, ...]
    honest: tuple[HeldOut, ...]
    apart: Mapping[str, tuple[HeldOut, ...]]
    random: int
    edges: NDArray[np.float64]
    counts: Mapping[str, NDArray[np.int64]]


@needs("label")
def train_classifier(
    workspace: Workspace,
    *,
    collection_id: str,
    labels: Sequence[str] = (),
    others: Sequence[int] = (),
    who: str = "",
) -> Learnt:
    """Learn from the labels that clips have now.

    Parameters
    ----------
    labels
        Those to be told apart; all that clips have by default.
    others
        Numbers of clips that have none of the labels: somebody has heard them.
    who
        Who has it learnt.

    Raises
    ------
    NotFound
        When there is no such collection, or it is not ready.
    InvalidInput
        When too little is labelled.
    """
    examples = _gather(workspace, collection_id, labels, others)
    import sklearn.linear_model  # noqa: F401  # only libraries that are loaded are limited

    with threadpool_limits(1):  # so small a problem takes twice as long where threads wait for each other
        made, figures = examples.learn()
    classifier_id = uuid.uuid4().hex[:12]
    count = int(examples.is_learnt.sum())
    who = who or workspace.settings.annotator
    description, numbers = write_classifier(
        made, examples=count, who=who, learnt_at=utc_now().isoformat(), learnt_from=examples.describe()
    )
    workspace.files.write(_key(collection_id, classifier_id, "npz"), numbers)
    workspace.files.write(_key(collection_id, classifier_id, "json"), description)
    scores = made.compute_scores(examples.directions)
    edges = np.linspace(0, 1, BINS + 1)
    counts = {label: np.histogram(scores[:, column], edges)[0] for column, label in enumerate(made.labels)}
    return Learnt(classifier_id, made, count, **figures, edges=edges, counts=counts)


@dataclass(frozen=True, slots=True)
class _Examples:
    """All clips of a collection, what is known of them, and which of them a classifier learns from."""

    directions: NDArray[np.float32]
    names: NDArray[Any]
    groups: NDArray[Any]
    subsets: NDArray[Any]
    is_known: NDArray[np.bool_]
    is_learnt: NDArray[np.bool_]
    is_weak: NDArray[np.bool_]
    random: NDArray[np.int64]
    labels: tuple[str, ...] | None
    embedder: str
    seed: int

    def describe(self) -> dict[str, str]:
        """Say which clips are learnt from: their numbers by label; an empty one is that of those with none of them."""
        rows = np.flatnonzero(self.is_learnt)
        names = self.names[rows].astype(str)
        return {name: " ".join(map(str, rows[names == name].tolist())) for name in sorted(set(names.tolist()))}

    def learn(self) -> tuple[Classifier, dict[str, Any]]:
        """Learn, measure, and take the suggested thresholds."""
        weak = self.directions[self.is_weak]
        asked: Any = {"embedder": self.embedder, "others": weak, "seed": self.seed}
        rows, known = np.flatnonzero(self.is_learnt), np.flatnonzero(self.is_known)
        ours = self.directions[rows], self.names[rows].tolist()
        made = train(*ours, labels=self.labels, **asked)
        held_out = measure_held_out(*ours, self.groups[rows], **asked)
        honest = measure_held_out(*ours, self.groups[rows], measured=np.isin(rows, self.random), **asked)
        whole = self.directions[known], self.names[known].tolist(), self.groups[known]
        apart = {
            subset: tuple(measure_apart(*whole, self.subsets[known] == subset, **asked))
            for subset in (Subset.DEV.value, Subset.TEST.value)
        }
        thresholds = {each.label: min(1.0, each.threshold.value) for each in (*held_out, *honest)}
        made = replace(made, thresholds=tuple(thresholds.get(label, 0.5) for label in made.labels))
        figures = {"held_out": tuple(held_out), "honest": tuple(honest), "apart": apart, "random": len(self.random)}
        return made, figures


def _gather(workspace: Workspace, collection_id: str, labels: Sequence[str], others: Sequence[int]) -> _Examples:
    space, of = _read(workspace, collection_id)
    is_other = np.zeros(len(of["label"]), bool)
    is_other[[number for number in others if 0 <= number < len(is_other)]] = True
    with workspace.database.reading() as connection:
        verdicts = find_verdicts(connection, independence.get_collection(connection, collection_id))
    is_other |= verdicts == NO
    is_sure = verdicts != UNSURE  # what somebody doubts is neither an example nor a counterexample
    wanted = set(labels or list_labels(of["label"].tolist()))
    names = np.array([name if name in wanted else "" for name in of["label"]], object)
    is_apart = np.isin(of["subset"].astype(str), (Subset.DEV.value, Subset.TEST.value))
    is_known = ((of["label"] != "") | is_other) & ~of["evicted"] & is_sure
    usable = ~of["evicted"] & space.directions.any(axis=1)
    return _Examples(
        directions=space.directions,
        names=names,
        groups=of["recording_id"],
        subsets=of["subset"],
        is_known=is_known,
        is_learnt=is_known & ~is_apart,
        is_weak=~is_known & ~is_apart & ~of["evicted"] & is_sure,
        random=strategies.find_honest(is_known, usable, _seed(collection_id)),
        labels=tuple(sorted(wanted)) or None,
        embedder=_embedder_of(workspace, collection_id),
        seed=_seed(collection_id),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """A classifier that was learnt before; of those of older versions it is not known when, nor by whom."""

    id: str
    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    examples: int = 0
    who: str = ""
    learnt_at: datetime | None = None


def list_classifiers(workspace: Workspace, *, collection_id: str) -> list[Kept]:
    """List what was learnt in a collection, the newest first; one that cannot be read is left out."""
    with workspace.database.reading() as connection:
        independence.get_collection(connection, collection_id)
    keys = workspace.files.list(f"{FOLDER}/{collection_id}/classifiers")
    kept = (_read_kept(workspace, key) for key in keys if key.endswith(".json"))
    found = naming.call_now(workspace, filter(None, kept))
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda each: (each.learnt_at or oldest, each.id), reverse=True)


def _read_kept(workspace: Workspace, key: str) -> Kept | None:
    try:
        told = json.loads(workspace.files.read(key))
        at = told.get("learnt_at")
        return Kept(
            id=key.rpartition("/")[2].removesuffix(".json"),
            labels=tuple(map(str, told["labels"])),
            thresholds=tuple(map(float, told["thresholds"])),
            examples=int(told.get("examples", 0)),
            who=str(told.get("who", "")),
            learnt_at=datetime.fromisoformat(at) if at else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def list_learnt_from(workspace: Workspace, *, collection_id: str, classifier_id: str) -> dict[str, list[int]]:
    """List the numbers of the clips that a classifier has learnt from, by label; unknown of those of older versions."""
    told = json.loads(workspace.files.read(_key(collection_id, classifier_id, "json"))).get("learnt_from", {})
    return {name: [int(number) for number in numbers.split()] for name, numbers in told.items()}


def get_classifier(workspace: Workspace, *, collection_id: str, classifier_id: str) -> Classifier:
    """Get a classifier of a collection; NotFound when there is none."""
    embedder = _embedder_of(workspace, collection_id)
    if not (classifier_id.isalnum() and ID_PATTERN.fullmatch(classifier_id)):  # no file has a longer name
        raise NotFound(f"There is no classifier {classifier_id[:40]!r}.")
    try:
        parts = [workspace.files.read(_key(collection_id, classifier_id, end)) for end in ("json", "npz")]
    except NotFound as error:
        raise NotFound(f"There is no classifier {classifier_id[:40]!r}.") from error
    return read_classifier(*parts, embedder=embedder)


def compute_scores(
    workspace: Workspace, *, collection_id: str, classifier_id: str, labels: Sequence[str] | None = None
) -> NDArray[np.float32]:
    """Compute the scores of all clips for all or some labels: shape (clips, labels); NaN where a clip has no vector."""
    made = get_classifier(workspace, collection_id=collection_id, classifier_id=classifier_id)
    return made.compute_scores(get_space(workspace, collection_id=collection_id).directions, labels)


def find_soft_labels(workspace: Workspace, *, collection_id: str, classifier_id: str) -> tuple[Column, Column]:
    """Find for each clip the likeliest label, and how likely it is: hover's soft labels."""
    made = get_classifier(workspace, collection_id=collection_id, classifier_id=classifier_id)
    scores = compute_scores(workspace, collection_id=collection_id, classifier_id=classifier_id)
    known: NDArray[np.bool_] = np.asarray(~np.isnan(scores).any(axis=1))
    best = np.where(known, np.where(known[:, None], scores, 0).argmax(axis=1), len(made.labels))
    names = (*made.labels, "")
    score = np.where(known, np.where(known[:, None], scores, 0).max(axis=1), np.nan)
    return Column(best.astype(np.uint16), names, ("",) * len(names)), Column(score.astype(np.float32))


def name_clips(workspace: Workspace, *, collection_id: str, classifier_id: str) -> NDArray[Any]:
    """Give each clip its likeliest label where it reaches that label's threshold, else an empty one."""
    made = get_classifier(workspace, collection_id=collection_id, classifier_id=classifier_id)
    label, score = find_soft_labels(workspace, collection_id=collection_id, classifier_id=classifier_id)
    names = np.array(label.categories, object)[label.values]
    least = np.array([*made.thresholds, np.inf])[label.values]
    return np.where(score.values >= least.astype(np.float32), names, "").astype(object)


def choose_next(
    workspace: Workspace,
    *,
    collection_id: str,
    classifier_id: str,
    strategy: Strategy = Strategy.MARGIN,
    count: int = 10,
    label: str = "",
    filters: Sequence[Filter] = (),
) -> list[Asked]:
    """Choose the clips to hear next, one in ten of them at random; see `strategies.choose`.

    Without a ``label`` it is the one of all that a clip is nearest to being undecided about.
    """
    made = get_classifier(workspace, collection_id=collection_id, classifier_id=classifier_id)
    space, of = _read(workspace, collection_id)
    logits = made.compute_logits(space.directions, [label] if label else None)
    nearest = np.abs(logits).argmin(axis=1) if logits.shape[1] > 1 else np.zeros(len(logits), np.int64)
    is_labelled = of["label"] != ""
    allowed = find_allowed(workspace, collection_id=collection_id, filters=filters)
    return strategies.choose(
        strategy,
        logits.max(axis=1) if strategy is Strategy.TOP else logits[np.arange(len(logits)), nearest],
        space.directions,
        allowed & ~is_labelled,
        count,
        seed=_seed(collection_id),
        is_labelled=is_labelled,
    )


def _read(workspace: Workspace, collection_id: str) -> tuple[Any, dict[str, NDArray[Any]]]:
    space = get_space(workspace, collection_id=collection_id)
    with workspace.database.reading() as connection:
        return space, clips.read_columns(connection, collection_id, READ)


def _embedder_of(workspace: Workspace, collection_id: str) -> str:
    """Name what described a collection: one that is fitted to it describes nothing else in the same way."""
    with workspace.database.reading() as connection:
        return f"{independence.get_collection(connection, collection_id).embedder} of {collection_id}"[:120]


def _seed(collection_id: str) -> int:
    return zlib.crc32(collection_id.encode())


def _key(collection_id: str, classifier_id: str, end: str) -> str:
    return f"{FOLDER}/{collection_id}/classifiers/{classifier_id}.{end}"


def check_strategy(name: str) -> Strategy:
    """Read the name of a strategy; InvalidInput when there is none of it."""
    if name not in set(Strategy):
        raise InvalidInput(f"There is no strategy {name[:40]!r}: expected one of {', '.join(Strategy)}.")
    return Strategy(name)


def list_scores(
    workspace: Workspace,
    *,
    collection_id: str,
    classifier_id: str,
    labels: Sequence[str] | None = None,
    threshold: float = 0.0,
) -> list[tuple[Any, ...]]:
    """List clips with scores from a threshold on, for all or some labels.

    Returns
    -------
    list of tuple
        Number, session, recording, start, end, label and score, in the order of the labels and of the numbers.
    """
    made = get_classifier(workspace, collection_id=collection_id, classifier_id=classifier_id)
    wanted = list(made.labels if labels is None else dict.fromkeys(labels))  # each once: a line is not sent twice
    scores = compute_scores(workspace, collection_id=collection_id, classifier_id=classifier_id, labels=wanted)
    names = ("session_id", "recording_id", "start_s", "end_s")
    with workspace.database.reading() as connection:
        of = clips.read_columns(connection, collection_id, names)
    return [
        (int(number), *(of[name][number] for name in names), label, round(float(scores[number, column]), 6))
        for column, label in enumerate(wanted)
        for number in np.flatnonzero(scores[:, column] >= np.float32(threshold))
    ]
