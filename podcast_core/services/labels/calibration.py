"""Calibration: people answer sessions whose gold is known, and see at once how their answer compares.

Such an answer stands beside the gold and never counts. What somebody answered first is measured, since they have seen
the gold after it: boxes with the gold's label that overlap it by half or more are right, as for agreement.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from sqlalchemy import Connection

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.calibration import MAX_SESSIONS, Calibration
from podcast_core.domain.difference import Change, Differences
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.standing import SEARCHED
from podcast_core.domain.submission import Submission
from podcast_core.errors import Forbidden, InvalidInput, count_of, name_some
from podcast_core.ml.measuring.intervals import Estimate, estimate_f1
from podcast_core.ml.measuring.overlaps import Spans, find_overlaps
from podcast_core.services.access import needs
from podcast_core.services.labels import independence
from podcast_core.services.labels.differences import compare
from podcast_core.services.store import records
from podcast_core.storage import calibrating, people, rounds, sessions, submissions
from podcast_core.storage.calibrating import GivenAnswer, GoldOf
from podcast_core.workspace import Workspace

EMPTY = ""  # the label of gold without a box, where sessions are drawn by label
MAX_PEOPLE = 200  # chosen: more than work on a round


@dataclass(frozen=True, slots=True)
class Plan:
    """Which calibration sessions wait for somebody, in their order, and what they have answered.

    ``told``: what they are told because they stay below the F1 that the round wants; ``blocked``: they get no others.
    """

    calibration: Calibration
    waiting: tuple[str, ...] = ()
    done: int = 0
    others: int = 0
    told: str = ""
    blocked: bool = False

    def list_next(self, count: int, *, except_id: str | None, is_verifying: bool) -> list[str | None]:
        """List the next sessions: which one calibrates, None for another; none where predictions are judged."""
        if is_verifying:
            return [None] * count
        waiting = [each for each in self.waiting if each != except_id]
        done = self.done + (except_id in self.waiting)
        planned = self.calibration.plan(waiting, done, self.others, count)
        return [each for each in planned if each is not None] if self.blocked else planned


@dataclass(frozen=True, slots=True)
class Scored:
    """A calibration session that somebody has answered: boxes that are right, theirs, and the gold's."""

    session_id: str
    right: int
    found: int
    known: int
    submitted_at: datetime

    @property
    def f1(self) -> float:
        """F1 of this session; 1 where both say that there is no call."""
        return 2 * self.right / (self.found + self.known) if self.found + self.known else 1.0


@dataclass(frozen=True, slots=True)
class Feedback:
    """How an answer compares with the gold: boxes of the gold are the ones ``before``, one's own are ``after``.

    Times of differences are session times. ``onset_ms`` and ``offset_ms``: median of how far boxes that are both theirs
    and the gold's begin and end after the gold's; None where there are none.
    """

    session: Session
    mine: Submission
    gold: Submission
    differences: Differences
    missed: int
    too_many: int
    relabelled: int
    onset_ms: float | None
    offset_ms: float | None
    f1: Estimate | None
    answered: int
    waiting: int
    told: str


@dataclass(frozen=True, slots=True)
class PersonCalibrated:
    """How far somebody agrees with the gold of calibration sessions: sessions answered, F1, when they answered last."""

    person: str
    sessions: int
    f1: Estimate | None
    last_at: datetime
    is_below: bool


def plan(connection: Connection, round_: Round, person: str) -> Plan:
    """Find out which calibration sessions wait for somebody; they get none that they answered or decided about."""
    wanted = round_.calibration
    if not wanted.session_ids:
        return Plan(wanted)
    given = calibrating.list_given(connection, round_.id, person, wanted.session_ids)
    known = {each.session_id for each in given}
    left = [each for each in wanted.arrange(person) if each not in known]
    gold = calibrating.find_gold(connection, round_.id, left)
    done = len({each.session_id for each in given if each.calibrates})
    told = _tell(connection, round_, person, done) if wanted.wanted_f1 is not None else ""
    return Plan(
        wanted,
        tuple(each for each in left if each in gold),
        done,
        calibrating.count_others(connection, round_.id, person),
        told,
        wanted.blocks and bool(told),
    )


