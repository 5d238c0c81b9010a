"""Predictions that wait for a verdict: shown on the page, in open sessions, not judged in the answer that counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, not_, or_, select

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.queue import WaitingOrder
from podcast_core.domain.submission import Outcome
from podcast_core.storage import tallies
from podcast_core.storage.beside_indexes import beside_indexes
from podcast_core.storage.claims import is_free
from podcast_core.storage.predictions import to_prediction
from podcast_core.storage.schema import (
    annotations,
    prediction_sets,
    predictions,
    rejections,
    session_predictions,
    session_states,
    sessions,
)
from podcast_core.storage.shown_predictions import newest_sets


def list_waiting(
    connection: Connection,
    round_id: str,
    *,
    holder: str,
    now: datetime,
    label: str = "",
    order: WaitingOrder = WaitingOrder.LOWEST,
    offset: int = 0,
    limit: int = 100,
) -> list[Prediction]:
    """List predictions that wait in sessions that nobody but the holder has open."""
    score = predictions.c.score
    keys: dict[WaitingOrder, list[ColumnElement[Any]]] = {
        WaitingOrder.LOWEST: [score.is_(None), score],
        WaitingOrder.HIGHEST: [score.is_(None), score.desc()],
        WaitingOrder.UNCERTAINTY: [score.is_(None), func.abs(score - 0.5)],
        WaitingOrder.TIME: [],
    }
    in_state = and_(
        session_states.c.round_id == predictions.c.round_id, session_states.c.session_id == predictions.c.session_id
    )
    in_session = and_(sessions.c.round_id == predictions.c.round_id, sessions.c.id == predictions.c.session_id)
    query = (
        _wait(select(predictions, prediction_sets.c.model), round_id, holder, now)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .join(sessions, in_session)
        .join(session_states, in_state)
        .order_by(*keys[order], sessions.c.position, predictions.c.start_s, predictions.c.id)
        .offset(offset)
        .limit(limit)
    )
    if label:
        query = query.where(predictions.c.label == label)
    return [to_prediction(row) for row in connection.execute(query)]


def count_waiting(connection: Connection, round_id: str, *, holder: str, now: datetime) -> dict[str, int]:
    """Count the predictions of `list_waiting` by label."""
    counts = tallies.count_by_label(connection, round_id, "waiting")
    rows, held = session_predictions.c, sessions.c
    others = (held.round_id == round_id, held.claim_holder.is_not(None), not_(is_free(holder, now)))
    # First who holds what, which is little; a database that joined both would look at all predictions.
    held_ids = connection.scalars(select(held.id).where(*others)).all()
    of_sessions = (rows.round_id == round_id, rows.session_id.in_(held_ids), beside_indexes(rows.model) == "")
    query = select(rows.label, func.sum(rows.waiting)).where(*of_sessions, rows.label != "").group_by(rows.label)
    for label, count in connection.execute(query) if held_ids else ():
        counts[label] -= int(count)
    return {label: count for label, count in sorted(counts.items()) if count}


def _wait(query: Select[Any], round_id: str, holder: str, now: datetime) -> Select[Any]:
    states, box = session_states.c, predictions.c
    kept = exists().where(annotations.c.submission_id == states.answer_id, annotations.c.prediction_id == box.id)
    removed = exists().where(rejections.c.submission_id == states.answer_id, rejections.c.prediction_id == box.id)
    is_judged = and_(states.standing == Outcome.VERIFIED.value, or_(kept, removed))
    return query.where(
        box.round_id == round_id,
        box.set_id.in_(newest_sets(round_id)),
        states.is_open,
        is_free(holder, now),
        not_(is_judged),
    )
