"""Windows on a grid, scores of moments, boxes, and what is said about a minute."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.ml.external.window_boxes import Steps, combine, find_boxes, judge, place_windows

RATE = 100


@given(count=st.integers(1, 3000), window=st.integers(1, 500), hop=st.integers(1, 500), offset=st.integers(0, 10_000))
def test_windows_lie_on_the_grid_and_cover_the_end(count: int, window: int, hop: int, offset: int) -> None:
    starts = place_windows(count, window, hop, offset=offset)
    assert ((starts + offset) % hop == 0).all()
    assert (np.diff(starts) == hop).all()
    assert (starts < count).all()
    assert (starts[:-1] + window <= count).all()  # only the last one may reach beyond
    if hop <= window and len(starts):
        assert starts[-1] + window >= count
    assert len(starts) or -offset % hop >= count


@given(
    count=st.integers(1, 400),
    window=st.integers(1, 60),
    hop=st.integers(1, 80),
    mean=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_moment_has_the_score_of_the_windows_that_cover_it(
    count: int, window: int, hop: int, mean: bool, seed: int
) -> None:
    starts = place_windows(count, window, hop)
    scores = np.random.default_rng(seed).random((len(starts), 2)).astype(np.float32)
    steps = combine(starts, window, count, scores, mean=mean)
    assert (steps.edges[0], steps.edges[-1]) == (0, min(count, starts[-1] + window))
    for sample in range(int(steps.edges[-1])):
        covering = scores[(starts <= sample) & (sample < starts + window)]
        expected = covering.mean(axis=0) if mean and len(covering) else covering.max(axis=0, initial=-1)
        found = steps.scores[np.searchsorted(steps.edges, sample, side="right") - 1]
        assert found == pytest.approx(expected if len(covering) else -1, abs=1e-6)


def make_steps(values: list[float]) -> Steps:
    return Steps(np.arange(len(values) + 1) * RATE, np.array(values, np.float32)[:, None])


def test_boxes_are_runs_that_reach_the_threshold() -> None:
    steps = make_steps([0.5, 0.9, 0.1, 0.7, 0.2, 0.2, 0.45])
    found = find_boxes(steps, 0, "call", RATE, 0.5, 0.5)
    assert [(call.start_s, call.end_s) for call in found] == [(0, 2), (3, 4)]
    assert [call.score for call in found] == pytest.approx([0.9, 0.7])
    assert [call.start_s for call in find_boxes(steps, 0, "call", RATE, 0.5, 0.8)] == [0]
    # What touches a box is its flank, and not another call.
    assert [(call.start_s, call.end_s) for call in find_boxes(steps, 0, "call", RATE, 0.5, 0.4)] == [
        (0, 2),
        (3, 4),
        (6, 7),
    ]


def test_three_positive_seconds_make_a_positive_minute() -> None:
    quiet = [0.1] * 57
    assert judge(make_steps([*quiet, 0.5, 0.6, 0.7]), 0, RATE, 0.5, 3).is_positive
    verdict = judge(make_steps([*quiet, 0.49, 0.6, 0.7]), 0, RATE, 0.5, 3)
    assert (verdict.is_positive, verdict.positive_s) == (False, 2)
    assert verdict.confidence == pytest.approx(0.65)
    assert judge(make_steps([*quiet, 0, 0, 0]), 0, RATE, 0.5, 3).confidence == 0