def _tell(connection: Connection, round_: Round, person: str, done: int) -> str:
    """Say what somebody is told who stays below the wanted F1; empty: nothing."""
    wanted = round_.calibration
    if wanted.wanted_f1 is None or not done or done < wanted.first:
        return ""
    found = _measure(_score(connection, round_, person))
    if found is None or found >= wanted.wanted_f1:
        return ""
    return (
        f"In {count_of(done, 'calibration session')} your answers agree with the known ones with an F1 of {found:.2f}; "
        f"this round wants {wanted.wanted_f1:.2f}. Please ask a reviewer before you go on."
    )


def get_plan(workspace: Workspace, *, round_id: str, person: str) -> Plan:
    """Get which calibration sessions of a round wait for somebody; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        return plan(connection, rounds.get_round(connection, round_id), people.call_now(connection, person))


@needs("review")
def get_calibration(workspace: Workspace, *, round_id: str) -> Calibration:
    """Get which sessions of a round calibrate, and when they come; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        return rounds.get_round(connection, round_id).calibration


@needs("review")
def set_calibration(workspace: Workspace, *, round_id: str, calibration: Calibration) -> Calibration:
    """Say which sessions of a round calibrate, and when they come; what was answered stays.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When a session has no gold that counts.
    """
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
            gold = calibrating.find_gold(connection, round_id, calibration.session_ids)
        if missing := [each for each in calibration.session_ids if each not in gold]:
            raise InvalidInput(
                f"These sessions have no gold that counts, by which people could be calibrated: {name_some(missing)}. "
                "Decide about them on Adjudicate first. Nothing was changed."
            )
        changed = replace(round_, calibration=calibration)
        records.save_round(workspace.files, changed)
        with workspace.database.writing() as connection:
            rounds.replace_round(connection, changed)
    return calibration


def has_gold(workspace: Workspace, *, round_id: str) -> bool:
    """Tell whether a round has gold by which people could be calibrated."""
    with workspace.database.reading() as connection:
        return calibrating.has_gold(connection, round_id)


@needs("review")
def draw_sessions(workspace: Workspace, *, round_id: str, per_label: int, seed: int = 0) -> tuple[str, ...]:
    """Draw sessions with gold at random: so many with each label, and so many without a call, as far as there are.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When it has no gold.
    """
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        labels = calibrating.list_labels(connection, round_id)
    if not labels:
        raise InvalidInput(f"Round {round_id!r} has no gold to draw from: decide about sessions on Adjudicate first.")
    by_label: dict[str, list[str]] = defaultdict(list)
    for session_id, named in sorted(labels.items()):
        for label in named or {EMPTY}:
            by_label[label].append(session_id)
    chance, drawn = random.Random(seed), dict[str, None]()  # a sample, no secret
    for label in sorted(by_label, key=lambda each: (len(by_label[each]), each)):  # the rarest first
        lacking = per_label - sum(each in drawn for each in by_label[label])
        free = [each for each in by_label[label] if each not in drawn]
        drawn.update(dict.fromkeys(chance.sample(free, min(max(lacking, 0), len(free)))))
    return tuple(drawn)[:MAX_SESSIONS]


def get_feedback(workspace: Workspace, *, round_id: str, session_id: str, person: str) -> Feedback:
    """Compare somebody's first answer to a calibration session with its gold.

    Raises
    ------
    NotFound
        When there is no such round or session.
    Forbidden
        When they have not answered it, or who asks is somebody else and no reviewer.
    """
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        own, person = independence.find_own(round_), people.call_now(connection, person)
        if own not in (None, person):
            raise Forbidden(independence.ONLY_REVIEWERS)
        session = sessions.get_session(connection, round_id, session_id)
        given = calibrating.list_given(connection, round_id, person, [session_id])
        mine = next((each for each in given if each.calibrates), None)
        gold = calibrating.find_gold(connection, round_id, [session_id]).get(session_id)
        if mine is None or gold is None:
            raise Forbidden("A calibration session is compared with its gold after it was answered.")
        answers = submissions.list_named(connection, [mine.id, gold.answer_id])
        scored = _score(connection, round_, person)
        waits = plan(connection, round_, person)
    return _compare(session, answers[mine.id], answers[gold.answer_id], scored, waits)


