"""Maps of collections in the database; where the clips are on them is in the file store."""

from typing import Any

from sqlalchemy import Connection, Row, select

from podcast_core.domain.map import Map
from podcast_core.storage import people
from podcast_core.storage.schema import maps

_NAMES = tuple(column.name for column in maps.c)


def add_map(connection: Connection, drawn: Map) -> None:
    """Add a map whose id is not there yet."""
    people.add_named(connection, maps, [{name: getattr(drawn, name) for name in _NAMES}])


def find_map(connection: Connection, map_id: str) -> Map | None:
    """Find a map by its id."""
    row = connection.execute(select(maps).where(maps.c.id == map_id)).one_or_none()
    return None if row is None else _to_map(row)


def list_maps(connection: Connection, collection_id: str | None = None) -> list[Map]:
    """List the maps of one or all collections, the oldest first."""
    query = select(maps).order_by(maps.c.created_at, maps.c.id)
    if collection_id is not None:
        query = query.where(maps.c.collection_id == collection_id)
    return [_to_map(row) for row in connection.execute(query)]


def _to_map(row: Row[tuple[Any, ...]]) -> Map:
    return Map(**row._mapping)
