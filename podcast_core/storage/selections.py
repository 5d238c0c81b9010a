"""What somebody has selected in a collection: one set of numbers for each person, packed. A lease, not a fact."""

import zlib
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from podcast_core.storage.schema import selections


def put_selection(
    connection: Connection, collection_id: str, who: str, numbers: NDArray[np.uint32], now: datetime
) -> None:
    """Keep somebody's selection in place of the one before; an empty one is forgotten."""
    this = (selections.c.collection_id == collection_id, selections.c.who == who)
    connection.execute(delete(selections).where(*this))
    if len(numbers):
        values = {"collection_id": collection_id, "who": who, "numbers": pack(numbers), "changed_at": now}
        connection.execute(insert(selections).values(values))


def get_selection(connection: Connection, collection_id: str, who: str) -> NDArray[np.uint32]:
    """Get somebody's selection, by number; empty where there is none."""
    query = select(selections.c.numbers).where(selections.c.collection_id == collection_id, selections.c.who == who)
    data = connection.execute(query).scalar()
    return unpack(data) if data else np.empty(0, np.uint32)


def pack(numbers: NDArray[np.uint32]) -> bytes:
    """Pack a set of numbers: the steps between them are small, and compress well."""
    ordered = np.unique(numbers).astype(np.uint32)
    return zlib.compress(np.diff(ordered, prepend=np.uint32(0)).astype("<u4").tobytes(), 1)


def unpack(data: bytes) -> NDArray[np.uint32]:
    """Unpack what `pack` has packed."""
    return np.cumsum(np.frombuffer(zlib.decompress(data), "<u4"), dtype=np.uint32)
