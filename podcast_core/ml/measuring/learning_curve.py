"""What more labels are worth: a curve through F1 against sessions labelled, and how far it still rises."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.measuring.intervals import Estimate

POWERS = np.arange(0.2, 2.01, 0.1)  # of the inverse power law; steeper ones cannot be told from a step
MIN_SIZES = 4  # one more than the curve has parameters
MIN_SESSIONS = 8  # chosen: below it, no curve is believed
MIN_GAIN = 0.01  # of F1; less is not worth the work of as many sessions again
MAX_NOT_GAINED = 0.03  # where labelling is said to pay no more, the gain may still be as large as that
DRAWS = 2000  # as in `intervals`
LAST_SIZES = 2  # from which it is told how much trainings with many sessions differ
MIN_SPREAD = 0.003  # of the mean of a size around the curve: fewer than 10 means cannot show a smaller one

MAX_LOST = 0.03  # of F1 from one size to a larger one; beyond that, trainings had too little time for so much sound
MIN_LEARNT = 0.1  # of F1; chosen: less is hardly more than chance

Scores = Mapping[int, Sequence[float]]
"""F1 of several trainings, by number of sessions learnt from."""


@dataclass(frozen=True, slots=True)
class Law:
    """F1 after n sessions: ``best - loss * n ** -power``."""

    best: float
    loss: float
    power: float

    def predict(self, sessions: float) -> float:
        """Predict F1, from 0 to 1."""
        return float(np.clip(self.best - self.loss * sessions**-self.power, 0, 1))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What ``more`` sessions are expected to add to F1; ``gain`` is None when there is too little to say.

    The interval of ``gain`` is that of the curve, 95 %. ``measured`` is wider: 95 % of measurements with as many more
    sessions, three trainings of each size, lie in it, for trainings differ and no curve fits exactly.

    ``is_short``: trainings on more sessions are worse, or nothing was learnt; so the curve tells of too little time for
    each training, and not of labels.
    """

    sessions: int
    more: int
    gain: Estimate | None
    law: Law | None
    is_short: bool = False
    measured: Estimate | None = None

    @property
    def verdict(self) -> str:
        """``done`` (there is nothing left to label), ``short`` (of time), ``unknown``, ``pays`` or ``stops``."""
        if self.sessions and not self.more:
            return "done"
        if self.is_short:
            return "short"
        if self.gain is None:
            return "unknown"
        return "pays" if self.gain.value >= MIN_GAIN else "stops"


def fit_law(scores: Scores) -> Law | None:
    """Fit an inverse power law by least squares, each size as heavy as its trainings; None with fewer than 4 sizes."""
    if len(scores) < MIN_SIZES:
        return None
    sizes = np.array([size for size, values in scores.items() for _ in values], float)
    values = np.array([value for each in scores.values() for value in each], float)
    laws = [_fit(sizes, values, float(power)) for power in POWERS]
    return min(laws, key=lambda law: float(((law.best - law.loss * sizes**-law.power - values) ** 2).sum()))


def foresee(scores: Scores, *, left: int) -> Outlook:
    """Say what as many sessions again are expected to add, or all that are left where those are fewer.

    Nothing is said from fewer than 4 sizes or 8 sessions; and there is no ``gain`` when its interval leaves open
    whether there is any. See `_draw_gains` for the intervals.
    """
    sessions = max(scores, default=0)
    more = min(sessions, left)
    law = fit_law(scores)
    if _is_short(scores):
        return Outlook(sessions, more, None, None, is_short=True)
    if law is None or sessions < MIN_SESSIONS:
        return Outlook(sessions, more, None, law)
    value = law.predict(sessions + more) - law.predict(sessions)
    of_curve, of_measurements = _draw_gains(scores, sessions, more)
    gain, measured = _surround(value, of_curve), _surround(value, of_measurements)
    is_clear = gain.low > 0 if gain.value >= MIN_GAIN else gain.high <= MAX_NOT_GAINED
    return Outlook(sessions, more, gain if is_clear else None, law, measured=measured)


def group(points: Sequence[Mapping[str, float]]) -> dict[int, list[float]]:
    """Group points (``sessions``, ``f1``) by size, the smallest first."""
    scores: dict[int, list[float]] = defaultdict(list)
    for point in points:
        scores[int(point["sessions"])].append(float(point["f1"]))
    return dict(sorted(scores.items()))


