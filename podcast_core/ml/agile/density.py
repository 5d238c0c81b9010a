"""How many of all clips have a call, from a few that were heard: stratified by score, without a threshold.

Clips are put into bins by quantiles of their scores, with ever smaller bins where scores are high; some of each are
heard. Of how many of the others have the call, a beta posterior says what can be known (Navine et al. 2024,
arXiv 2402.15360); bins that were heard to the end are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput

QUANTILES = (0.0, 0.5, 0.75, 0.875, 1.0)
HEARD_PER_BIN = 25
PRIOR = 0.1  # heard clips with a call, and without one; with 0.5 the interval misses rare calls half of the time
DRAWS = 4000
INTERVAL = 0.9


@dataclass(frozen=True, slots=True)
class Bin:
    """Clips with scores in a range: how many there are, how many were heard, and in how many of these a call was."""

    low: float
    high: float
    clips: int
    heard: int
    calls: int


@dataclass(frozen=True, slots=True)
class Density:
    """The share of all clips that have a call, with the interval in which it lies with a chance of 90 %.

    ``auc`` is the estimated chance that a clip with a call scores higher than one without; None while only one kind
    was heard. ``has_enough`` says whether at least one clip of every bin was heard.
    """

    share: float
    low: float
    high: float
    clips: int
    heard: int
    bins: tuple[Bin, ...]
    auc: float | None
    has_enough: bool


def sort_into_bins(scores: NDArray[Any]) -> NDArray[np.int64]:
    """Say in which bin each clip is, from 0 (lowest scores) on; -1 where it has no score. Equal scores are together."""
    known = ~np.isnan(scores)
    bins = np.full(len(scores), -1, np.int64)
    if known.any():
        edges = np.quantile(scores[known], QUANTILES[1:-1])
        bins[known] = np.searchsorted(edges, scores[known], side="right")
    return bins


def choose_to_hear(
    scores: NDArray[Any], is_heard: NDArray[np.bool_], *, per_bin: int = HEARD_PER_BIN, seed: int = 0
) -> NDArray[np.int64]:
    """Choose which clips are to be heard next, so that in the end ``per_bin`` of each bin are, drawn at random.

    Those that were heard count when they come first in the order that is drawn once; what somebody chose to hear for
    another reason does not, unless its turn has come.
    """
    if per_bin < 1:
        raise InvalidInput(f"At least 1 clip of each bin is heard, found the wish for {per_bin}.")
    chosen = _draw(scores, per_bin, seed)
    return chosen[~is_heard[chosen]]


def estimate_density(
    scores: NDArray[Any], heard: Mapping[int, bool], *, per_bin: int = HEARD_PER_BIN, seed: int = 0
) -> Density:
    """Estimate how many clips have a call.

    Parameters
    ----------
    scores
        Shape (n,): what sorted the clips; NaN where there is none.
    heard
        Numbers of clips that were heard, and whether a call was there. Only those that `choose_to_hear` draws with the
        same ``per_bin`` and seed count: others were heard for a reason, and would say too much.
    """
    bins = sort_into_bins(scores)
    counted = np.array([number for number in _draw(scores, per_bin, seed) if int(number) in heard], np.int64)
    has_call = np.array([heard[int(number)] for number in counted], bool)
    chance = np.random.default_rng(seed)
    total = int((bins >= 0).sum())
    found, sums = [], np.zeros(DRAWS)
    for index in range(len(QUANTILES) - 1):
        here, is_here = bins == index, bins[counted] == index
        clips, calls, of = int(here.sum()), int(has_call[is_here].sum()), int(is_here.sum())
        if clips:
            found.append(Bin(float(scores[here].min()), float(scores[here].max()), clips, of, calls))
            shares = chance.beta(PRIOR + calls, PRIOR + of - calls, DRAWS)
            sums += calls + chance.binomial(clips - of, shares)
    shares = sums / max(1, total)
    low, high = np.quantile(shares, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return Density(
        share=_weigh(found, total),
        low=float(low),
        high=float(high),
        clips=total,
        heard=len(counted),
        bins=tuple(found),
        auc=_estimate_auc(scores, bins, counted, has_call),
        has_enough=bool(found) and all(each.heard for each in found),
    )


def _draw(scores: NDArray[Any], per_bin: int, seed: int) -> NDArray[np.int64]:
    bins = sort_into_bins(scores)
    order = np.random.default_rng(seed).permutation(len(scores))
    drawn = [order[bins[order] == index][:per_bin] for index in range(len(QUANTILES) - 1)]
    return np.concatenate(drawn)


def _weigh(bins: list[Bin], total: int) -> float:
    """Weigh the share of each bin by its clips; of a bin that nobody has heard, half is taken."""
    shares = [each.clips * (each.calls / each.heard if each.heard else 0.5) for each in bins]
    return sum(shares) / total if total else 0.0


def _estimate_auc(
    scores: NDArray[Any], bins: NDArray[np.int64], counted: NDArray[np.int64], has_call: NDArray[np.bool_]
) -> float | None:
    """Estimate the area under the ROC curve: each heard clip stands for as many as its bin has for each heard one."""
    if not len(counted) or has_call.all() or not has_call.any():
        return None
    from sklearn.metrics import roc_auc_score

    its = bins[counted]
    weights = np.bincount(bins[bins >= 0], minlength=4)[its] / np.bincount(its, minlength=4)[its]
    return float(roc_auc_score(has_call, scores[counted], sample_weight=weights))
