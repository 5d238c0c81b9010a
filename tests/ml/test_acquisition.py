"""The order in which sessions are worth labelling."""

from typing import Any

import numpy as np
import pytest

from podcast_core.errors import InvalidInput
from podcast_core.ml.acquisition import Reason, measure_disagreement, measure_uncertainty, order_by_gain, rank
from podcast_core.ml.interfaces import Found


def choose(count: int, uncertainty: np.ndarray, **options: Any) -> np.ndarray:
    """Count how often each session is among the first that were not drawn at random, over 200 seeds."""
    first = np.zeros(len(uncertainty))
    for seed in range(200):
        places = order_by_gain(uncertainty, seed=seed, random_share=0.1, **options)
        first[[place.index for place in places if place.reason is not Reason.RANDOM][:count]] += 1
    return first


def test_every_session_comes_once_and_the_first_of_each_five_is_a_random_one() -> None:
    uncertainty = np.random.default_rng(1).random(100)
    places = order_by_gain(uncertainty, seed=3)
    assert sorted(place.index for place in places) == list(range(100))
    drawn = [number for number, place in enumerate(places) if place.reason is Reason.RANDOM]
    assert len(drawn) == 20
    assert drawn[:3] == [0, 5, 10]
    assert max(np.diff(drawn)) <= 6


def test_the_random_share_does_not_depend_on_what_the_model_says() -> None:
    one, other = (order_by_gain(np.random.default_rng(each).random(60), seed=7) for each in (1, 2))
    assert [(n, p.index) for n, p in enumerate(one) if p.reason is Reason.RANDOM] == [
        (n, p.index) for n, p in enumerate(other) if p.reason is Reason.RANDOM
    ]
    assert order_by_gain(np.zeros(60), seed=8) != order_by_gain(np.zeros(60), seed=7)
    assert order_by_gain(uncertainty := np.linspace(0, 1, 60), seed=7) == order_by_gain(uncertainty, seed=7)


def test_what_has_labels_comes_last_and_the_random_share_stays_what_it_was() -> None:
    uncertainty = np.random.default_rng(1).random(50)
    before = order_by_gain(uncertainty, seed=3)
    drawn = [place.index for place in before if place.reason is Reason.RANDOM]
    answered = [place.index for place in before[:12]]
    places = order_by_gain(uncertainty, is_labelled=np.isin(np.arange(50), answered), seed=3)
    assert {place.index for place in places[-12:]} == set(answered)
    assert {place.index for place in places if place.reason is Reason.RANDOM} == set(drawn)
    assert [place.index for place in places[:-12] if place.reason is Reason.RANDOM] == drawn[3:]
    assert places[0].index == drawn[3]  # however often a run orders them anew, one in five and more are random


def test_chances_grow_with_uncertainty_and_nothing_is_shut_out() -> None:
    first = choose(10, np.repeat([0.0, 0.3], 50))
    sure, unsure = first[:50].mean(), first[50:].mean()
    assert unsure == pytest.approx(3 * sure, rel=0.25)  # weights are (1 + 0) / 2 and (1 + 2) / 2
    assert first.min() > 0


def test_sessions_that_sound_alike_do_not_come_one_after_the_other() -> None:
    groups = np.repeat(np.arange(5), 20)
    vectors = np.eye(5)[groups] + 0.01 * np.random.default_rng(0).random((100, 5))
    uncertainty = 0.3 + 0.01 * groups
    for seed in range(20):
        places = order_by_gain(uncertainty, vectors=vectors, seed=seed)
        assert {int(groups[place.index]) for place in places[:5]} == set(range(5))


def test_what_is_unlike_the_labelled_comes_first_and_is_called_novel() -> None:
    vectors = np.vstack([np.zeros((30, 2)), np.full((10, 2), 5.0)])
    is_labelled = np.arange(40) < 3
    for seed in range(20):
        places = order_by_gain(np.full(40, 0.2), vectors=vectors, is_labelled=is_labelled, seed=seed)
        first = next(place for place in places if place.reason is not Reason.RANDOM)
        reasons = {place.index: place.reason for place in places}
        is_new_left = any(place.index >= 30 and place.reason is not Reason.RANDOM for place in places)
        assert first.index >= 30 or places[0].index >= 30 or not is_new_left
        assert all(reasons[index] in {Reason.NOVEL, Reason.RANDOM} for index in range(30, 40))
        assert all(reasons[index] in {Reason.ORDINARY, Reason.RANDOM} for index in range(30))


def test_disagreement_is_a_reason_and_raises_the_chance() -> None:
    disagreement = np.zeros(30)
    disagreement[11] = disagreement[4] = 0.5
    first = choose(4, np.full(30, 0.1), disagreement=disagreement)
    others = np.delete(first, [4, 11])
    assert min(first[4], first[11]) > 2 * others.max()
    reasons = {
        place.index: place.reason for place in order_by_gain(np.full(30, 0.1), disagreement=disagreement, seed=1)
    }
    assert {index for index, reason in reasons.items() if reason is Reason.DISAGREEMENT} <= {4, 11}
    assert Reason.DISAGREEMENT in {reasons[11], reasons[4]}
    assert Reason.UNCERTAIN not in reasons.values()  # all are as uncertain


def test_only_what_is_above_the_middle_is_a_reason() -> None:
    uncertainty = np.arange(51) / 100
    for place in order_by_gain(uncertainty):
        if place.reason is not Reason.RANDOM:
            assert place.reason is (Reason.UNCERTAIN if place.index > 25 else Reason.ORDINARY)


def test_uncertainty_is_the_expected_share_of_mistakes() -> None:
    calls = [Found(0, 2, "a", 0.9), Found(3, 4, "a", None), Found(5, 6, "a", 0.5)]
    assert measure_uncertainty(calls, 10) == pytest.approx((0.2 + 0.5) / 10)


def test_disagreement_counts_seconds_label_by_label() -> None:
    one = [Found(0, 2, "a"), Found(1, 3, "a"), Found(5, 6, "b")]
    assert measure_disagreement(one, one, 10) == 0
    assert measure_disagreement(one, [Found(0, 3, "a"), Found(5, 6, "a")], 10) == pytest.approx(0.2)
    assert measure_disagreement(one, [], 10) == pytest.approx(0.4)


def test_ranks_of_equal_values_are_equal() -> None:
    assert rank(np.array([3.0, 1, 3, 7])).tolist() == [0.5, 0, 0.5, 1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"disagreement": np.zeros(2)}, "3 values of disagreement"),
        ({"vectors": np.full((3, 2), np.nan)}, "finite"),
        ({"is_labelled": np.zeros(2, bool)}, "3 values of labelled or not"),
        ({"disagreement": np.array([0, -1, 0])}, "0 or more"),
        ({"random_share": 0.05}, "0.1 to 1"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        order_by_gain(np.zeros(3), **options)  # type: ignore[arg-type]


def test_no_session_is_no_place() -> None:
    assert order_by_gain(np.zeros(0), vectors=np.zeros((0, 4))) == []
