"""Which boxes of two lists are about the same sound: the one rule for it.

Two boxes may be a pair when their times overlap by at least half of what both cover (intersection over union, IoU).
Each is in one pair at most; the pairs that overlap most come first, and of equal ones the earlier in the lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Call
from podcast_core.errors import InvalidInput

MIN_IOU = 0.5  # the usual one for boxes, since PASCAL VOC
MAX_NEAR = 5_000_000  # pairs that are looked at: more come of boxes that lie on one another by the thousand
SLACK_S = 1e-3  # of the search by time only, which counts groups one after the other in one number

Indices = NDArray[np.int64]
Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spans:
    """Boxes in time, shape (n,) each; only boxes of one ``group`` (a recording, or a label in it) can be a pair."""

    group: Indices
    start_s: Seconds
    end_s: Seconds

    @classmethod
    def of(cls, calls: Sequence[Call], group: Sequence[int] | None = None) -> "Spans":
        """Make them of calls, which are of one group unless it is said."""
        times = np.array([(call.start_s, call.end_s) for call in calls], np.float64).reshape(-1, 2)
        groups = np.zeros(len(calls), np.int64) if group is None else np.array(group, np.int64)
        return cls(groups, times[:, 0], times[:, 1])


@dataclass(frozen=True, slots=True)
class Overlaps:
    """All possible pairs, those that overlap most first: ``known[i]`` with ``found[i]``, as places in the lists."""

    known: Indices
    found: Indices

    def pair(
        self, *, known: NDArray[np.bool_] | None = None, found: NDArray[np.bool_] | None = None
    ) -> tuple[Indices, Indices]:
        """Choose the pairs among the boxes that are kept, shape (boxes,) each (all by default)."""
        is_kept = np.ones(len(self.known), bool)
        is_kept &= True if known is None else known[self.known]
        is_kept &= True if found is None else found[self.found]
        places = np.flatnonzero(is_kept)
        taken_known, taken_found = set[int](), set[int]()
        chosen = []
        for place, one, other in zip(
            places.tolist(), self.known[places].tolist(), self.found[places].tolist(), strict=True
        ):
            if one not in taken_known and other not in taken_found:
                taken_known.add(one)
                taken_found.add(other)
                chosen.append(place)
        return self.known[chosen], self.found[chosen]


def find_overlaps(known: Spans, found: Spans) -> Overlaps:
    """Find the boxes that overlap by half or more of both together.

    Raises
    ------
    InvalidInput
        When so many boxes lie on one another that nobody could tell which belong together.
    """
    groups = np.unique(np.concatenate([known.group, found.group]), return_inverse=True)[1]
    lengths = found.end_s - found.start_s
    reach = max((float(each.max()) for each in (known.end_s, found.end_s) if len(each)), default=0.0)
    step = reach + 2 * float(lengths.max(initial=0.0)) + 1  # so far apart are groups: none is near another one
    order = np.argsort(known_at := groups[: len(known.group)] * step + known.start_s, kind="stable")
    known_at, found_at = known_at[order], groups[len(known.group) :] * step + found.start_s
    # What begins earlier by more than the box is long, or later by more than half of that, overlaps by less than half.
    first = np.searchsorted(known_at, found_at - lengths - SLACK_S)
    counts = np.searchsorted(known_at, found_at + lengths / 2 + SLACK_S, side="right") - first
    if counts.sum() > MAX_NEAR:
        raise InvalidInput(
            f"The two lists of boxes have more than {MAX_NEAR:,} pairs that lie on one another: nobody can tell which "
            "belong together. Is every box there many times?"
        )
    ours = np.repeat(np.arange(len(counts)), counts)
    theirs = order[np.arange(len(ours)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)]
    common = np.minimum(known.end_s[theirs], found.end_s[ours]) - np.maximum(known.start_s[theirs], found.start_s[ours])
    both = np.maximum(known.end_s[theirs], found.end_s[ours]) - np.minimum(known.start_s[theirs], found.start_s[ours])
    share = common / both
    is_pair = (share >= MIN_IOU) & (known.group[theirs] == found.group[ours])
    theirs, ours, share = theirs[is_pair], ours[is_pair], share[is_pair]
    best = np.lexsort((ours, theirs, -share))
    return Overlaps(theirs[best], ours[best])


def mark_right(known: Sequence[Call], found: Sequence[Call]) -> NDArray[np.bool_]:
    """Say which found calls, shape (found,), are a pair with a known one of the same label."""
    labels = {label: number for number, label in enumerate({call.label for call in (*known, *found)})}
    ours, theirs = (Spans.of(calls, [labels[call.label] for call in calls]) for calls in (known, found))
    is_right = np.zeros(len(found), bool)
    is_right[find_overlaps(ours, theirs).pair()[1]] = True
    return is_right
