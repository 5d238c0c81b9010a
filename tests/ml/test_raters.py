"""Kappa and its kin, against other libraries, published examples and simulated raters."""

import krippendorff
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from podcast_core.ml.measuring.raters import (
    estimate_cohen,
    estimate_fleiss,
    estimate_gwet,
    estimate_krippendorff,
    tabulate,
)

# Table 1 of Fleiss 1971: 30 patients, six psychiatrists each, five diagnoses. His kappa is 0.430.
FLEISS = """0 0 0 6 0  0 3 0 0 3  0 1 4 0 1  0 0 0 0 6  0 3 0 3 0  2 0 4 0 0  0 0 4 0 2  2 0 3 1 0  2 0 0 4 0  0 0 0 0 6
1 0 0 5 0  1 1 0 4 0  0 3 3 0 0  1 0 0 5 0  0 2 0 3 1  0 0 5 0 1  3 0 0 1 2  5 1 0 0 0  0 2 0 4 0  1 0 2 0 3
0 0 0 0 6  0 1 0 5 0  0 2 0 1 3  2 0 0 4 0  1 0 0 4 1  0 5 0 1 0  4 0 0 0 2  0 2 0 4 0  1 0 5 0 0  0 0 0 0 6"""


def count(ratings: NDArray[np.int64], categories: int) -> NDArray[np.int64]:
    """Count what raters said, shape (units, raters), -1 where one said nothing."""
    return np.stack([(ratings == each).sum(axis=1) for each in range(categories)], axis=1)


def simulate(
    chance: np.random.Generator, units: int, raters: int, *, prevalence: float = 0.3, error: float = 0.1
) -> NDArray[np.int64]:
    truth = chance.random(units) < prevalence
    said = truth[:, None] ^ (chance.random((units, raters)) < error)
    return said.astype(np.int64)


@pytest.mark.parametrize("categories", [2, 3, 5])
def test_cohens_kappa_is_scikit_learns(categories: int) -> None:
    chance = np.random.default_rng(categories)
    one = chance.integers(0, categories, 400)
    other = np.where(chance.random(400) < 0.7, one, chance.integers(0, categories, 400))
    cells = np.zeros((400, categories, categories))
    cells[np.arange(400), one, other] = 1
    kappa = estimate_cohen(cells.reshape(400, -1))
    assert kappa is not None
    assert kappa.value == pytest.approx(cohen_kappa_score(one, other))
    assert kappa.low < kappa.value < kappa.high


def test_fleiss_kappa_is_that_of_his_paper() -> None:
    counts = np.array(FLEISS.split(), np.int64).reshape(30, 5)
    kappa = estimate_fleiss(tabulate(counts))
    assert kappa is not None
    assert round(kappa.value, 3) == 0.430
    assert kappa.low < 0.430 < kappa.high


@pytest.mark.parametrize("raters", [2, 3, 6])
def test_alpha_is_that_of_the_krippendorff_package_with_missing_ratings(raters: int) -> None:
    chance = np.random.default_rng(raters)
    ratings = chance.integers(0, 3, (80, 1)).repeat(raters, axis=1)
    ratings = np.where(chance.random(ratings.shape) < 0.2, chance.integers(0, 3, ratings.shape), ratings)
    ratings[chance.random(ratings.shape) < 0.25] = -1
    alpha = estimate_krippendorff(tabulate(count(ratings, 3)))
    known = krippendorff.alpha(np.where(ratings < 0, np.nan, ratings).T, level_of_measurement="nominal")
    assert alpha is not None
    assert alpha.value == pytest.approx(known)


def test_ac1_is_that_of_hand_and_stays_high_where_a_label_is_rare() -> None:
    """118 times both say yes, 7 times one of them, never neither: the paradox of kappa that Gwet 2008 begins with."""
    counts = np.array([[0, 2]] * 118 + [[1, 1]] * 7)
    table = tabulate(counts)
    ac1, fleiss = estimate_gwet(table), estimate_fleiss(table)
    assert ac1 is not None
    assert fleiss is not None
    yes = (118 + 3.5) / 125
    expected = 2 * yes * (1 - yes)
    assert ac1.value == pytest.approx((118 / 125 - expected) / (1 - expected))
    assert ac1.value > 0.9 > 0 > fleiss.value


def test_full_agreement_is_one_and_nothing_but_one_category_is_not_defined() -> None:
    table = tabulate(np.array([[2, 0], [0, 2], [0, 3], [1, 0]]))
    for estimate in (estimate_fleiss, estimate_krippendorff, estimate_gwet):
        found = estimate(table)
        assert found is not None
        assert (found.value, found.high) == (1, 1)
        assert found.low < 1, "three sessions prove little"
    same = tabulate(np.array([[0, 2]] * 5))
    assert estimate_fleiss(same) is None
    assert estimate_krippendorff(same) is None
    assert estimate_fleiss(tabulate(np.array([[1, 0], [0, 1]]))) is None, "nobody was rated twice"


@pytest.mark.parametrize("shuffle", range(3))
def test_order_of_units_and_names_of_categories_do_not_matter(shuffle: int) -> None:
    chance = np.random.default_rng(shuffle)
    counts = count(simulate(chance, 60, 3), 2)
    for estimate in (estimate_fleiss, estimate_krippendorff, estimate_gwet):
        first, second = estimate(tabulate(counts)), estimate(tabulate(chance.permutation(counts)[:, ::-1]))
        assert first is not None
        assert second is not None
        assert first.value == pytest.approx(second.value)


@pytest.mark.parametrize(("units", "prevalence"), [(80, 0.4), (300, 0.15), (3000, 0.3)])
def test_intervals_hold_the_truth_nineteen_times_of_twenty(units: int, prevalence: float) -> None:
    """Simulated raters who are wrong in one of ten: what they would agree to in endless units is known."""
    chance = np.random.default_rng(units)
    error, tries = 0.1, 120
    yes = prevalence * (1 - error) + (1 - prevalence) * error
    observed = (1 - error) ** 2 + error**2
    truth = 1 - (1 - observed) / (2 * yes * (1 - yes))
    held = 0
    for _ in range(tries):
        table = tabulate(count(simulate(chance, units, 3, prevalence=prevalence, error=error), 2))
        found = estimate_krippendorff(table)
        assert found is not None
        held += found.low <= truth <= found.high
    assert 0.88 <= held / tries <= 0.99  # 0.95 and three deviations of so many tries
