"""Choosing how a segmenter's logits become calls, on sound that its network was not trained on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np

from podcast_core.ml.interfaces import Found
from podcast_core.ml.measuring.metrics import compare_frames, compare_segments
from podcast_core.ml.measuring.overlaps import mark_right
from podcast_core.ml.segmenter.calibration import Calibration, fit_calibration, gather_evidence
from podcast_core.ml.segmenter.decoding import Decoder, Logits

TOLERANCES_STEPS = (4, 8, 20)  # a tenth, a fifth and half of the median call
CHOICES: dict[str, tuple[Any, ...]] = {
    "edge_weight": (1.0, 2.0, 4.0, 8.0),
    "bias": (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0),
    "edge_bias": (-1.0, 0.0, 1.0, 2.0),
}
SHARES = (0.25, 0.5, 0.75, 0.9)  # of the shortest known call or gap
CHANCE = 0.1  # over the root of the number of calls: what a choice other than the usual one must bring
MIN_THRESHOLD = 0.05  # chosen: below it there are mostly false calls


@dataclass(frozen=True, slots=True)
class Unseen:
    """What a network says about sound that it was not trained on, and the calls that are known there."""

    logits: Logits
    calls: Sequence[Found]


def make_found(decoder: Decoder, logits: Logits, labels: Sequence[str], steps_per_s: int) -> list[Found]:
    """Decode logits, shape (steps, labels + 2), to calls without scores."""
    return [
        Found(first / steps_per_s, end / steps_per_s, labels[label]) for first, end, label in decoder.decode(logits)
    ]


def agree(unseen: Sequence[Unseen], labels: Sequence[str], steps_per_s: int, decoder: Decoder) -> float:
    """Return the mean of segment F1 at several tolerances and of frame F1."""
    known = [each.calls for each in unseen]
    found = [make_found(decoder, each.logits, labels, steps_per_s) for each in unseen]
    segments = [compare_segments(known, found, tolerance_s=steps / steps_per_s).f1 for steps in TOLERANCES_STEPS]
    return float(np.mean([*segments, compare_frames(known, found).f1]))


def measure_chance(unseen: Sequence[Unseen]) -> float:
    """Say how large a difference of agreement is that may well be chance: the fewer calls, the larger."""
    return CHANCE / sqrt(max(1, sum(len(each.calls) for each in unseen)))


def tune_decoder(
    unseen: Sequence[Unseen],
    labels: Sequence[str],
    steps_per_s: int,
    usual: Decoder,
    *,
    is_over: Callable[[], bool] = lambda: False,
) -> Decoder:
    """Choose a decoder: one parameter after the other, and then again, each time the one that agrees best.

    ``is_over`` is asked before each is tried: when it says so, the best one until then is taken.
    """
    best, worth = usual, agree(unseen, labels, steps_per_s, usual)
    least = measure_chance(unseen)
    choices = {**CHOICES, **_choose_lengths(unseen, steps_per_s)}
    for _ in range(2):
        before = best
        for name, values in choices.items():
            for value in values:
                if is_over():
                    return best
                candidate = replace(best, **{name: value})
                found = agree(unseen, labels, steps_per_s, candidate)
                if found > worth + least:
                    best, worth = candidate, found
        if best == before:
            break
    return best


def tune_scores(
    unseen: Sequence[Unseen], labels: Sequence[str], steps_per_s: int, decoder: Decoder
) -> tuple[Calibration, float]:
    """Fit the calibration, and choose a threshold.

    With scores that are chances, F1 is greatest when what is kept has a score of at least half of the greatest F1 [1]_.

    References
    ----------
    .. [1] Lipton, Elkan, Naryanaswamy (2014), Optimal Thresholding of Classifiers to Maximize F1 Measure.
    """
    evidence, is_right = [], []
    for each in unseen:
        runs = decoder.decode(each.logits)
        found = [Found(first / steps_per_s, end / steps_per_s, labels[label]) for first, end, label in runs]
        evidence.append(gather_evidence(each.logits, runs))
        is_right.append(mark_right(each.calls, found))
    calibration = fit_calibration(np.concatenate(evidence), np.concatenate(is_right))
    known = sum(len(each.calls) for each in unseen)
    scores, right = calibration.score(np.concatenate(evidence)), np.concatenate(is_right)
    order = np.argsort(-scores)
    sums = np.cumsum(right[order])
    best = float((2 * sums / (np.arange(1, len(sums) + 1) + known)).max()) if len(sums) else 0.0
    return calibration, round(max(best / 2, MIN_THRESHOLD), 3)


def _choose_lengths(unseen: Sequence[Unseen], steps_per_s: int) -> dict[str, tuple[int, ...]]:
    """List least lengths and gaps worth trying."""
    lengths, gaps = [], []
    for each in unseen:
        by_label: dict[str, list[Found]] = {}
        for call in sorted(each.calls, key=lambda call: call.start_s):
            lengths.append(call.end_s - call.start_s)
            by_label.setdefault(call.label, []).append(call)
        for calls in by_label.values():
            gaps += [
                two.start_s - one.end_s for one, two in pairwise(calls) if two.start_s - one.end_s > 1 / steps_per_s
            ]
    choices = {}
    for name, values, least in (("min_length_steps", lengths, 1), ("min_gap_steps", gaps, 1)):
        short = float(np.percentile(values, 2)) * steps_per_s if values else 0.0
        choices[name] = tuple(sorted({max(least, round(short * share)) for share in SHARES}))
    return choices
