"""Exact search: the same as sorting everything, filters first, and fast."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.errors import InvalidInput
from podcast_core.ml.agile.search import RANDOM_CLIPS, Space, find_best, make_query, search
from podcast_core.ml.embedding.directions import to_directions


def make_space(count: int, width: int = 16) -> Space:
    return Space(to_directions(np.random.default_rng(0).normal(size=(count, width)).astype(np.float32)))


@given(
    scores=st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.5, 1.0, float("nan")]), max_size=40),
    count=st.integers(1, 50),
    seed=st.integers(0, 99),
)
def test_the_best_are_those_of_a_full_sort(scores: list[float], count: int, seed: int) -> None:
    """Row 40: ties, more wanted than there are, nothing allowed, no scores at all."""
    values = np.array(scores, np.float32)
    allowed = np.random.default_rng(seed).random(len(values)) < 0.7
    everything = np.argsort(-values, kind="stable")
    expected = [number for number in everything if allowed[number] and not np.isnan(values[number])][:count]
    assert find_best(values, count, is_allowed=allowed).tolist() == expected


@pytest.mark.parametrize("count", [1, 80, 1099, 1100, 5000])
def test_any_count_works_whatever_the_number_of_clips(count: int) -> None:
    """Row 40: 1,100 windows and 80 wanted is where hoplite's threaded search fails."""
    space = make_space(1100)
    scores = space.measure_alike(space.directions[3])
    expected = np.argsort(-(space.directions @ space.directions[3]), kind="stable")[:count]
    found = search(space, scores, count)
    assert np.array_equal(found.numbers, expected)
    assert np.array_equal(found.scores, scores[expected])


@pytest.mark.parametrize("count", [1, 50, 200, 4000])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 1.0])
def test_of_many_scores_the_best_are_those_of_a_full_sort(count: int, share: float) -> None:
    """As many as are looked at in blocks, with ties between them, gaps, and filters that leave next to nothing."""
    chance = np.random.default_rng(count)
    scores = chance.normal(size=20_001).astype(np.float32).round(1)
    scores[chance.random(len(scores)) < 0.1] = np.nan
    scores[:300] = np.nan
    allowed = chance.random(len(scores)) < share
    usable = np.flatnonzero(allowed & ~np.isnan(scores))
    expected = usable[np.argsort(-scores[usable], kind="stable")][:count]
    assert find_best(scores, count, is_allowed=allowed).tolist() == expected.tolist()
    whole = np.flatnonzero(~np.isnan(scores))
    assert find_best(scores, count).tolist() == whole[np.argsort(-scores[whole], kind="stable")][:count].tolist()


def test_a_clip_finds_itself_first_with_all_random_clips_below() -> None:
    """Row 26."""
    space = make_space(5000)
    found = search(space, space.measure_alike(make_query(space.directions[[123]])), 5)
    assert found.numbers[0] == 123
    assert found.scores[0] == pytest.approx(1, abs=1e-6)
    assert found.percentiles[0] > 99.9
    assert (np.diff(found.scores) <= 0).all()


def test_top_k_and_threshold_are_both_offered() -> None:
    """Row 26: hover has a bare threshold, which matches everything."""
    space = make_space(300)
    scores = space.measure_alike(space.directions[0])
    found = search(space, scores, 300, threshold=0.3)
    assert set(found.numbers) == set(np.flatnonzero(scores >= 0.3))
    assert len(search(space, scores, 3, threshold=0.3).numbers) == 3


def test_filters_come_before_the_first_k() -> None:
    """Row 28: the joint filter is the intersection of sets."""
    space = make_space(400)
    chance = np.random.default_rng(1)
    one, other = chance.random(400) < 0.2, chance.random(400) < 0.3
    scores = space.measure_alike(space.directions[7])
    found = search(space, scores, 10, is_allowed=one & other)
    both = set(np.flatnonzero(one)) & set(np.flatnonzero(other))
    assert found.numbers.tolist() == sorted(both, key=lambda number: -scores[number])[:10]


