"""Thresholds from judged predictions: the fit is scikit-learn's, and intervals hold the truth as often as they say."""

import numpy as np
import pytest
from numpy.typing import NDArray

from podcast_core.ml.measuring.score_regression import MIN_JUDGED, Found, Judged, estimate_threshold


def make(
    scores: NDArray[np.float64], is_right: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> Judged:
    band = np.minimum((scores * 10).astype(np.int64), 9)
    return Judged(scores, is_right, band, np.ones(len(scores)) if weights is None else weights)


def count(scores: NDArray[np.float64]) -> list[tuple[int, int]]:
    steps, counts = np.unique((scores * 1000).astype(int), return_counts=True)
    return list(zip(steps.tolist(), counts.tolist(), strict=True))


Drawn = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]


def draw(chance: np.random.Generator, size: int, a: float = -1.0, b: float = 1.2) -> Drawn:
    """Make predictions, most of which have low scores, and verdicts by a known curve."""
    scores = chance.beta(0.8, 1.6, size).clip(0.02, 0.98)
    p = 1 / (1 + np.exp(-(a + b * np.log(scores / (1 - scores)))))
    return scores, chance.random(size) < p, p


def take(chance: np.random.Generator, scores: NDArray[np.float64], each: int) -> NDArray[np.int64]:
    """Take so many of each band."""
    bands = np.minimum((scores * 10).astype(int), 9)
    inside = [np.flatnonzero(bands == band) for band in range(10)]
    return np.concatenate([chance.permutation(some)[:each] for some in inside])


def find(scores: NDArray[np.float64], is_right: NDArray[np.bool_], precision: float = 0.9) -> Found:
    return estimate_threshold(make(scores, is_right), count(scores), precision=precision)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_curve_is_that_of_scikit_learn_without_a_penalty(weighted: bool) -> None:
    from sklearn.linear_model import LogisticRegression

    chance = np.random.default_rng(3)
    scores, is_right, _ = draw(chance, 300)
    weights = chance.uniform(0.5, 2, 300) if weighted else np.ones(300)
    found = estimate_threshold(make(scores, is_right, weights), count(scores), precision=0.9)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(np.log(scores / (1 - scores))[:, None], is_right, sample_weight=weights)
    assert found.curve is not None
    inside = (found.curve.scores > 0.01) & (found.curve.scores < 0.99)
    at = found.curve.scores[inside]
    expected = model.predict_proba(np.log(at / (1 - at))[:, None])[:, 1]
    assert found.curve.chance[inside] == pytest.approx(expected, abs=1e-5)


def test_a_gap_between_right_and_wrong_ones_is_where_the_threshold_lies() -> None:
    scores = np.concatenate([np.linspace(0.1, 0.5, 20), np.linspace(0.7, 0.95, 20)])
    found = find(scores, scores > 0.6, 0.95)
    assert found.threshold is not None
    assert found.precision is not None
    assert 0.5 <= found.threshold.value <= 0.7  # one of both edges may still be needed for 95 %
    assert found.precision.value > 0.95
    assert found.kept in (20, 21)


def test_scores_that_fall_where_predictions_are_right_get_no_threshold() -> None:
    scores = np.linspace(0.1, 0.9, 40)
    found = find(scores, scores < 0.5)
    assert found.threshold is None
    assert "not more often right" in found.problem


@pytest.mark.parametrize(
    ("scores", "is_right", "said"),
    [
        (np.linspace(0.1, 0.9, MIN_JUDGED - 2), np.arange(MIN_JUDGED - 2) > 9, f"at least {MIN_JUDGED}, so 2 more"),
        (np.linspace(0.1, 0.9, 30), np.zeros(30, bool), "All 30 that were judged are wrong"),
        (np.full(30, 0.5), np.arange(30) > 9, "All scores that were judged are 0.5"),
        (np.linspace(0.1, 0.9, 40), np.arange(40) % 4 == 0, "No threshold reaches 90%|not more often right"),
    ],
)
def test_where_nothing_can_be_said_a_sentence_says_why(
    scores: NDArray[np.float64], is_right: NDArray[np.bool_], said: str
) -> None:
    import re

    found = find(scores, is_right)
    assert found.threshold is None
    assert re.search(said, found.problem)


def test_all_right_keeps_all_and_says_how_sure_that_is() -> None:
    found = find(np.linspace(0.2, 0.9, 30), np.ones(30, bool))
    assert found.threshold is not None
    assert found.precision is not None
    assert (found.threshold.value, found.kept) == (0.2, 30)
    assert 0.85 < found.precision.low < 0.95  # Wilson's of 30 of 30
    assert "All 30" in found.note


def test_a_seed_gives_the_same_interval_again() -> None:
    scores, is_right, _ = draw(np.random.default_rng(1), 200)
    assert find(scores, is_right).threshold == find(scores, is_right).threshold


def test_intervals_hold_the_precision_and_the_threshold_as_often_as_they_say() -> None:
    chance = np.random.default_rng(7)
    held_threshold, held_precision, tries = 0, 0, 50
    for _ in range(tries):
        scores, is_right, p = draw(chance, 2000)
        some = take(chance, scores, 20)
        judged = make(scores[some], is_right[some])
        found = estimate_threshold(judged, count(scores), precision=0.7, seed=1)
        order = np.argsort(scores)
        from_here = np.cumsum(p[order][::-1])[::-1] / np.arange(len(p), 0, -1)
        true_threshold = scores[order][np.argmax(from_here >= 0.7)]
        assert found.threshold is not None
        assert found.precision is not None
        held_threshold += found.threshold.low - 0.001 <= true_threshold <= found.threshold.high + 0.001
        true_precision = p[scores >= found.threshold.value].mean()
        held_precision += found.precision.low <= true_precision <= found.precision.high
    assert held_threshold / tries > 0.9
    assert held_precision / tries > 0.9


def test_a_careful_threshold_is_higher_and_its_precision_surely_reached() -> None:
    scores, is_right, _ = draw(np.random.default_rng(11), 400)
    plain = find(scores, is_right, 0.6)
    sure = estimate_threshold(make(scores, is_right), count(scores), precision=0.6, careful=True)
    assert plain.threshold is not None
    assert plain.precision is not None
    assert sure.threshold is not None
    assert sure.precision is not None
    assert plain.threshold.value < sure.threshold.value
    assert plain.precision.low < 0.6 <= sure.precision.low
    few = estimate_threshold(
        make(np.linspace(0.2, 0.9, 30), np.ones(30, bool)), [(200, 30)], precision=0.95, careful=True
    )
    assert few.threshold is None
    assert "88% at least: judge more" in few.problem or "89% at least: judge more" in few.problem
