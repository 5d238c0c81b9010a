"""How good a classifier is on recordings that it has not learnt from, and from which score on to believe it.

Neighbours in one recording are alike, so a recording is on one side or on the other as a whole. Where all examples are
of one recording there is nothing honest to say, and nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.agile.classifier import Values, list_labels, train
from podcast_core.ml.embedding.directions import Vectors
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.thresholds import suggest_threshold

MAX_FOLDS = 5  # five-fold cross-validation, as is usual


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Figures of one label.

    ``scores`` were given to the clips ``numbers`` by classifiers that had not heard their recordings. ``threshold`` is
    the score with the best F1, which is ``f1`` there.
    """

    label: str
    positives: int
    average_precision: float
    auc: float
    f1: float
    precision: float
    recall: float
    threshold: Estimate
    numbers: NDArray[np.int64] = field(repr=False, compare=False)
    scores: Values = field(repr=False, compare=False)
    folds: NDArray[np.int64] = field(repr=False, compare=False)


def measure_held_out(
    directions: Vectors,
    names: Sequence[str],
    groups: NDArray[Any],
    *,
    embedder: str,
    others: Vectors | None = None,
    measured: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> list[HeldOut]:
    """Measure a classifier of each label on groups (recordings, sites) that it has not learnt from.

    Parameters
    ----------
    directions, names, others
        As in `train`.
    groups
        Shape (n,): what is never on both sides.
    measured
        Shape (n,): the examples on which figures are given, e.g. those drawn at random; all by default.

    Returns
    -------
    list of HeldOut
        Of the labels that two groups or more have; figures need clips with and without the label.
    """
    given = np.array(names, object)
    known = directions.any(axis=1)
    wanted = known if measured is None else known & measured
    codes = np.unique(groups.astype(str), return_inverse=True)[1]
    found = []
    for label in list_labels(given[known].tolist()):
        is_label = given == label
        folds = _divide(codes, is_label & known, seed)
        if folds is None:
            continue
        scores = np.full(len(given), np.nan, np.float32)
        for fold in range(int(folds.max()) + 1):
            learnt = known & (folds != fold)
            if len(set(is_label[learnt])) < 2 and others is None:
                continue
            made = train(
                directions[learnt],
                np.where(is_label[learnt], label, "").tolist(),
                embedder=embedder,
                others=others,
                labels=[label],
                seed=seed,
            )
            scores[folds == fold] = made.compute_scores(directions[folds == fold])[:, 0]
        numbers = np.flatnonzero(wanted & ~np.isnan(scores))
        if 0 < is_label[numbers].sum() < len(numbers):
            found.append(_figure(label, numbers, scores[numbers], is_label[numbers], codes[numbers], folds[numbers]))
    return found


def measure_apart(
    directions: Vectors,
    names: Sequence[str],
    groups: NDArray[Any],
    is_apart: NDArray[np.bool_],
    *,
    embedder: str,
    others: Vectors | None = None,
    seed: int = 0,
) -> list[HeldOut]:
    """Measure on clips kept apart (dev, test), by classifiers without their recordings; see `measure_held_out`."""
    given = np.array(names, object)
    known = directions.any(axis=1)
    numbers = np.flatnonzero(is_apart & known)
    learnt = known & ~is_apart & ~np.isin(groups.astype(str), groups[numbers].astype(str))
    found = []
    for label in list_labels(given[known].tolist()):
        is_label = given == label
        is_mixed = 0 < is_label[numbers].sum() < len(numbers)
        if not is_mixed or not is_label[learnt].any() or (is_label[learnt].all() and others is None):
            continue
        ours = np.where(is_label[learnt], label, "").tolist()
        made = train(directions[learnt], ours, embedder=embedder, others=others, labels=[label], seed=seed)
        scores = made.compute_scores(directions[numbers])[:, 0]
        codes = np.unique(groups[numbers].astype(str), return_inverse=True)[1]
        found.append(_figure(label, numbers, scores, is_label[numbers], codes, np.zeros(len(numbers), np.int64)))
    return found


def _figure(
    label: str,
    numbers: NDArray[np.int64],
    scores: Values,
    is_label: NDArray[np.bool_],
    groups: NDArray[np.int64],
    folds: NDArray[np.int64],
) -> HeldOut:
    from sklearn.metrics import average_precision_score, roc_auc_score

    threshold = suggest_threshold(scores, is_label, groups)
    is_found = scores >= threshold.value
    right = int((is_found & is_label).sum())
    return HeldOut(
        label,
        int(is_label.sum()),
        float(average_precision_score(is_label, scores)),
        float(roc_auc_score(is_label, scores)),
        2 * right / int(is_found.sum() + is_label.sum()),
        right / max(1, int(is_found.sum())),
        right / int(is_label.sum()),
        threshold,
        numbers,
        scores,
        folds,
    )


def _divide(codes: NDArray[np.int64], is_label: NDArray[np.bool_], seed: int) -> NDArray[np.int64] | None:
    """Divide groups into folds, of which each has groups with the label; None where fewer than two groups have it."""
    having = np.unique(codes[is_label])
    if len(having) < 2:
        return None
    count = min(MAX_FOLDS, len(having))
    chance = np.random.default_rng(seed)
    of_group = np.zeros(int(codes.max()) + 1, np.int64)
    rest = np.setdiff1d(np.arange(len(of_group)), having)
    for some in (chance.permutation(having), chance.permutation(rest)):
        of_group[some] = np.arange(len(some)) % count
    return of_group[codes]
