"""The order in which sessions are worth labelling."""

import numpy as np
import pytest

from podcast_core.errors import InvalidInput
from podcast_core.ml.gain import (
    Reason,
    measure_disagreement,
    measure_uncertainty,
    measure_uncertainty_of_calls,
    order_by_gain,
    rank,
)
from podcast_core.ml.interfaces import Found


def test_every_session_comes_once_and_a_fixed_share_at_random_places() -> None:
    uncertainty = np.random.default_rng(1).random(101)
    places = order_by_gain(uncertainty, seed=3)
    assert sorted(place.index for place in places) == list(range(101))
    drawn = [number for number, place in enumerate(places) if place.reason is Reason.RANDOM]
    assert len(drawn) == 21
    assert max(np.diff(drawn)) <= 6


def test_the_random_share_does_not_depend_on_what_the_model_says() -> None:
    one, other = (order_by_gain(np.random.default_rng(each).random(60), seed=7) for each in (1, 2))
    assert [(n, p.index) for n, p in enumerate(one) if p.reason is Reason.RANDOM] == [
        (n, p.index) for n, p in enumerate(other) if p.reason is Reason.RANDOM
    ]
    assert order_by_gain(np.zeros(60), seed=8) != order_by_gain(np.zeros(60), seed=7)


def test_the_most_uncertain_come_first() -> None:
    uncertainty = np.arange(50) / 100
    chosen = [place.index for place in order_by_gain(uncertainty) if place.reason is not Reason.RANDOM]
    assert chosen == sorted(chosen, reverse=True)


def test_sessions_that_sound_alike_do_not_come_one_after_the_other() -> None:
    groups = np.repeat(np.arange(5), 20)
    vectors = np.eye(5)[groups] + 0.01 * np.random.default_rng(0).random((100, 5))
    uncertainty = 0.3 + 0.01 * groups  # without vectors all of the last group would come first
    chosen = [place for place in order_by_gain(uncertainty, vectors=vectors) if place.reason is not Reason.RANDOM]
    assert {int(groups[place.index]) for place in chosen[:5]} == set(range(5))


def test_what_is_labelled_is_not_new() -> None:
    vectors = np.vstack([np.zeros((20, 2)), np.full((20, 2), 5.0)])
    places = order_by_gain(np.full(40, 0.2), vectors=vectors, labelled=np.zeros((3, 2)))
    first = next(place for place in places if place.reason is not Reason.RANDOM)
    assert first.index >= 20
    assert first.reason is Reason.NOVEL


def test_disagreement_is_a_reason() -> None:
    disagreement = np.zeros(30)
    disagreement[11] = disagreement[4] = 0.5
    reasons = {
        place.index: place.reason for place in order_by_gain(np.full(30, 0.1), disagreement=disagreement, seed=1)
    }
    assert {reasons[11], reasons[4]} <= {Reason.DISAGREEMENT, Reason.RANDOM}
    assert Reason.DISAGREEMENT in {reasons[11], reasons[4]}


def test_uncertainty_is_the_expected_share_of_mistakes() -> None:
    assert measure_uncertainty(np.array([[0.5, 0.0], [1.0, 0.1]])) == pytest.approx((0.5 + 0.1) / 2)
    assert measure_uncertainty(np.zeros(0)) == 0
    calls = [Found(0, 2, "a", 0.9), Found(3, 4, "a", None), Found(5, 6, "a", 0.5)]
    assert measure_uncertainty_of_calls(calls, 10) == pytest.approx((0.2 + 0.5) / 10)


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
        ({"vectors": np.zeros((3, 2)), "labelled": np.zeros((1, 4))}, "2 values"),
        ({"random_share": 0.05}, "0.1 to 1"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        order_by_gain(np.zeros(3), **options)  # type: ignore[arg-type]


def test_no_session_is_no_place() -> None:
    assert order_by_gain(np.zeros(0), vectors=np.zeros((0, 4))) == []
