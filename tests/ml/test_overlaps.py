"""Which boxes of two lists belong together: by the best total overlap, in time or in time and frequency."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_core.domain.box import Call
from podcast_core.errors import InvalidInput
from podcast_core.ml.measuring.overlaps import Overlaps, Spans, find_overlaps

times = st.integers(0, 12).map(lambda number: number / 2)
calls = st.builds(lambda start_s, length: Call(start_s, start_s + length, "a"), times, st.integers(1, 6).map(float))
lists = st.lists(calls, max_size=5)
ious = st.sampled_from([0.1, 0.3, 0.5, 0.8])


def overlap(known: list[Call], found: list[Call], *, min_iou: float = 0.5, with_bands: bool = False) -> Overlaps:
    sides = (Spans.of(each, with_bands=with_bands) for each in (known, found))
    return find_overlaps(*sides, min_iou=min_iou)


def add_up(known: list[Call], found: list[Call], pairs: list[tuple[int, int]], min_iou: float) -> float:
    shares = [known[one].measure_iou(found[other]) for one, other in pairs]
    return sum(share for share in shares if share >= min_iou)


@settings(deadline=None)  # the first loads SciPy
@given(lists, lists, ious)
def test_no_other_way_to_pair_them_overlaps_more(known: list[Call], found: list[Call], min_iou: float) -> None:
    ours, theirs = overlap(known, found, min_iou=min_iou).pair()
    pairs = list(zip(ours.tolist(), theirs.tolist(), strict=True))
    assert len(set(ours.tolist())) == len(set(theirs.tolist())) == len(pairs)
    assert all(known[one].measure_iou(found[other]) >= min_iou for one, other in pairs)
    fewer, more = sorted((len(known), len(found)))
    is_swapped = len(known) > len(found)
    ways = (
        [(other, one) if is_swapped else (one, other) for one, other in enumerate(each)]
        for each in permutations(range(more), fewer)
    )
    best = max(add_up(known, found, way, min_iou) for way in ways)
    assert add_up(known, found, pairs, min_iou) == pytest.approx(best)


@settings(deadline=None)
@given(lists, lists, ious, st.permutations(range(5)))
def test_sides_and_order_do_not_matter(known: list[Call], found: list[Call], min_iou: float, order: list[int]) -> None:
    def total(one: list[Call], other: list[Call]) -> float:
        left, right = overlap(one, other, min_iou=min_iou).pair()
        return sum((one[a].measure_iou(other[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)), 0.0)

    shuffled = [known[each] for each in order if each < len(known)]
    assert total(known, found) == pytest.approx(total(found, known)) == pytest.approx(total(found, shuffled))


@given(lists)
def test_every_box_is_its_own_pair(known: list[Call]) -> None:
    ours, theirs = overlap(known, known).pair()
    assert [known[each] for each in ours] == [known[each] for each in theirs]
    assert len(ours) == len(known)


def test_two_pairs_are_better_than_the_best_one_and_a_box_left_over() -> None:
    """Taking the best pair first, 0.9, left the other box without one."""
    known = [Call(0, 1, "a"), Call(0.25, 1.25, "a")]
    found = [Call(0.2, 1.2, "a"), Call(0.45, 1.45, "a")]
    ours, theirs = overlap(known, found).pair()
    assert sorted(zip(ours.tolist(), theirs.tolist(), strict=True)) == [(0, 0), (1, 1)]


def test_boxes_in_two_bands_are_two_calls_and_one_without_a_band_is_compared_in_time() -> None:
    low, high, none = (Call(0, 1, "a", low_hz=at, high_hz=at and at + 1000) for at in (1000, 8000, None))
    assert len(overlap([low], [high]).known) == 1
    assert len(overlap([low], [high], with_bands=True).known) == 0
    assert overlap([low], [none], with_bands=True).share.tolist() == [1.0]
    half = Call(0, 1, "a", low_hz=1000, high_hz=3000)
    assert overlap([low], [half], with_bands=True).share.tolist() == [0.5]
    assert overlap([low, high], [high, low], with_bands=True).pair()[0].tolist() == [0, 1]


def test_a_thousand_boxes_on_nine_hundred_are_paired_by_one_assignment() -> None:
    chance = np.random.default_rng(0)
    starts = [chance.uniform(0, 0.5, count) for count in (1000, 900)]
    known, found = (Spans(np.zeros(len(each), np.int64), each, each + 2) for each in starts)
    ours, theirs = find_overlaps(known, found).pair()
    assert len(set(ours.tolist())) == len(set(theirs.tolist())) == 900


@pytest.mark.parametrize("min_iou", [0.0, -1, 1.5, float("nan")])
def test_an_overlap_that_is_no_share_is_refused(min_iou: float) -> None:
    with pytest.raises(InvalidInput, match="must be between 0.01 and 1"):
        overlap([], [], min_iou=min_iou)
