"""Each session of a round in one line, and the model's predictions as judged: what progress and review show.

All of it is derived from the answers that count (see `podcast_core.storage.submissions`), with the counting of
annotations left to the database: a round of 10 000 sessions takes a fraction of a second.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, distinct, func, or_, select

from podcast_core.domain import UNREVIEWED, Origin, Outcome, Verdict
from podcast_core.storage.schema import (
    annotations,
    prediction_sets,
    predictions,
    rejections,
    reviews,
    sessions,
)
from podcast_core.storage.submissions import _ranked


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
    ranked = _ranked(round_id, None)
    answer = ranked.c
    query = (
        select(
            sessions.c.id,
            sessions.c.position,
            sessions.c.start_s,
            sessions.c.end_s,
            answer.outcome,
            answer.id.label("submission_id"),
            answer.annotator,
            answer.submitted_at,
        )
        .join_from(sessions, ranked, (answer.session_id == sessions.c.id) & (answer.age == 1), isouter=True)
        .where(sessions.c.round_id == round_id)
        .order_by(sessions.c.position, sessions.c.id)
    )
    tallies = _tallies(connection, round_id)
    verdicts = _newest_verdicts(connection, round_id)
    summaries = []
    for row in connection.execute(query):
        verdict, reviewer = verdicts.get(row.submission_id, (None, ""))
        summaries.append(
            SessionSummary(
                session_id=row.id,
                position=row.position,
                duration_s=row.end_s - row.start_s,
                outcome=row.outcome or UNREVIEWED,
                submission_id=row.submission_id,
                annotator=row.annotator or "",
                submitted_at=row.submitted_at,
                tallies=tuple(tallies.get(row.submission_id, ())),
                verdict=verdict,
                reviewer=reviewer,
            )
        )
    return summaries


def list_judgements(connection: Connection, round_id: str) -> list[Judgement]:
    """List what was decided about predictions, by model and predicted label.

    Unsure and skipped answers decide nothing.
    """
    ranked = _ranked(round_id, None)
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
    ranked = _ranked(round_id, None)
    outcome = func.coalesce(ranked.c.outcome, UNREVIEWED)
    query = (
        select(outcome, func.count(), func.sum(sessions.c.end_s - sessions.c.start_s))
        .join_from(sessions, ranked, (ranked.c.session_id == sessions.c.id) & (ranked.c.age == 1), isouter=True)
        .where(sessions.c.round_id == round_id)
        .group_by(outcome)
    )
    found = {name: (int(count), float(seconds)) for name, count, seconds in connection.execute(query)}
    return {name: found.get(name, (0, 0.0)) for name in (*(outcome.value for outcome in Outcome), UNREVIEWED)}


def find_answer_id(connection: Connection, round_id: str, session_id: str) -> str | None:
    """Find the id of the answer that counts for a session; None before the first."""
    ranked = _ranked(round_id, session_id)
    found: str | None = connection.execute(select(ranked.c.id).where(ranked.c.age == 1)).scalar()
    return found


def _tallies(connection: Connection, round_id: str) -> dict[str, list[Tally]]:
    """Count the annotations of each answer by label and origin."""
    ranked = _ranked(round_id, None)
    key = (annotations.c.submission_id, annotations.c.label, annotations.c.origin)
    query = (
        select(*key, func.count(), func.min(annotations.c.score))
        .join_from(ranked, annotations, annotations.c.submission_id == ranked.c.id)
        .where(ranked.c.age == 1)
        .group_by(*key)
        .order_by(*key)
    )
    tallies: dict[str, list[Tally]] = defaultdict(list)
    for submission_id, label, origin, count, lowest_score in connection.execute(query):
        tallies[submission_id].append(Tally(label, Origin(origin), count, lowest_score))
    return tallies


def _newest_verdicts(connection: Connection, round_id: str) -> dict[str | None, tuple[Verdict, str]]:
    """Find the newest verdict and its reviewer by the submission that was judged, or that corrects."""
    ranked = _ranked(round_id, None)
    query = (
        select(ranked.c.id, reviews.c.verdict, reviews.c.reviewer)
        .join_from(ranked, reviews, or_(reviews.c.corrected_id == ranked.c.id, reviews.c.submission_id == ranked.c.id))
        .where(ranked.c.age == 1)
        .order_by(reviews.c.created_at, reviews.c.id)
    )
    return {
        submission_id: (Verdict(verdict), reviewer) for submission_id, verdict, reviewer in connection.execute(query)
    }
