"""Each session of a round in one line, and the model's predictions as judged: what progress and review show.

All of it is derived from the answers that count (see `podcast_core.storage.submissions`), with the counting of
annotations left to the database: a round of 10 000 sessions takes a fraction of a second.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Subquery, Table, case, cast, distinct, func, select

from podcast_core.domain.annotation import Origin
from podcast_core.domain.review import Verdict
from podcast_core.domain.standing import JUDGING
from podcast_core.domain.summary import Judgement, SessionSummary, Tally
from podcast_core.storage import reviews
from podcast_core.storage.counting_answers import rank_submissions
from podcast_core.storage.schema import (
    annotations,
    passed_over,
    prediction_sets,
    predictions,
    rejections,
    sessions,
    submissions,
)


def list_summaries(connection: Connection, round_id: str) -> list[SessionSummary]:
    """List a round's sessions in the order of its queue."""
    answers = _list_answers(connection, round_id)
    tallies = _count_annotations(connection, round_id)
    verdicts = _newest_verdicts(connection, round_id)
    rejected, unreviewed = (_count_links(connection, round_id, links) for links in (rejections, passed_over))
    table = sessions.c
    query = select(table.id, table.position, (table.end_s - table.start_s).label("duration_s"))
    queue = connection.execute(
        query.where(table.round_id == round_id, ~table.archived).order_by(table.position, table.id)
    ).all()
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
                rejected_count=rejected.get(answer.id, 0),
                unreviewed_count=unreviewed.get(answer.id, 0),
                active_s=answer.active_s,
                action_count=answer.action_count,
            )
        )
    return summaries


def list_judgements(connection: Connection, round_id: str) -> list[Judgement]:
    """List what was decided about predictions, by model and predicted label.

    Unsure, skipped and rejected answers decide nothing.
    """
    ranked = rank_submissions(round_id, None)
    decided = (ranked.c.age == 1) & ranked.c.standing.in_(JUDGING)
    key = (prediction_sets.c.model, predictions.c.label)
    same_label = case((annotations.c.label == predictions.c.label, predictions.c.id))
    # A prediction may have become several annotations; it counts once, as confirmed if one of them kept its label.
    kept = (
        select(*key, func.count(distinct(same_label)), func.count(distinct(predictions.c.id)))
        .select_from(ranked)
        .join(annotations, annotations.c.submission_id == ranked.c.id)
        .join(predictions, predictions.c.id == annotations.c.prediction_id)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(decided, annotations.c.unsure.is_(False))
        .group_by(*key)
    )
    is_bulk = annotations.c.origin == Origin.BULK.value
    bulk = {(row.model, row.label): int(row[3]) for row in connection.execute(kept.where(is_bulk))}
    keeps = {
        (model, label): (confirmed, total)
        for model, label, confirmed, total in connection.execute(kept.where(~is_bulk))
    }
    removed, left = (_count_named(connection, ranked, links, decided) for links in (rejections, passed_over))
    judgements = []
    for model, label in sorted({*keeps, *removed, *left, *bulk}):
        confirmed, total = keeps.get((model, label), (0, 0))
        rejected, unreviewed = (counts.get((model, label), 0) for counts in (removed, left))
        in_bulk = bulk.get((model, label), 0)
        judgements.append(Judgement(model, label, confirmed, total - confirmed, rejected, unreviewed, in_bulk))
    return judgements


def _count_named(
    connection: Connection, ranked: Subquery, links: Table, which: ColumnElement[bool]
) -> dict[tuple[str, str], int]:
    """Count the predictions that answers name in a table of links, by model and predicted label."""
    key = (prediction_sets.c.model, predictions.c.label)
    query = (
        select(*key, func.count())
        .select_from(ranked)
        .join(links, links.c.submission_id == ranked.c.id)
        .join(predictions, predictions.c.id == links.c.prediction_id)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(which)
        .group_by(*key)
    )
    return {(model, label): int(count) for model, label, count in connection.execute(query)}


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
    wanted = (answer.id, answer.outcome, answer.annotator, answer.submitted_at, answer.active_s, answer.action_count)
    query = select(answer.session_id, *wanted)
    return {row.session_id: row for row in connection.execute(query.where(answer.age == 1)).all()}


def _count_annotations(connection: Connection, round_id: str) -> dict[str, list[Tally]]:
    """Count the annotations of each answer by label and origin."""
    ranked = rank_submissions(round_id, None)
    key = (annotations.c.submission_id, annotations.c.label, annotations.c.origin)
    query = (
        select(*key, func.count(), func.min(annotations.c.score), func.sum(cast(annotations.c.unsure, Integer)))
        .join_from(ranked, annotations, annotations.c.submission_id == ranked.c.id)
        .where(ranked.c.age == 1)
        .group_by(*key)
        .order_by(*key)
    )
    tallies: dict[str, list[Tally]] = defaultdict(list)
    for submission_id, label, origin, count, lowest_score, unsure in connection.execute(query).all():
        tallies[submission_id].append(Tally(label, Origin(origin), count, lowest_score, unsure))
    return tallies


def _count_links(connection: Connection, round_id: str, links: Table) -> dict[str, int]:
    """Count the predictions that submissions of a round name in a table of links, by submission."""
    query = (
        select(links.c.submission_id, func.count())
        .join(submissions, submissions.c.id == links.c.submission_id)
        .where(submissions.c.round_id == round_id)
        .group_by(links.c.submission_id)
    )
    return {submission_id: int(count) for submission_id, count in connection.execute(query)}


def _newest_verdicts(connection: Connection, round_id: str) -> dict[str, tuple[Verdict, str]]:
    """Find the newest verdict and its reviewer, by the submission that was judged and by the one that corrects it."""
    verdicts = {}
    for review in reviews.list_reviews(connection, round_id):  # the oldest first: of several the last one stays
        for submission_id in filter(None, (review.submission_id, review.corrected_id)):
            verdicts[submission_id] = (review.verdict, review.reviewer)
    return verdicts