def choose_sizes(count: int, *, most: int = 5) -> list[int]:
    """Choose how many sessions to learn from: all, a half, a quarter and so on, the smallest first."""
    sizes = {max(1, round(count / 2**index)) for index in range(most)}
    return sorted(sizes) if count else []


def _is_short(scores: Scores) -> bool:
    means = [float(np.mean(values)) for _, values in sorted(scores.items())]
    return bool(means) and (means[-1] < MIN_LEARNT or means[-1] < max(means) - MAX_LOST)


def _fit(sizes: NDArray[np.float64], values: NDArray[np.float64], power: float) -> Law:
    falling = sizes**-power
    spread = falling - falling.mean()
    loss = max(0.0, -float((spread * (values - values.mean())).sum() / (spread**2).sum()))
    best = float(values.mean() + loss * falling.mean())
    if best > 1:  # no F1 is: the best line through 1
        best, loss = 1.0, float((falling * (1 - values)).sum() / (falling**2).sum())
    return Law(best, loss, power)


def _surround(value: float, drawn: NDArray[np.float64]) -> Estimate:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(value, min(value, float(low)), max(value, float(high)))


def _draw_gains(scores: Scores, sessions: int, more: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw what may be gained: along curves that fit the means of the sizes, and as it would be measured.

    Each size counts once: what is wrong with the curve there is the same for all of its trainings. Curves are drawn
    from their posterior under a flat prior of best, loss and the log of the spread, for each power, and powers by
    their evidence [1]_; so few sizes give wide intervals, as Student's t does.

    References
    ----------
    .. [1] Gelman et al. (2013), Bayesian Data Analysis, 3rd edition, section 14.2.
    """
    chance = np.random.default_rng(0)
    sizes = np.array(list(scores), float)
    means = np.array([np.mean(values) for values in scores.values()])
    free = len(sizes) - 2
    terms = np.stack([np.stack([np.ones_like(sizes), -(sizes**-power)], axis=1) for power in POWERS])
    inverse = np.linalg.inv(terms.transpose(0, 2, 1) @ terms)
    fitted = np.einsum("pij,pnj,n->pi", inverse, terms, means)
    rest = ((means - np.einsum("pni,pi->pn", terms, fitted)) ** 2).sum(axis=1) + len(sizes) * MIN_SPREAD**2
    evidence = 0.5 * np.linalg.slogdet(inverse)[1] - 0.5 * free * np.log(rest)
    weights = np.exp(evidence - evidence.max())
    chosen = chance.choice(len(POWERS), DRAWS, p=weights / weights.sum())
    spread = np.sqrt(rest[chosen] / chance.chisquare(free, DRAWS))
    spread = np.maximum(spread, _draw_chance(list(scores.values()), chance))  # no surer than its trainings
    shifts = np.einsum("dij,dj->di", np.linalg.cholesky(inverse)[chosen], chance.standard_normal((DRAWS, 2)))
    best, loss = (fitted[chosen] + spread[:, None] * shifts).T
    best, loss = np.minimum(best, 1.0), np.maximum(loss, 0.0)  # no F1 is above 1, and labels do not harm
    now, then = (np.clip(best - loss * count ** -POWERS[chosen], 0, 1) for count in (sessions, sessions + more))
    differ = np.maximum(_draw_chance(list(scores.values())[-LAST_SIZES:], chance), MIN_SPREAD)  # of a mean
    return then - now, then - now + differ * np.sqrt(2) * chance.standard_normal(DRAWS)


def _draw_chance(trainings: Sequence[Sequence[float]], chance: np.random.Generator) -> NDArray[np.float64]:
    """Draw how far, by the trainings' own chance, the mean of a size may be off: a standard deviation."""
    count = sum(map(len, trainings))
    again = count - len(trainings)  # trainings of sizes that had one already
    if not again:
        return np.zeros(DRAWS)
    within = sum(float(np.var(values)) * len(values) for values in trainings)
    drawn: NDArray[np.float64] = np.sqrt(within / chance.chisquare(again, DRAWS) * len(trainings) / count)
    return drawn
