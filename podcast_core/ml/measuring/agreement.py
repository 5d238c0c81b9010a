"""How well people agree who answered the same sessions, from arrays of what they marked.

Two people are compared at a time (`Compared`), and any number of such pairs can be taken together (`Pooled`). Of each
session that both have answered, it is counted how many boxes of a label each of them has and how many are a pair
(`overlaps`), and measured for how long both, one or neither has the label. Every figure is a function of sums of that
over sessions, and its interval comes of drawing sessions anew; a session's pairs of people are drawn together.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.measuring import raters
from podcast_core.ml.measuring.intervals import Estimate, estimate_sums
from podcast_core.ml.measuring.overlaps import DEFAULT_MIN_IOU, Bands, Indices, Seconds, Spans, find_overlaps

MS = 1000.0
BINS = 41  # of a histogram, the middle one around 0
MIN_BIN_MS = 0.1
Table = NDArray[np.float64]
"""Shape (sessions, columns): what each session adds to a sum."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Boxes of some people in some sessions, shape (boxes,) each; times from the start of their session.

    ``session``, ``person`` and ``label`` are places in lists that the caller has; ``band_hz``, shape (boxes, 2), is
    NaN where a box has no band.
    """

    session: Indices
    person: Indices
    label: Indices
    start_s: Seconds
    end_s: Seconds
    band_hz: Bands

    def among(self, is_kept: NDArray[np.bool_] | Indices | slice) -> "Marked":
        """Give those that are marked, shape (boxes,), or at these places."""
        return Marked(
            self.session[is_kept],
            self.person[is_kept],
            self.label[is_kept],
            self.start_s[is_kept],
            self.end_s[is_kept],
            self.band_hz[is_kept],
        )

    def in_order(self, session_count: int) -> "Marked":
        """Give them by person, label, session and start."""
        labels = int(self.label.max(initial=0)) + 1
        group = (self.person * labels + self.label) * session_count + self.session
        later = np.diff(group)
        if np.all((later > 0) | ((later == 0) & (np.diff(self.start_s) >= 0))):
            return self
        return self.among(np.lexsort((self.start_s, group)))

    def spans(self, group: Indices, *, with_bands: bool) -> Spans:
        """Lay them out to be paired within groups, shape (boxes,)."""
        return Spans(group, self.start_s, self.end_s, self.band_hz if with_bands else None)


@dataclass(frozen=True, slots=True)
class Answers:
    """What people said. ``is_answered`` has shape (sessions, people), ``duration_s`` (sessions,)."""

    is_answered: NDArray[np.bool_]
    duration_s: Seconds
    label_count: int
    marked: Marked


@dataclass(frozen=True, slots=True)
class Differences:
    """How far the second of each pair of boxes begins or ends after the first, in milliseconds."""

    mean: Estimate
    mean_size: Estimate
    low: float  # 5 % of the differences are below
    median: float
    high: float
    bin_ms: float
    counts: tuple[int, ...]
    """How many differences lie in each of `BINS` steps of ``bin_ms`` around 0; the outer ones hold what is beyond."""


class Compared:
    """Two people's answers to the sessions that both have answered; labels by their place.

    ``sessions`` are the places of these sessions. All tables have a row for each of them.
    """

    def __init__(
        self, answers: Answers, one: int, other: int, *, min_iou: float = DEFAULT_MIN_IOU, with_bands: bool = False
    ) -> None:
        self.sessions = np.flatnonzero(answers.is_answered[:, one] & answers.is_answered[:, other])
        self.label_count, self._min_iou, self._with_bands = answers.label_count, min_iou, with_bands
        self._duration_s = answers.duration_s[self.sessions]
        place = np.full(len(answers.duration_s), -1, np.int64)
        place[self.sessions] = np.arange(len(self.sessions))
        self._one, self._other = (_take(answers.marked, place, person) for person in (one, other))
        spans = [
            side.spans(side.label * len(self.sessions) + side.session, with_bands=with_bands)
            for side in (self._one, self._other)
        ]
        self._pairs = find_overlaps(spans[0], spans[1], min_iou=min_iou).pair()

    @cached_property
    def _parts(self) -> tuple[Indices, Indices]:
        """Where the boxes of each label begin in both sides; the last ones are the ends. Shape (labels + 1,) each."""
        labels = np.arange(self.label_count + 1)
        return np.searchsorted(self._one.label, labels), np.searchsorted(self._other.label, labels)

    @cached_property
    def _pairs_by_label(self) -> tuple[Indices, Indices, Indices]:
        """The pairs by label, those of one label best first, and where each label begins."""
        left, right = self._pairs
        order = np.argsort(self._one.label[left], kind="stable")
        starts = np.searchsorted(self._one.label[left[order]], np.arange(self.label_count + 1))
        return left[order], right[order], starts

    def _choose_pairs(self, label: int | None) -> tuple[Indices, Indices]:
        """Give the pairs of one label or all."""
        if label is None:
            return self._pairs
        left, right, starts = self._pairs_by_label
        if not 0 <= label < self.label_count:
            return left[:0], right[:0]
        part = slice(starts[label], starts[label + 1])
        return left[part], right[part]

    def _choose_boxes(self, label: int | None) -> tuple[Marked, Marked]:
        """Give the boxes of one label or all, of both sides."""
        if label is None:
            return self._one, self._other
        if not 0 <= label < self.label_count:
            return self._one.among(slice(0)), self._other.among(slice(0))
        one, other = (slice(starts[label], starts[label + 1]) for starts in self._parts)
        return self._one.among(one), self._other.among(other)

    def count(self, label: int | None = None) -> Table:
        """Count, of one label or all: boxes that are pairs, the first one's boxes, the second one's."""
        one, other = self._choose_boxes(label)
        matched = self._one.session[self._choose_pairs(label)[0]]
        return np.column_stack([self._add_up(each) for each in (matched, one.session, other.session)])

    def cross_presence(self, label: int) -> Table:
        """Say whether neither, the second, the first or both have the label, one in one of four columns."""
        sides = self._choose_boxes(label)
        one, other = (self._add_up(side.session) > 0 for side in sides)
        return np.column_stack([~one & ~other, ~one & other, one & ~other, one & other]).astype(np.float64)

    def cross_seconds(self, label: int) -> Table:
        """Measure for how long neither, the second, the first and both have the label."""
        one, other = self._choose_boxes(label)
        size = len(self.sessions)
        one_s, other_s, either_s = _measure_covers(one, other, size)
        both_s = one_s + other_s - either_s
        neither_s = self._duration_s - either_s
        return np.maximum(np.column_stack([neither_s, other_s - both_s, one_s - both_s, both_s]), 0)

    def measure_onsets(self, label: int | None = None) -> Table:
        """Measure how far the second one's boxes begin after the first one's: session, milliseconds; a row a pair."""
        return self._measure_differences(label, lambda side: side.start_s)

    def measure_offsets(self, label: int | None = None) -> Table:
        """Measure how far the second one's boxes end after the first one's: session, milliseconds; a row a pair."""
        return self._measure_differences(label, lambda side: side.end_s)

    @cached_property
    def confusions(self) -> NDArray[np.int64]:
        """Count how boxes of one label (rows) are called by the second; the last row and column are "no box"."""
        size = self.label_count + 1
        _, one, other = self.called
        return np.bincount(one * size + other, minlength=size * size).reshape(size, size)

    @cached_property
    def called(self) -> tuple[Indices, Indices, Indices]:
        """Say of each box in which session it is, and what both call it, shape (boxes,) each; no box: label_count.

        Boxes are paired whatever their labels are, those with the same label first. Sessions are places in all.
        """
        one, other = self._one, self._other
        free = [np.ones(len(side.session), bool) for side in (one, other)]
        free[0][self._pairs[0]] = free[1][self._pairs[1]] = False
        left_over = [np.flatnonzero(each) for each in free]
        sides = (side.among(places) for side, places in zip((one, other), left_over, strict=True))
        spans = [side.spans(side.session, with_bands=self._with_bands) for side in sides]
        found = find_overlaps(spans[0], spans[1], min_iou=self._min_iou).pair()
        rest = [places[each] for places, each in zip(left_over, found, strict=True)]
        free[0][rest[0]] = free[1][rest[1]] = False
        nothing = [np.full(int(each.sum()), self.label_count) for each in free]
        sessions = (one.session[self._pairs[0]], one.session[rest[0]], one.session[free[0]], other.session[free[1]])
        left = (one.label[self._pairs[0]], one.label[rest[0]], one.label[free[0]], nothing[1])
        right = (other.label[self._pairs[1]], other.label[rest[1]], nothing[0], other.label[free[1]])
        return self.sessions[np.concatenate(sessions)], np.concatenate(left), np.concatenate(right)

    def _add_up(self, sessions: Indices) -> NDArray[np.float64]:
        return np.bincount(sessions, minlength=len(self.sessions)).astype(np.float64)

    def _measure_differences(self, label: int | None, take: Callable[[Marked], Seconds]) -> Table:
        left, right = self._choose_pairs(label)
        by_ms = MS * (take(self._other)[right] - take(self._one)[left])
        return np.column_stack([self.sessions[self._one.session[left]], by_ms])


class Pooled:
    """Several pairs of people taken together; tables have a row for each session that any of them shares."""

    def __init__(self, compared: Mapping[tuple[int, int], Compared]) -> None:
        self._compared = list(compared.values())
        lists = [each.sessions for each in self._compared]
        self.sessions: Indices = np.unique(np.concatenate(lists)) if lists else np.zeros(0, np.int64)
        self._places = [np.searchsorted(self.sessions, each) for each in lists]

    def count(self, label: int | None = None) -> Table:
        """Add up `Compared.count`."""
        return self._add_up(3, lambda each: each.count(label))

    def cross_presence(self, label: int) -> Table:
        """Add up `Compared.cross_presence`."""
        return self._add_up(4, lambda each: each.cross_presence(label))

    def cross_seconds(self, label: int) -> Table:
        """Add up `Compared.cross_seconds`."""
        return self._add_up(4, lambda each: each.cross_seconds(label))

    def measure_onsets(self, label: int | None = None) -> Table:
        """Put together `Compared.measure_onsets`."""
        return np.concatenate([np.zeros((0, 2)), *(each.measure_onsets(label) for each in self._compared)])

    def measure_offsets(self, label: int | None = None) -> Table:
        """Put together `Compared.measure_offsets`."""
        return np.concatenate([np.zeros((0, 2)), *(each.measure_offsets(label) for each in self._compared)])

    def _add_up(self, columns: int, tabulate: Callable[[Compared], Table]) -> Table:
        total = np.zeros((len(self.sessions), columns))
        for places, each in zip(self._places, self._compared, strict=True):
            if len(places) == len(total):
                total += tabulate(each)
            else:
                total[places] += tabulate(each)
        return total


def compare_all(
    answers: Answers, *, min_iou: float = DEFAULT_MIN_IOU, with_bands: bool = False, models: Collection[int] = ()
) -> dict[tuple[int, int], Compared]:
    """Compare each two people who have answered one session or more in common.

    With ``models`` (which of them are none), each person is compared with each model instead, the person first.
    """
    answers = replace(answers, marked=answers.marked.in_order(len(answers.duration_s)))
    everybody = range(answers.is_answered.shape[1])
    people = [each for each in everybody if each not in models]
    pairs = product(people, sorted(models)) if models else combinations(people, 2)
    return {
        (one, other): Compared(answers, one, other, min_iou=min_iou, with_bands=with_bands)
        for one, other in pairs
        if (answers.is_answered[:, one] & answers.is_answered[:, other]).any()
    }


def estimate_f1(counts: Table) -> Estimate | None:
    """Estimate the share of the boxes of both that have a partner, from counts of `Compared.count`."""
    kept = counts[counts[:, 1] + counts[:, 2] > 0]
    return estimate_sums(kept, lambda sums: 2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]))


def estimate_recall(counts: Table) -> Estimate | None:
    """Estimate the share of the first one's boxes that the second has, too, from counts of `Compared.count`."""
    return estimate_sums(counts[counts[:, 1] > 0], lambda sums: sums[..., 0] / sums[..., 1])


