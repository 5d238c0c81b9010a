"""What follows from the facts of sessions, worked out by SQL and kept: see `podcast_core.storage.schema.derived`.

Whoever adds or changes facts calls `refresh` for the sessions that they are about, in the same transaction: the
functions of `podcast_core.storage` do. It deletes the rows of these sessions and works them out again from all their
facts, so it does not matter what has changed. Sums over a round follow by triggers (`podcast_core.storage.triggers`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.sql.elements import ClauseElement

from podcast_core.storage.database import lock, widen_cache, without_indexes
from podcast_core.storage.derived_queries import ROUND, Extent, bind_ids, list_queries, write_deletion
from podcast_core.storage.prepared import Prepared
from podcast_core.storage.schema import (
    DERIVED,
    rounds,
    run_boxes,
    run_pieces,
    session_predictions,
    session_states,
    tallies,
)
from podcast_core.storage.triggers import add_sums, remake_sums, select_sums, without_triggers

MAX_NAMED, AT_ONCE = 1_000, 10_000  # sessions in one statement: a few, and of many


def refresh(
    connection: Connection, round_id: str, session_ids: Iterable[str] | None = None, *, of_models: bool = False
) -> None:
    """Work out anew what follows from the facts of some sessions, or (None) of all sessions of a round.

    It is the last thing that a transaction does to the round: who refreshes lets nobody else refresh before the end.

    Parameters
    ----------
    of_models
        Only what follows from predictions, where nothing else has changed.
    """
    wanted = None if session_ids is None else sorted(set(session_ids))
    later: _Later | None = connection.info.get(_LATER)
    if later is not None:
        later.add(round_id, wanted, of_models)
        return
    if wanted is None or wanted:
        lock(connection, f"states/{round_id}")
    _refresh_some(connection, round_id, wanted, only=session_predictions.name if of_models else "")


def refresh_table(connection: Connection, table: Table, round_id: str, session_ids: Sequence[str]) -> None:
    """Work out anew the rows of one table only, of some sessions of a round whose states are right and locked."""
    _refresh_some(connection, round_id, session_ids, only=table.name)


def is_postponed(connection: Connection) -> bool:
    """Say whether what is asked for is worked out later (`postponed`)."""
    return _LATER in connection.info


def _refresh_some(connection: Connection, round_id: str, wanted: Sequence[str] | None, *, only: str) -> None:
    if wanted is None or len(wanted) > MAX_NAMED:
        _refresh_many(connection, round_id, wanted, only=only)
    elif wanted:
        extent = Extent.ONE if len(wanted) == 1 else Extent.SOME
        _refresh(connection, _How(connection.dialect.name, extent, only), round_id, wanted)


@contextmanager
def postponed(connection: Connection, *, remakes: bool = False) -> Iterator[None]:
    """Work out once, at the end, what many changes in the block ask for; or, where all was changed, everything."""
    if is_postponed(connection):  # somebody outside does it
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
    for (round_id, of_models), session_ids in sorted(later.sessions.items()):
        refresh(connection, round_id, session_ids, of_models=of_models)


_LATER = "podcast_refresh_later"


class _Later:
    """Which sessions of which rounds are to be worked out, of these only what follows from predictions; None: all."""

    def __init__(self) -> None:
        self.sessions: dict[tuple[str, bool], set[str] | None] = {}

    def add(self, round_id: str, session_ids: Iterable[str] | None, of_models: bool) -> None:
        """Note sessions of a round."""
        known = self.sessions.setdefault((round_id, of_models), set())
        both = None if known is None or session_ids is None else known.union(session_ids)
        self.sessions[round_id, of_models] = both


def remake(connection: Connection) -> None:
    """Work out everything of all rounds anew; the sums and the indexes at once, not row by row."""
    widen_cache(connection)
    with without_triggers(connection), without_indexes(connection, DERIVED):
        for table in DERIVED:
            connection.execute(delete(table))
        for round_id in list(connection.scalars(select(rounds.c.id).order_by(rounds.c.id))):
            lock(connection, f"states/{round_id}")
            _refresh(connection, _How(connection.dialect.name, Extent.ALL), round_id, ())
        connection.execute(update(run_pieces).where(_has_wrong_best()).values(negative_best=_find_best()))
        remake_sums(connection)


def find_differences(connection: Connection) -> list[str]:
    """Name the rounds and model runs of which something kept is not what follows from the facts."""
    round_ids = connection.scalars(select(rounds.c.id)).all()
    wrong: set[str] = set()
    for table, query in list_queries(connection.dialect.name, Extent.ALL):
        compared = _compare(connection, table, query)
        for round_id in round_ids:
            counts = set(compared.execute(connection, round_id=round_id).one())
            wrong |= {round_id} if len(counts) > 1 else set()
    columns = ", ".join(column.name for column in tallies.c)
    named = "SELECT {columns} FROM {source} WHERE count <> 0 OR amount_us <> 0"
    one, other = (named.format(columns=columns, source=each) for each in ("tallies", "sums"))
    sums = f"WITH sums AS MATERIALIZED ({select_sums()})"
    differing = " UNION ALL ".join(
        f"SELECT * FROM ({a} EXCEPT {b}) AS differing"  # nosec B608  # our own names
        for a, b in ((one, other), (other, one))
    )
    found = connection.execute(
        text(f"{sums} SELECT DISTINCT round_id FROM ({differing}) AS differing")  # nosec B608  # our own names
    )
    wrong |= set(connection.scalars(select(run_pieces.c.run_id).where(_has_wrong_best()).distinct()))
    return sorted(wrong.union(found.scalars()))


def _find_best() -> ScalarSelect[float]:
    """Find minus the highest score of the calls in a row of ``run_pieces``."""
    of_piece = (run_boxes.c.run_id == run_pieces.c.run_id, run_boxes.c.position == run_pieces.c.position)
    return select(func.min(-run_boxes.c.score)).where(*of_piece).correlate(run_pieces).scalar_subquery()


def _has_wrong_best() -> ColumnElement[bool]:
    return run_pieces.c.negative_best.is_distinct_from(_find_best())


def _compare(connection: Connection, table: Table, query: Select[Any]) -> Prepared:
    """Prepare what counts, of one round, the rows of a query, those of them that a table has, and those of the table.

    Each row is looked up: to take one set from the other, SQLite would sort both, with all columns.
    """
    follows, key = query.subquery("follows"), {column.name for column in table.primary_key}
    is_row = and_(*(follows.c[name] == table.c[name] for name in sorted(key)))
    others = [column.name for column in table.c if column.name not in key]
    is_alike = and_(
        table.c.round_id.is_not(None), *(follows.c[name].is_not_distinct_from(table.c[name]) for name in others)
    )
    kept = select(func.count()).select_from(other := table.alias("kept")).where(other.c.round_id == ROUND)
    counts = (func.count(), func.count(case((is_alike, 1))), kept.scalar_subquery())
    return Prepared(connection, select(*counts).select_from(follows.outerjoin(table, is_row)))


class _How(NamedTuple):
    """In which way something is worked out anew."""

    dialect: str
    extent: Extent
    only: str = ""  # a table: the others are as they were
    is_summed: bool = False  # with the sums, by statements instead of triggers

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that are changed."""
        return (self.only,) if self.only else tuple(each.name for each in DERIVED if each is not tallies)


