"""Each session of a round in one line, and the model's predictions as judged: what progress and review show.

All of it is derived from the answers that count (see `podcast_core.storage.submissions`), with the counting of
annotations left to the database: a round of 10 000 sessions takes a fraction of a second.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, distinct, func, select

from podcast_core.domain import UNREVIEWED, Origin, Outcome, Verdict
from podcast_core.storage import reviews
from podcast_core.storage.schema import annotations, prediction_sets, predictions, rejections, sessions
from podcast_core.storage.submissions import rank_submissions


@dataclass(frozen=True, slots=True)
class Tally:
    """How many annotations of one label and origin an answer has, and the lowest score among them."""

    label: str
    origin: Origin
    count: int
    lowest_score: float | None = None


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session with the answer that counts and the newest verdict on it.

    ``outcome`` is an `Outcome` value or ``unreviewed``. ``verdict`` is that of the newest review of this answer;
    `Verdict.CORRECT` says that the answer itself is a reviewer's correction.
    """

    session_id: str
    position: int
    duration_s: float
    outcome: str = UNREVIEWED
    submission_id: str | None = None
    annotator: str = ""
    submitted_at: datetime | None = None
    tallies: tuple[Tally, ...] = ()
    verdict: Verdict | None = None
    reviewer: str = ""

    @property
    def annotation_count(self) -> int:
        """Number of annotations in the answer."""
        return sum(tally.count for tally in self.tallies)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur in the answer, sorted."""
        return tuple(sorted({tally.label for tally in self.tallies}))

    @property
    def lowest_score(self) -> float | None:
        """The lowest score among the annotations that came from a model; None when none did."""
        return min((tally.lowest_score for tally in self.tallies if tally.lowest_score is not None), default=None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the answers that count say about one model's predictions of one label.

    ``confirmed`` predictions were kept under their label, with the box unchanged or edited; ``relabelled`` ones
    were kept under another label; ``rejected`` ones were removed.
    """

    model: str
    label: str
    confirmed: int = 0
    relabelled: int = 0
    rejected: int = 0

    @property
    def judged(self) -> int:
        """Number of predictions somebody decided about."""
        return self.confirmed + self.relabelled + self.rejected

    @property
    def precision(self) -> float | None:
        """Share of the judged predictions that were confirmed; None before the first."""
        return self.confirmed / self.judged if self.judged else None


def list_summaries(connection: Connection, round_id: str) -> list[SessionSummary]:
    """List a round's sessions in the order of its queue."""
    answers = _list_answers(connection, round_id)
    tallies = _count_annotations(connection, round_id)
    verdicts = _newest_verdicts(connection, round_id)
    table = sessions.c
    query = select(table.id, table.position, (table.end_s - table.start_s).label("duration_s"))
    queue = connection.execute(query.where(table.round_id == round_id).order_by(table.position, table.id)).all()
    summaries = []
    for row in queue:
        answer = answers.get(row.id)
        if answer is None:
            summaries.append(SessionSummary(row.id, row.position, row.duration_s))
            continue
        verdict, reviewer = verdicts.get(answer.id, (None, ""))
        summaries.append(
            SessionSummary(
                session_id=row.id,
                position=row.position,
                duration_s=row.duration_s,
                outcome=answer.outcome,
                submission_id=answer.id,
                annotator=answer.annotator,
                submitted_at=answer.submitted_at,
                tallies=tuple(tallies.get(answer.id, ())),
                verdict=verdict,
                reviewer=reviewer,
            )
        )
    return summaries