def estimate_precision(counts: Table) -> Estimate | None:
    """Estimate the share of the second one's boxes that the first has, too, from counts of `Compared.count`."""
    return estimate_sums(counts[counts[:, 2] > 0], lambda sums: sums[..., 0] / sums[..., 2])


def estimate_differences(by_ms: Table) -> Differences | None:
    """Sum up differences of `Compared.measure_onsets`; None where there is none."""
    if not len(by_ms):
        return None
    sessions = by_ms[:, 0].astype(np.int64)
    sums = [np.bincount(sessions, weights) for weights in (None, by_ms[:, 1], np.abs(by_ms[:, 1]))]
    count, total, size = (each[sums[0] > 0] for each in sums)
    means = [_estimate_mean(np.column_stack([each, count])) for each in (total, size)]
    low, median, high = np.percentile(by_ms[:, 1], [5, 50, 95]).tolist()
    bin_ms = max(MIN_BIN_MS, 3 * max(abs(low), abs(high)) / BINS)
    places = np.clip(np.round(by_ms[:, 1] / bin_ms) + BINS // 2, 0, BINS - 1).astype(np.int64)
    counts = np.bincount(places, minlength=BINS).tolist()
    return Differences(means[0], means[1], low, median, high, bin_ms, tuple(counts))


def list_shares(counts: Table) -> NDArray[np.float64]:
    """List the share of the boxes in each session that have a partner, shape (sessions,); 1 where there is no box."""
    total = counts[:, 1] + counts[:, 2]
    shares = np.ones(len(total))
    np.divide(2 * counts[:, 0], total, out=shares, where=total > 0)
    return shares


def tabulate_presence(answers: Answers, label: int) -> raters.Table:
    """Lay out for any number of people whether a label is in each session, for Fleiss, Krippendorff and Gwet."""
    has = np.zeros(answers.is_answered.shape, bool)
    of_label = np.flatnonzero(answers.marked.label == label)
    has[answers.marked.session[of_label], answers.marked.person[of_label]] = True
    counts = np.stack([(answers.is_answered & each).sum(axis=1) for each in (~has, has)], axis=1)
    return raters.tabulate(counts)


def _take(marked: Marked, place: Indices, person: int) -> Marked:
    """Take somebody's boxes in the sessions that have a place, by label, session and start."""
    taken = marked.among(np.flatnonzero(marked.person == person))
    if len(place) and place[-1] != len(place) - 1:  # some sessions have none
        taken = taken.among(place[taken.session] >= 0)
        taken = replace(taken, session=place[taken.session])
    return taken.in_order(len(place))


def _measure_covers(one: Marked, other: Marked, size: int) -> tuple[Seconds, Seconds, Seconds]:
    """Measure how long one side's, the other's and both sides' boxes last in each session, shape (size,) each.

    What boxes share counts once. They are in order of their sessions and starts.
    """
    sides = (one, other)
    last_s = max((float(side.end_s.max()) for side in sides if len(side.end_s)), default=0.0)
    first_s = min((float(side.start_s.min()) for side in sides if len(side.start_s)), default=0.0)
    step = last_s - min(0.0, first_s) + 1  # sessions lie one after the other in time
    begins = [side.start_s + side.session * step for side in sides]
    ends = [side.end_s + side.session * step for side in sides]
    one_s, other_s = (
        _measure_cover(side.session, start_s, end_s, size)
        for side, start_s, end_s in zip(sides, begins, ends, strict=True)
    )
    order = np.argsort(starts := np.concatenate(begins), kind="stable")  # two runs: merged
    session = np.concatenate([side.session for side in sides])[order]
    either_s = _measure_cover(session, starts[order], np.concatenate(ends)[order], size)
    return one_s, other_s, either_s


def _measure_cover(session: Indices, start_s: Seconds, end_s: Seconds, size: int) -> Seconds:
    """Measure how long boxes last together in each session, shape (size,); they are sorted by their starts."""
    if not len(session):
        return np.zeros(size)
    before = np.concatenate([[-np.inf], np.maximum.accumulate(end_s)[:-1]])
    lasts_s = np.maximum(end_s - np.maximum(start_s, before), 0)
    return np.bincount(session, lasts_s, size).astype(np.float64)


def _estimate_mean(table: Table) -> Estimate:
    found = estimate_sums(table, lambda sums: sums[..., 0] / sums[..., 1], is_share=False)
    assert found is not None
    return found
