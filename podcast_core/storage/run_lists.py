"""The pieces of a model run by score and by time, by their positions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select, tuple_

from podcast_core.storage.schema import run_pieces

_PIECE = run_pieces.c
_HAS = _PIECE.negative_best.is_not(None)


def list_best(connection: Connection, run_id: str, limit: int) -> list[int]:
    """List the first pieces by their best score; those without one come last, in the run's order."""
    query = select(_PIECE.position).where(_PIECE.run_id == run_id)
    best = query.where(_HAS).order_by(_PIECE.negative_best, _PIECE.position)
    rest = query.where(~_HAS).order_by(_PIECE.position)
    found: list[int] = []
    for part in (best, rest):
        if len(found) < limit:
            found += connection.scalars(part.limit(limit - len(found)))
    return found


def find_beside(connection: Connection, run_id: str, position: int) -> tuple[int | None, int | None]:
    """Find the pieces before and after one in the order of `list_best`; None where there is none."""
    query = select(_PIECE.position).where(_PIECE.run_id == run_id)
    here = (_PIECE.run_id == run_id, _PIECE.position == position)
    best = connection.execute(select(_PIECE.negative_best).where(*here)).scalar()
    place = tuple_(_PIECE.negative_best, _PIECE.position)
    up = (_PIECE.negative_best, _PIECE.position)
    down = [each.desc() for each in up]
    rest = query.where(~_HAS)
    if best is not None:
        before = [query.where(_HAS, place < (best, position)).order_by(*down)]
        after = [query.where(_HAS, place > (best, position)).order_by(*up), rest.order_by(_PIECE.position)]
    else:
        before = [
            rest.where(_PIECE.position < position).order_by(_PIECE.position.desc()),
            query.where(_HAS).order_by(*down),
        ]
        after = [rest.where(_PIECE.position > position).order_by(_PIECE.position)]
    return _find_first(connection, before), _find_first(connection, after)


def _find_first(connection: Connection, queries: Sequence[Select[Any]]) -> int | None:
    for query in queries:
        found: int | None = connection.execute(query.limit(1)).scalar()
        if found is not None:
            return found
    return None


def list_beginning(
    connection: Connection, run_id: str, recording_id: str, channel: int, start_s: float, end_s: float
) -> list[int]:
    """List the pieces that begin in a stretch of a recording, by their start."""
    here: tuple[ColumnElement[bool], ...] = (
        _PIECE.run_id == run_id,
        _PIECE.recording_id == recording_id,
        _PIECE.channel == channel,
        _PIECE.start_s >= start_s,
        _PIECE.start_s < end_s,
    )
    query = select(_PIECE.position).where(*here).order_by(_PIECE.start_s, _PIECE.position)
    return list(connection.scalars(query))