def test_a_target_score_is_searched_for_exactly() -> None:
    """Row 40: hoplite's margin search, and any other target."""
    space = make_space(1000)
    weights, bias = np.random.default_rng(2).normal(size=16).astype(np.float32), 0.4
    linear = space.directions @ weights + np.float32(bias)
    for target in (0.0, 1.3):
        found = search(space, -np.abs(space.measure_alike(weights) + np.float32(bias - target)), 20)
        assert found.numbers.tolist() == np.argsort(np.abs(linear - np.float32(target)), kind="stable")[:20].tolist()


def test_clips_without_a_vector_are_never_found() -> None:
    directions = to_directions(np.random.default_rng(0).normal(size=(20, 4)))
    directions[5:8] = 0
    space = Space(directions)
    for scores in (space.measure_alike(directions[0]), -np.abs(space.measure_alike(directions[0]) - 9)):
        assert np.isnan(scores[5:8]).all()
        assert not set(search(space, scores, 20).numbers) & {5, 6, 7}
    assert not set(space.random) & {5, 6, 7}


def test_the_histogram_is_of_the_same_random_clips_each_time_and_holds_all_hits() -> None:
    """Row 41: 2,048 samples, a fixed seed."""
    space, again = make_space(9000), make_space(9000)
    assert np.array_equal(space.random, again.random)
    assert len(set(space.random)) == RANDOM_CLIPS == 2048
    scores = space.measure_alike(space.directions[11])
    found = search(space, scores, 50)
    assert found.counts.sum() == 2048
    assert found.edges[0] <= scores[space.random].min()
    assert found.edges[-1] >= found.scores.max()
    expected = [(scores[space.random] < score).mean() * 100 for score in found.scores]
    assert np.allclose(found.percentiles, expected)


def test_few_clips_are_all_compared_with() -> None:
    found = search(space := make_space(10), space.measure_alike(space.directions[0]), 3)
    assert found.counts.sum() == 10


def test_several_examples_pull_and_push() -> None:
    """Rows 26 and 27: two that are wanted, one that is not."""
    wanted, unwanted = np.eye(3)[:2] * 5, np.eye(3)[2:]
    query = make_query(wanted, unwanted)
    assert np.allclose(query, np.array([0.5, 0.5, -0.5]) / np.sqrt(0.75))
    assert np.allclose(make_query(np.eye(3)[0]), [1, 0, 0])


def test_queries_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one example"):
        make_query(np.full((2, 3), np.nan))
    with pytest.raises(InvalidInput, match="cancel each other out"):
        make_query(np.array([[1.0, 0], [-1, 0]]))
    space = make_space(5)
    with pytest.raises(InvalidInput, match="16 numbers each, the query by 3"):
        space.measure_alike(np.ones(3, np.float32))
    with pytest.raises(InvalidInput, match="at least 1 clip"):
        search(space, space.measure_alike(space.directions[0]), 0)


def test_an_empty_collection_has_nothing() -> None:
    space = Space(np.zeros((0, 4), np.float32))
    assert not len(search(space, space.measure_alike(np.ones(4, np.float32)), 5).numbers)


def test_a_search_costs_little_more_than_the_product_alone() -> None:
    """Of 10^5 clips by 128 numbers, at most 1.5 times numpy's own product; the best of many tries, taken in turns."""
    space = make_space(100_000, 128)
    query = space.directions[0]

    def measure_s(work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    alone_s, search_s = float("inf"), float("inf")
    for _ in range(200):
        alone_s = min(alone_s, measure_s(lambda: space.directions @ query))
        search_s = min(search_s, measure_s(lambda: search(space, space.measure_alike(query), 50)))
        if search_s <= 1.5 * alone_s:
            return
    pytest.fail(f"The product takes {alone_s * 1e3:.2f} ms, the search {search_s * 1e3:.2f} ms.")
