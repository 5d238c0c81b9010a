"""How often something is so among many, from some that were drawn at random, and how many more have to be looked at.

Drawing without putting back says more, the more of all is drawn, and everything when all is. Wilson's interval gets the
number of looks that would say as much about endlessly many: ``n (N - 1) / (N - n)``, the correction for a finite
population (Cochran 1977, Sampling Techniques, 3.2 and 4.4). The exact interval holds every number of all for which what
was seen is no rarer than 2.5 % on either side: Clopper and Pearson 1934 for endlessly many, and the same with the
hypergeometric distribution for N (Buonaccorsi 1987, The American Statistician 41, 215-218). It is never too narrow, and
mostly wider than Wilson's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from podcast_core.errors import InvalidInput
from podcast_core.ml.measuring.intervals import Estimate, estimate_share

TAIL = 0.025  # on either side of a 95 % interval
GUESSED_SHARE = 0.5  # where nothing was seen: the share that needs most looks
MIN_SEEN = 5  # chosen: with fewer, an interval that ends the looking is a matter of luck, see decision 39


@dataclass(frozen=True, slots=True)
class Share:
    """A share of all, with its two intervals (95 %)."""

    count: int
    seen: int
    wilson: Estimate
    exact: Estimate


def estimate_audit(count: int, seen: int, size: int | None = None) -> Share | None:
    """Estimate a share of ``size`` (None: endlessly many) of which ``seen`` were drawn; None when nothing was."""
    wilson = estimate_finite(count, seen, size)
    return None if wilson is None else Share(count, seen, wilson, estimate_exact(count, seen, size))


def estimate_finite(count: float, seen: float, size: int | None = None) -> Estimate | None:
    """Estimate a share by Wilson's interval, of so many as there are; None when nothing was seen.

    Raises
    ------
    InvalidInput
        When more were seen than there are, or counted than seen.
    """
    if not 0 <= count <= seen or (size is not None and seen > size):
        raise InvalidInput(f"Counted {count:g} of {seen:g} that were seen, of {size} in all: that cannot be.")
    if not seen:
        return None
    share = count / seen
    if size is None:
        return estimate_share(count, seen)
    if seen >= size:
        return Estimate(share, share, share)
    looks = seen * (size - 1) / (size - seen)
    return estimate_share(share * looks, looks)


def estimate_exact(count: int, seen: int, size: int | None = None) -> Estimate:
    """Estimate a share by the exact interval; something must have been seen."""
    from scipy.stats import beta, hypergeom

    share = count / seen
    if size is None:
        low = beta.ppf(TAIL, count, seen - count + 1) if count else 0.0
        high = beta.ppf(1 - TAIL, count + 1, seen - count) if count < seen else 1.0
        return Estimate(share, float(low), float(high))
    # The fewest, and the most, of all that could be so: what was seen would be too rare otherwise.
    fewest = _find_first(count, size - seen + count, lambda all_: hypergeom.sf(count - 1, size, all_, seen) > TAIL)
    most = _find_first(0, size - seen, lambda left: hypergeom.cdf(count, size, size - seen + count - left, seen) > TAIL)
    return Estimate(share, fewest / size, (size - seen + count - most) / size)


def _find_first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Find the first number from low to high for which something holds, as it does for all that follow."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def count_more(is_enough: Callable[[float, int], bool], count: int, seen: int, size: int) -> int:
    """Say how many more have to be seen until it is enough, if their share stays as it is.

    Parameters
    ----------
    is_enough
        Tells it of a count (which need not be whole) and how many were seen; all are enough.
    size
        How many there are.
    """
    if seen >= size or is_enough(count, seen):
        return 0
    share = count / seen if seen else GUESSED_SHARE
    low, high = seen, size  # not enough, and enough
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(share * middle, middle) else (middle, high)
    return high - seen
