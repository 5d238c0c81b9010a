"""Precision and recall of boxes with scores, by label, at any threshold: what is kept is matched anew at each.

Right is a box that is a pair (`overlaps`) with a known one of its label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Call
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.metrics import Agreement
from podcast_core.ml.measuring.overlaps import Overlaps, Spans, find_overlaps

DRAWS = 200  # of the bootstrap; chosen: each is a whole curve, and so fewer than in `intervals`
THRESHOLDS = tuple(round(0.05 * index, 2) for index in range(20))


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes, shape (n,) each: ``area`` is the piece of sound (searched as a whole) and ``label`` a number."""

    area: NDArray[np.int64]
    label: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    score: NDArray[np.float64]

    @classmethod
    def of(cls, pieces: Sequence[Sequence[Call]], labels: Sequence[str]) -> "Boxes":
        """Make them of lists of calls, one for each piece; a call without a score has 1."""
        number = {label: index for index, label in enumerate(labels)}
        calls = [call for piece in pieces for call in piece]
        scores = [call.score for call in calls]
        spans = Spans.of(calls)
        return cls(
            np.array([area for area, piece in enumerate(pieces) for _ in piece], np.int64),
            np.array([number[call.label] for call in calls], np.int64),
            spans.start_s,
            spans.end_s,
            np.array([1.0 if score is None else score for score in scores], np.float64),
        )

    def spans(self, label_count: int) -> Spans:
        """Group them by area and label."""
        return Spans(self.area * label_count + self.label, self.start_s, self.end_s)


class ByThreshold:
    """Known and found boxes, compared once and counted at any threshold."""

    def __init__(self, known: Boxes, found: Boxes, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self._known, self._found = known, found
        self._overlaps: Overlaps = find_overlaps(known.spans(len(labels)), found.spans(len(labels)))

    def count(self, threshold: float) -> dict[str, Agreement]:
        """Count right, found and known boxes of each label when what has a lower score is left out."""
        is_kept = self._found.score >= threshold
        _, right = self._overlaps.pair(found=is_kept)
        counts = (
            np.bincount(each, minlength=len(self.labels)).tolist()
            for each in (self._found.label[right], self._found.label[is_kept], self._known.label)
        )
        return {label: Agreement(*each) for label, each in zip(self.labels, zip(*counts, strict=True), strict=True)}

    def trace(self, thresholds: Sequence[float] = THRESHOLDS) -> dict[str, list[dict[str, float]]]:
        """List precision, recall and F1 of each label over thresholds."""
        counted = {threshold: self.count(threshold) for threshold in thresholds}
        return {
            label: [{"threshold": each, **show_shares(counts[label])} for each, counts in counted.items()]
            for label in self.labels
        }

    def suggest(self) -> dict[str, Estimate]:
        """Suggest, for each label that is known and found, the score with the best F1; see `suggest_threshold`."""
        pairs_known, pairs_found = self._overlaps.pair()
        is_right = np.zeros(len(self._found.score), bool)
        is_right[pairs_found] = True
        is_missed = np.ones(len(self._known.label), bool)
        is_missed[pairs_known] = False
        suggested = {}
        for number, label in enumerate(self.labels):
            ours, missed = self._found.label == number, is_missed & (self._known.label == number)
            if not is_right[ours].any():
                continue
            nothing = np.full(int(missed.sum()), -1.0)  # known calls that have no score: below every threshold
            suggested[label] = suggest_threshold(
                np.concatenate([self._found.score[ours], nothing]),
                np.concatenate([is_right[ours], nothing < 0]),
                np.concatenate([self._found.area[ours], self._known.area[missed]]),
            )
        return suggested


def suggest_threshold(scores: NDArray[Any], is_label: NDArray[np.bool_], groups: NDArray[Any]) -> Estimate:
    """Suggest the score with the best F1, with the interval of 95 % of those that other recordings would have given.

    All arrays have shape (n,). The interval is found by drawing whole groups again, 200 times; the same input gives the
    same. What has a score below 0 was never found, and no threshold finds it.
    """
    order = np.argsort(-scores, kind="stable")  # once: a hundred thousand boxes are sorted for longer than counted
    scores, is_label = scores[order], is_label[order]
    best = _find_best(scores, is_label)
    chance = np.random.default_rng(0)
    codes, members = np.unique(groups.astype(str), return_inverse=True)
    members = members[order]
    others = [best]
    for _ in range(DRAWS):
        weights = np.bincount(chance.integers(0, len(codes), len(codes)), minlength=len(codes))[members]
        if weights[is_label].any():
            others.append(_find_best(scores, is_label, weights))
    low, high = np.percentile(others, [2.5, 97.5])
    return Estimate(best, min(best, float(low)), max(best, float(high)))


def show_shares(agreement: Agreement) -> Mapping[str, Any]:
    """Write precision, recall and F1 with four digits."""
    return {name: round(float(getattr(agreement, name)), 4) for name in ("precision", "recall", "f1")}


def _find_best(scores: NDArray[Any], is_label: NDArray[np.bool_], weights: NDArray[Any] | None = None) -> float:
    """Find the score from which on F1 is greatest, of scores from the highest on; of equally good ones the highest."""
    heavy = np.ones(len(scores)) if weights is None else weights.astype(float)
    right, taken = np.cumsum(heavy * is_label), np.cumsum(heavy)
    f1 = 2 * right / np.maximum(taken + right[-1], 1e-12)
    is_last = np.append(scores[1:] != scores[:-1], True)  # clips of equal scores are found together
    return float(scores[np.argmax(np.where(is_last & (scores >= 0), f1, -1))])
