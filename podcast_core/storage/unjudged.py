"""Predictions that wait for a verdict: shown on the page, in open sessions, not judged in the answer that counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, Select, and_, case, exists, func, not_, or_, select, true

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.queue import WaitingOrder
from podcast_core.domain.submission import Outcome
from podcast_core.storage import keyset, tallies
from podcast_core.storage.beside_indexes import beside_indexes
from podcast_core.storage.claims import is_free, list_held
from podcast_core.storage.predictions import to_prediction
from podcast_core.storage.schema import (
    OF_ALL_MODELS,
    annotations,
    prediction_sets,
    predictions,
    rejections,
    session_predictions,
    session_states,
    sessions,
)
from podcast_core.storage.shown_predictions import newest_sets

MAX_LOOKED_AT = 2_000  # sessions among which the first predictions are looked for


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """A prediction that waits, and what it is sorted by: without a score or not, a number, session, start and id."""

    prediction: Prediction
    keys: tuple[int, float, str, float, str]


@dataclass(frozen=True, slots=True)
class _Order:
    """What predictions are sorted by; and the least of that among the predictions of a session, as it is kept."""

    value: ColumnElement[Any]
    least: ColumnElement[Any]
    has_value: ColumnElement[bool]


_BOX, _OF_MODELS = predictions.c, session_predictions.c
_SCORED = _BOX.score.is_not(None)
_ORDERS = {
    WaitingOrder.LOWEST: _Order(_BOX.score, _OF_MODELS.lowest, _SCORED),
    WaitingOrder.HIGHEST: _Order(-_BOX.score, _OF_MODELS.negative_best, _SCORED),
    WaitingOrder.UNCERTAINTY: _Order(func.abs(_BOX.score - 0.5), _OF_MODELS.nearest_half, _SCORED),
    WaitingOrder.TIME: _Order(sessions.c.position, _OF_MODELS.position, true()),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which predictions that wait are asked for: those that nobody but the holder has open, of one label or all."""

    round_id: str
    holder: str
    now: datetime
    label: str = ""
    order: WaitingOrder = WaitingOrder.LOWEST


def list_waiting(
    connection: Connection, asked: Waiting, *, limit: int, offset: int = 0, after: Sequence[Any] | None = None
) -> list[WaitingPlace]:
    """List a part of the predictions that wait; the part is that of `keyset.cut`.

    The first ones are in those sessions that have the first ones of all: only if somebody has judged these already, or
    asks for what comes much later, all predictions that wait are sorted.
    """
    number = offset + limit
    while after is None and number <= MAX_LOOKED_AT:
        first = _list_first_sessions(connection, asked, number)
        found = _list(connection, asked, [each for *_, each in first], limit=limit, offset=offset)
        if len(first) < number or (len(found) == limit and found[-1].keys[:3] <= first[-1]):
            return found
        number *= 4
    return _list(connection, asked, None, limit=limit, offset=offset, after=after)


def _list(connection: Connection, asked: Waiting, session_ids: Sequence[str] | None, **part: Any) -> list[WaitingPlace]:
    by = _ORDERS[asked.order]
    order = (
        case((by.has_value, 0), else_=1).label("lacks_it"),
        func.coalesce(by.value, 0.0, type_=Float).label("value"),
        *(_BOX.session_id, _BOX.start_s, _BOX.id),
    )
    in_state = and_(session_states.c.round_id == _BOX.round_id, session_states.c.session_id == _BOX.session_id)
    in_session = and_(sessions.c.round_id == _BOX.round_id, sessions.c.id == _BOX.session_id)
    query = (
        _wait(select(predictions, prediction_sets.c.model, *order[:2]), asked.round_id, asked.holder, asked.now)
        .join(prediction_sets, prediction_sets.c.id == _BOX.set_id)
        .join(sessions, in_session)
        .join(session_states, in_state)
    )
    if session_ids is not None:
        query = query.where(_BOX.session_id.in_(session_ids))
    if asked.label:
        query = query.where(_BOX.label == asked.label)
    rows = connection.execute(keyset.cut(query, [getattr(each, "element", each) for each in order], **part))
    return [
        WaitingPlace(to_prediction(row), (row.lacks_it, float(row.value), row.session_id, row.start_s, row.id))
        for row in rows
    ]


def _list_first_sessions(connection: Connection, asked: Waiting, number: int) -> list[tuple[int, float, str]]:
    """List the sessions with the first predictions: without a value or not, the least one, and id."""
    least = _ORDERS[asked.order].least
    of_session = and_(sessions.c.round_id == _OF_MODELS.round_id, sessions.c.id == _OF_MODELS.session_id)
    query = (
        select(least.label("least"), _OF_MODELS.session_id)
        .join(sessions, of_session)
        .where(_OF_MODELS.round_id == asked.round_id, _OF_MODELS.model == OF_ALL_MODELS)
        .where(_OF_MODELS.label == asked.label, _OF_MODELS.is_open)
        .where(beside_indexes(_OF_MODELS.waiting) > 0, is_free(asked.holder, asked.now))
    )
    found: list[tuple[int, float, str]] = []
    for lacks, of_it in ((0, least.is_not(None)), (1, least.is_(None))):
        rows = query.where(of_it).order_by(least, _OF_MODELS.session_id).limit(number - len(found))
        found += [(lacks, float(row.least or 0.0), row.session_id) for row in connection.execute(rows)]
    return found


def count_waiting(connection: Connection, round_id: str, *, holder: str, now: datetime) -> dict[str, int]:
    """Count the predictions of `list_waiting` by label."""
    counts = tallies.count_by_label(connection, round_id, "waiting")
    rows = session_predictions.c
    # First who holds what, which is little; a database that joined both would look at all predictions.
    held_ids = list_held(connection, round_id, now, except_holder=holder)
    of_sessions = (rows.round_id == round_id, rows.session_id.in_(held_ids), beside_indexes(rows.model) == "")
    query = select(rows.label, func.sum(rows.waiting)).where(*of_sessions, rows.label != "").group_by(rows.label)
    for label, count in connection.execute(query) if held_ids else ():
        counts[label] = counts.get(label, 0) - int(count)  # none may wait, neither there nor elsewhere
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
