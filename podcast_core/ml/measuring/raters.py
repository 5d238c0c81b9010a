"""How well raters agree about units: kappa and its kin, with intervals over sessions.

All of them are functions of sums over sessions, so each session gives one row of numbers that are added up
(`tabulate`), and the interval comes of drawing rows anew (`intervals.estimate_sums`).

- **Cohen's kappa**, of two raters who rated every unit.
- **Fleiss' kappa**, of two or more; a unit may have any number of ratings.
- **Krippendorff's alpha** (nominal), of two or more, with a correction for few units; what is missing is left out.
- **Gwet's AC1**, of two or more; where one category is rare, it stays near the share of agreement, where kappa falls.
"""

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.measuring.intervals import Drawn, Estimate, estimate_sums

Table = NDArray[np.float64]


def estimate_cohen(table: Table) -> Estimate | None:
    """Estimate Cohen's kappa of two raters; None where both said one and the same category only.

    The table, shape (sessions, categories squared), says how often, or for how long, the first said one category (the
    slow index) and the second another (the fast one).

    J. Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    return estimate_sums(table, _compute_cohen)


def tabulate(counts: NDArray[np.int64]) -> Table:
    """Lay out ratings for `estimate_fleiss`, `estimate_krippendorff` and `estimate_gwet`.

    Parameters
    ----------
    counts
        Shape (units, categories): how many raters put each unit into each category. Units with one rating or none say
        nothing about agreement.

    Returns
    -------
    ndarray
        Shape (units, 3 + 2 categories): one; the share of pairs of raters who agree; how far the pairs disagree, times
        raters; the ratings in each category; their shares.
    """
    raters = counts.sum(axis=1)
    counts, raters = counts[raters > 1].astype(np.float64), raters[raters > 1].astype(np.float64)
    alike = (counts * (counts - 1)).sum(axis=1)
    share = alike / (raters * (raters - 1))
    apart = raters - alike / (raters - 1)
    return np.column_stack([np.ones(len(counts)), share, apart, counts, counts / raters[:, None]])


def estimate_fleiss(table: Table | Drawn) -> Estimate | None:
    """Estimate Fleiss' kappa from a table of `tabulate`; None where one category only was named.

    J. L. Fleiss, Measuring nominal scale agreement among many raters, 1971.
    """
    return estimate_sums(table, _compute_fleiss)


def estimate_krippendorff(table: Table | Drawn) -> Estimate | None:
    """Estimate Krippendorff's alpha from a table of `tabulate`; None where one category only was named.

    K. Krippendorff, Computing Krippendorff's alpha-reliability, 2011. The package ``krippendorff`` gives the same value
    (see the tests), for one table at a time; here there are 2,000.
    """
    return estimate_sums(table, _compute_krippendorff)


def estimate_gwet(table: Table | Drawn) -> Estimate | None:
    """Estimate Gwet's AC1 from a table of `tabulate`.

    K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement, 2008.
    """
    return estimate_sums(table, _compute_gwet)


def _compute_cohen(sums: Table) -> Table:
    size = round(sums.shape[-1] ** 0.5)
    cells = sums.reshape(*sums.shape[:-1], size, size)
    shares = cells / cells.sum(axis=(-2, -1), keepdims=True)
    observed = np.trace(shares, axis1=-2, axis2=-1)
    expected = (shares.sum(axis=-1) * shares.sum(axis=-2)).sum(axis=-1)
    return _correct(observed, expected)


def _compute_fleiss(sums: Table) -> Table:
    ratings = sums[..., 3 : (sums.shape[-1] + 3) // 2]
    shares = ratings / ratings.sum(axis=-1, keepdims=True)
    return _correct(sums[..., 1] / sums[..., 0], (shares**2).sum(axis=-1))


def _compute_krippendorff(sums: Table) -> Table:
    ratings = sums[..., 3 : (sums.shape[-1] + 3) // 2]
    total = ratings.sum(axis=-1)
    expected = total**2 - (ratings**2).sum(axis=-1)
    alpha: Table = 1 - (total - 1) * sums[..., 2] / np.where(expected > 0, expected, np.nan)
    return alpha


def _compute_gwet(sums: Table) -> Table:
    shares = sums[..., (sums.shape[-1] + 3) // 2 :] / sums[..., :1]
    expected = (shares * (1 - shares)).sum(axis=-1) / max(1, shares.shape[-1] - 1)
    return _correct(sums[..., 1] / sums[..., 0], expected)


def _correct(observed: Table, expected: Table) -> Table:
    """Take from an agreement what chance would have given; NaN where chance gives all of it."""
    by_chance = np.where(expected < 1 - 1e-12, expected, np.nan)
    corrected: Table = (observed - by_chance) / (1 - by_chance)
    return corrected
