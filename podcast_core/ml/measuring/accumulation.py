"""How many different labels, or individuals, are found in more and more sessions: rarefaction of samples.

Formulas: Colwell et al. (2012), Journal of Plant Ecology 5, 3-21, for incidences; Chao (1987) for how many there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, sqrt

from podcast_core.ml.measuring.intervals import Estimate, Z

POINTS = 40  # of a curve


@dataclass(frozen=True, slots=True)
class Accumulated:
    """How many kinds are expected in so many sessions, drawn from all in any order."""

    sessions: int
    kinds: Estimate


def list_expected(sessions_with: Sequence[int], session_count: int) -> list[Accumulated]:
    """List how many kinds are expected in 0, ... up to all sessions (equation 5; its variance: equation 6).

    Parameters
    ----------
    sessions_with
        In how many of the sessions each kind was found, each from 1 to ``session_count``.
    """
    if not session_count:
        return []
    steps = [place / POINTS for place in range(POINTS + 1)]  # even, and closer where the curve is steep
    sizes = sorted(
        {0, *(round(each * session_count) for each in steps), *(round(session_count**each) for each in steps)}
    )
    estimated = estimate_kinds(sessions_with, session_count)
    return [Accumulated(size, _expect(sessions_with, session_count, size, estimated)) for size in sorted({0, *sizes})]


def _expect(sessions_with: Sequence[int], session_count: int, size: int, estimated: float) -> Estimate:
    found = [1 - _miss(each, session_count, size) for each in sessions_with]
    value = sum(found)
    variance = sum(each**2 for each in found) - (value**2 / estimated if estimated else 0.0)
    reach = Z * sqrt(max(0.0, variance))
    return Estimate(value, max(0.0, value - reach), value + reach)


def _miss(of_kind: int, session_count: int, size: int) -> float:
    """How likely none of ``size`` sessions, drawn without replacement, has a kind that ``of_kind`` of all have."""
    rest = session_count - of_kind
    if size > rest:
        return 0.0
    logarithm = lgamma(rest + 1) - lgamma(rest - size + 1) - lgamma(session_count + 1)
    return exp(logarithm + lgamma(session_count - size + 1))


def estimate_kinds(sessions_with: Sequence[int], session_count: int) -> float:
    """Estimate how many kinds there are, those that nobody has found yet, too: Chao2, corrected for its bias."""
    if not session_count:
        return 0.0
    once, twice = (sum(1 for each in sessions_with if each == count) for count in (1, 2))
    return len(sessions_with) + (session_count - 1) / session_count * once * (once - 1) / (2 * (twice + 1))
