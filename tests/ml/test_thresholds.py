"""Precision and recall at thresholds, against arithmetic that knows nothing of how we do it."""

import random

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Found
from podcast_core.ml.measuring.overlaps import Spans, find_overlaps
from podcast_core.ml.measuring.thresholds import Boxes, ByThreshold


def draw(chance: random.Random, count: int, *, scored: bool) -> list[Found]:
    """Boxes that overlap often, in every way; some have the same score, some have none."""
    boxes = []
    for _ in range(count):
        start_s = chance.uniform(0, 12)
        score = chance.choice([0.1, 0.25, 0.5, 0.5, 0.9, None]) if scored else None
        boxes.append(Found(start_s, start_s + chance.choice([0.3, 1.0, 1.1, 3.0]), chance.choice("ab"), score))
    return boxes


def iou(one: Found, other: Found) -> float:
    common = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return max(0.0, common) / (max(one.end_s, other.end_s) - min(one.start_s, other.start_s))


def count_right(known: list[Found], found: list[Found], label: str, threshold: float) -> tuple[int, int, int]:
    """Take the assignment with the most overlap, everything in one table."""
    theirs = [each for each in known if each.label == label]
    ours = [each for each in found if each.label == label and (each.score is None or each.score >= threshold)]
    shares = np.array([[share if (share := iou(x, y)) >= 0.5 else 0 for y in ours] for x in theirs])
    right = int((shares[linear_sum_assignment(shares, maximize=True)] > 0).sum()) if shares.size else 0
    return right, len(ours), len(theirs)


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_those_of_brute_force(seed: int) -> None:
    chance = random.Random(seed)
    known = [draw(chance, 15, scored=False) for _ in range(3)]
    found = [draw(chance, 25, scored=True) for _ in range(3)]
    compared = ByThreshold(Boxes.of(known, "ab"), Boxes.of(found, "ab"), "ab")
    for threshold in (0.0, 0.1, 0.3, 0.5, 0.9, 0.95):
        for label in "ab":
            counts = [count_right(x, y, label, threshold) for x, y in zip(known, found, strict=True)]
            told = compared.count(threshold)[label]
            assert (told.right, told.found, told.known) == tuple(map(sum, zip(*counts, strict=True)))


def test_what_is_below_the_threshold_takes_no_known_call_from_what_is_above() -> None:
    """A box of 0.9 was counted as wrong, because one of 0.1 that nobody saw lay a little better."""
    known, found = [[Found(0, 1, "a")]], [[Found(0, 1, "a", 0.1), Found(0, 1.3, "a", 0.9)]]
    compared = ByThreshold(Boxes.of(known, "a"), Boxes.of(found, "a"), "a")
    assert (compared.count(0.5)["a"].precision, compared.count(0.0)["a"].precision) == (1.0, 0.5)


def test_the_suggested_threshold_has_the_best_f1_and_knows_of_missed_calls() -> None:
    known = [[Found(at, at + 1, "a") for at in range(0, 20, 2)]]
    right = [Found(at, at + 1, "a", 0.6 + at / 100) for at in range(0, 12, 2)]
    wrong = [Found(at, at + 1, "a", 0.3) for at in range(100, 130, 2)]
    compared = ByThreshold(Boxes.of(known, "a"), Boxes.of([right + wrong], "a"), "a")
    assert compared.suggest()["a"].value == 0.6
    assert compared.count(0.6)["a"].recall == 0.6
    assert ByThreshold(Boxes.of(known, "a"), Boxes.of([wrong], "a"), "a").suggest() == {}


def test_boxes_that_lie_on_one_another_by_the_thousand_are_refused_and_not_waited_for() -> None:
    heap = Spans(np.zeros(3000, np.int64), np.zeros(3000), np.ones(3000))
    with pytest.raises(InvalidInput, match="lie on one another"):
        find_overlaps(heap, heap)


def test_a_box_as_long_as_the_recording_makes_nothing_slow_or_wrong() -> None:
    known = Spans(
        np.zeros(20_001, np.int64), np.append(np.arange(20_000.0), 0), np.append(np.arange(20_000.0) + 1, 2e4)
    )
    found = Spans(np.zeros(20_000, np.int64), np.arange(20_000.0) + 0.25, np.arange(20_000.0) + 1.25)
    overlaps = find_overlaps(known, found)
    assert (overlaps.known == overlaps.found).all()
    assert len(overlaps.known) == 20_000
