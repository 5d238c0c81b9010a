"""What one model says about each session of a round, in one line each."""

from sqlalchemy import Connection, case, func, select

from podcast_core.domain.score import ModelScores, SessionScore
from podcast_core.domain.submission import UNREVIEWED
from podcast_core.storage.counting_answers import rank_submissions
from podcast_core.storage.schema import prediction_sets, predictions, recordings, sessions
from podcast_core.storage.sessions import to_session
from podcast_core.storage.shown_predictions import newest_sets


def list_models(connection: Connection, round_id: str) -> list[ModelScores]:
    """List each model's newest set in a round, the newest first."""
    sets = prediction_sets
    counted = (
        select(predictions.c.set_id, func.count().label("count"))
        .where(predictions.c.round_id == round_id)
        .group_by(predictions.c.set_id)
        .subquery()
    )
    query = (
        select(sets.c.id, sets.c.model, sets.c.created_at, func.coalesce(counted.c.count, 0))
        .outerjoin(counted, counted.c.set_id == sets.c.id)
        .where(sets.c.id.in_(newest_sets(round_id)))
        .order_by(sets.c.created_at.desc(), sets.c.id)
    )
    return [ModelScores(*row) for row in connection.execute(query)]


def list_scores(connection: Connection, round_id: str, set_id: str) -> list[SessionScore]:
    """List all sessions of a round with what a prediction set says about each, in the order of the queue."""
    score = func.max(case((predictions.c.score.is_(None), 1.0), else_=predictions.c.score))
    best = (
        select(predictions.c.session_id, score.label("score"), func.count().label("number"))
        .where(predictions.c.round_id == round_id, predictions.c.set_id == set_id)
        .group_by(predictions.c.session_id)
    )
    scores = {row.session_id: (float(row.score), int(row.number)) for row in connection.execute(best)}
    ranked = rank_submissions(round_id, None)
    answered = select(ranked.c.session_id, ranked.c.standing).where(ranked.c.age == 1)
    standings = {row.session_id: str(row.standing) for row in connection.execute(answered)}
    everything = (
        select(sessions, recordings.c.started_at, recordings.c.site, recordings.c.file_name)
        .join(recordings, recordings.c.id == sessions.c.recording_id)
        .where(sessions.c.round_id == round_id, ~sessions.c.archived)
        .order_by(sessions.c.position, sessions.c.id)
    )
    found = []
    for row in connection.execute(everything):
        best_score, count = scores.get(row.id, (None, 0))
        place = (to_session(row), row.started_at, row.site, row.file_name)
        found.append(SessionScore(*place, best_score, count, standings.get(row.id, UNREVIEWED)))
    return found