def list_judgements(connection: Connection, round_id: str) -> list[Judgement]:
    """List what was decided about predictions, by model and predicted label.

    Unsure and skipped answers decide nothing.
    """
    ranked = rank_submissions(round_id, None)
    decided = (ranked.c.age == 1) & ranked.c.outcome.in_((Outcome.LABELLED.value, Outcome.EMPTY.value))
    key = (prediction_sets.c.model, predictions.c.label)
    same_label = case((annotations.c.label == predictions.c.label, predictions.c.id))
    # A prediction may have become several annotations; it counts once, as confirmed if one of them kept its label.
    kept = (
        select(*key, func.count(distinct(same_label)), func.count(distinct(predictions.c.id)))
        .select_from(ranked)
        .join(annotations, annotations.c.submission_id == ranked.c.id)
        .join(predictions, predictions.c.id == annotations.c.prediction_id)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(decided)
        .group_by(*key)
    )
    removed = (
        select(*key, func.count())
        .select_from(ranked)
        .join(rejections, rejections.c.submission_id == ranked.c.id)
        .join(predictions, predictions.c.id == rejections.c.prediction_id)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(decided)
        .group_by(*key)
    )
    keeps = {(model, label): (confirmed, total) for model, label, confirmed, total in connection.execute(kept)}
    removals = {(model, label): count for model, label, count in connection.execute(removed)}
    judgements = []
    for model, label in sorted({*keeps, *removals}):
        confirmed, total = keeps.get((model, label), (0, 0))
        rejected = removals.get((model, label), 0)
        judgements.append(Judgement(model, label, confirmed, total - confirmed, rejected))
    return judgements


def measure_outcomes(connection: Connection, round_id: str) -> dict[str, tuple[int, float]]:
    """Count a round's sessions and add up their seconds by outcome; every outcome is there, ``unreviewed`` too."""
    ranked = rank_submissions(round_id, None)
    size = (func.count(), func.coalesce(func.sum(sessions.c.end_s - sessions.c.start_s), 0.0))
    answered = (
        select(ranked.c.outcome, *size)
        .join_from(
            ranked, sessions, (sessions.c.round_id == ranked.c.round_id) & (sessions.c.id == ranked.c.session_id)
        )
        .where(ranked.c.age == 1)
        .group_by(ranked.c.outcome)
    )
    found = {outcome: (int(count), float(seconds)) for outcome, count, seconds in connection.execute(answered)}
    count, seconds = connection.execute(select(*size).where(sessions.c.round_id == round_id)).one()
    left = (
        count - sum(part for part, _ in found.values()),
        max(0.0, seconds - sum(part for _, part in found.values())),
    )
    return {outcome.value: found.get(outcome.value, (0, 0.0)) for outcome in Outcome} | {UNREVIEWED: left}


def find_answer_id(connection: Connection, round_id: str, session_id: str) -> str | None:
    """Find the id of the answer that counts for a session; None before the first."""
    ranked = rank_submissions(round_id, session_id)
    found: str | None = connection.execute(select(ranked.c.id).where(ranked.c.age == 1)).scalar()
    return found


def _list_answers(connection: Connection, round_id: str) -> dict[str, Any]:
    """Find the row of the answer that counts by session."""
    ranked = rank_submissions(round_id, None)
    # Not joined to the sessions in SQL: SQLite has no index on a ranked subquery and would search it 10 000 times.
    answer = ranked.c
    query = select(answer.session_id, answer.id, answer.outcome, answer.annotator, answer.submitted_at)
    return {row.session_id: row for row in connection.execute(query.where(answer.age == 1)).all()}


def _count_annotations(connection: Connection, round_id: str) -> dict[str, list[Tally]]:
    """Count the annotations of each answer by label and origin."""
    ranked = rank_submissions(round_id, None)
    key = (annotations.c.submission_id, annotations.c.label, annotations.c.origin)
    query = (
        select(*key, func.count(), func.min(annotations.c.score))
        .join_from(ranked, annotations, annotations.c.submission_id == ranked.c.id)
        .where(ranked.c.age == 1)
        .group_by(*key)
        .order_by(*key)
    )
    tallies: dict[str, list[Tally]] = defaultdict(list)
    for submission_id, label, origin, count, lowest_score in connection.execute(query).all():
        tallies[submission_id].append(Tally(label, Origin(origin), count, lowest_score))
    return tallies


def _newest_verdicts(connection: Connection, round_id: str) -> dict[str, tuple[Verdict, str]]:
    """Find the newest verdict and its reviewer, by the submission that was judged and by the one that corrects it."""
    verdicts = {}
    for review in reviews.list_reviews(connection, round_id):  # the oldest first: of several the last one stays
        for submission_id in filter(None, (review.submission_id, review.corrected_id)):
            verdicts[submission_id] = (review.verdict, review.reviewer)
    return verdicts
