"""Dividing examples into parts that are checked on one another: whole examples, or stretches of time of few ones."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from podcast_core.ml.segmenter.batches import Heard

MIN_CALLS = 6
"""With fewer calls there is nothing to check on."""
EXAMPLES_PER_FOLD = 2  # a network that heard one recording only is no measure for one that hears all


def split_into_folds(sounds: Sequence[Heard], steps_per_s: int, count: int) -> list[list[Heard]]:
    """Divide sounds into parts with about equally many calls; each part has some.

    Returns
    -------
    list of lists of Heard
        Empty when there are too few calls.
    """
    if sum(len(sound.calls) for sound in sounds) < MIN_CALLS:
        return []
    if sum(bool(sound.calls) for sound in sounds) >= EXAMPLES_PER_FOLD * count:
        pieces = list(sounds)
    else:
        pieces = [piece for sound in sounds for piece in cut_in_time(sound, steps_per_s, count)]
    folds: list[list[Heard]] = [[] for _ in range(count)]
    for piece in sorted(pieces, key=lambda each: (-len(each.calls), -len(each.levels))):
        least = min(folds, key=lambda fold: (sum(len(each.calls) for each in fold), sum(len(e.levels) for e in fold)))
        least.append(piece)
    return folds if all(any(piece.calls for piece in fold) for fold in folds) else []


def cut_in_time(sound: Heard, steps_per_s: int, count: int) -> list[Heard]:
    """Cut a sound into stretches with about equally many calls, between calls where that can be."""
    steps = len(sound.levels)
    if not sound.calls:
        cuts = [steps * index // count for index in range(1, count)]
    else:
        free = np.flatnonzero(sound.targets[:, :-2].max(axis=1) == 0)
        starts = np.sort([round(call.start_s * steps_per_s) for call in sound.calls])
        wanted = [int(starts[len(starts) * index // count]) for index in range(1, count)]
        before = [free[free <= step] for step in wanted]
        cuts = [int(each[-1]) if len(each) else step for each, step in zip(before, wanted, strict=True)]
    edges = sorted({0, *cuts, steps})
    return [_cut(sound, low, high, steps_per_s) for low, high in zip(edges, edges[1:], strict=False)]


def _cut(sound: Heard, low: int, high: int, steps_per_s: int) -> Heard:
    """Cut out a stretch; a call that goes on beyond it is shortened."""
    low_s, high_s = low / steps_per_s, high / steps_per_s
    calls = tuple(
        replace(call, start_s=max(call.start_s, low_s) - low_s, end_s=min(call.end_s, high_s) - low_s)
        for call in sound.calls
        if min(call.end_s, high_s) - max(call.start_s, low_s) > 0.5 / steps_per_s
    )
    return Heard(sound.levels[low:high], sound.targets[low:high], calls)
