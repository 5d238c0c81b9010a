"""How well people agree who answered the same sessions (`podcast_core.ml.measuring.agreement`), read from the database.

Whose answers are compared is said by `podcast_core.storage.compared_answers`. Boxes are pairs when they have the same
label and overlap enough, in time or where it is asked for in time and frequency.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from sqlalchemy import Connection

from podcast_core.domain.checks import check_between
from podcast_core.domain.round import Round
from podcast_core.ml.measuring import agreement as measuring
from podcast_core.ml.measuring import raters
from podcast_core.ml.measuring.agreement import Answers, Compared, Differences, Marked, Pooled, compare_all
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.overlaps import LEAST_IOU, MIN_IOU
from podcast_core.services.store.kept_results import find_or_compute
from podcast_core.services.store.sources import digest
from podcast_core.storage import acts, bulk, rounds, summaries, tallies
from podcast_core.storage.compared_answers import Given, GivenBox, read_compared
from podcast_core.workspace import Workspace

FEW = 50  # sessions that several people answered: the rest is not compared while somebody waits
MOST_LISTED = 1000
MOST_CONFUSED = 30  # labels of a table that one can still read; the others are taken together
OTHERS = "other labels"
T = TypeVar("T")


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


class ComparedAnswers:
    """Answers of several people to the same sessions, in arrays, and the comparison of each two of them."""

    def __init__(
        self,
        given: Sequence[tuple[str, Given]],
        boxes: Sequence[GivenBox],
        *,
        min_iou: float = MIN_IOU,
        with_bands: bool = False,
    ) -> None:
        self.people = tuple(sorted({each.annotator for _, each in given}))
        self.sessions = tuple(dict.fromkeys((round_id, each.session_id) for round_id, each in given))
        self.labels = tuple(sorted({box[-1] for box in boxes}))
        self._answers, self._is_independent = self._lay_out(given, boxes)
        self.compared = compare_all(self._answers, min_iou=min_iou, with_bands=with_bands)
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
        )

    def list_sessions(self, label: str | None = None) -> list[SessionAgreement]:
        """List the sessions that two people or more have answered, those first in which they agree least.

        With a label, only its boxes count, and only sessions in which somebody has one are listed.
        """
        if label is not None and label not in self.labels:
            return []
        counts = self.pooled.count(None if label is None else self.labels.index(label))
        shares, boxes = measuring.list_shares(counts), counts[:, 1] + counts[:, 2]
        found = [
            SessionAgreement(
                self.sessions[session][1],
                tuple(np.array(self.people)[self._answers.is_answered[session]].tolist()),
                float(share),
                int(count),
            )
            for session, share, count in zip(self.pooled.sessions.tolist(), shares, boxes, strict=True)
            if label is None or count
        ]
        return sorted(found, key=lambda each: (each.share, -each.box_count, each.session_id))

    def share_by_session(self) -> dict[str, float]:
        """Give the share of the boxes in each session that have a partner, over all pairs; 1 where all found none."""
        shares = measuring.list_shares(self.pooled.count()).tolist()
        return {self.sessions[place][1]: share for place, share in zip(self.pooled.sessions, shares, strict=True)}

    def _lay_out(
        self, given: Sequence[tuple[str, Given]], boxes: Sequence[GivenBox]
    ) -> tuple[Answers, NDArray[np.bool_]]:
        person_of, label_of = ({name: at for at, name in enumerate(names)} for names in (self.people, self.labels))
        session_of = {key: at for at, key in enumerate(self.sessions)}
        is_answered = np.zeros((len(self.sessions), len(self.people)), bool)
        is_independent, lasts_s = is_answered.copy(), np.zeros(len(self.sessions))
        answer_of: dict[str, int] = {}
        session, person = np.zeros(len(given), np.int64), np.zeros(len(given), np.int64)
        for at, (round_id, each) in enumerate(given):
            answer_of[each.id] = at
            session[at], person[at] = session_of[round_id, each.session_id], person_of[each.annotator]
            lasts_s[session[at]] = each.end_s - each.start_s
            is_independent[session[at], person[at]] = each.base_revision == 0
        is_answered[session, person] = True
        begins_s = np.array([each.start_s for _, each in given])
        answer = np.fromiter((answer_of[box[0]] for box in boxes), np.int64, len(boxes))
        label = np.fromiter((label_of[box[5]] for box in boxes), np.int64, len(boxes))
        places = np.array([box[1:5] for box in boxes], np.float64).reshape(-1, 4)
        places[:, :2] -= begins_s[answer][:, None] if len(boxes) else 0
        marked = Marked(session[answer], person[answer], label, places[:, 0], places[:, 1], places[:, 2:])
        return Answers(is_answered, lasts_s, len(self.labels), marked), is_independent

    def _measure_label(self, label: str) -> LabelAgreement:
        place = self.labels.index(label) if label in self.labels else -1
        counts, presence = self.pooled.count(place), self.pooled.cross_presence(place)
        neither, other, one, both = presence.sum(axis=0).astype(int).tolist()
        seconds = self.pooled.cross_seconds(place)
        if len(self.compared) > 1:  # who of a pair is the first says nothing then
            presence, seconds = _both_ways(presence), _both_ways(seconds)
        together = measuring.tabulate_presence(self._answers, place)
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
        kept, rest = np.sort(order[:MOST_CONFUSED]), order[MOST_CONFUSED:]
        names = [self.labels[at] for at in kept]
        groups = [[int(at)] for at in kept]
        if len(rest):
            names.append(OTHERS)
            groups.append(rest.tolist())
        groups.append([size - 1])
        summed = np.array([[counts[np.ix_(rows, columns)].sum() for columns in groups] for rows in groups])
        return tuple(names), tuple(tuple(row) for row in summed.tolist())


_AGREEMENT, _SESSIONS = TypeAdapter(Agreement), TypeAdapter(list[SessionAgreement])


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose agreement is asked for: of all people, or some by their names; and when two boxes match."""

    round_id: str
    people: tuple[str, ...] = ()
    min_iou: float = MIN_IOU
    with_bands: bool = False

    def __post_init__(self) -> None:
        check_between(self.min_iou, "The least overlap of two boxes (IoU)", LEAST_IOU, 1)


