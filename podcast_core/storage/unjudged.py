"""Predictions that wait for a verdict: shown on the page, in open sessions, not judged in the answer that counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.queue import WaitingOrder
from podcast_core.storage.claims import is_free, is_open
from podcast_core.storage.predictions import newest_sets, to_prediction
from podcast_core.storage.queue_order import is_judged
from podcast_core.storage.schema import prediction_sets, predictions, sessions


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
    in_session = and_(sessions.c.round_id == predictions.c.round_id, sessions.c.id == predictions.c.session_id)
    query = (
        _wait(select(predictions, prediction_sets.c.model), round_id, holder, now)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .join(sessions, in_session)
        .order_by(*keys[order], sessions.c.position, predictions.c.start_s, predictions.c.id)
        .offset(offset)
        .limit(limit)
    )
    if label:
        query = query.where(predictions.c.label == label)
    return [to_prediction(row) for row in connection.execute(query)]


def count_waiting(connection: Connection, round_id: str, *, holder: str, now: datetime) -> dict[str, int]:
    """Count the predictions of `list_waiting` by label."""
    query = _wait(select(predictions.c.label, func.count()), round_id, holder, now).group_by(predictions.c.label)
    return {label: int(count) for label, count in connection.execute(query.order_by(predictions.c.label))}


def _wait(query: Select[Any], round_id: str, holder: str, now: datetime) -> Select[Any]:
    # Asked once for each session, not for each of its predictions.
    offered = select(sessions.c.id).where(sessions.c.round_id == round_id, is_open(None), is_free(holder, now))
    return query.where(
        predictions.c.round_id == round_id,
        predictions.c.set_id.in_(newest_sets(round_id)),
        predictions.c.session_id.in_(offered),
        ~is_judged(round_id),
    )
