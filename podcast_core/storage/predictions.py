"""Predictions in the database."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select

from podcast_core.domain.prediction import Prediction, PredictionColumns, PredictionSet, PredictionSetInfo
from podcast_core.storage import deriving, keyset, rounds
from podcast_core.storage.database import analyze
from podcast_core.storage.many_rows import insert_many
from podcast_core.storage.schema import prediction_sets, predictions
from podcast_core.storage.shown_predictions import newest_sets

MANY = 1000  # rows, after which the database is told to count anew (ANALYZE, decision 10)
_OF_BOX = ("id", "session_id", "start_s", "end_s", "low_hz", "high_hz", "label", "score")

_SELECT = select(predictions, prediction_sets.c.model).join(
    prediction_sets, prediction_sets.c.id == predictions.c.set_id
)
_IN_ROUND = _SELECT.where(predictions.c.round_id == bindparam("round_id")).order_by(
    predictions.c.session_id, predictions.c.start_s, predictions.c.id
)
_SHOWN = _IN_ROUND.where(predictions.c.set_id.in_(newest_sets(bindparam("round_id"))))
_OF_SESSION = predictions.c.session_id == bindparam("session_id")
_OF_SESSIONS = predictions.c.session_id.in_(bindparam("session_ids", expanding=True))
_SHOWN_OF_SESSION, _SHOWN_OF_SESSIONS = _SHOWN.where(_OF_SESSION), _SHOWN.where(_OF_SESSIONS)
_SHOWN_OF_MODEL = _SHOWN.where(prediction_sets.c.model == bindparam("model"))
_ALL_OF_SESSION, _ALL_OF_SESSIONS = _IN_ROUND.where(_OF_SESSION), _IN_ROUND.where(_OF_SESSIONS)
_NAMED = _IN_ROUND.where(predictions.c.id.in_(bindparam("prediction_ids", expanding=True)))


def has_prediction_set(connection: Connection, set_id: str) -> bool:
    """Tell whether a set was added already."""
    return connection.execute(select(prediction_sets.c.id).where(prediction_sets.c.id == set_id)).first() is not None


def add_prediction_set(connection: Connection, prediction_set: PredictionSet) -> None:
    """Add a set that is not there yet, with its predictions."""
    connection.execute(
        insert(prediction_sets).values(
            id=prediction_set.id,
            round_id=prediction_set.round_id,
            model=prediction_set.model,
            source=prediction_set.source,
            created_at=prediction_set.created_at,
            prediction_count=len(prediction_set.predictions),
        )
    )
    names = rounds.find_names(connection, prediction_set.round_id)  # after the first row: who renames waits for it
    boxes = PredictionColumns.of(prediction_set.model, prediction_set.predictions)
    labels = [names.get(each, each) for each in boxes.labels]
    given = [before if now != before else None for before, now in zip(boxes.labels, labels, strict=True)]
    place = (repeat(prediction_set.id), repeat(prediction_set.round_id), boxes.ids, boxes.session_ids)
    shape = (boxes.starts_s, boxes.ends_s, boxes.lows_hz, boxes.highs_hz)
    rows = zip(*place, *shape, labels, boxes.scores, given, strict=False)
    insert_many(connection, predictions, ("set_id", "round_id", *_OF_BOX, "given_label"), rows)
    # Also the sessions of the model's older sets, which are no longer shown.
    of_model = (prediction_sets.c.round_id == prediction_set.round_id, prediction_sets.c.model == prediction_set.model)
    sets = select(prediction_sets.c.id).where(*of_model).scalar_subquery()
    touched = select(predictions.c.session_id).where(predictions.c.set_id.in_(sets)).distinct()
    deriving.refresh(connection, prediction_set.round_id, connection.scalars(touched).all(), of_models=True)
    if len(prediction_set.predictions) >= MANY:
        analyze(connection)


def list_predictions(connection: Connection, round_id: str, session_id: str | None = None) -> list[Prediction]:
    """List the predictions of each model's newest set in a round or one of its sessions, by session and start."""
    if session_id is None:
        return _list(connection, _SHOWN, round_id=round_id)
    return _list(connection, _SHOWN_OF_SESSION, round_id=round_id, session_id=session_id)


