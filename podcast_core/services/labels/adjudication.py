"""Adjudication: where people disagree, what each of them said there, and what they say together.

The queue has the sessions that several people searched and in which not all of their boxes are pairs, those first in
which they agree least. Somebody who decides hands in an answer that names the others (`labelling.submit` with
``decides``); such an answer is gold. A session leaves the queue when it has gold that counts, and comes back when
somebody answers it after that.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import Any

import numpy as np

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.ml.measuring.consensus import (
    Proposal,
    Reliability,
    cluster_boxes,
    learn_reliability,
    propose,
)
from podcast_core.ml.measuring.overlaps import DEFAULT_MIN_IOU
from podcast_core.services.labels.agreement import (
    MAX_LISTED,
    Asked,
    SessionAgreement,
    compare_answers,
    keep_comparison,
    leave_undecided,
    name_version,
)
from podcast_core.services.labels.comparing import LaidOut, lay_out
from podcast_core.services.store.kept_results import find_or_compute
from podcast_core.storage import rounds, sessions, submissions, summaries
from podcast_core.storage.compared_answers import GivenBoxes, count_settled, find_settled, read_compared
from podcast_core.workspace import Workspace

FEW = 300  # sessions that several people answered: they are compared and learned from in 0.2 s, of more it is kept
# Sessions that reliability is learned from, drawn at random of more: somebody who is right 9 times out of 10, in 10,000
# boxes, is known to 0.6 % (95 %).
MAX_LEARNED = 3000


@dataclass(frozen=True, slots=True)
class Queue:
    """The sessions about which somebody should decide, the least agreement first.

    ``left`` counts all of them, ``settled`` the sessions that were decided; ``measured_at`` is when the disagreements
    were looked for (None: now).
    """

    sessions: tuple[SessionAgreement, ...]
    left: int
    settled: int
    measured_at: datetime | None


@dataclass(frozen=True, slots=True)
class Side:
    """One person's answer. ``reliability`` is how often they are right as far as the round shows, 0 to 1."""

    answer: Submission
    reliability: float


@dataclass(frozen=True, slots=True)
class Matter:
    """Boxes of several people about one sound, or one box that the others do not have.

    ``boxes`` are places in the annotations of each side, None for no box. ``proposed`` is what they say together, None
    for no box, and ``support`` how probable that is, 0 to 1. ``is_agreed``: everybody has a box, all with one label,
    and they overlap as much as agreement asks for.
    """

    boxes: tuple[int | None, ...]
    is_agreed: bool
    proposed: Annotation | None
    support: float


@dataclass(frozen=True, slots=True)
class Case:
    """A session to decide about; ``revision`` is that of its newest answer, which whoever decides has seen."""

    session: Session
    sides: tuple[Side, ...]
    matters: tuple[Matter, ...]
    revision: int
    gold: Submission | None


@dataclass(frozen=True, slots=True)
class Learned:
    """How reliable people are in a round, as far as their answers show: see `ml.measuring.consensus.Reliability`."""

    people: tuple[str, ...]
    labels: tuple[str, ...]
    found: Reliability

    def to_json(self) -> bytes:
        """Write it for the cache."""
        arrays = {name: getattr(self.found, name).tolist() for name in ("shares", "tables", "counts")}
        return json.dumps({"people": self.people, "labels": self.labels, **arrays}).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Learned":
        """Read what `to_json` wrote."""
        read = json.loads(data)
        found = Reliability(*(np.array(read[name]) for name in ("shares", "tables", "counts")))
        return cls(tuple(read["people"]), tuple(read["labels"]), found)

    def knows(self, laid: LaidOut) -> bool:
        """Tell whether it speaks of all people and labels of some answers."""
        return set(laid.people) <= set(self.people) and set(laid.labels) <= set(self.labels)

    def of(self, laid: LaidOut) -> Reliability:
        """Take the part that some answers need, in their order of people and labels."""
        people = [self.people.index(each) for each in laid.people]
        kinds = [0, *(1 + self.labels.index(each) for each in laid.labels)]
        return Reliability(
            self.found.shares[kinds], self.found.tables[np.ix_(people, kinds, kinds)], self.found.counts[people]
        )


def get_queue(workspace: Workspace, *, round_id: str, limit: int = MAX_LISTED) -> Queue:
    """List the sessions about which somebody should decide; NotFound when there is no such round.

    Of a round with many answers the disagreements are kept for a while; what was decided since is never listed.
    """
    listed, total, measured_at = _find_disagreements(workspace, round_id)
    with workspace.database.reading() as connection:
        settled = find_settled(connection, round_id, [each.session_id for each in listed])
        count = count_settled(connection, round_id)
    left = tuple(each for each in listed if each.session_id not in settled)
    return Queue(left[:limit], total - len(settled), count, measured_at)


