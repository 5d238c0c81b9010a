"""What one model says about each session of a round, in one line each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, func, select

from podcast_core.domain.score import ModelScores, SessionScore
from podcast_core.storage.schema import prediction_sets, predictions, recordings, session_states, sessions
from podcast_core.storage.sessions import to_session
from podcast_core.storage.shown_predictions import newest_sets


def list_models(connection: Connection, round_id: str) -> list[ModelScores]:
    """List each model's newest set in a round, the newest first."""
    sets = prediction_sets.c
    query = select(sets.id, sets.model, sets.created_at, sets.prediction_count).where(
        sets.id.in_(newest_sets(round_id))
    )
    return [ModelScores(*row) for row in connection.execute(query.order_by(sets.created_at.desc(), sets.id))]


def list_scores(connection: Connection, round_id: str, set_id: str) -> list[SessionScore]:
    """List all sessions of a round with what a prediction set says about each, in the order of the queue."""
    score = func.max(case((predictions.c.score.is_(None), 1.0), else_=predictions.c.score))
    best = (
        select(predictions.c.session_id, score.label("score"), func.count().label("number"))
        .where(predictions.c.round_id == round_id, predictions.c.set_id == set_id)
        .group_by(predictions.c.session_id)
    )
    scores = {row.session_id: (float(row.score), int(row.number)) for row in connection.execute(best)}
    in_order = (session_states.c.position, session_states.c.session_id)
    rows = connection.execute(_select(round_id).order_by(*in_order)).all()
    return [_to_score(row, *scores.get(row.id, (None, 0))) for row in rows]


def find_sessions(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, SessionScore]:
    """Find some sessions as `list_scores` lists them, without a score."""
    query = _select(round_id).where(session_states.c.session_id.in_(session_ids))
    return {row.id: _to_score(row, None, 0) for row in connection.execute(query)}


def _select(round_id: str) -> Select[Any]:
    states = session_states.c
    its = (states.round_id == sessions.c.round_id, states.session_id == sessions.c.id)
    return (
        select(sessions, recordings.c.started_at, recordings.c.site, recordings.c.file_name, states.standing)
        .join(session_states, and_(*its))
        .join(recordings, recordings.c.id == sessions.c.recording_id)
        .where(states.round_id == round_id)
    )


def _to_score(row: Row[Any], score: float | None, count: int) -> SessionScore:
    return SessionScore(to_session(row), row.started_at, row.site, row.file_name, score, count, row.standing)
