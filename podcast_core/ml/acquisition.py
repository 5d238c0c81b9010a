"""Which sessions to label next, so that the next training learns the most from them.

A session is worth labelling where the model is unsure, where two versions disagree, and where it sounds like nothing
that is labelled yet. A fixed share of the places goes to sessions drawn at random: they are the only ones from which
quality can be estimated honestly, because all others were more likely to come for being hard.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Found

# One place in five, decision 22; with less than one in ten quality can hardly be estimated.
RANDOM_SHARE, MIN_RANDOM_SHARE = 0.2, 0.1
MIN_DISTANCE = 1e-6  # of the greatest: what sounds exactly like something known comes last, but comes
MAX_DIVERSE = 500  # places that are spread over all kinds of sound; who labels more than that trains in between

Values = NDArray[np.floating[Any]]


class Reason(StrEnum):
    """Why a session comes when it does: what it has more of than most, and most more of.

    ``ordinary``: more of nothing than half of them, but chance favoured it. ``random``: of the random share.
    """

    UNCERTAIN = "uncertain"
    DISAGREEMENT = "disagreement"
    NOVEL = "novel"
    ORDINARY = "ordinary"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Place:
    """A session, by its index in what was given, and why it comes here; ``gain`` is 0 to 1, and 0 for random ones."""

    index: int
    reason: Reason
    gain: float


def measure_uncertainty(found: Sequence[Found], duration_s: float) -> float:
    """Measure which share of a session a model is expected to get wrong, 0 to 1.

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
    is_labelled: NDArray[np.bool_] | None = None,
    seed: int = 0,
    random_share: float = RANDOM_SHARE,
) -> list[Place]:
    """Put sessions into the order in which labelling them is expected to help most.

    A session is drawn with a chance in proportion to its gain, as in BADGE (Ash et al. 2020, arXiv 1906.03671): its
    weight, times the squared distance to the nearest session that has labels or comes before it, which is how k-means++
    spreads its centres. The weight is the mean of 1 and of uncertainty and disagreement, each divided by its own mean:
    what a young model says of itself is mostly noise, so that it shifts the chances and decides nothing alone.

    Parameters
    ----------
    uncertainty, disagreement
        Shape (n,), 0 or more.
    vectors
        Shape (n, d): what each session sounds like, near each other where they sound alike.
    is_labelled
        Shape (n,): these come last.
    seed
        Of all draws. Which sessions are the random share depends on it alone. They are drawn from all that are given,
        and come at fixed places, the first among them, whatever the model says: what is answered of them is always a
        random sample.
    random_share
        Share of the places that they take.

    Raises
    ------
    InvalidInput
        When shapes do not fit, a value is negative or not finite, or the share is not 0.1 to 1.
    """
    count = len(uncertainty)
    _check(count, uncertainty, disagreement, vectors, is_labelled, random_share)
    known = np.zeros(count, bool) if is_labelled is None else is_labelled
    chance = np.random.default_rng(seed)
    drawn = [int(each) for each in chance.permutation(count)[: math.ceil(random_share * count)]]
    parts = {Reason.UNCERTAIN: uncertainty}
    if disagreement is not None:
        parts[Reason.DISAGREEMENT] = disagreement
    race = _Race(_weigh(count, parts.values()), chance.exponential(size=count), vectors, known)
    reasons = _explain(parts | {Reason.NOVEL: race.nearest}, drawn)
    waiting = [index for index in drawn if not known[index]]
    left = ~known
    left[drawn] = False
    places: list[Place] = []
    for number in range(int((~known).sum())):
        is_random = bool(waiting) and math.ceil((number + 1) * random_share) > math.ceil(number * random_share)
        index, gain = (waiting.pop(0), 0.0) if is_random or not left.any() else race.draw(left)
        left[index] = False
        race.come_near(index)
        places.append(Place(index, reasons[index], gain))
    return places + [Place(int(index), reasons[int(index)], 0.0) for index in np.flatnonzero(known)]


