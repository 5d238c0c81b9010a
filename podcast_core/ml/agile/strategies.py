"""Which clips to hear next. Whatever the strategy, at least one in ten is drawn at random.

What is asked because it is hard, or likely, says nothing about all clips. The random ones do: they come in an order
that is drawn once for a collection, and the first of it that all have an answer are an honest sample.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.ml.agile.search import find_best
from podcast_core.ml.embedding.directions import Vectors

RANDOM_SHARE = 0.1  # chosen: an honest sample grows with the work, and costs a tenth of it
MAX_CENTRES = 1024  # labelled clips from which a distance is measured


class Strategy(StrEnum):
    """By what clips are chosen.

    ``margin``: where the classifier is least sure. ``top``: the highest scores, to verify or to find all. ``badge``:
    unsure ones, spread over all kinds of sound (Ash et al. 2020, arXiv 1906.03671). ``far``: farthest from all that is
    labelled (k-center). ``quantile``: of low to high scores, evenly. ``random``: any.
    """

    MARGIN = "margin"
    TOP = "top"
    BADGE = "badge"
    FAR = "far"
    QUANTILE = "quantile"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Asked:
    """A clip to be heard, and by what it was chosen."""

    number: int
    strategy: Strategy


def choose(
    strategy: Strategy,
    logits: NDArray[Any],
    directions: Vectors,
    is_open: NDArray[np.bool_],
    count: int,
    *,
    seed: int = 0,
    is_labelled: NDArray[np.bool_] | None = None,
) -> list[Asked]:
    """Choose the next clips.

    Parameters
    ----------
    logits
        Shape (n,), of the label that is asked about, or of the nearest of several to its threshold; 0 is undecided.
    directions
        Shape (n, d).
    is_open
        Shape (n,): the clips that may be chosen: unlabelled, and let through by filters.
    seed
        Of the collection: the random order depends on it alone. The same input gives the same choice.
    is_labelled
        Shape (n,): clips from which ``far`` keeps away.

    Returns
    -------
    list of Asked
        At most ``count``, the best first, one in ten of them random ones.

    Raises
    ------
    InvalidInput
        When ``count`` is less than 1.
    """
    if count < 1:
        raise InvalidInput(f"At least 1 clip is chosen, found {count}.")
    usable = is_open & directions.any(axis=1) & ~np.isnan(logits)
    count = min(count, int(usable.sum()))
    wanted = count if strategy is Strategy.RANDOM else math.ceil(RANDOM_SHARE * count)
    order = draw_order(len(logits), seed)
    random = order[usable[order]][:wanted]
    rest = usable.copy()
    rest[random] = False
    chosen = _choose(strategy, logits, directions, rest, count - len(random), seed, is_labelled)
    return _mix([Asked(int(number), strategy) for number in chosen], [Asked(int(n), Strategy.RANDOM) for n in random])


def draw_order(count: int, seed: int) -> NDArray[np.int64]:
    """Draw the order in which random clips of a collection come: shape (count,)."""
    return np.random.default_rng(seed).permutation(count)


def find_honest(is_answered: NDArray[np.bool_], is_usable: NDArray[np.bool_], seed: int) -> NDArray[np.int64]:
    """Find the clips that are a random sample: the first of the random order up to one that has no answer yet."""
    order = draw_order(len(is_answered), seed)
    order = order[is_usable[order]]
    waiting = np.flatnonzero(~is_answered[order])
    return order[: int(waiting[0]) if len(waiting) else len(order)]


def select_each(
    groups: NDArray[Any],
    count: int,
    *,
    scores: NDArray[Any] | None = None,
    is_allowed: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Select some clips of each group (deployment, day or recording): the best by score, or any where there is none.

    Returns
    -------
    ndarray
        Numbers: ``count`` of each group, all where it has fewer, one group after the other.

    Raises
    ------
    InvalidInput
        When ``count`` is less than 1.
    """
    if count < 1:
        raise InvalidInput(f"At least 1 clip of each group is selected, found {count}.")
    usable = np.ones(len(groups), bool) if is_allowed is None else is_allowed.copy()
    if scores is not None:
        usable &= ~np.isnan(scores)
    order: NDArray[np.int64] = (
        np.argsort(-scores, kind="stable") if scores is not None else draw_order(len(groups), seed)
    )
    order = order[usable[order]]
    if not len(order):
        return order
    _, group = np.unique(groups[order].astype(str), return_inverse=True)
    order = order[np.argsort(group, kind="stable")]
    group = np.sort(group)
    first = np.searchsorted(group, group, side="left")
    return order[np.arange(len(order)) - first < count]


