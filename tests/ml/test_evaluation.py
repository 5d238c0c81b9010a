"""Figures that people compare, against values worked out by hand, and scores that mean what they say."""

import json

import numpy as np
import pytest

from podcast_core.ml.interfaces import Found
from podcast_core.ml.measuring.evaluation import Judged, evaluate
from podcast_core.ml.measuring.overlaps import mark_right
from podcast_core.ml.segmenter.calibration import Calibration, fit_calibration, gather_evidence

KNOWN = [Found(1, 2, "a"), Found(3, 4, "b"), Found(10.2, 10.6, "a")]
FOUND = [
    Found(1.005, 2, "a", 0.95),  # right within 10 ms
    Found(3.03, 4, "a", 0.85),  # right within 50 ms, with another label
    Found(6, 7, "b", 0.45),  # false alarm
    Found(10.2, 10.6, "a", 0.15),  # right, below the threshold
]


def test_figures_by_hand() -> None:
    figures = evaluate([Judged(KNOWN, FOUND, 60.0), Judged([], [], 120.0)], threshold=0.3)
    assert (figures["calls"], figures["found"], figures["seconds"]) == (3, 3, 180)
    at = {each["tolerance_s"]: each for each in figures["segments"]}
    assert [at[each]["f1"] for each in (0.01, 0.05)] == pytest.approx([1 / 3, 1 / 3], abs=1e-4)
    assert [at[each]["f1_without_labels"] for each in (0.01, 0.05)] == pytest.approx([1 / 3, 2 / 3], abs=1e-4)
    assert figures["frames"]["precision"] == pytest.approx(0.995 / (0.995 + 0.97 + 1), abs=1e-3)
    assert figures["frames"]["f1_without_labels"] == pytest.approx(2 * 1.965 / (2.965 + 2.4), abs=1e-3)
    assert figures["confusions"]["labels"] == ["a", "b"]
    assert figures["confusions"]["matrix"] == [[1, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert figures["false_alarms_per_hour"] == pytest.approx(20)
    points = {each["threshold"]: each for each in figures["precision_recall"]["a"]}
    assert (points[0.0]["precision"], points[0.0]["recall"]) == (pytest.approx(2 / 3, abs=1e-4), 1)
    assert (points[0.9]["precision"], points[0.9]["recall"]) == (1, 0.5)
    # Of label a, second 1 (.95) and 10 (.15) are right, 3 (.85) is not: 1/2 * 1 + 1/2 * 2/3.
    assert figures["auprc_1s"]["labels"]["a"] == pytest.approx(5 / 6, abs=1e-4)
    assert figures["auprc_1s"]["labels"]["b"] == pytest.approx(1 / 180, abs=1e-4)
    bins = figures["reliability"]["bins"]
    assert [(each["count"], each["share_right"]) for each in bins if each["count"]] == [(1, 1), (1, 0), (1, 0), (1, 1)]
    assert figures["reliability"]["error"] == pytest.approx((0.05 + 0.85 + 0.45 + 0.85) / 4, abs=1e-4)
    json.dumps(figures, allow_nan=False)


def test_nothing_known_and_nothing_found() -> None:
    figures = evaluate([Judged([], [], 10.0)])
    assert figures["segments"][0]["f1"] == 1
    assert (figures["false_alarms_per_hour"], figures["auprc_1s"]["mean"]) == (0, None)
    assert figures["reliability"]["error"] is None
    json.dumps(evaluate([]), allow_nan=False)


def test_one_call_makes_one_box_right() -> None:
    boxes = [Found(0, 0.6, "a"), Found(0, 1, "a"), Found(0, 1, "b"), Found(5, 6, "a")]
    assert mark_right([Found(0, 1, "a")], boxes).tolist() == [False, True, False, False]
    assert mark_right([], []).tolist() == []


def test_scores_become_shares_that_are_right() -> None:
    chance = np.random.default_rng(1)
    logits = chance.uniform(-4, 8, 4000)
    evidence = np.stack([np.ones(4000), logits, chance.normal(size=4000), chance.normal(size=4000)], axis=1)
    truth = 1 / (1 + np.exp(-(0.5 * logits - 2)))  # the network is too sure of itself
    is_right = chance.random(4000) < truth
    assert np.abs(Calibration().score(evidence) - truth).mean() > 0.1
    assert np.abs(fit_calibration(evidence, is_right).score(evidence) - truth).mean() < 0.02


def test_few_boxes_do_not_make_it_sure() -> None:
    logits = np.full((30, 3), -6, np.float32)
    logits[5:12, 0], logits[5, 1], logits[12, 2] = 2, 2, 2
    evidence = gather_evidence(logits, [(5, 12, 0)])
    assert evidence.tolist() == [[1, 2, 2, 2]]
    assert 0.8 < fit_calibration(evidence, np.array([True])).score(evidence)[0] < 0.98
    empty = fit_calibration(gather_evidence(logits, []), np.zeros(0, bool))
    assert empty.weights == pytest.approx(Calibration().weights)
