"""How much each person has sent, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, func, insert, select, update

from podcast_core.storage.database import lock
from podcast_core.storage.schema import sent


@dataclass(frozen=True, slots=True)
class Sent:
    """What one person has sent of one kind; "" is whoever needs no token."""

    person: str
    kind: str
    byte_count: int
    file_count: int


def add_sent(connection: Connection, person: str, kind: str, byte_count: int, file_count: int = 1) -> None:
    """Count bytes more, or less where they are negative."""
    is_it = (sent.c.person == person) & (sent.c.kind == kind)
    values = {"byte_count": sent.c.byte_count + byte_count, "file_count": sent.c.file_count + file_count}
    if not connection.execute(update(sent).where(is_it).values(values)).rowcount:
        row = {"person": person, "kind": kind, "byte_count": byte_count, "file_count": file_count}
        connection.execute(insert(sent).values(row))


def rename(connection: Connection, earlier: str, now: str) -> None:
    """Count what somebody sent under an earlier name with what they send now."""
    for row in connection.execute(select(sent).where(sent.c.person == earlier)).all():
        add_sent(connection, now, row.kind, row.byte_count, row.file_count)
    connection.execute(delete(sent).where(sent.c.person == earlier))


def measure_sent(connection: Connection, person: str, kind: str) -> tuple[int, int, int]:
    """Count the bytes of all, of a person, and of a kind; nobody else counts before the transaction ends."""
    lock(connection, "sent")
    columns = [func.coalesce(func.sum(sent.c.byte_count), 0)]
    for is_it in (sent.c.person == person, sent.c.kind == kind):
        columns.append(func.coalesce(func.sum(case((is_it, sent.c.byte_count), else_=0)), 0))
    in_all, of_person, of_kind = connection.execute(select(*columns)).one()
    return int(in_all), int(of_person), int(of_kind)


def list_sent(connection: Connection) -> Sequence[Sent]:
    """List what was sent, by person and kind."""
    rows = connection.execute(select(sent).order_by(sent.c.person, sent.c.kind))
    return [Sent(*row) for row in rows]