def get_case(workspace: Workspace, *, round_id: str, session_id: str) -> Case:
    """Get what people said about a session, what they say together, and how reliable they are.

    NotFound when there is no such session; without sides where fewer than two people have searched it.
    """
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, round_id, session_id)
        given = read_compared(connection, round_id, session_ids=[session_id])
        history = submissions.list_submissions(connection, round_id, session_id)
        counting = submissions.list_counting(connection, round_id, [session_id]).get(session_id)
    answers = {each.id: each for each in history}
    gold = counting if counting is not None and counting.is_gold else None
    marked = [(answer, at) for answer in given.ids for at in range(len(answers[answer].annotations))]
    boxes = GivenBoxes.of(
        [[_give(answer, answers[answer].annotations[at]) for answer, at in marked]] if marked else [],
        {each: at for at, each in enumerate(given.ids)},
    )
    laid = lay_out([(round_id, replace(given, boxes=boxes))])
    learned = _find_learned(workspace, round_id)
    if not learned.knows(laid):  # a rare label, or somebody who answered for the first time since it was learned
        learned = _learn(workspace, round_id, with_session=session_id)
    reliability = learned.of(laid)
    sides = tuple(Side(answers[each], right) for each, right in zip(given.ids, reliability.right.tolist(), strict=True))
    clusters = cluster_boxes(laid.answers)
    matters = tuple(
        _make_matter(session, laid, sides, [marked[box][1] if box >= 0 else None for box in row], proposal)
        for row, proposal in zip(clusters.boxes.tolist(), propose(laid.answers, clusters, reliability), strict=True)
    )
    return Case(session, sides, matters, len(history), gold)


def _find_learned(workspace: Workspace, round_id: str) -> Learned:
    """Learn how reliable people are from their answers to a round, or find what is kept of that."""
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        if len(summaries.list_compared(connection, round_id, limit=FEW + 1)) <= FEW:
            version = ""
        else:
            version = name_version(connection, round_)
    if not version:
        return _learn(workspace, round_id)
    key = f"consensus/{round_id}/reliability of some.json"
    return find_or_compute(
        workspace, key, version, lambda: _learn(workspace, round_id), write=Learned.to_json, read=Learned.from_json
    )[0]


def _learn(workspace: Workspace, round_id: str, *, with_session: str | None = None) -> Learned:
    """Learn from all sessions that several people answered, of many from some drawn at random (and one that is named).

    The same sessions are drawn each time.
    """
    with workspace.database.reading() as connection:
        ids = sorted(summaries.list_compared(connection, round_id))
        drawn: list[str] | None = None
        if len(ids) > MAX_LEARNED:
            places = np.random.default_rng(0).choice(len(ids), MAX_LEARNED, replace=False)
            drawn = [*(ids[at] for at in places.tolist()), *([with_session] if with_session else [])]
        laid = lay_out([(round_id, read_compared(connection, round_id, session_ids=drawn))])
    votes = cluster_boxes(laid.answers).list_votes(laid.answers)
    return Learned(laid.people, laid.labels, learn_reliability(votes, len(laid.labels)))


def _find_disagreements(workspace: Workspace, round_id: str) -> tuple[list[SessionAgreement], int, datetime | None]:
    """Find the sessions in which people do not agree and nobody has decided, how many, and when that was (None: now).

    Of a large round that is kept with the figures of its agreement.
    """
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        if len(summaries.list_compared(connection, round_id, limit=FEW + 1)) <= FEW:
            listed = compare_answers(connection, [round_id], Asked(round_id)).list_sessions()
            left = leave_undecided(connection, round_id, listed)
            return left[:MAX_LISTED], len(left), None
    kept, measured_at = keep_comparison(workspace, Asked(round_id))
    return kept.undecided, kept.undecided_count, measured_at


def _give(answer_id: str, box: Annotation) -> tuple[Any, ...]:
    """Give what `GivenBoxes.of` makes a box of."""
    return (answer_id, box.start_s, box.end_s, box.low_hz, box.high_hz, box.label)


def _make_matter(
    session: Session, laid: LaidOut, sides: Sequence[Side], boxes: Sequence[int | None], proposal: Proposal
) -> Matter:
    """Make a matter of a cluster: the proposed box has what those who drew it noted alike."""
    drawn = [side.answer.annotations[at] for side, at in zip(sides, boxes, strict=True) if at is not None]
    labels = {each.label for each in drawn}
    is_alike = all(_overlap(one, other) >= DEFAULT_MIN_IOU for one, other in combinations(drawn, 2))
    is_agreed = len(drawn) == len(sides) and len(labels) == 1 and is_alike
    if proposal.label < 0:
        return Matter(tuple(boxes), is_agreed, None, proposal.support)
    return Matter(
        tuple(boxes), is_agreed, _draw(session, laid.labels[proposal.label], drawn, proposal), proposal.support
    )


def _overlap(one: Annotation, other: Annotation) -> float:
    """Measure how much two boxes have in common, as a share of the time of both (IoU)."""
    common = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return max(common, 0) / (max(one.end_s, other.end_s) - min(one.start_s, other.start_s))


def _draw(session: Session, label: str, drawn: Sequence[Annotation], proposal: Proposal) -> Annotation:
    def share(name: str) -> str:
        said = {getattr(each, name) for each in drawn}
        return str(said.pop()) if len(said) == 1 else ""

    predictions = {each.prediction_id for each in drawn}
    prediction_id = predictions.pop() if len(predictions) == 1 else None
    return Annotation(
        session.start_s + proposal.start_s,
        session.start_s + proposal.end_s,
        label,
        low_hz=proposal.low_hz,
        high_hz=proposal.high_hz,
        origin=Origin.NEW if prediction_id is None else Origin.MODEL_EDITED,
        prediction_id=prediction_id,
        comment=share("comment"),
        unsure=all(each.unsure for each in drawn),
        individual=share("individual"),
        call_type=share("call_type"),
    )
