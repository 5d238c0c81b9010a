"""The best way through steps, against trying every way."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_core.ml.segmenter.decoding import Decoder, find_best_way

Run = tuple[int, int, int]


def measure_worth(runs: list[Run], active: np.ndarray, enter: np.ndarray, leave: np.ndarray) -> float:
    worth = 0.0
    for first, end, label in runs:
        worth += enter[first] + active[first:end, label].sum() + (leave[end] if end < len(active) else 0.0)
    return float(worth)


def list_ways(count: int, labels: int) -> list[list[Run]]:
    """List every way: at each step silence, or a label that goes on or begins."""
    ways = []
    for states in product(range(-1, 2 * labels), repeat=count):
        runs: list[Run] = []
        is_valid = True
        for step, state in enumerate(states):
            if state < 0:
                continue
            label, begins = state % labels, state < labels
            if begins:
                runs.append((step, step + 1, label))
            elif runs and runs[-1][1] == step and runs[-1][2] == label:
                runs[-1] = (runs[-1][0], step + 1, label)
            else:
                is_valid = False
        if is_valid:
            ways.append(runs)
    return ways


WAYS = {labels: list_ways(5, labels) for labels in (1, 2)}


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2]))
@settings(max_examples=40, deadline=None)
def test_no_way_is_worth_more(seed: int, labels: int) -> None:
    chance = np.random.default_rng(seed)
    active, enter, leave = chance.normal(size=(5, labels)), chance.normal(-1, 2, 5), chance.normal(-1, 2, 5)
    found = measure_worth(find_best_way(active, enter, leave), active, enter, leave)
    assert found == pytest.approx(max(measure_worth(way, active, enter, leave) for way in WAYS[labels]))


def make_logits(calls: list[Run], count: int, labels: int) -> np.ndarray:
    logits = np.full((count, labels + 2), -6.0, np.float32)
    for first, end, label in calls:
        logits[first:end, label] = 4
        logits[first, -2] = logits[end, -1] = 3
    return logits


def test_touching_calls_of_one_label_are_told_apart() -> None:
    calls = [(5, 20, 0), (20, 30, 0), (30, 42, 1), (60, 70, 0)]
    assert Decoder().decode(make_logits(calls, 100, 2)) == calls
    assert Decoder().decode(np.full((50, 4), -6, np.float32)) == []
    assert Decoder().decode(np.zeros((0, 4), np.float32)) == []


def test_labels_that_overlap_are_found_where_that_can_be() -> None:
    calls = [(5, 40, 0), (20, 50, 1)]
    assert Decoder(is_exclusive=False).decode(make_logits(calls, 80, 2)) == calls
    assert len(Decoder().decode(make_logits(calls, 80, 2))) == 2


def test_short_gaps_are_closed_and_short_calls_dropped() -> None:
    runs = [(0, 10, 0), (12, 20, 0), (20, 30, 0), (40, 42, 1), (41, 60, 0)]
    assert Decoder(min_gap_steps=3, min_length_steps=3).tidy(runs) == [(0, 20, 0), (20, 30, 0), (41, 60, 0)]


def test_more_bias_finds_more() -> None:
    logits = make_logits([(5, 20, 0)], 60, 1)
    logits[40:50, 0], logits[40, -2], logits[50, -1] = -1, 0, 0
    assert [len(Decoder().shifted(by).decode(logits)) for by in (-9.0, 0.0, 3.0)] == [0, 1, 2]
