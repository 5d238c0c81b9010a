"""How many of all clips have a call, from a few that were heard: stratified by score, without a threshold.

Clips are put into strata by quantiles of their scores, with ever smaller ones where scores are high, and some of each
are drawn in an order that is fixed once. Of these people say whether the call is there; of how many of the others have
it, a beta posterior says what can be known (Navine et al. 2024, arXiv 2402.15360). Strata that were heard to the end
are known. Only what was drawn counts, and of each stratum only the beginning of its order up to the first clip that
nobody has heard: what somebody heard for another reason says nothing about the rest (decision 31).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.draw import Heard, Stratum
from podcast_core.domain.limits import HEARD_PER_BIN, MAX_PER_BIN
from podcast_core.errors import InvalidInput

QUANTILES = (0.0, 0.5, 0.75, 0.875, 1.0)  # each half as many clips as the one below, as in the paper
PRIOR = 0.1  # heard clips with a call, and without one; with 0.5 the interval misses rare calls half of the time
DRAWS = 4000  # of the posterior
INTERVAL = 0.9  # chosen: how much of the posterior the stated range holds


@dataclass(frozen=True, slots=True)
class Bin:
    """Clips with scores in a range: how many there are, how many were heard, and in how many of these a call was.

    ``unsure`` were heard, too, and it could not be told; others are heard in their place.
    """

    low: float
    high: float
    clips: int
    heard: int
    calls: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Density:
    """The share of all clips that have a call, with the interval in which it lies with a chance of 90 %.

    ``auc`` is the estimated chance that a clip with a call scores higher than one without; None while only one kind
    was heard. ``to_hear`` are the clips that are still to be heard, in their order; ``has_enough`` says that there are
    none.
    """

    share: float
    low: float
    high: float
    clips: int
    heard: int
    bins: tuple[Bin, ...]
    auc: float | None
    to_hear: tuple[int, ...]

    @property
    def has_enough(self) -> bool:
        """Whether as many clips of every bin were heard as are wanted, or all of it."""
        return self.clips > 0 and not self.to_hear


def sort_into_bins(scores: NDArray[Any]) -> NDArray[np.int64]:
    """Say in which bin each of (n,) scores is, from 0 (lowest) on; -1 where it is NaN. Equal scores are together."""
    known = ~np.isnan(scores)
    bins = np.full(len(scores), -1, np.int64)
    if known.any():
        edges = np.quantile(scores[known], QUANTILES[1:-1])
        bins[known] = np.searchsorted(edges, scores[known], side="right")
    return bins


def draw(scores: NDArray[Any], *, seed: int = 0) -> tuple[Stratum, ...]:
    """Draw clips of each range of (n,) scores, in the order in which they are to be heard; NaN is never drawn."""
    bins = sort_into_bins(scores)
    order = np.random.default_rng(seed).permutation(len(scores))
    found = []
    for index in range(len(QUANTILES) - 1):
        here = order[bins[order] == index]
        if len(here):
            some, its = here[:MAX_PER_BIN], scores[here]
            numbers, drawn = tuple(map(int, some)), tuple(map(float, scores[some]))
            found.append(Stratum(float(its.min()), float(its.max()), len(here), numbers, drawn))
    return tuple(found)


def estimate_density(
    strata: Sequence[Stratum], heard: Mapping[int, Heard], *, per_bin: int = HEARD_PER_BIN, seed: int = 0
) -> Density:
    """Estimate how many clips have a call.

    Parameters
    ----------
    strata
        What `draw` drew.
    heard
        What was said of clips, by number.
    per_bin
        How many of each stratum are to be heard, those left out in which it could not be told.
    seed
        Of the interval.

    Raises
    ------
    InvalidInput
        When ``per_bin`` is less than 1 or too many.
    """
    if not 1 <= per_bin <= MAX_PER_BIN:
        raise InvalidInput(f"Of each bin 1 to {MAX_PER_BIN} clips are heard, found {per_bin}.")
    chance = np.random.default_rng(seed)
    total = sum(each.clips for each in strata)
    sums = np.zeros(DRAWS)
    bins: list[Bin] = []
    counted: list[tuple[float, bool, float]] = []
    for each in strata:
        told, unsure = _count(each, heard, per_bin)
        calls, of = sum(has_call for _, has_call in told), len(told)
        bins.append(Bin(each.low, each.high, each.clips, of, calls, unsure))
        shares = chance.beta(PRIOR + calls, PRIOR + of - calls, DRAWS)
        sums += calls + chance.binomial(each.clips - of, shares)
        counted += [(score, has_call, each.clips / of) for score, has_call in told]
    low, high = np.quantile(sums / max(1, total), [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return Density(
        share=_weigh(bins, total),
        low=float(low),
        high=float(high),
        clips=total,
        heard=len(counted),
        bins=tuple(bins),
        auc=_estimate_auc(counted),
        to_hear=_list_to_hear(strata, heard, per_bin),
    )


def _count(stratum: Stratum, heard: Mapping[int, Heard], per_bin: int) -> tuple[list[tuple[float, bool]], int]:
    """Take what counts of a stratum: scores, and whether the call is there; and in how many it could not be told.

    That is the beginning of its order up to the first clip without a verdict, and no more than was wanted: what lies
    beyond was heard for another reason.
    """
    told: list[tuple[float, bool]] = []
    unsure = 0
    for number, score in zip(stratum.numbers, stratum.scores, strict=True):
        verdict = heard.get(number, Heard.TAKEN_BACK)
        if verdict is Heard.TAKEN_BACK or len(told) == per_bin:
            break
        if verdict is Heard.UNSURE:
            unsure += 1
        else:
            told.append((score, verdict is Heard.YES))
    return told, unsure


def _list_to_hear(strata: Sequence[Stratum], heard: Mapping[int, Heard], per_bin: int) -> tuple[int, ...]:
    """List which clips are still to be heard, one of each stratum after the other: nobody can guess from the order."""
    waiting: list[list[int]] = []
    for each in strata:
        told = 0
        missing: list[int] = []
        for number in each.numbers:
            if told + len(missing) == per_bin:
                break
            verdict = heard.get(number, Heard.TAKEN_BACK)
            told += verdict in (Heard.YES, Heard.NO)
            if verdict is Heard.TAKEN_BACK:
                missing.append(number)
        waiting.append(missing)
    return tuple(number for turn in zip_longest(*waiting) for number in turn if number is not None)


def _weigh(bins: Sequence[Bin], total: int) -> float:
    """Weigh the share of each bin by its clips; of a bin that nobody has heard, half is taken."""
    shares = [each.clips * (each.calls / each.heard if each.heard else 0.5) for each in bins]
    return sum(shares) / total if total else 0.0


def _estimate_auc(counted: Sequence[tuple[float, bool, float]]) -> float | None:
    """Estimate the area under the ROC curve: each heard clip stands for as many as its bin has for each heard one."""
    has_call = [each for _, each, _ in counted]
    if all(has_call) or not any(has_call):
        return None
    from sklearn.metrics import roc_auc_score

    scores, weights = [score for score, _, _ in counted], [weight for _, _, weight in counted]
    return float(roc_auc_score(has_call, scores, sample_weight=weights))