def _refresh_many(connection: Connection, round_id: str, session_ids: Sequence[str] | None, *, only: str) -> None:
    """Work out what follows from the facts of many sessions; SQLite's triggers would take longer than all the rest."""
    dialect = connection.dialect.name
    extent = Extent.ALL if session_ids is None else Extent.SOME
    how = _How(dialect, extent, only, is_summed=dialect == "sqlite")
    if session_ids is None:
        with without_triggers(connection, how.tables):
            _refresh(connection, how, round_id, ())
        return
    changed = [each for each in DERIVED if each.name in how.tables]
    indexed = without_indexes(connection, changed) if _are_most(connection, session_ids) else nullcontext()
    with without_triggers(connection, how.tables), indexed:
        for start in range(0, len(session_ids), AT_ONCE):
            _refresh(connection, how, round_id, session_ids[start : start + AT_ONCE])


def _are_most(connection: Connection, session_ids: Sequence[str]) -> bool:
    """Tell whether sessions are at least half of all: then an index is made anew in less time than it is changed in."""
    if connection.dialect.name != "sqlite":
        return False
    count = connection.execute(select(func.count()).select_from(session_states)).scalar_one()
    return int(count) <= 2 * len(session_ids)


def _refresh(connection: Connection, how: _How, round_id: str, session_ids: Sequence[str]) -> None:
    values = {"round_id": round_id, **bind_ids(how.dialect, how.extent, session_ids)}
    for statement in _prepare(connection, how):
        statement.execute(connection, **values)


_PREPARED: dict[_How, list[Prepared]] = {}


def _prepare(connection: Connection, how: _How) -> list[Prepared]:
    """Prepare what a refresh executes, once for each kind of database."""
    if how not in _PREPARED:
        changed = [(table, query) for table, query in list_queries(how.dialect, how.extent) if table.name in how.tables]
        statements: list[ClauseElement] = [
            *(write_deletion(table, how.dialect, how.extent) for table, _ in reversed(changed)),
            *(insert(table).from_select([column.name for column in table.c], query) for table, query in changed),
        ]
        if how.is_summed:
            of = "r.round_id = :round_id"
            of += "" if how.extent is Extent.ALL else " AND r.session_id IN (SELECT value FROM json_each(:session_ids))"
            before, after = (text(add_sums(how.tables, of=of, sign=sign)) for sign in (-1, 1))
            statements = [before, *statements, after]
        if how.dialect == "sqlite":  # PostgreSQL's triggers have done it
            of_none = (tallies.c.round_id == ROUND, tallies.c.count == 0, tallies.c.amount_us == 0)
            statements.append(delete(tallies).where(*of_none))
        _PREPARED[how] = [Prepared(connection, each) for each in statements]
    return _PREPARED[how]
