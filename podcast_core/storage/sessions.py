"""Sessions in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    column,
    exists,
    func,
    select,
    tuple_,
    values,
)

from podcast_core.domain.piece import Piece
from podcast_core.domain.session import OriginalFields, Session, SessionColumns
from podcast_core.errors import NotFound
from podcast_core.storage import deriving
from podcast_core.storage.many_rows import insert_many
from podcast_core.storage.schema import rounds, session_states, sessions, tallies

MAX_NAMED = 1_000  # in one statement
MAX_PIECES = 500  # in one, as a tree of conditions must not be too deep
_COLUMNS = (
    sessions.c.round_id,
    sessions.c.id,
    sessions.c.recording_id,
    sessions.c.channel,
    sessions.c.start_s,
    sessions.c.end_s,
    sessions.c.position,
    sessions.c.original,
)
_NAMES = tuple(column.name for column in _COLUMNS)  # as the nouns have them, too
_take = attrgetter(*_NAMES)

# What every claim and answer asks for is put together once, which takes five times as long as to ask it.
_IN_ROUND = sessions.c.round_id == bindparam("round_id")
_IS_IT = and_(_IN_ROUND, sessions.c.id == bindparam("session_id"))
_FIND = select(*_COLUMNS).where(_IS_IT)
_FIND_ARCHIVED = select(sessions.c.archived).where(_IS_IT)
_NAMES_ASKED: BindParameter[str] = bindparam("names", expanding=True)
_LIST_SHOWN, _LIST_OF_RECORDINGS = (
    select(*_COLUMNS).where(_IN_ROUND, column.in_(_NAMES_ASKED), ~sessions.c.archived)
    for column in (sessions.c.id, sessions.c.recording_id)
)
_LOCK = select(sessions.c.id).where(_IS_IT).with_for_update(key_share=True)  # SQLite has one writer anyway


def _make_neighbours() -> Select[str | None, str | None]:
    """Select the ids of the shown sessions before and after a place in the queue."""
    place = (sessions.c.position, sessions.c.id)
    here = tuple_(bindparam("position", type_=Integer), bindparam("session_id", type_=Text))
    shown = select(sessions.c.id).where(_IN_ROUND, ~sessions.c.archived)
    before = shown.where(tuple_(*place) < here).order_by(*(column.desc() for column in place)).limit(1)
    after = shown.where(tuple_(*place) > here).order_by(*place).limit(1)
    return select(before.scalar_subquery(), after.scalar_subquery())


_NEIGHBOURS = _make_neighbours()


def find_session(connection: Connection, round_id: str, session_id: str) -> Session | None:
    """Find a session by round and id."""
    row = connection.execute(_FIND, {"round_id": round_id, "session_id": session_id}).one_or_none()
    return None if row is None else to_session(row)


def get_session(connection: Connection, round_id: str, session_id: str) -> Session:
    """Get a session by round and id; NotFound when there is none."""
    session = find_session(connection, round_id, session_id)
    if session is None:
        raise NotFound(f"There is no session {session_id[:80]!r} in round {round_id[:80]!r}.")
    return session


def lock_session(connection: Connection, round_id: str, session_id: str) -> None:
    """Let nobody else lock this session before the transaction ends; NotFound when there is none."""
    if connection.execute(_LOCK, {"round_id": round_id, "session_id": session_id}).one_or_none() is None:
        raise NotFound(f"There is no session {session_id[:80]!r} in round {round_id[:80]!r}.")


def list_sessions(connection: Connection, round_id: str, *, with_archived: bool = False) -> list[Session]:
    """List a round's sessions in the order of its queue; those of archived recordings only when asked for."""
    query = select(*_COLUMNS).where(sessions.c.round_id == round_id).order_by(sessions.c.position, sessions.c.id)
    if not with_archived:
        query = query.where(~sessions.c.archived)
    return [to_session(row) for row in connection.execute(query)]


def list_some(connection: Connection, round_id: str, *, session_ids: Iterable[str]) -> list[Session]:
    """List the sessions of a round that are called so; none that are archived."""
    names, found = sorted(set(session_ids)), list[Session]()
    for start in range(0, len(names), MAX_NAMED):
        rows = connection.execute(_LIST_SHOWN, {"round_id": round_id, "names": names[start : start + MAX_NAMED]})
        found += map(to_session, rows)
    return found


def list_of_recordings(connection: Connection, round_id: str, recording_ids: Iterable[str]) -> SessionColumns:
    """List the sessions of a round that are pieces of these recordings, by columns; none that are archived."""
    names, rows = sorted(recording_ids), list[Any]()
    for start in range(0, len(names), MAX_NAMED):
        asked = {"round_id": round_id, "names": names[start : start + MAX_NAMED]}
        rows += connection.execute(_LIST_OF_RECORDINGS, asked).all()
    columns: dict[str, Sequence[Any]] = dict.fromkeys(_NAMES, ())
    columns.update(zip(_NAMES, zip(*rows, strict=True), strict=False))
    ids, recordings, channels = columns["id"], columns["recording_id"], columns["channel"]
    return SessionColumns(
        ids, recordings, channels, columns["start_s"], columns["end_s"], lambda at: to_session(rows[at])
    )


