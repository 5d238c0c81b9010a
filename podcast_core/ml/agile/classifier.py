"""Linear classifiers of described clips: learnt from a few labels in less than a second.

One logistic regression per label, on frozen vectors, each of both sides as heavy as the other. Where few clips are
known not to have a label, random clips without any stand in for them, with little weight (weak negatives); the more is
known, the less they weigh, until they are gone.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.checks import check_text
from podcast_core.errors import InvalidInput
from podcast_core.ml.embedding.directions import Vectors

WEAK_WEIGHT = 0.05  # of an unlabelled clip, taken for a negative: hoplite's
WEAK_CLIPS = 512  # unlabelled ones, drawn once; chosen: four of hoplite's batches
ENOUGH_NEGATIVES = 3.0  # known ones for each positive; with so many, weak ones are not needed
STRENGTH = 1.0  # of the data against the regularisation, for vectors whose squares have a mean of 1
MAX_LEARNT = 20_000  # examples of one label
FORMAT = 1  # counted up when what is written changes

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Says for each label how likely a clip has it: ``weights`` has shape (d, labels), ``bias`` (labels,).

    ``embedder`` names what described the clips, and scores mean nothing for vectors of another one. ``thresholds`` are
    the scores from which a label is given, one for each.
    """

    labels: tuple[str, ...]
    embedder: str
    weights: Values = field(repr=False)
    bias: Values = field(repr=False)
    thresholds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for label in self.labels:
            check_text(label, "A label", 80)
        check_text(self.embedder, "An embedder", 120)
        if not self.labels or len(set(self.labels)) < len(self.labels):
            raise InvalidInput("A classifier needs labels, each of them once.")
        if self.weights.ndim != 2 or self.weights.shape[1:] != self.bias.shape or len(self.bias) != len(self.labels):
            raise InvalidInput(
                f"Expected weights of shape (numbers, {len(self.labels)}) and as many biases, "
                f"found {self.weights.shape} and {self.bias.shape}."
            )
        if not (np.isfinite(self.weights).all() and np.isfinite(self.bias).all()):
            raise InvalidInput("The weights of a classifier must be finite.")
        if not self.thresholds:
            object.__setattr__(self, "thresholds", (0.5,) * len(self.labels))
        if len(self.thresholds) != len(self.labels) or not all(0 <= each <= 1 for each in self.thresholds):
            raise InvalidInput(f"Expected a threshold from 0 to 1 for each label, found {self.thresholds}.")

    def compute_logits(self, directions: Vectors, labels: Sequence[str] | None = None) -> Values:
        """Compute the logits of (n, d) directions for all or some labels: shape (n, labels); NaN without direction.

        Raises
        ------
        InvalidInput
            For another d than it learnt.
        """
        columns = list(range(len(self.labels))) if labels is None else [self._find(label) for label in labels]
        if directions.shape[1] != len(self.weights):
            raise InvalidInput(
                f"The classifier takes {len(self.weights)} numbers for each clip, as {self.embedder} describes it; "
                f"found {directions.shape[1]}."
            )
        logits: Values = directions @ self.weights[:, columns] + self.bias[columns]
        logits[~directions.any(axis=1)] = np.nan
        return logits

    def compute_scores(self, directions: Vectors, labels: Sequence[str] | None = None) -> Values:
        """Compute how likely clips have all or some labels, 0 to 1; see `compute_logits`."""
        from scipy.special import expit

        scores: Values = expit(self.compute_logits(directions, labels))
        return scores

    def _find(self, label: str) -> int:
        if label not in self.labels:
            raise InvalidInput(f"The classifier knows no label {label!r:.80}; it knows {', '.join(self.labels)[:400]}.")
        return self.labels.index(label)


def list_labels(names: Sequence[str]) -> tuple[str, ...]:
    """List the labels of examples, sorted; an empty name says that a clip has none of them."""
    return tuple(sorted({name for name in names if name}))


