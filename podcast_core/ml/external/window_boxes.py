"""From scores of overlapping windows to boxes.

The starts and ends of all windows cut time into steps. The score of a step is the best or the mean of the windows that
cover it: with windows of 2 s every second, the mean is OrcaHello's rolling mean of 2, one value per second, where the
first and the last second have one window only. Boxes are runs of steps that reach the threshold.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.interfaces import Found

LADDER = 0.05  # between the thresholds that are tried below a label's own, one below the other
MIN_SCORE = 0.05  # what scores less is not worth a box

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Steps:
    """Scores of the pieces of time between starts and ends of windows.

    ``edges`` has shape (steps + 1,) in samples, ``scores`` (steps, labels) from 0 to 1; -1 where no window is.
    """

    edges: NDArray[np.int64]
    scores: Scores


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said about a stretch as a whole; ``confidence`` is the mean score of its positive time, 0 if none."""

    is_positive: bool
    positive_s: float
    confidence: float


def place_windows(sample_count: int, window: int, hop: int, *, offset: int = 0) -> NDArray[np.int64]:
    """Place windows: a hop apart, counted from the start of the whole piece, ``offset`` samples before the first.

    Returns
    -------
    numpy.ndarray
        Starts of windows in samples, shape (windows,), int64. All lie inside, but for the last one, which reaches
        beyond the end where the sound would not be covered otherwise.
    """
    first = -offset % hop
    starts = np.arange(first, max(sample_count - window, first - 1) + 1, hop, dtype=np.int64)
    next_start = int(starts[-1]) + hop if len(starts) else first
    is_covered = len(starts) and int(starts[-1]) + window >= sample_count
    if not is_covered and next_start < sample_count:
        starts = np.append(starts, next_start)
    return starts


def combine(starts: NDArray[np.int64], window: int, sample_count: int, scores: Scores, *, mean: bool) -> Steps:
    """Combine the scores of windows, shape (windows, labels), 0 to 1, into scores of steps."""
    ends = np.minimum(starts + window, sample_count)
    edges = np.unique(np.concatenate([starts, ends]))
    first = np.searchsorted(ends, edges[:-1], side="right")  # of the windows that cover a step
    counts = np.searchsorted(starts, edges[:-1], side="right") - first
    combined = np.full((len(edges) - 1, scores.shape[1]), -1, np.float64)
    for number in range(int(counts.max(initial=0))):
        has = counts > number
        values = scores[first[has] + number].astype(np.float64)
        if not number:
            combined[has] = values
        elif mean:
            combined[has] += values
        else:
            combined[has] = np.maximum(combined[has], values)
    if mean:
        combined /= np.maximum(counts, 1)[:, None]
    return Steps(edges, combined.astype(np.float32))


def find_boxes(steps: Steps, column: int, label: str, sample_rate_hz: int, own: float, least: float) -> list[Found]:
    """Find the boxes of one label.

    Parameters
    ----------
    own
        The label's threshold.
    least
        The least score of a box. Below ``own``, what ever lower thresholds find is added where nothing was found
        before, so that a lower one changes none of the other boxes.
    """
    values = steps.scores[:, column]
    taken = np.zeros(len(values), bool)
    found: list[Found] = []
    level, floor = own, min(own, max(least, MIN_SCORE))
    while True:
        for first, last in _list_runs(values >= np.float32(level)):
            reach = slice(max(first - 1, 0), last + 1)  # also what it would touch
            if not taken[reach].any():
                taken[first:last] = True
                score = min(1.0, float(values[first:last].max()))
                start_s, end_s = steps.edges[first] / sample_rate_hz, steps.edges[last] / sample_rate_hz
                found.append(Found(float(start_s), float(end_s), label, score))
        if level <= floor:
            break
        level = max(level - LADDER, MIN_SCORE)
    return [each for each in found if each.score is not None and each.score >= least]


def judge(steps: Steps, column: int, sample_rate_hz: int, threshold: float, positive_s: float) -> Verdict:
    """Judge a stretch as a whole: positive when at least ``positive_s`` seconds of it are."""
    values = steps.scores[:, column]
    lengths_s = np.diff(steps.edges) / sample_rate_hz
    is_loud = values >= np.float32(threshold)
    total_s = float(lengths_s[is_loud].sum())
    confidence = float((values * lengths_s)[is_loud].sum() / total_s) if total_s else 0.0
    return Verdict(total_s >= positive_s - 1e-9, total_s, confidence)


def _list_runs(is_in: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the runs of True as first and last, the last excluded."""
    padded = np.concatenate([[False], is_in, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]
