"""Which boxes of two lists are about the same sound: the one rule for it.

Two boxes may be a pair when they overlap by at least half of what both cover (intersection over union, IoU): in time,
or where it is asked for in time and frequency. Each is in one pair at most. Of all ways to pair them that one is taken
whose overlaps add up to the most (the assignment problem, solved by `scipy.optimize.linear_sum_assignment`); pairs are
told best first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Call
from podcast_core.domain.checks import check_between
from podcast_core.errors import InvalidInput

DEFAULT_MIN_IOU = 0.5  # the usual one for boxes, since PASCAL VOC
MIN_IOU = 0.01  # less is no overlap that anybody would see
MAX_NEAR = 5_000_000  # pairs that are looked at: more come of boxes that lie on one another by the thousand
FEW_OF_GROUPS = 4  # numbers of groups for each box: more of them are numbered anew, so that times stay exact
SLACK_S = 1e-3  # of the search by time only, which counts groups one after the other in one number

Indices = NDArray[np.int64]
Seconds = NDArray[np.float64]
Bands = NDArray[np.float64]  # shape (n, 2)


@dataclass(frozen=True, slots=True)
class Spans:
    """Boxes, shape (n,) each; only boxes of one ``group`` (a recording, or a label in it) can be a pair.

    ``band_hz``, shape (n, 2), is there where frequencies are compared: low and high, NaN where a box has no band.
    """

    group: Indices
    start_s: Seconds
    end_s: Seconds
    band_hz: Bands | None = None

    @classmethod
    def of(cls, calls: Sequence[Call], group: Sequence[int] | None = None, *, with_bands: bool = False) -> "Spans":
        """Make them of calls, which are of one group unless it is said."""
        times = np.array([(call.start_s, call.end_s) for call in calls], np.float64).reshape(-1, 2)
        groups = np.zeros(len(calls), np.int64) if group is None else np.array(group, np.int64)
        bands = [(call.low_hz, call.high_hz) for call in calls] if with_bands else None
        band_hz = None if bands is None else np.array(bands, np.float64).reshape(-1, 2)
        return cls(groups, times[:, 0], times[:, 1], band_hz)


@dataclass(frozen=True, slots=True)
class Overlaps:
    """All possible pairs, those that overlap most first: ``known[i]`` with ``found[i]``, as places in the lists.

    ``share[i]`` is how much they overlap, above 0 up to 1.
    """

    known: Indices
    found: Indices
    share: NDArray[np.float64]

    def among(self, is_kept: NDArray[np.bool_]) -> "Overlaps":
        """Give those of the possible pairs that are marked, shape (pairs,)."""
        return Overlaps(self.known[is_kept], self.found[is_kept], self.share[is_kept])

    def pair(
        self, *, known: NDArray[np.bool_] | None = None, found: NDArray[np.bool_] | None = None
    ) -> tuple[Indices, Indices]:
        """Choose the pairs among the boxes that are kept, shape (boxes,) each (all by default)."""
        chosen = self.choose(known=known, found=found)
        return chosen.known, chosen.found

    def choose(self, *, known: NDArray[np.bool_] | None = None, found: NDArray[np.bool_] | None = None) -> "Overlaps":
        """Choose as `pair` does, and tell how much the pairs overlap."""
        is_kept = np.ones(len(self.known), bool)
        is_kept &= True if known is None else known[self.known]
        is_kept &= True if found is None else found[self.found]
        kept = self.among(is_kept)
        is_chosen = kept._are_alone()
        is_chosen[kept._assign(np.flatnonzero(~is_chosen))] = True
        return kept.among(is_chosen)

    def _are_alone(self) -> NDArray[np.bool_]:
        """Find the pairs whose boxes can be in no other one: nearly all, in what people and models draw."""
        if not len(self.known):
            return np.zeros(0, bool)
        one, other = (np.bincount(boxes)[boxes] == 1 for boxes in (self.known, self.found))
        are_alone: NDArray[np.bool_] = one & other
        return are_alone

    def _assign(self, places: Indices) -> Indices:
        """Choose among pairs that compete, ``places``; each knot of boxes is a problem of its own."""
        if not len(places):
            return places
        from scipy.optimize import linear_sum_assignment
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        rows, columns = (np.unique(boxes[places], return_inverse=True)[1] for boxes in (self.known, self.found))
        count = int(rows.max()) + 1
        size = count + int(columns.max()) + 1
        edges = coo_array((np.ones(len(places), np.int8), (rows, columns + count)), shape=(size, size))
        knot = connected_components(edges, directed=False)[1][rows]
        order = np.argsort(knot, kind="stable")
        chosen = []
        for members in np.split(order, np.flatnonzero(np.diff(knot[order])) + 1):
            one, other = (np.unique(each[members], return_inverse=True) for each in (rows, columns))
            if len(one[0]) == 1 or len(other[0]) == 1:  # all want the same box: the best gets it
                chosen.append(members[:1])
                continue
            place = np.full((len(one[0]), len(other[0])), -1, np.int64)
            place[one[1], other[1]] = members
            shares = np.where(place >= 0, self.share[places[place]], 0.0)
            best = place[linear_sum_assignment(shares, maximize=True)]
            chosen.append(best[best >= 0])
        return places[np.concatenate(chosen)]


def find_overlaps(known: Spans, found: Spans, *, min_iou: float = DEFAULT_MIN_IOU) -> Overlaps:
    """Find the boxes that overlap by ``min_iou`` or more of both together.

    Where both sides have bands, boxes overlap in time and frequency (the area they share over the area of both); a box
    without a band is compared in time only.

    Parameters
    ----------
    min_iou
        Above 0, up to 1.

    Raises
    ------
    InvalidInput
        When ``min_iou`` is something else, or so many boxes lie on one another that nobody could tell which belong
        together.
    """
    check_between(min_iou, "The least overlap of two boxes (IoU)", MIN_IOU, 1)
    groups = np.concatenate([known.group, found.group])
    if len(groups) and (groups.min() < 0 or groups.max() > FEW_OF_GROUPS * len(groups)):
        groups = np.unique(groups, return_inverse=True)[1]
    lengths = found.end_s - found.start_s
    reach = max((float(each.max()) for each in (known.end_s, found.end_s) if len(each)), default=0.0)
    # so far apart are groups: none is near another one
    step = reach + (1 + 1 / min_iou) * float(lengths.max(initial=0.0)) + 1
    order = np.argsort(known_at := groups[: len(known.group)] * step + known.start_s, kind="stable")
    known_at, found_at = known_at[order], groups[len(known.group) :] * step + found.start_s
    # Both together are at most 1 / IoU as long as the box, and have at least IoU of it in common.
    first = np.searchsorted(known_at, found_at + lengths * (1 - 1 / min_iou) - SLACK_S)
    counts = np.searchsorted(known_at, found_at + lengths * (1 - min_iou) + SLACK_S, side="right") - first
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
    if known.band_hz is not None and found.band_hz is not None:
        in_area = _measure_areas(
            np.maximum(common, 0),
            (known.end_s - known.start_s)[theirs],
            lengths[ours],
            known.band_hz[theirs],
            found.band_hz[ours],
        )
        share = np.where(np.isnan(in_area), share, in_area)
    is_pair = (share >= min_iou) & (known.group[theirs] == found.group[ours])
    theirs, ours, share = theirs[is_pair], ours[is_pair], share[is_pair]
    best = np.lexsort((ours, theirs, -share))
    return Overlaps(theirs[best], ours[best], share[best])


def _measure_areas(
    common_s: Seconds, known_s: Seconds, found_s: Seconds, known_hz: Bands, found_hz: Bands
) -> NDArray[np.float64]:
    """Measure the overlap of pairs in time and frequency, shape (pairs,); NaN where a band is missing or has no height.

    The first three are how long both are together, and each by itself.
    """
    common_hz = np.minimum(known_hz[:, 1], found_hz[:, 1]) - np.maximum(known_hz[:, 0], found_hz[:, 0])
    common = common_s * np.maximum(common_hz, 0)
    both = known_s * np.diff(known_hz)[:, 0] + found_s * np.diff(found_hz)[:, 0] - common
    share: NDArray[np.float64] = np.divide(common, both, out=np.full(len(both), np.nan), where=both > 0)
    return share


def mark_right(known: Sequence[Call], found: Sequence[Call]) -> NDArray[np.bool_]:
    """Say which found calls, shape (found,), are a pair with a known one of the same label."""
    labels = {label: number for number, label in enumerate({call.label for call in (*known, *found)})}
    ours, theirs = (Spans.of(calls, [labels[call.label] for call in calls]) for calls in (known, found))
    is_right = np.zeros(len(found), bool)
    is_right[find_overlaps(ours, theirs).pair()[1]] = True
    return is_right
