"""From some predictions that were judged: the chance that one is right by its score, and from which score on to trust.

The verdict is regressed on the logit of the score (logistic regression without a penalty), as Wood and Kahl propose
(2024, Guidelines for appropriate use of BirdNET scores and other detector outputs, J. Ornithology 165, 777-782).
The precision from a threshold on is the mean of that chance over *all* predictions from it on: those that were judged
are spread over the scores, so that few of them are where most predictions are.

Drawing by score changes nothing about the chance at a score, and needs no weights. Where strata of one band of scores
(sites, days) were drawn unevenly, each judged one counts for as many as its stratum has for each.

Intervals come of drawing the judged ones anew within their bands of scores (bootstrap), 1,000 times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.verification_sample import SCORE_STEPS
from podcast_core.ml.measuring.intervals import Estimate, estimate_share

MIN_JUDGED = 20  # for two parameters: ten for each, as in Peduzzi et al. 1996 (J. Clin. Epidemiol. 49, 1373-1379)
DRAWS = 1000  # of the bootstrap, as Efron and Tibshirani 1993 ask for percentiles
STEPS = 60  # of Newton's method at most; ten are enough for nearly all data
LARGEST_STEP = 3.0  # of it, in standard deviations of the logit
SURE = 10.0  # logit of the chance at both edges of a gap that tells all right ones from all wrong ones
CURVE_POINTS = 101
TAILS = (0.025, 0.975)

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Predictions that were judged, shape (n,) each: score (0 to 1), verdict, band of scores, and weight."""

    scores: Numbers
    is_right: NDArray[np.bool_]
    band: NDArray[np.int64]
    weights: Numbers


@dataclass(frozen=True, slots=True)
class Curve:
    """By score, shape (points,): the chance to be right with its interval, and the precision from the score on."""

    scores: Numbers
    chance: Numbers
    low: Numbers
    high: Numbers
    precision: Numbers


@dataclass(frozen=True, slots=True)
class Found:
    """What judged predictions of a label say.

    ``threshold`` is the lowest score from which on the wanted precision is reached, with its interval; None where there
    is none, and ``problem`` says why. ``precision`` is that from the threshold on; without one, that of all predictions
    or, where the scores say nothing, of the judged ones. ``kept`` predictions of ``total`` are above the threshold.
    ``note`` says what has to be known about the number.
    """

    judged: int
    right: int
    total: int
    kept: int
    threshold: Estimate | None
    precision: Estimate | None
    problem: str
    note: str
    curve: Curve | None


def _to_logits(scores: NDArray[Any]) -> Numbers:
    """Give the logits of scores; those of 0 and 1 are of half a thousandth beside them."""
    edge = 0.5 / SCORE_STEPS
    clipped = np.clip(np.asarray(scores, float), edge, 1 - edge)
    return np.asarray(np.log(clipped / (1 - clipped)))


def estimate_threshold(
    judged: Judged, counts: Sequence[tuple[int, int]], *, precision: float, careful: bool = False, seed: int = 0
) -> Found:
    """Find the lowest score from which on a precision is reached.

    Parameters
    ----------
    judged
        Predictions that were judged.
    counts
        How many of all predictions have each score, as (thousandths, count).
    precision
        Which one is wanted, 0 to 1.
    careful
        Whether the lower end of the precision's interval has to reach it, and not the estimate alone.
    seed
        Of the interval.
    """
    table = np.array(sorted(counts), float).reshape(-1, 2)
    all_scores, all_counts = table[:, 0] / SCORE_STEPS, table[:, 1]
    number, right, total = len(judged.scores), int(judged.is_right.sum()), int(all_counts.sum())

    def without(problem: str, share: Estimate | None) -> Found:
        return Found(number, right, total, 0, None, share, problem, "", None)

    if number < MIN_JUDGED:
        more = MIN_JUDGED - number
        return without(f"{number} judged: a threshold needs at least {MIN_JUDGED}, so {more} more.", None)
    share = estimate_share(right, number)
    assert share is not None
    if right == number and careful and share.low < precision:
        return without(
            f"All {number} that were judged are right, which says {share.low:.0%} at least: judge more.", share
        )
    if right == number:
        kept, lowest = total, float(all_scores[0])
        note = f"All {number} that were judged are right, so all scores are kept."
        return Found(number, right, total, kept, Estimate(lowest, lowest, lowest), share, "", note, None)
    if right == 0:
        return without(f"All {number} that were judged are wrong: no threshold helps.", share)
    if np.ptp(_to_logits(judged.scores)) == 0:
        same = f"All scores that were judged are {judged.scores[0]:.3g}"
        return without(f"{same}: they do not tell right ones from wrong ones.", share)
    return _estimate(judged, all_scores, all_counts, (precision, careful), seed)