def list_first(connection: Connection, round_id: str, count: int) -> tuple[list[str], int]:
    """List the ids of a round's first sessions, and say how many there are in all."""
    in_round = (sessions.c.round_id == round_id, ~sessions.c.archived)
    first = select(sessions.c.id).where(*in_round).order_by(sessions.c.position, sessions.c.id).limit(count)
    total = select(func.count()).select_from(sessions).where(*in_round)
    return list(connection.scalars(first)), connection.execute(total).scalar_one()


def list_named(connection: Connection, round_id: str, session_ids: Sequence[str]) -> list[Session]:
    """List some sessions of a round by their ids, in no order."""
    query = select(*_COLUMNS).where(sessions.c.round_id == round_id, sessions.c.id.in_(session_ids))
    return [to_session(row) for row in connection.execute(query)]


def list_sessions_of(connection: Connection, recording_id: str) -> list[Session]:
    """List the sessions that are pieces of a recording in rounds that show it, by round and start."""
    its = (session_states.c.round_id == sessions.c.round_id, session_states.c.session_id == sessions.c.id)
    query = (
        select(*_COLUMNS)
        .select_from(rounds.join(session_states, session_states.c.round_id == rounds.c.id).join(sessions, and_(*its)))
        .where(session_states.c.recording_id == recording_id)
    )
    rows = connection.execute(query.order_by(sessions.c.round_id, sessions.c.start_s, sessions.c.channel))
    return [to_session(row) for row in rows]


def list_at(connection: Connection, pieces: Sequence[Piece]) -> list[Session]:
    """List the sessions that begin where pieces of recordings do, in rounds that show them, by round and position."""
    found = []
    for start in range(0, len(pieces), MAX_PIECES):
        some = pieces[start : start + MAX_PIECES]
        places = sorted({(each.recording_id, each.start_s) for each in some})
        there = values(column("recording_id", Text), column("start_s", Float(53)), name="places").data(places).cte()
        here = and_(sessions.c.recording_id == there.c.recording_id, sessions.c.start_s == there.c.start_s)
        query = select(*_COLUMNS).join_from(there, sessions, here).where(~sessions.c.archived)
        found += [to_session(row) for row in connection.execute(query)]
    return sorted(found, key=lambda each: (each.round_id, each.position, each.id))


def has_recording(connection: Connection, round_id: str, recording_id: str) -> bool:
    """Tell whether a recording was cut into sessions of a round already; it may be archived there."""
    query = select(tallies.c.count).where(*_of_recordings(round_id), tallies.c.grp == recording_id)
    return connection.execute(query).first() is not None


def list_recording_ids(connection: Connection, round_id: str) -> list[str]:
    """List the recordings of which a round has sessions, without those that are archived there."""
    states = session_states.c
    shown = exists().where(states.round_id == round_id, states.recording_id == tallies.c.grp)
    return list(connection.scalars(select(tallies.c.grp).where(*_of_recordings(round_id), shown)))


def _of_recordings(round_id: str) -> tuple[ColumnElement[bool], ...]:
    """Say of a row of ``tallies`` that it counts a recording's sessions in a round, see `triggers`."""
    return tallies.c.round_id == round_id, tallies.c.measure == "sessions of a recording", tallies.c.count > 0


def is_archived(connection: Connection, session: Session) -> bool:
    """Tell whether a session's recording is archived in its round."""
    is_it = {"round_id": session.round_id, "session_id": session.id}
    return bool(connection.execute(_FIND_ARCHIVED, is_it).scalar())


def list_round_ids(connection: Connection, recording_ids: Iterable[str]) -> set[str]:
    """List the rounds with sessions of recordings, unless they are archived there."""
    wanted, found = sorted(recording_ids), set[str]()
    for start in range(0, len(wanted), MAX_NAMED):
        named = session_states.c.recording_id.in_(wanted[start : start + MAX_NAMED])
        found.update(
            connection.scalars(
                select(rounds.c.id).where(exists().where(session_states.c.round_id == rounds.c.id, named))
            )
        )
    return found


def find_neighbours(connection: Connection, session: Session) -> tuple[str | None, str | None]:
    """Find the ids of the session before and of the one after in the round's queue."""
    here = {"round_id": session.round_id, "position": session.position, "session_id": session.id}
    previous_id, next_id = connection.execute(_NEIGHBOURS, here).one()
    return previous_id, next_id


def next_position(connection: Connection, round_id: str) -> int:
    """Say which place in the queue the next new session gets."""
    last = connection.execute(select(func.max(sessions.c.position)).where(sessions.c.round_id == round_id)).scalar()
    return 0 if last is None else int(last) + 1


def add_sessions(connection: Connection, new_sessions: Sequence[Session]) -> None:
    """Add sessions that are not there yet."""
    insert_many(connection, sessions, _NAMES, map(_to_values, new_sessions))
    for round_id in sorted({each.round_id for each in new_sessions}):
        deriving.refresh(connection, round_id, [each.id for each in new_sessions if each.round_id == round_id])


def to_session(row: Row[*tuple[Any, ...]]) -> Session:
    """Make a session of a row that has at least its columns."""
    fields = dict(zip(_NAMES, _take(row), strict=True))
    original = fields.pop("original")
    return Session(**fields, original=None if original is None else OriginalFields(**original))


def _to_values(session: Session) -> tuple[Any, ...]:
    *values, original = _take(session)
    return (*values, None if original is None else asdict(original))
