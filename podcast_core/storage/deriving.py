"""What follows from the facts of sessions, worked out by SQL and kept: see `podcast_core.storage.schema.derived`.

Whoever adds or changes facts calls `refresh` for the sessions that they are about, in the same transaction: the
functions of `podcast_core.storage` do. It deletes the rows of these sessions and works them out again from all their
facts, so it does not matter what has changed. Sums over a round follow by triggers (`podcast_core.storage.triggers`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, text

from podcast_core.storage.database import lock
from podcast_core.storage.derived_queries import list_queries
from podcast_core.storage.schema import DERIVED, rounds, tallies
from podcast_core.storage.triggers import remake_sums, select_sums, without_triggers

MAX_NAMED = 500  # sessions in one statement


def refresh(connection: Connection, round_id: str, session_ids: Iterable[str] | None = None) -> None:
    """Work out anew what follows from the facts of some sessions, or (None) of all sessions of a round.

    It is the last thing that a transaction does to the round: who refreshes lets nobody else refresh before the end.
    """
    wanted = None if session_ids is None else sorted(set(session_ids))
    later: _Later | None = connection.info.get(_LATER)
    if later is not None:
        later.add(round_id, wanted)
    elif wanted is None:
        lock(connection, f"states/{round_id}")
        _refresh(connection, round_id, None)
    elif wanted:
        lock(connection, f"states/{round_id}")
        for start in range(0, len(wanted), MAX_NAMED):
            _refresh(connection, round_id, wanted[start : start + MAX_NAMED])


@contextmanager
def postponed(connection: Connection) -> Iterator[None]:
    """Work out once, at the end, what many changes in the block ask for."""
    if _LATER in connection.info:  # somebody outside does it
        yield
        return
    later = connection.info[_LATER] = _Later()
    try:
        yield
    finally:
        del connection.info[_LATER]
    for round_id, session_ids in sorted(later.sessions.items()):
        refresh(connection, round_id, session_ids)


_LATER = "podcast_refresh_later"


class _Later:
    """Which sessions of which rounds are to be worked out; None: all."""

    def __init__(self) -> None:
        self.sessions: dict[str, set[str] | None] = {}

    def add(self, round_id: str, session_ids: Iterable[str] | None) -> None:
        """Note sessions of a round."""
        known = self.sessions.setdefault(round_id, set())
        self.sessions[round_id] = None if known is None or session_ids is None else known.union(session_ids)


def remake(connection: Connection) -> None:
    """Work out everything of all rounds anew; the sums at once, not session by session."""
    with without_triggers(connection):
        for table in DERIVED:
            connection.execute(delete(table))
        for round_id in list(connection.scalars(select(rounds.c.id).order_by(rounds.c.id))):
            refresh(connection, round_id)
        remake_sums(connection)


def find_differences(connection: Connection) -> list[str]:
    """Name the rounds of which something kept is not what follows from the facts."""
    wrong = {
        round_id
        for round_id in connection.scalars(select(rounds.c.id))
        for table, query in list_queries(connection, round_id, None)
        if _differs(connection, query, select(*table.c).where(table.c.round_id == round_id))
    }
    columns = ", ".join(column.name for column in tallies.c)
    kept = f"SELECT {columns} FROM tallies WHERE count <> 0 OR amount_us <> 0"
    sums = f"SELECT {columns} FROM ({select_sums()}) AS sums WHERE count <> 0 OR amount_us <> 0"
    for one, other in ((kept, sums), (sums, kept)):
        found = connection.execute(text(f"SELECT DISTINCT round_id FROM ({one} EXCEPT {other}) AS differing"))
        wrong.update(found.scalars())
    return sorted(wrong)


def _differs(connection: Connection, query: Select[Any], kept: Select[Any]) -> bool:
    pairs = ((query, kept), (kept, query))
    return any(connection.execute(one.except_(other).limit(1)).first() is not None for one, other in pairs)


def _refresh(connection: Connection, round_id: str, session_ids: Sequence[str] | None) -> None:
    for table in DERIVED[1:]:
        of_round = delete(table).where(table.c.round_id == round_id)
        connection.execute(of_round if session_ids is None else of_round.where(table.c.session_id.in_(session_ids)))
    for table, query in list_queries(connection, round_id, session_ids):
        connection.execute(insert(table).from_select([column.name for column in table.c], query))
    of_none = (tallies.c.round_id == round_id, tallies.c.count == 0, tallies.c.amount_us == 0)
    connection.execute(delete(tallies).where(*of_none))
