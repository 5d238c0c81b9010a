"""Which sessions to label next, so that the next training learns the most from them.

A session is worth labelling where the model is unsure, where two versions disagree, and where it sounds like nothing
that is labelled yet. A fixed share of the places goes to sessions drawn at random: they are the only ones from which
quality can be estimated honestly, because all others were chosen for being hard.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Found

RANDOM_SHARE, LEAST_RANDOM_SHARE = 0.2, 0.1
MOST_DIVERSE = 500  # places that are spread over all kinds of sound; who labels more than that trains in between
LEAST_GAIN = 0.02  # of the greatest: what is new is looked at though the model is sure of it

Values = NDArray[np.floating[Any]]


class Reason(StrEnum):
    """Why a session comes when it does: the part of its gain that sets it most apart."""

    UNCERTAIN = "uncertain"
    DISAGREEMENT = "disagreement"
    NOVEL = "novel"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Place:
    """A session, by its index in what was given, and why it comes here; ``gain`` is 0 to 1, and 0 for random ones."""

    index: int
    reason: Reason
    gain: float


def measure_uncertainty(probabilities: Values) -> float:
    """Measure how much of a session a model is expected to get wrong.

    Parameters
    ----------
    probabilities
        Calibrated, shape (frames, labels) or (frames,), 0 to 1.

    Returns
    -------
    float
        The mean over frames of the sum over labels of min(p, 1 - p): the expected share of wrong decisions when
        everything above one half is called.
    """
    frames = len(probabilities)
    return float(np.minimum(probabilities, 1 - probabilities).sum() / frames) if frames else 0.0


def measure_uncertainty_of_calls(found: Sequence[Found], duration_s: float) -> float:
    """Measure the same from the calls that a model found, for models without probabilities of frames.

    Calls found with a low threshold count with their length times min(score, 1 - score), those without a score with 0.
    """
    wrong_s = sum(
        (call.end_s - call.start_s) * min(call.score, 1 - call.score) for call in found if call.score is not None
    )
    return min(1.0, wrong_s / duration_s)


def measure_disagreement(one: Sequence[Found], other: Sequence[Found], duration_s: float) -> float:
    """Measure the share of a session about which two models say different things, label by label, 0 to 1."""
    labels = sorted({call.label for call in (*one, *other)})
    differ_s = sum(
        _union_s([call for call in one if call.label == label])
        + _union_s([call for call in other if call.label == label])
        - 2 * _common_s([call for call in one if call.label == label], [c for c in other if c.label == label])
        for label in labels
    )
    return min(1.0, max(0.0, differ_s) / duration_s)


def order_by_gain(
    uncertainty: Values,
    *,
    disagreement: Values | None = None,
    vectors: Values | None = None,
    labelled: Values | None = None,
    seed: int = 0,
    random_share: float = RANDOM_SHARE,
) -> list[Place]:
    """Put sessions into the order in which labelling them is expected to help most.

    The gain of a session is the mean rank of its uncertainty and its disagreement, times its distance to what is
    labelled or comes before it (k-means++ takes such distances as probabilities, BADGE as a measure of a batch's
    diversity; here the greatest is taken, so that the order can be explained and repeated).

    Parameters
    ----------
    uncertainty, disagreement
        Shape (n,), 0 or more; only their order counts.
    vectors, labelled
        Shape (n, d) and (m, d): what each session sounds like, near each other where they sound alike; ``labelled``
        are those of the sessions that have labels.
    seed
        Decides which sessions are the random share, and nothing else. They are drawn from all that are given and
        take fixed places, whatever the model says: what is answered of them is always a random sample.
    random_share
        Share of the places that they take.

    Raises
    ------
    InvalidInput
        When shapes do not fit, a value is not finite, or the share is not 0.1 to 1.
    """
    count = len(uncertainty)
    _check(count, uncertainty, disagreement, vectors, labelled, random_share)
    drawn = [int(each) for each in np.random.default_rng(seed).permutation(count)[: math.ceil(random_share * count)]]
    rest = np.setdiff1d(np.arange(count), drawn)
    parts = {Reason.UNCERTAIN: rank(uncertainty)}
    if disagreement is not None and np.ptp(disagreement) > 0:
        parts[Reason.DISAGREEMENT] = rank(disagreement)
    wanted = np.mean(list(parts.values()), axis=0) if count else np.zeros(0)
    chosen = _spread(rest, wanted, vectors, labelled)
    explained = [Place(index, _explain(index, parts, novelty), gain) for index, gain, novelty in chosen]
    return _mix(explained, [Place(index, Reason.RANDOM, 0.0) for index in drawn])


def rank(values: Values) -> NDArray[np.float64]:
    """Turn values into ranks from 0 to 1; equal values get the mean of theirs."""
    if len(values) < 2:
        return np.full(len(values), 0.5)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts + 1) / 2)[inverse] / (len(values) - 1), np.float64)


def _spread(
    rest: NDArray[np.int64], wanted: NDArray[np.float64], vectors: Values | None, labelled: Values | None
) -> list[tuple[int, float, float]]:
    """Choose one session after the other; return index, gain and novelty (a rank, 0 to 1) of each."""
    weights = np.maximum(wanted[rest], LEAST_GAIN)
    if vectors is None or not len(rest):
        return [(int(rest[k]), float(weights[k]), 0.0) for k in np.argsort(-weights, kind="stable")]
    points = np.asarray(vectors, np.float32)[rest]
    known = labelled if labelled is not None and len(labelled) else vectors.mean(axis=0, keepdims=True)
    nearest = _nearest(points, known)
    unit = float(nearest.max(initial=0.0)) or 1.0
    novelty = rank(nearest)
    taken: list[tuple[int, float, float]] = []
    left = np.ones(len(rest), bool)
    for _ in range(min(MOST_DIVERSE, len(rest))):
        gains = np.where(left, weights * np.sqrt(nearest / unit) + 1e-9 * weights, -1.0)
        best = int(np.argmax(gains))
        taken.append((int(rest[best]), min(1.0, float(gains[best])), float(novelty[best])))
        left[best] = False
        nearest = np.minimum(nearest, _nearest(points, points[best : best + 1]))
    others = [k for k in np.argsort(-weights, kind="stable") if left[k]]
    return taken + [(int(rest[k]), 0.0, float(novelty[k])) for k in others]


def _nearest(points: Values, others: Values) -> NDArray[np.float64]:
    """Find the squared distance of each point to the nearest of others."""
    nearest = np.full(len(points), np.inf)
    for first in range(0, len(others), 256):
        block = np.asarray(others[first : first + 256], np.float32)
        squares = (points**2).sum(1)[:, None] + (block**2).sum(1)[None] - 2 * points @ block.T
        nearest = np.minimum(nearest, np.maximum(squares, 0).min(axis=1))
    return nearest


def _explain(index: int, parts: dict[Reason, NDArray[np.float64]], novelty: float) -> Reason:
    ranks = {reason: float(values[index]) for reason, values in parts.items()} | {Reason.NOVEL: novelty}
    return max(ranks, key=lambda reason: ranks[reason])


def _mix(chosen: list[Place], drawn: list[Place]) -> list[Place]:
    """Spread the drawn ones evenly: the same places whatever was chosen."""
    count = len(chosen) + len(drawn)
    before = [
        number * len(drawn) // max(count, 1) for number in range(count + 1)
    ]  # drawn ones among the first `number`
    return [
        drawn[before[number]] if before[number + 1] > before[number] else chosen[number - before[number]]
        for number in range(count)
    ]


def _union_s(calls: Sequence[Found]) -> float:
    total, until = 0.0, -math.inf
    for call in sorted(calls, key=lambda each: each.start_s):
        total += max(0.0, call.end_s - max(until, call.start_s))
        until = max(until, call.end_s)
    return total


def _common_s(one: Sequence[Found], other: Sequence[Found]) -> float:
    return _union_s(one) + _union_s(other) - _union_s([*one, *other])


def _check(
    count: int,
    uncertainty: Values,
    disagreement: Values | None,
    vectors: Values | None,
    labelled: Values | None,
    random_share: float,
) -> None:
    if not LEAST_RANDOM_SHARE <= random_share <= 1:
        raise InvalidInput(f"The random share is {LEAST_RANDOM_SHARE} to 1, found {random_share}.")
    for values, what in ((uncertainty, "uncertainty"), (disagreement, "disagreement"), (vectors, "vectors")):
        if values is not None and len(values) != count:
            raise InvalidInput(f"Expected {count} values of {what}, one for each session, found {len(values)}.")
    for values, what in (
        (uncertainty, "uncertainty"),
        (disagreement, "disagreement"),
        (vectors, "vectors"),
        (labelled, "labelled vectors"),
    ):
        if values is not None and not np.isfinite(values).all():
            raise InvalidInput(f"Expected finite values of {what}.")
    if vectors is not None and labelled is not None and len(labelled) and labelled.shape[1:] != vectors.shape[1:]:
        raise InvalidInput(f"Vectors have {vectors.shape[1]} values, those of labelled sessions {labelled.shape[1]}.")