def _estimate(judged: Judged, all_scores: Numbers, all_counts: Numbers, wanted: tuple[float, bool], seed: int) -> Found:
    precision, careful = wanted
    x, at = _to_logits(judged.scores), _to_logits(all_scores + 0.5 / SCORE_STEPS)
    number, right, total = len(x), int(judged.is_right.sum()), int(all_counts.sum())
    weights = np.concatenate([judged.weights[None, :], _draw_anew(judged, seed)])
    fits = _fit_many(x, judged.is_right, weights)
    precisions = _sum_from(_chance(fits, at) * all_counts) / _sum_from(all_counts[None, :])
    places = np.argmax(precisions >= precision, axis=1)
    reached = (precisions >= precision).any(axis=1) & (fits[:, 1] > 0)
    shown = np.linspace(all_scores[0], min(1.0, all_scores[-1] + 1 / SCORE_STEPS), CURVE_POINTS)
    chances = _chance(fits, _to_logits(shown))
    first = np.minimum(np.searchsorted(all_scores, shown), len(all_scores) - 1)
    low, high = np.quantile(chances[1:], TAILS, axis=0)
    curve = Curve(shown, chances[0], np.minimum(low, chances[0]), np.maximum(high, chances[0]), precisions[0, first])
    sure = np.quantile(precisions[1:], TAILS[0], axis=0) >= precision if careful else np.ones(len(at), bool)
    if not reached[0] or not sure.any():
        if fits[0, 1] <= 0:
            problem = "Higher scores are not more often right: scores of this label cannot be trusted."
        elif reached[0]:
            problem = f"No threshold surely reaches {precision:.0%}: judge more."
        else:
            best = precisions[0].max()
            problem = f"No threshold reaches {precision:.0%}: from the highest scores on it is {best:.0%}."
        return Found(number, right, total, 0, None, _take(precisions[:, 0]), problem, "", curve)
    thresholds = np.where(reached, all_scores[places], 1.0)
    place = max(int(places[0]), int(np.argmax(sure)))
    thresholds[0] = all_scores[place]
    known, note = _widen(judged, float(all_scores[place]), _take(precisions[:, place])), ""
    if careful and known.low < precision:
        return Found(
            number, right, total, 0, None, known, f"No threshold surely reaches {precision:.0%}: judge more.", "", curve
        )
    if (share := 1 - float(reached.mean())) > TAILS[0]:
        note = f"In {share:.0%} of the draws anew no threshold reaches {precision:.0%}: judge more."
    kept = int(all_counts[place:].sum())
    return Found(number, right, total, kept, _take(thresholds), known, "", note, curve)


def _widen(judged: Judged, threshold: float, found: Estimate) -> Estimate:
    """Widen an interval where all that were judged above the threshold are right, or all below are wrong.

    Drawing those anew cannot tell how sure that is; Wilson's interval of a share of as many can.
    """
    is_above = judged.scores >= threshold
    above, below = judged.is_right[is_above], judged.is_right[~is_above]
    share = estimate_share(found.value * len(above), len(above))
    if share is None or not (above.all() or not below.any()):
        return found
    return Estimate(found.value, min(found.low, share.low), max(found.high, share.high))


def _take(values: Numbers) -> Estimate:
    """Take the value of the data, which comes first, and the interval of those drawn anew."""
    low, high = np.quantile(values[1:], TAILS)
    return Estimate(float(values[0]), float(min(low, values[0])), float(max(high, values[0])))


