"""Answers of several people to the same sessions, laid out and compared: see `services.labels.agreement`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.measuring import agreement as measuring
from podcast_core.ml.measuring import raters
from podcast_core.ml.measuring.agreement import Answers, Compared, Differences, Marked, Pooled, compare_all
from podcast_core.ml.measuring.intervals import Drawn, Estimate
from podcast_core.ml.measuring.overlaps import DEFAULT_MIN_IOU
from podcast_core.storage.compared_answers import GivenAnswers, GivenBoxes, find_places

MAX_CONFUSED = 30  # labels of a table that one can still read; the others are taken together
OTHERS = "other labels"
NO_BOX = "no box"
# A step of the time line, and for how long a span it is taken: some ten to thirty steps can be read.
STEPS = (("D", 31), ("W", 31 * 7), ("M", None))


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """One label, over all pairs of people. ``box_count`` and ``matched_count`` count the boxes of both sides.

    ``both``, ``one`` and ``neither`` count pairs of answers by who has the label. ``kappa`` is Cohen's of the label
    being in the session, ``kappa_in_time`` of it being there at each moment; ``fleiss``, ``alpha`` (Krippendorff's) and
    ``ac1`` (Gwet's) take all people of a session together. Onsets and offsets are differences of matched boxes.
    """

    label: str
    box_count: int
    matched_count: int
    both: int
    one: int
    neither: int
    f1: Estimate | None
    kappa: Estimate | None
    kappa_in_time: Estimate | None
    fleiss: Estimate | None
    alpha: Estimate | None
    ac1: Estimate | None
    onsets: Differences | None
    offsets: Differences | None

    @property
    def matched_share(self) -> float | None:
        """Share of the boxes that have a partner; None without any box."""
        return self.matched_count / self.box_count if self.box_count else None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two people, over all labels; recall and precision take the first one's answers for the truth."""

    one: str
    other: str
    session_count: int
    f1: Estimate | None
    precision: Estimate | None
    recall: Estimate | None


@dataclass(frozen=True, slots=True)
class PersonThen:
    """Somebody's boxes in a while (a day, a week or a month that begins on ``starts_on``, UTC) beside all others'."""

    person: str
    starts_on: date
    session_count: int
    f1: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """All labels and pairs of people. ``independent_count`` counts pairs of answers, neither made on top of another.

    ``confusions`` counts boxes of one person (rows) by what another calls them, over all pairs of people both ways, so
    that it is symmetric; the labels are ``confused``, and the last row and column are "no box".
    """

    session_count: int
    pair_count: int
    independent_count: int
    labels: tuple[LabelAgreement, ...]
    people: tuple[PairAgreement, ...]
    onsets: Differences | None
    offsets: Differences | None
    confused: tuple[str, ...]
    confusions: tuple[tuple[int, ...], ...]
    over_time: tuple[PersonThen, ...] = ()
    """By person and time of their answers."""

    @property
    def matched_share(self) -> float | None:
        """Share of all boxes that have a partner."""
        boxes = sum(each.box_count for each in self.labels)
        return sum(each.matched_count for each in self.labels) / boxes if boxes else None


@dataclass(frozen=True, slots=True)
class SessionAgreement:
    """How far those agree who answered a session: the share of all their boxes that have a partner."""

    session_id: str
    people: tuple[str, ...]
    share: float
    box_count: int


class LaidOut(NamedTuple):
    """Answers in arrays, and what their places mean; ``sessions`` are rounds and sessions.

    ``is_independent`` and ``answered_on``, shape (sessions, people): made on top of no other answer; the day (UTC).
    """

    people: tuple[str, ...]
    sessions: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    answers: Answers
    is_independent: NDArray[np.bool_]
    answered_on: NDArray[np.datetime64]


def lay_out(given: Sequence[tuple[str, GivenAnswers]]) -> LaidOut:
    """Lay answers of rounds and their boxes out in arrays; boxes keep their order."""
    sizes = [len(each) for _, each in given]
    keys = [(round_id, session_id) for round_id, each in given for session_id in each.session_ids]
    names = [name for _, each in given for name in each.annotators]
    people, sessions = tuple(sorted(set(names))), tuple(dict.fromkeys(keys))
    person, session = find_places(names, people), find_places(keys, sessions)
    is_answered = np.zeros((len(sessions), len(people)), bool)
    is_independent, lasts_s = is_answered.copy(), np.zeros(len(sessions))
    answered_on = np.zeros(is_answered.shape, "datetime64[D]")
    begins_s, ends_s = (_join([getattr(each, name) for _, each in given]) for name in ("start_s", "end_s"))
    lasts_s[session] = ends_s - begins_s
    is_answered[session, person] = True
    is_independent[session, person] = _join([each.base_revision for _, each in given]) == 0
    for (_, each), first in zip(given, np.cumsum([0, *sizes]), strict=False):
        part = slice(first, first + len(each))
        answered_on[session[part], person[part]] = each.answered_on

    boxes = GivenBoxes.join([each.boxes for _, each in given], sizes)
    used = np.bincount(boxes.label, minlength=len(boxes.labels)) > 0
    labels = tuple(sorted(compress(boxes.labels, used)))
    places = np.array([labels.index(each) if is_used else -1 for each, is_used in zip(boxes.labels, used, strict=True)])
    begins_s = begins_s[boxes.answer]
    marked = Marked(
        *(session[boxes.answer], person[boxes.answer], places.astype(np.int64)[boxes.label]),
        *(boxes.start_s - begins_s, boxes.end_s - begins_s, boxes.band_hz),
    )
    answers = Answers(is_answered, lasts_s, len(labels), marked)
    return LaidOut(people, sessions, labels, answers, is_independent, answered_on)


def _join(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    joined: NDArray[Any] = np.concatenate([np.zeros(0), *parts])
    return joined


class ComparedAnswers:
    """Answers of several people to the same sessions, in arrays, and the comparison of each two of them."""

    def __init__(
        self,
        given: Sequence[tuple[str, GivenAnswers]],
        *,
        min_iou: float = DEFAULT_MIN_IOU,
        with_bands: bool = False,
        models: Collection[str] = (),
    ) -> None:
        laid = lay_out(given)
        self.people, self.sessions, self.labels = laid.people, laid.sessions, laid.labels
        self._answers, self._is_independent, self._answered_on = laid.answers, laid.is_independent, laid.answered_on
        self._models = frozenset(at for at, name in enumerate(self.people) if name in models)
        self.compared = compare_all(self._answers, min_iou=min_iou, with_bands=with_bands, models=self._models)
        self.pooled = Pooled(self.compared)

    def measure(self, labels: Sequence[str]) -> Agreement:
        """Measure all figures, of these labels first and of those that occur besides."""
        free = self._is_independent
        independent = sum(
            int((free[pair.sessions][:, list(both)].all(axis=1)).sum()) for both, pair in self.compared.items()
        )
        listed = (*labels, *sorted(set(self.labels) - set(labels))) if self.compared else ()
        confused, confusions = self._confuse()
        return Agreement(
            session_count=len(self.pooled.sessions),
            pair_count=sum(len(each.sessions) for each in self.compared.values()),
            independent_count=independent,
            labels=tuple(self._measure_label(label) for label in listed),
            people=tuple(
                self._measure_pair(self.people[one], self.people[other], each)
                for (one, other), each in self.compared.items()
            ),
            onsets=measuring.estimate_differences(self.pooled.measure_onsets()),
            offsets=measuring.estimate_differences(self.pooled.measure_offsets()),
            confused=confused,
            confusions=confusions,
            over_time=tuple(self._follow()),
        )

    def list_sessions(self, label: str | None = None, confused_with: str | None = None) -> list[SessionAgreement]:
        """List the sessions that two people or more have answered, those first in which they agree least.

        With a label, only its boxes count, and only sessions in which somebody has one are listed; with both, those in
        which somebody else calls one of them ``confused_with``.
        """
        if label is not None and label not in self.labels:
            return []
        confused = self._find_confused(label, confused_with) if label and confused_with else None
        counts = self.pooled.count(None if label is None else self.labels.index(label))
        shares, boxes = measuring.list_shares(counts), counts[:, 1] + counts[:, 2]
        answered = np.packbits(self._answers.is_answered[self.pooled.sessions], axis=1)
        patterns, who = np.unique(answered, axis=0, return_inverse=True)  # few, whatever the number of sessions
        people = [
            tuple(compress(self.people, bits))
            for bits in np.unpackbits(patterns, axis=1, count=len(self.people)).tolist()
        ]
        rows = zip(*(each.tolist() for each in (self.pooled.sessions, who.ravel(), shares, boxes)), strict=True)
        found = [
            SessionAgreement(self.sessions[session][1], people[pattern], share, int(count))
            for session, pattern, share, count in rows
            if (label is None or count) and (confused is None or session in confused)
        ]
        return sorted(found, key=lambda each: (each.share, -each.box_count, each.session_id))

    def share_by_session(self) -> dict[str, float]:
        """Give the share of the boxes in each session that have a partner, over all pairs; 1 where all found none."""
        shares = measuring.list_shares(self.pooled.count()).tolist()
        return {self.sessions[place][1]: share for place, share in zip(self.pooled.sessions, shares, strict=True)}

    def _find_confused(self, label: str, other: str) -> set[int]:
        """Find the sessions in which somebody has a box of a label, and another calls it something else."""
        if other != NO_BOX and other not in self.labels:
            return set()
        one, another = self.labels.index(label), len(self.labels) if other == NO_BOX else self.labels.index(other)
        found: set[int] = set()
        for compared in self.compared.values():
            sessions, left, right = compared.called
            is_so = ((left == one) & (right == another)) | ((left == another) & (right == one))
            found.update(sessions[is_so].tolist())
        return found

    def _follow(self) -> list[PersonThen]:
        """Follow how far each person's boxes are those of others, by when they answered."""
        shared = [person for both in self.compared for person in both if person not in self._models]
        if not shared:
            return []
        days = self._answered_on[self._answers.is_answered]
        span = int((days.max() - days.min()).astype(int))
        step = next(name for name, most in STEPS if most is None or span < most)
        found = []
        for person in sorted(set(shared)):
            tables, starts = [], []
            for both, compared in self.compared.items():
                if person in both:
                    tables.append(compared.count())
                    starts.append(_floor(self._answered_on[compared.sessions, person], step))
            counts, begins = np.concatenate(tables), np.concatenate(starts)
            for start in np.unique(begins):
                f1 = measuring.estimate_f1(counts[begins == start])
                if f1 is not None:
                    size = int((begins == start).sum())
                    found.append(PersonThen(self.people[person], start.astype(object), size, f1))
        return found

    def _measure_label(self, label: str) -> LabelAgreement:
        place = self.labels.index(label) if label in self.labels else -1
        counts, presence = self.pooled.count(place), self.pooled.cross_presence(place)
        neither, other, one, both = presence.sum(axis=0).astype(int).tolist()
        seconds = self.pooled.cross_seconds(place)
        if len(self.compared) > 1:  # who of a pair is the first says nothing then
            presence, seconds = _both_ways(presence), _both_ways(seconds)
        together = Drawn(measuring.tabulate_presence(self._answers, place))
        return LabelAgreement(
            label,
            box_count=int(counts[:, 1:].sum()),
            matched_count=2 * int(counts[:, 0].sum()),
            both=both,
            one=one + other,
            neither=neither,
            f1=measuring.estimate_f1(counts),
            kappa=raters.estimate_cohen(presence),
            kappa_in_time=raters.estimate_cohen(seconds),
            fleiss=raters.estimate_fleiss(together),
            alpha=raters.estimate_krippendorff(together),
            ac1=raters.estimate_gwet(together),
            onsets=measuring.estimate_differences(self.pooled.measure_onsets(place)),
            offsets=measuring.estimate_differences(self.pooled.measure_offsets(place)),
        )

    def _measure_pair(self, one: str, other: str, compared: Compared) -> PairAgreement:
        counts = compared.count()
        return PairAgreement(
            one,
            other,
            len(compared.sessions),
            measuring.estimate_f1(counts),
            measuring.estimate_precision(counts),
            measuring.estimate_recall(counts),
        )

    def _confuse(self) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
        """Add up the confusions both ways; labels that are rare are taken together."""
        size = len(self.labels) + 1
        counts = sum(
            (each.confusions + each.confusions.T for each in self.compared.values()), np.zeros((size, size), int)
        )
        order = np.argsort(-counts[:-1].sum(axis=1), kind="stable")
        kept, rest = np.sort(order[:MAX_CONFUSED]), order[MAX_CONFUSED:]
        names = [self.labels[at] for at in kept]
        groups = [[int(at)] for at in kept]
        if len(rest):
            names.append(OTHERS)
            groups.append(rest.tolist())
        groups.append([size - 1])
        summed = np.array([[counts[np.ix_(rows, columns)].sum() for columns in groups] for rows in groups])
        return tuple(names), tuple(tuple(row) for row in summed.tolist())


def _both_ways(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make a table of who said what one in which it does not matter who is first."""
    half = (table[:, 1] + table[:, 2]) / 2
    return np.column_stack([table[:, 0], half, half, table[:, 3]])


def _floor(days: NDArray[np.datetime64], step: str) -> NDArray[np.datetime64]:
    """Give the first day of each day's step; weeks begin on Monday, and numpy counts them from a Thursday."""
    if step == "W":
        mondays: NDArray[np.datetime64] = days - (days.astype(int) + 3) % 7
        return mondays
    return days.astype(f"datetime64[{step}]").astype("datetime64[D]")
