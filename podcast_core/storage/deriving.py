"""What follows from the facts of sessions, worked out by SQL and kept: see `podcast_core.storage.schema.derived`.

Whoever adds or changes facts calls `refresh` for the sessions that they are about, in the same transaction: the
functions of `podcast_core.storage` do. It deletes the rows of these sessions and works them out again from all their
facts, so it does not matter what has changed. Sums over a round follow by triggers (`podcast_core.storage.triggers`).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, func, insert, literal, or_, select, text
from sqlalchemy.sql.elements import ClauseElement

from podcast_core.storage.database import lock
from podcast_core.storage.derived_queries import ROUND, list_deletions, list_queries
from podcast_core.storage.prepared import Prepared
from podcast_core.storage.schema import DERIVED, rounds, tallies
from podcast_core.storage.triggers import remake_sums, select_sums, without_triggers

MAX_NAMED = 1_000  # sessions in one statement


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
def postponed(connection: Connection, *, remakes: bool = False) -> Iterator[None]:
    """Work out once, at the end, what many changes in the block ask for; or, where all was changed, everything."""
    if _LATER in connection.info:  # somebody outside does it
        yield
        return
    later = connection.info[_LATER] = _Later()
    try:
        with without_triggers(connection) if remakes else nullcontext():
            yield
    finally:
        del connection.info[_LATER]
    if remakes:
        remake(connection)
        return
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
    round_ids = connection.scalars(select(rounds.c.id)).all()
    wrong: set[str] = set()
    for table, query in list_queries(connection.dialect.name, is_whole=True):
        compared = _compare(connection, table, query)
        wrong.update(each for each in round_ids if compared.execute(connection, round_id=each).scalar() is not None)
    columns = ", ".join(column.name for column in tallies.c)
    kept_sums = f"SELECT {columns} FROM tallies WHERE count <> 0 OR amount_us <> 0"  # nosec B608  # our own names
    sums = f"SELECT {columns} FROM ({select_sums()}) AS sums WHERE count <> 0 OR amount_us <> 0"  # nosec B608  # our own names
    for one, other in ((kept_sums, sums), (sums, kept_sums)):
        differing = f"SELECT DISTINCT round_id FROM ({one} EXCEPT {other}) AS differing"  # nosec B608  # our own names
        found = connection.execute(text(differing))
        wrong.update(found.scalars())
    return sorted(wrong)


def _compare(connection: Connection, table: Table, query: Select[Any]) -> Prepared:
    """Prepare what finds a row if a table is not what its query gives, which is worked out once."""
    follows = query.cte("follows").prefix_with("MATERIALIZED", dialect="postgresql")
    kept = select(*table.c).where(table.c.round_id == ROUND).subquery()
    missing = select(*follows.c).except_(select(*kept.c)).subquery()
    counts = (select(func.count()).select_from(each).scalar_subquery() for each in (follows, kept))
    differs = or_(select(func.count()).select_from(missing).scalar_subquery() > 0, next(counts) != next(counts))
    return Prepared(connection, select(literal(1)).where(differs))


def _refresh(connection: Connection, round_id: str, session_ids: Sequence[str] | None) -> None:
    values = {"round_id": round_id}
    if session_ids is not None:
        values["session_ids"] = json.dumps(session_ids)
    for statement in _prepare(connection, is_whole=session_ids is None):
        statement.execute(connection, **values)


_PREPARED: dict[tuple[str, bool], list[Prepared]] = {}


def _prepare(connection: Connection, *, is_whole: bool) -> list[Prepared]:
    """Prepare what a refresh executes, once for each kind of database."""
    dialect = connection.dialect.name
    if (dialect, is_whole) not in _PREPARED:
        statements: list[ClauseElement] = [*list_deletions(dialect, is_whole=is_whole)]
        for table, query in list_queries(dialect, is_whole=is_whole):
            statements.append(insert(table).from_select([column.name for column in table.c], query))
        of_none = (tallies.c.round_id == ROUND, tallies.c.count == 0, tallies.c.amount_us == 0)
        statements.append(delete(tallies).where(*of_none))
        _PREPARED[dialect, is_whole] = [Prepared(connection, each) for each in statements]
    return _PREPARED[dialect, is_whole]