def train(
    directions: Vectors,
    names: Sequence[str],
    *,
    embedder: str,
    others: Vectors | None = None,
    labels: Sequence[str] | None = None,
    seed: int = 0,
) -> Classifier:
    """Learn from clips with labels.

    Parameters
    ----------
    directions
        Shape (n, d): of the labelled clips.
    names
        The label of each; empty: none of the labels.
    others
        Directions of clips without labels, of which the weak negatives are drawn.
    labels
        Those to be told apart; by default all that are named.
    seed
        Of what is drawn.

    Raises
    ------
    InvalidInput
        When no clip has a label, or for a label no clip is known or drawn that does not have it.
    """
    wanted = list_labels(names) if labels is None else tuple(labels)
    given = np.array(names, object)
    known = np.flatnonzero(directions.any(axis=1))
    if missing := [label for label in wanted or ("any label",) if label not in set(given[known])]:
        raise InvalidInput(f"No clip has been labelled {missing[0]!r}: expected at least one that has a vector.")
    chance = np.random.default_rng(seed)
    weak = _draw_weak(others, chance, directions.shape[1])
    scale = float(np.sqrt(directions.shape[1]))
    weights = np.zeros((directions.shape[1], len(wanted)), np.float32)
    bias = np.zeros(len(wanted), np.float32)
    for column, label in enumerate(wanted):
        rows = known if len(known) <= MAX_LEARNT else np.sort(chance.choice(known, MAX_LEARNT, replace=False))
        is_label = given[rows] == label
        weights[:, column], bias[column] = _fit(directions[rows] * scale, is_label, weak * scale, label)
    return Classifier(wanted, embedder, weights * scale, bias)


def weigh_weak(positives: int, negatives: int) -> float:
    """Say how much a weak negative weighs against a labelled one: less, the more of these are known, and 0 at last."""
    return WEAK_WEIGHT * max(0.0, 1 - negatives / (ENOUGH_NEGATIVES * max(1, positives)))


def write_classifier(classifier: Classifier, **told: Any) -> tuple[bytes, bytes]:
    """Write a classifier as a description (JSON) and its numbers (npz); ``told`` is what else people may read of it."""
    document = {
        "format": FORMAT,
        "labels": classifier.labels,
        "embedder": classifier.embedder,
        "thresholds": classifier.thresholds,
        **told,
    }
    numbers = io.BytesIO()
    np.savez(numbers, weights=classifier.weights, bias=classifier.bias)
    return json.dumps(document, indent=1, ensure_ascii=False).encode(), numbers.getvalue()


def read_classifier(description: bytes, numbers: bytes, *, embedder: str) -> Classifier:
    """Read what `write_classifier` wrote, for vectors of one embedder.

    Raises
    ------
    InvalidInput
        When it is damaged, or was learnt from the vectors of another embedder.
    """
    try:
        document: dict[str, Any] = json.loads(description)
        if document["format"] != FORMAT:
            raise InvalidInput("The classifier is of a newer Pod.Cast.")
        with np.load(io.BytesIO(numbers), allow_pickle=False) as arrays:
            weights, bias = (np.asarray(arrays[name], np.float32) for name in ("weights", "bias"))
        found = Classifier(
            tuple(document["labels"]), document["embedder"], weights, bias, tuple(map(float, document["thresholds"]))
        )
    except (ValueError, TypeError, KeyError, AttributeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidInput(f"This is not a classifier: {error!r}.") from error
    if found.embedder != embedder:
        raise InvalidInput(f"The classifier is for vectors of {found.embedder}, these are of {embedder}.")
    return found


def _draw_weak(others: Vectors | None, chance: np.random.Generator, width: int) -> Vectors:
    if others is None or not len(others):
        return np.zeros((0, width), np.float32)
    drawn = others[np.sort(chance.permutation(len(others))[:WEAK_CLIPS])]
    known: Vectors = drawn[drawn.any(axis=1)]
    return known


def _fit(vectors: Vectors, is_label: NDArray[np.bool_], weak: Vectors, label: str) -> tuple[Values, np.float32]:
    from sklearn.linear_model import LogisticRegression

    positives, negatives = int(is_label.sum()), int((~is_label).sum())
    weight = weigh_weak(positives, negatives) if len(weak) else 0.0
    if not negatives and not weight:
        raise InvalidInput(
            f"All clips are labelled {label!r}: expected at least one that is known to be something else."
        )
    used = weak if weight else weak[:0]
    each = np.where(is_label, 1 / positives, 1.0)
    against = np.concatenate([np.ones(negatives), np.full(len(used), weight)])
    each[~is_label] = 1 / against.sum()
    weights = np.concatenate([each, np.full(len(used), weight / against.sum())]) * (positives + against.sum()) / 2
    learner = LogisticRegression(C=STRENGTH, max_iter=300)
    learner.fit(
        np.concatenate([vectors, used]), np.concatenate([is_label, np.zeros(len(used), bool)]), sample_weight=weights
    )
    return learner.coef_[0], learner.intercept_[0]
