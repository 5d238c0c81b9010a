"""Queues that people named, in the database."""

from sqlalchemy import Connection, delete, select

from podcast_core.domain.queue_link import SavedQueue
from podcast_core.storage import people
from podcast_core.storage.schema import saved_queues

_LIST = select(saved_queues).order_by(saved_queues.c.name)


def list_queues(connection: Connection, round_id: str) -> list[SavedQueue]:
    """List the queues of a round by name."""
    rows = connection.execute(_LIST.where(saved_queues.c.round_id == round_id))
    return [SavedQueue(**row._mapping) for row in rows]


def find_queue(connection: Connection, round_id: str, name: str) -> SavedQueue | None:
    """Find a queue of a round by its name."""
    wanted = (saved_queues.c.round_id == round_id, saved_queues.c.name == name)
    row = connection.execute(_LIST.where(*wanted)).one_or_none()
    return None if row is None else SavedQueue(**row._mapping)


def add_queue(connection: Connection, queue: SavedQueue) -> None:
    """Add a queue whose name is free."""
    people.add_named(connection, saved_queues, [{name: getattr(queue, name) for name in SavedQueue.__slots__}])


def delete_queue(connection: Connection, round_id: str, name: str) -> None:
    """Delete a queue."""
    wanted = (saved_queues.c.round_id == round_id, saved_queues.c.name == name)
    connection.execute(delete(saved_queues).where(*wanted))
