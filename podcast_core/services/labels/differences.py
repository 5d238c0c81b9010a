"""What differs between two answers for one session: boxes are paired, and told as added, removed, relabelled, moved."""

from collections.abc import Sequence

import numpy as np

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.difference import BoxDifference, Differences, sort_differences
from podcast_core.domain.submission import Submission
from podcast_core.ml.measuring.overlaps import Spans, find_overlaps

# Chosen: a box that was dragged by most of its length is the same one still; neighbours that hardly touch are two.
MIN_SHARE = 0.1


def compare(before: Submission | None, after: Submission) -> Differences:
    """Compare two answers for one session, the later one second.

    Boxes are the same where times, band and label are; of the others, those at one place are; of what is left, boxes of
    one label are paired by the best total overlap, and then boxes of any label.
    """
    ones, others = list(before.annotations if before is not None else ()), list(after.annotations)
    pairs: list[tuple[Annotation, Annotation]] = []
    for pair in (_pair_same, _pair_placed, _pair_labelled, _pair_overlapping):
        found = pair(ones, others)
        pairs += [(ones[one], others[other]) for one, other in found]
        left, right = ({each[side] for each in found} for side in (0, 1))
        ones = [box for at, box in enumerate(ones) if at not in left]
        others = [box for at, box in enumerate(others) if at not in right]
    boxes = [BoxDifference(one, other) for one, other in pairs]
    boxes += [BoxDifference(one, None) for one in ones] + [BoxDifference(None, other) for other in others]
    return Differences(before, after, sort_differences(boxes))


Pairs = list[tuple[int, int]]


def _pair_same(ones: Sequence[Annotation], others: Sequence[Annotation]) -> Pairs:
    return _pair_keys([(*_place(box), box.label) for box in ones], [(*_place(box), box.label) for box in others])


def _pair_placed(ones: Sequence[Annotation], others: Sequence[Annotation]) -> Pairs:
    return _pair_keys(list(map(_place, ones)), list(map(_place, others)))


def _place(box: Annotation) -> tuple[object, ...]:
    """Name the place of a box by what no rounding changes (`ROUNDING`): tens of microseconds and of hertz."""
    numbers = (box.start_s, box.end_s, box.low_hz, box.high_hz)
    return tuple(None if each is None else round(each, 4) for each in numbers)


def _pair_keys(ones: Sequence[tuple[object, ...]], others: Sequence[tuple[object, ...]]) -> Pairs:
    """Pair what has one key, the first with the first; each is in one pair at most."""
    free: dict[tuple[object, ...], list[int]] = {}
    for at, key in enumerate(others):
        free.setdefault(key, []).append(at)
    return [(at, free[key].pop(0)) for at, key in enumerate(ones) if free.get(key)]


def _pair_labelled(ones: Sequence[Annotation], others: Sequence[Annotation]) -> Pairs:
    labels = {label: number for number, label in enumerate(dict.fromkeys(box.label for box in (*ones, *others)))}
    return _overlap(ones, others, [labels[box.label] for box in ones], [labels[box.label] for box in others])


def _pair_overlapping(ones: Sequence[Annotation], others: Sequence[Annotation]) -> Pairs:
    return _overlap(ones, others, [0] * len(ones), [0] * len(others))


def _overlap(
    ones: Sequence[Annotation], others: Sequence[Annotation], left: Sequence[int], right: Sequence[int]
) -> Pairs:
    if not ones or not others:
        return []
    spans = (Spans.of(boxes, groups, with_bands=True) for boxes, groups in ((ones, left), (others, right)))
    known, found = find_overlaps(*spans, min_iou=MIN_SHARE).pair()
    return list(zip(np.asarray(known).tolist(), np.asarray(found).tolist(), strict=True))