def compare_answers(connection: Connection, round_ids: Sequence[str], asked: Asked | None = None) -> ComparedAnswers:
    """Read and compare the answers of some rounds; ``asked`` says of whom, and when boxes match."""
    given: list[tuple[str, Given]] = []
    boxes: list[GivenBox] = []
    for round_id in round_ids:
        answers, found = read_compared(connection, round_id)
        given += [(round_id, each) for each in answers]
        boxes += found
    if asked is None:
        return ComparedAnswers(given, boxes)
    if asked.people:
        given = [(round_id, each) for round_id, each in given if each.annotator in asked.people]
        kept = {each.id for _, each in given}
        boxes = [box for box in boxes if box[0] in kept]
    return ComparedAnswers(given, boxes, min_iou=asked.min_iou, with_bands=asked.with_bands)


def get_agreement(workspace: Workspace, asked: Asked) -> tuple[Agreement, datetime | None]:
    """Measure how well people agree who answered the same sessions; NotFound when there is no such round.

    Where several people answered many sessions, that is kept for a while; the second value says when it was measured
    (None: now).
    """
    return _keep(workspace, asked, "", _AGREEMENT, ComparedAnswers.measure)


def list_disagreements(
    workspace: Workspace, asked: Asked, *, label: str | None = None
) -> tuple[list[SessionAgreement], datetime | None]:
    """List the sessions of a round that several people answered, those first in which they agree least.

    At most `MOST_LISTED`, of one label or all; kept for a while as `get_agreement` is. NotFound when there is no such
    round.
    """
    return _keep(
        workspace,
        asked,
        f"sessions {label}",
        _SESSIONS,
        lambda compared, _: compared.list_sessions(label)[:MOST_LISTED],
    )


def _keep(
    workspace: Workspace,
    asked: Asked,
    what: str,
    kind: TypeAdapter[T],
    work_out: Callable[[ComparedAnswers, Sequence[str]], T],
) -> tuple[T, datetime | None]:
    """Work something out of the compared answers, or find what is kept of many."""

    def compute() -> T:
        with workspace.database.reading() as connection:
            return work_out(compare_answers(connection, [asked.round_id], asked), round_.label_names)

    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, asked.round_id)
        is_small = len(summaries.list_compared(connection, asked.round_id, limit=FEW + 1)) <= FEW
        version = "" if is_small else _name_version(connection, round_)
    if is_small:
        return compute(), None
    key = f"agreement/{asked.round_id}/{digest(repr(asked), what)}.json"
    return find_or_compute(workspace, key, version, compute, write=kind.dump_json, read=kind.validate_json)


def _name_version(connection: Connection, round_: Round) -> str:
    """Name what has been said in a round so far."""
    return digest(
        [tallies.list_groups(connection, round_.id, f"all {what}") for what in ("answers", "reviews")],
        tallies.measure_standings(connection, round_.id),
        [len(acts.list_acts(connection, round_.id)), len(bulk.list_acts(connection, round_.id))],
        round_.label_names,
    )


def _both_ways(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make a table of who said what one in which it does not matter who is first."""
    half = (table[:, 1] + table[:, 2]) / 2
    return np.column_stack([table[:, 0], half, half, table[:, 3]])