def _compare(session: Session, mine: Submission, gold: Submission, scored: Sequence[Scored], waits: Plan) -> Feedback:
    found = compare(_to_session(gold, session), _to_session(mine, session))
    counts = found.count()
    pairs = [(each.before, each.after) for each in found.boxes if each.before is not None and each.after is not None]
    return Feedback(
        session=session,
        mine=mine,
        gold=gold,
        differences=found,
        missed=counts.get(Change.REMOVED, 0),
        too_many=counts.get(Change.ADDED, 0),
        relabelled=counts.get(Change.RELABELLED, 0),
        onset_ms=median(1000 * (after.start_s - before.start_s) for before, after in pairs) if pairs else None,
        offset_ms=median(1000 * (after.end_s - before.end_s) for before, after in pairs) if pairs else None,
        f1=estimate(scored),
        answered=len(scored),
        waiting=len(waits.waiting),
        told=waits.told,
    )


def _to_session(answer: Submission, session: Session) -> Submission:
    return replace(answer, annotations=tuple(session.to_session(each) for each in answer.annotations))


def list_answered(workspace: Workspace, *, round_id: str, person: str) -> list[Scored]:
    """List the calibration sessions that somebody has answered, the oldest first.

    Raises
    ------
    NotFound
        When there is no such round.
    Forbidden
        When who asks is somebody else and no reviewer.
    """
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        person = people.call_now(connection, person)
        if independence.find_own(round_) not in (None, person):
            raise Forbidden(independence.ONLY_REVIEWERS)
        return _score(connection, round_, person)


def estimate(scored: Sequence[Scored]) -> Estimate | None:
    """Estimate F1 over sessions that somebody has answered, with its 95 % interval; None of none."""
    return estimate_f1([(each.right, each.found, each.known) for each in scored])


@needs("review")
def list_people(workspace: Workspace, *, round_id: str) -> list[PersonCalibrated]:
    """List how far people agree with the gold of calibration sessions, by name; NotFound without such a round."""
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        given = calibrating.list_calibrating(connection, round_id)
        names = sorted({each.annotator for each in given})[:MAX_PEOPLE]
        scored = {name: _score(connection, round_, name) for name in names}
    wanted = round_.calibration.wanted_f1
    return [
        PersonCalibrated(
            name,
            len(theirs),
            estimate(theirs),
            theirs[-1].submitted_at,
            wanted is not None and (_measure(theirs) or 0.0) < wanted,
        )
        for name, theirs in scored.items()
        if theirs
    ]


def _score(connection: Connection, round_: Round, person: str) -> list[Scored]:
    """Score somebody's first answers to calibration sessions, the oldest first; a skip or a doubt has no score."""
    first: dict[str, GivenAnswer] = {}
    for each in calibrating.list_calibrating(connection, round_.id, person):
        first.setdefault(each.session_id, each)
    said = {session_id: each for session_id, each in first.items() if each.outcome in SEARCHED}
    gold = calibrating.find_gold(connection, round_.id, list(said))
    answers = submissions.list_named(connection, [*_list_ids(said[each] for each in gold), *_list_ids(gold.values())])
    return [
        _count(each, answers[each.id].annotations, answers[gold[session_id].answer_id].annotations)
        for session_id, each in said.items()
        if session_id in gold
    ]


def _list_ids(several: Iterable[GivenAnswer | GoldOf]) -> list[str]:
    return [each.id if isinstance(each, GivenAnswer) else each.answer_id for each in several]


def _count(given: GivenAnswer, mine: Sequence[Annotation], gold: Sequence[Annotation]) -> Scored:
    labels = {label: at for at, label in enumerate(sorted({box.label for box in (*mine, *gold)}))}
    known, found = (Spans.of(boxes, [labels[box.label] for box in boxes]) for boxes in (gold, mine))
    right = len(find_overlaps(known, found).pair()[0]) if mine and gold else 0
    return Scored(given.session_id, right, len(mine), len(gold), given.submitted_at)


def _measure(scored: Sequence[Scored]) -> float | None:
    boxes = sum(each.found + each.known for each in scored)
    return 2 * sum(each.right for each in scored) / boxes if boxes else (1.0 if scored else None)