def _sum_from(values: Numbers) -> Numbers:
    """Sum up rows from each place to the end."""
    return np.asarray(np.cumsum(values[:, ::-1], axis=1)[:, ::-1])


def _chance(fits: Numbers, x: Numbers) -> Numbers:
    """Compute the chance to be right by each fit (fits, 2) at each logit; shape (fits, logits)."""
    return np.asarray(1 / (1 + np.exp(-np.clip(fits[:, :1] + fits[:, 1:] * x, -500, 500))))


def _draw_anew(judged: Judged, seed: int) -> Numbers:
    """Draw judged ones with replacement within their bands; gives the weight of each, shape (draws, n)."""
    chance = np.random.default_rng(seed)
    drawn = np.zeros((DRAWS, len(judged.band)))
    for band in np.unique(judged.band):
        inside = np.flatnonzero(judged.band == band)
        even = np.full(len(inside), 1 / len(inside))
        drawn[:, inside] = chance.multinomial(len(inside), even, size=DRAWS)
    return np.asarray(drawn * judged.weights)


def _fit_many(x: Numbers, is_right: NDArray[np.bool_], weights: Numbers) -> Numbers:
    """Fit the chance ``1 / (1 + exp(-(a + b x)))`` by Newton's method, for each row of weights (fits, n) at once.

    Where one score tells all right ones from all wrong ones there is no best slope: the curve then rises, or falls, in
    the gap between them. Returns (a, b), shape (fits, 2).
    """
    middle, scale = x.mean(), x.std()
    z, y = (x - middle) / scale, is_right.astype(float)
    found = np.zeros((len(weights), 2))
    is_told, gap = _find_gaps(z, is_right, weights)
    left = ~is_told
    for _ in range(STEPS):
        if not left.any():
            break
        w, fits = weights[left], found[left]
        p = _chance(fits, z)
        v = w * p * (1 - p)
        error = w * (y - p)
        gradient = np.stack([error.sum(axis=1), (error * z).sum(axis=1)], axis=1)
        s0, s1, s2 = v.sum(axis=1) + 1e-9, (v * z).sum(axis=1), (v * z**2).sum(axis=1) + 1e-9
        determinant = s0 * s2 - s1**2
        step = np.stack([s2 * gradient[:, 0] - s1 * gradient[:, 1], s0 * gradient[:, 1] - s1 * gradient[:, 0]], axis=1)
        step /= determinant[:, None]
        step = np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        found[left] = fits + step
        left[np.flatnonzero(left)[np.abs(step).max(axis=1) < 1e-9]] = False
    found[is_told] = gap[is_told]
    found[:, 1] /= scale
    found[:, 0] -= found[:, 1] * middle
    return found


def _find_gaps(z: Numbers, is_right: NDArray[np.bool_], weights: Numbers) -> tuple[NDArray[np.bool_], Numbers]:
    """Find the rows of weights in which one score tells all right ones from all wrong ones, and (a, b) for these."""
    has = weights > 0
    low_right = np.where(has & is_right, z, np.inf).min(axis=1)
    high_right = np.where(has & is_right, z, -np.inf).max(axis=1)
    low_wrong = np.where(has & ~is_right, z, np.inf).min(axis=1)
    high_wrong = np.where(has & ~is_right, z, -np.inf).max(axis=1)
    found = np.zeros((len(weights), 2))
    only_right, only_wrong = ~np.isfinite(low_wrong), ~np.isfinite(low_right)
    found[only_right, 0], found[only_wrong, 0] = SURE, -SURE
    rises = ~only_right & ~only_wrong & (low_right > high_wrong)
    falls = ~only_right & ~only_wrong & (high_right < low_wrong)
    for told, from_, to, sign in ((rises, high_wrong, low_right, 1), (falls, high_right, low_wrong, -1)):
        slope = sign * 2 * SURE / (to[told] - from_[told])
        found[told] = np.stack([-slope * (to[told] + from_[told]) / 2, slope], axis=1)
    return only_right | only_wrong | rises | falls, found