def _choose(
    strategy: Strategy,
    logits: NDArray[Any],
    directions: Vectors,
    is_open: NDArray[np.bool_],
    count: int,
    seed: int,
    is_labelled: NDArray[np.bool_] | None,
) -> NDArray[np.int64]:
    if not count:
        return np.zeros(0, np.int64)
    match strategy:
        case Strategy.TOP:
            return find_best(logits, count, is_allowed=is_open)
        case Strategy.MARGIN:
            return find_best(-np.abs(logits), count, is_allowed=is_open)
        case Strategy.QUANTILE:
            return _choose_quantiles(logits, is_open, count, seed)
        case Strategy.BADGE:
            return _choose_badge(logits, directions, is_open, count, seed)
        case Strategy.FAR:
            return _choose_far(directions, is_open, count, seed, is_labelled)
        case Strategy.RANDOM:
            raise AssertionError("all of it has been drawn")


def _choose_quantiles(logits: NDArray[Any], is_open: NDArray[np.bool_], count: int, seed: int) -> NDArray[np.int64]:
    """Choose one of each of as many stretches of the order by score."""
    numbers = np.flatnonzero(is_open)
    ordered = numbers[np.argsort(-logits[numbers], kind="stable")]
    edges = np.arange(count + 1) * len(ordered) // count
    return ordered[np.random.default_rng(seed).integers(edges[:-1], edges[1:])]


def _choose_badge(
    logits: NDArray[Any], directions: Vectors, is_open: NDArray[np.bool_], count: int, seed: int
) -> NDArray[np.int64]:
    """Choose as k-means++ does among gradients: each direction, as long as the classifier is unsure about it."""
    from scipy.special import expit

    chance = np.random.default_rng(seed)
    length = np.where(is_open, expit(-np.abs(logits)), 0.0)
    nearest = length**2
    chosen: list[int] = []
    for _ in range(count):
        total = nearest.sum()
        left = is_open.copy()
        left[chosen] = False
        weights = nearest / total if total > 0 else left / left.sum()
        number = int(np.searchsorted(np.cumsum(weights), chance.random() * weights.sum(), side="right"))
        number = number if number < len(left) and left[number] else int(np.flatnonzero(left)[0])
        chosen.append(number)
        inner = length * length[number] * (directions @ directions[number])
        nearest = np.minimum(nearest, np.maximum(length**2 + length[number] ** 2 - 2 * inner, 0))
        nearest[~is_open] = 0
        nearest[chosen] = 0
    return np.array(chosen, np.int64)


def _choose_far(
    directions: Vectors,
    is_open: NDArray[np.bool_],
    count: int,
    seed: int,
    is_labelled: NDArray[np.bool_] | None,
) -> NDArray[np.int64]:
    known = np.zeros(0, np.int64) if is_labelled is None else np.flatnonzero(is_labelled)
    centres = np.random.default_rng(seed).permutation(known)[:MAX_CENTRES]
    nearest = np.full(len(directions), -1.0, np.float32)  # the cosine of the centre that is most alike
    for number in centres:
        np.maximum(nearest, directions @ directions[number], out=nearest)
    chosen: list[int] = []
    for _ in range(count):
        number = int(np.argmin(np.where(is_open, nearest, np.inf)))
        chosen.append(number)
        np.maximum(nearest, directions @ directions[number], out=nearest)
        nearest[number] = np.inf
    return np.array(chosen, np.int64)


def _mix(chosen: list[Asked], random: list[Asked]) -> list[Asked]:
    """Put a random one first, and then one after every nine others."""
    mixed: list[Asked] = []
    step = len(chosen) / len(random) if random else 0
    for index, each in enumerate(random):
        mixed.append(each)
        mixed += chosen[round(index * step) : round((index + 1) * step)]
    return mixed or chosen
