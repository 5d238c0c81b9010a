"""Exact search: what is nearest to a query, of all clips that a filter lets through.

An index that guesses is not worth its errors below a million clips, and no filter can come before its first k. One
product of the matrix with the query is all that is needed, and serves every score that is made of it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.ml.embedding.directions import Vectors, has_direction, to_directions

RANDOM_CLIPS = 2048  # as in hoplite's histogram
BINS = 64  # of the histogram; chosen
BLOCK = 64  # scores, of which the best is looked at first
NEGATIVE_WEIGHT = 0.5  # of what is not wanted, against what is (Rocchio)

Scores = NDArray[np.float32]
"""A score of each clip, shape (n,); NaN where it has none."""


class Space:
    """The directions of all clips of a collection, shape (n, d), float32; they may lie in a file.

    ``random`` names 2,048 clips (or all) that were drawn once: what a score is compared with.
    """

    def __init__(self, directions: Vectors, seed: int = 0) -> None:
        self.directions = directions
        is_known = has_direction(directions)
        self._unknown = np.flatnonzero(~is_known)
        known = np.flatnonzero(is_known)
        drawn = np.random.default_rng(seed).permutation(len(known))[:RANDOM_CLIPS]
        self.random: NDArray[np.int64] = np.sort(known[drawn])

    def measure_alike(self, query: Vectors) -> Scores:
        """Measure the cosine of each clip and a query, see `make_query`.

        Raises
        ------
        InvalidInput
            When the query has another number of values than the clips.
        """
        if query.shape != self.directions.shape[1:]:
            raise InvalidInput(
                f"The clips are described by {self.directions.shape[1]} numbers each, the query by {query.size}: "
                "expected what the same embedder has described."
            )
        scores: Scores = self.directions @ np.asarray(query, np.float32)
        scores[self._unknown] = np.nan
        return scores


@dataclass(frozen=True, slots=True)
class Ranked:
    """What was found, the best first.

    ``percentiles`` say which share of random clips scores less, 0 to 100; ``counts`` how many random clips score
    between each two of the ``edges``.
    """

    numbers: NDArray[np.int64]
    scores: Scores
    percentiles: NDArray[np.float64]
    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


def make_query(wanted: NDArray[Any], unwanted: NDArray[Any] | None = None) -> Vectors:
    """Make a query of examples: the mean direction of what is wanted, less half of that of what is not (Rocchio).

    Parameters
    ----------
    wanted, unwanted
        Shape (n, d).

    Returns
    -------
    Vectors
        Shape (d,), of length 1, so that its product with a direction is a cosine.

    Raises
    ------
    InvalidInput
        When no example is wanted, or the examples cancel each other out.
    """
    likes = _find_middle(wanted)
    if likes is None:
        raise InvalidInput("A search needs at least one example that has a vector, found none.")
    dislikes = None if unwanted is None else _find_middle(unwanted)
    query: Vectors = to_directions((likes if dislikes is None else likes - NEGATIVE_WEIGHT * dislikes)[None])[0]
    if not query.any():
        raise InvalidInput("The examples cancel each other out: nothing is left to search by.")
    return query


def search(
    space: Space,
    scores: Scores,
    count: int,
    *,
    is_allowed: NDArray[np.bool_] | None = None,
    threshold: float | None = None,
) -> Ranked:
    """Find the clips of the highest scores.

    Parameters
    ----------
    count
        The most that are found; there may be fewer.
    is_allowed
        Shape (n,): what filters let through, before any is counted.
    threshold
        The least score that is found.

    Raises
    ------
    InvalidInput
        When ``count`` is less than 1.
    """
    if count < 1:
        raise InvalidInput(f"A search finds at least 1 clip, found {count}.")
    random = scores[space.random]
    numbers = find_best(scores, count, is_allowed=is_allowed)
    if threshold is not None:
        with np.errstate(over="ignore"):  # one that is too large for the scores is an infinite one
            numbers = numbers[scores[numbers] >= threshold]
    reach = np.concatenate([random, scores[numbers]])
    low, high = (float(reach.min()), float(reach.max())) if len(reach) else (0.0, 1.0)
    counts, edges = np.histogram(random, BINS, (low, max(high, low + 1e-6)))
    below = np.searchsorted(np.sort(random), scores[numbers], side="left")
    return Ranked(numbers, scores[numbers], 100 * below / max(1, len(random)), edges, counts)


def find_best(scores: Scores, count: int, *, is_allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Find the numbers of the highest of (n,) scores, the best first, of equal ones the lowest number; never NaN."""
    usable = scores if is_allowed is None else np.where(is_allowed, scores, np.float32(np.nan))
    numbers = np.flatnonzero(usable >= _find_least(usable, count))
    return np.asarray(numbers[np.argsort(-usable[numbers], kind="stable")][:count], np.int64)


def _find_least(scores: Scores, count: int) -> np.float32:
    """Find a score that at least ``count`` scores reach, if there are as many, and of a million few others do.

    Of as many blocks as are wanted, each has a best score that is not less than the least of these: nothing is sorted.
    """
    whole = len(scores) // BLOCK
    if whole < count:
        best = scores[~np.isnan(scores)]
    else:  # what is far apart is one block: the processor compares many at once
        best = np.fmax.reduce(scores[: whole * BLOCK].reshape(BLOCK, whole), axis=0)
        best[np.isnan(best)] = -np.inf
    return np.float32(-np.inf) if len(best) <= count else np.partition(best, len(best) - count)[len(best) - count]


def _find_middle(vectors: NDArray[Any]) -> NDArray[np.float64] | None:
    directions = to_directions(np.atleast_2d(vectors))
    known = directions[has_direction(directions)]
    return known.mean(axis=0, dtype=np.float64) if len(known) else None
