"""How good a detector is, in the figures that people compare: everything as plain numbers that fit in JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Call
from podcast_core.ml.interfaces import Found
from podcast_core.ml.measuring.metrics import (
    NOTHING,
    compare_frames,
    compare_per_label,
    compare_segments,
    count_confusions,
    count_false_alarms,
)
from podcast_core.ml.measuring.overlaps import mark_right
from podcast_core.ml.measuring.thresholds import Boxes, ByThreshold, show_shares

TOLERANCES_S = (0.01, 0.02, 0.05, 0.2)  # chosen: from what short syllables need to what is enough for long calls
MAIN_TOLERANCE_S = 0.02  # of one figure where there is room for one only
RELIABILITY_BINS = 10  # chosen: tenths, as people say probabilities


@dataclass(frozen=True, slots=True)
class Judged:
    """A recording, or a piece of one: the calls that are known in all of it, and those that were found."""

    known: Sequence[Call]
    found: Sequence[Found]
    duration_s: float


def evaluate(judged: Sequence[Judged], *, threshold: float = 0.0) -> dict[str, Any]:
    """Compare found calls with known ones.

    Parameters
    ----------
    judged
        What was found may include calls with scores below the threshold: they count in the curves over thresholds
        and in the reliability, and not in the other figures. A call without a score counts as 1.
    threshold
        The least score.

    Returns
    -------
    dict
        ``seconds``, ``calls``, ``found`` and ``threshold``; ``segments`` (per tolerance) and ``frames``, with labels
        and without; ``per_label`` at 20 ms; ``confusions`` (a matrix, the last row and column are "nothing");
        ``precision_recall`` per label; ``auprc_1s`` per label and their mean, as OrcaHello counts whole seconds;
        ``false_alarms_per_hour``; ``reliability``.
    """
    known = [each.known for each in judged]
    kept = [[call for call in each.found if _score(call) >= threshold] for each in judged]
    hours = sum(each.duration_s for each in judged) / 3600
    labels = sorted({call.label for calls in (*known, *(each.found for each in judged)) for call in calls})
    return {
        "seconds": round(3600 * hours, 3),
        "calls": sum(map(len, known)),
        "found": sum(map(len, kept)),
        "threshold": threshold,
        "segments": [
            {
                "tolerance_s": tolerance_s,
                **show_shares(compare_segments(known, kept, tolerance_s=tolerance_s)),
                "f1_without_labels": _round(
                    compare_segments(known, kept, tolerance_s=tolerance_s, with_labels=False).f1
                ),
            }
            for tolerance_s in TOLERANCES_S
        ],
        "frames": {
            **show_shares(compare_frames(known, kept)),
            "f1_without_labels": _round(compare_frames(known, kept, with_labels=False).f1),
        },
        "per_label": {
            label: {**show_shares(agreement), "known": agreement.known, "found": agreement.found}
            for label, agreement in compare_per_label(known, kept, tolerance_s=MAIN_TOLERANCE_S).items()
        },
        "confusions": _confusions(known, kept, labels),
        "precision_recall": trace_precision_recall(judged, labels),
        "auprc_1s": _auprc(judged, labels),
        "false_alarms_per_hour": _round(count_false_alarms(known, kept) / hours if hours else 0.0),
        "reliability": measure_reliability(judged),
    }


def trace_precision_recall(judged: Sequence[Judged], labels: Sequence[str]) -> dict[str, list[dict[str, float]]]:
    """List precision, recall and F1 of each label over thresholds, see `thresholds`."""
    known, found = (Boxes.of(calls, labels) for calls in ([j.known for j in judged], [j.found for j in judged]))
    return ByThreshold(known, found, labels).trace()


def measure_reliability(judged: Sequence[Judged]) -> dict[str, Any]:
    """Compare scores with the share of calls that are right: the bins of a reliability plot, and their mean error.

    The error is the difference of mean score and share, averaged over boxes (expected calibration error).
    """
    scores, is_right = collect_scores(judged)
    edges = np.linspace(0, 1, RELIABILITY_BINS + 1)
    where = np.minimum((scores * RELIABILITY_BINS).astype(np.int64), RELIABILITY_BINS - 1)
    bins, error = [], 0.0
    for index in range(RELIABILITY_BINS):
        inside = where == index
        count = int(inside.sum())
        mean, share = (float(scores[inside].mean()), float(is_right[inside].mean())) if count else (None, None)
        if mean is not None and share is not None:
            error += count * abs(mean - share) / len(scores)
        bins.append(
            {
                "low": _round(edges[index]),
                "high": _round(edges[index + 1]),
                "count": count,
                "mean_score": _round(mean),
                "share_right": _round(share),
            }
        )
    return {"bins": bins, "error": _round(error) if len(scores) else None}


def collect_scores(judged: Sequence[Judged]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return each found call's score, 0 to 1, and whether it overlaps a known one by half or more: shapes (n,)."""
    scores = np.array([_score(call) for each in judged for call in each.found], np.float64)
    is_right = [mark_right(each.known, each.found) for each in judged]
    return scores, np.concatenate(is_right) if is_right else np.zeros(0, bool)


def _confusions(known: Sequence[Sequence[Call]], found: Sequence[Sequence[Call]], labels: list[str]) -> dict[str, Any]:
    lengths_s = [call.end_s - call.start_s for calls in known for call in calls]
    tolerance_s = max(MAIN_TOLERANCE_S, float(np.median(lengths_s)) / 2 if lengths_s else 0.0)
    names = [*labels, NOTHING]
    matrix = [[0] * len(names) for _ in names]
    for (true, guess), count in count_confusions(known, found, tolerance_s=tolerance_s).items():
        matrix[names.index(true)][names.index(guess)] = count
    return {"labels": labels, "tolerance_s": _round(tolerance_s), "matrix": matrix}


def _auprc(judged: Sequence[Judged], labels: list[str]) -> dict[str, Any]:
    """Compute the area below precision over recall of whole seconds, per label that is known anywhere."""
    from sklearn.metrics import average_precision_score

    areas: dict[str, float | None] = {}
    for label in labels:
        truth, scores = [], []
        for each in judged:
            seconds = max(1, int(np.ceil(each.duration_s - 1e-6)))
            true, score = np.zeros(seconds, bool), np.zeros(seconds)
            for call in (call for call in each.known if call.label == label):
                true[_seconds(call)] = True
            for guess in (call for call in each.found if call.label == label):
                score[_seconds(guess)] = np.maximum(score[_seconds(guess)], _score(guess))
            truth.append(true)
            scores.append(score)
        is_call = np.concatenate(truth)
        area = float(average_precision_score(is_call, np.concatenate(scores))) if is_call.any() else None
        areas[label] = _round(area)
    values = [area for area in areas.values() if area is not None]
    return {"labels": areas, "mean": _round(float(np.mean(values))) if values else None}


def _seconds(call: Call) -> slice:
    """Return the whole seconds that a call is in."""
    return slice(int(call.start_s), max(int(np.ceil(call.end_s - 1e-6)), int(call.start_s) + 1))


def _score(call: Found) -> float:
    return 1.0 if call.score is None else call.score


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