def list_shown(connection: Connection, round_id: str, session_ids: Sequence[str]) -> list[Prediction]:
    """List the predictions of each model's newest set in some sessions, by session and start."""
    return _list(connection, _SHOWN_OF_SESSIONS, round_id=round_id, session_ids=session_ids)


def list_all_of(connection: Connection, round_id: str, session_ids: Sequence[str]) -> list[Prediction]:
    """List the predictions of all sets in some sessions, also of those that a newer one replaced on the page."""
    return _list(connection, _ALL_OF_SESSIONS, round_id=round_id, session_ids=session_ids)


def list_named(connection: Connection, round_id: str, prediction_ids: Sequence[str]) -> list[Prediction]:
    """List predictions of a round by their ids, those too that a newer set replaced on the page."""
    return _list(connection, _NAMED, round_id=round_id, prediction_ids=prediction_ids)


def list_elsewhere(
    connection: Connection, round_id: str, *, model: str, session_ids: Collection[str]
) -> list[Prediction]:
    """List the predictions of a model's newest set in a round in all but these sessions."""
    shown = _list(connection, _SHOWN_OF_MODEL, round_id=round_id, model=model)
    return [each for each in shown if each.session_id not in session_ids]


def list_all_predictions(connection: Connection, round_id: str, session_id: str | None = None) -> list[Prediction]:
    """List the predictions of all sets, also of those that a newer one replaced on the page."""
    if session_id is None:
        return _list(connection, _IN_ROUND, round_id=round_id)
    return _list(connection, _ALL_OF_SESSION, round_id=round_id, session_id=session_id)


def list_set_infos(connection: Connection, round_id: str) -> list[PredictionSetInfo]:
    """List all sets of a round without their predictions, the oldest first."""
    query = select(prediction_sets).where(prediction_sets.c.round_id == round_id)
    rows = connection.execute(query.order_by(prediction_sets.c.created_at, prediction_sets.c.id))
    return [PredictionSetInfo(**row._mapping) for row in rows]


def list_prediction_sets(connection: Connection, round_id: str) -> list[PredictionSet]:
    """List all sets of a round with their predictions, the oldest first."""
    boxes: dict[str, list[Prediction]] = defaultdict(list)
    for row in connection.execute(_SELECT.where(predictions.c.round_id == round_id).order_by(predictions.c.id)):
        boxes[row.set_id].append(to_prediction(row))
    names = ("id", "round_id", "model", "source", "created_at")
    return [
        PredictionSet(**{each: getattr(info, each) for each in names}, predictions=tuple(boxes[info.id]))
        for info in list_set_infos(connection, round_id)
    ]


def find_set_info(connection: Connection, round_id: str, set_id: str) -> PredictionSetInfo | None:
    """Find a set of a round without its predictions."""
    query = select(prediction_sets).where(prediction_sets.c.id == set_id, prediction_sets.c.round_id == round_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else PredictionSetInfo(**row._mapping)


def list_in_set(connection: Connection, set_id: str, **part: Any) -> list[Prediction]:
    """List a part of the predictions of a set, by session and id: these are the keys of `keyset.cut`."""
    of_set = _SELECT.where(predictions.c.set_id == set_id)
    return _list(connection, keyset.cut(of_set, (predictions.c.session_id, predictions.c.id), **part))


def list_used_labels(connection: Connection, round_id: str) -> set[str]:
    """List the labels of all predictions of a round."""
    return set(connection.scalars(select(predictions.c.label).where(predictions.c.round_id == round_id).distinct()))


def _list(connection: Connection, query: Select[Any], **asked: Any) -> list[Prediction]:
    return [to_prediction(row) for row in connection.execute(query, asked)]


def to_prediction(row: Row[tuple[Any, ...]]) -> Prediction:
    """Make a prediction of a row with its columns and its set's ``model``."""
    return Prediction(
        id=row.id,
        session_id=row.session_id,
        start_s=row.start_s,
        end_s=row.end_s,
        low_hz=row.low_hz,
        high_hz=row.high_hz,
        label=row.label,
        score=row.score,
        model=row.model,
    )