def rank(values: Values) -> NDArray[np.float64]:
    """Turn values, shape (n,), into ranks from 0 to 1; equal values get the mean of theirs."""
    if len(values) < 2:
        return np.full(len(values), 0.5)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts + 1) / 2)[inverse] / (len(values) - 1), np.float64)


class _Race:
    """Who comes next: of all that are left the one with the least luck / gain, where luck is exponential.

    Drawn so, one after the other, each has a chance in proportion to its gain. ``nearest`` is how far each is,
    squared, from what is known.
    """

    def __init__(
        self, weights: NDArray[np.float64], luck: NDArray[np.float64], vectors: Values | None, known: NDArray[np.bool_]
    ) -> None:
        self._weights, self._luck = weights, luck
        self._points = None if vectors is None or not len(vectors) else np.asarray(vectors, np.float32)
        self.nearest = np.ones(len(weights))
        if self._points is not None:
            begin = self._points[known] if known.any() else self._points.mean(axis=0, keepdims=True)
            self.nearest = _nearest(self._points, begin)
        self._least = MIN_DISTANCE * float(self.nearest.max(initial=0.0)) or 1.0
        self._gains = weights * (self.nearest + self._least)
        self._greatest = float(self._gains.max(initial=0.0))
        self._moves = 0

    def draw(self, left: NDArray[np.bool_]) -> tuple[int, float]:
        """Draw one; returns its index, and its gain as a share of the greatest that there was."""
        index = int(np.argmin(np.where(left, self._luck / self._gains, np.inf)))
        return index, min(1.0, float(self._gains[index]) / self._greatest)

    def come_near(self, index: int) -> None:
        """Know one more session."""
        if self._points is not None and self._moves < MAX_DIVERSE:
            self._moves += 1
            self.nearest = np.minimum(self.nearest, _nearest(self._points, self._points[index : index + 1]))
            self._gains = self._weights * (self.nearest + self._least)


def _weigh(count: int, parts: Iterable[Values]) -> NDArray[np.float64]:
    shares = [np.ones(count)] + [part / part.mean() for part in parts if count and part.mean() > 0]
    return np.asarray(np.mean(shares, axis=0), np.float64)


def _nearest(points: Values, others: Values) -> NDArray[np.float64]:
    """Find the squared distance of each point to the nearest of others."""
    nearest = np.full(len(points), np.inf)
    for first in range(0, len(others), 256):
        block = np.asarray(others[first : first + 256], np.float32)
        squares = (points**2).sum(1)[:, None] + (block**2).sum(1)[None] - 2 * points @ block.T
        nearest = np.minimum(nearest, np.maximum(squares, 0).min(axis=1))
    return nearest


def _explain(parts: Mapping[Reason, Values], drawn: Sequence[int]) -> list[Reason]:
    """Say of each session what it has more of than others: the part in which its rank is the highest, above the middle.

    Equal values have the rank of the middle, which is no reason.
    """
    names = list(parts)
    ranks = np.stack([rank(values) for values in parts.values()])
    best = [names[index] for index in ranks.argmax(axis=0)]
    reasons = [name if top > 0.5 else Reason.ORDINARY for name, top in zip(best, ranks.max(axis=0), strict=True)]
    for index in drawn:
        reasons[index] = Reason.RANDOM
    return reasons


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
    is_labelled: NDArray[np.bool_] | None,
    random_share: float,
) -> None:
    if not MIN_RANDOM_SHARE <= random_share <= 1:
        raise InvalidInput(f"The random share is {MIN_RANDOM_SHARE} to 1, found {random_share}.")
    named = (
        (uncertainty, "uncertainty"),
        (disagreement, "disagreement"),
        (vectors, "vectors"),
        (is_labelled, "labelled or not"),
    )
    for values, what in named:
        if values is not None and len(values) != count:
            raise InvalidInput(f"Expected {count} values of {what}, one for each session, found {len(values)}.")
        if values is not None and not np.isfinite(values).all():
            raise InvalidInput(f"Expected finite values of {what}.")
        if what in ("uncertainty", "disagreement") and values is not None and (values < 0).any():
            raise InvalidInput(f"Expected values of {what} of 0 or more.")
