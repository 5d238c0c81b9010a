"""Single sessions that are somebody's, in the database: the acts, and what follows from them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import NamedTuple

from sqlalchemy import Connection, Integer, Text, bindparam, cast, delete, exists, func, select

from podcast_core.domain.session_assignment import AssignmentAct, replay
from podcast_core.storage import people
from podcast_core.storage.schema import assigned_sessions, assignment_acts, session_states

MAX_FIRST = 1_000  # of somebody's assigned sessions that a queue puts first; chosen: more than a day's work

_NAMES = tuple(each.name for each in fields(AssignmentAct))
_LIST = select(assignment_acts).order_by(assignment_acts.c.acted_at, assignment_acts.c.id)
_OF_ROUND = assigned_sessions.c.round_id == bindparam("round_id", type_=Text)
_IS_THEIRS = assigned_sessions.c.person == bindparam("person", type_=Text)
_FIND = select(exists().where(_OF_ROUND), exists().where(_OF_ROUND, _IS_THEIRS))
_OF_STATE = (
    session_states.c.round_id == assigned_sessions.c.round_id,
    session_states.c.session_id == assigned_sessions.c.session_id,
)
_FIRST = (
    select(assigned_sessions.c.session_id)
    .join(session_states, _OF_STATE[0] & _OF_STATE[1])
    .where(_OF_ROUND, _IS_THEIRS, session_states.c.is_open)
    .order_by(session_states.c.position, session_states.c.session_id)
    .limit(MAX_FIRST)
)


class Found(NamedTuple):
    """Whether single sessions of a round are assigned, and whether some are a person's."""

    any: bool
    own: bool


NOTHING = Found(any=False, own=False)


def find_assigned(connection: Connection, round_id: str, person: str) -> Found:
    """Find out whether single sessions of a round are assigned, to anybody and to a person."""
    return Found(*connection.execute(_FIND, {"round_id": round_id, "person": person}).one())


def list_first(connection: Connection, round_id: str, person: str) -> list[str]:
    """List the open sessions that are a person's, in the order of the round; `MAX_FIRST` of them."""
    return list(connection.scalars(_FIRST, {"round_id": round_id, "person": person}))


def add_acts(connection: Connection, new: Sequence[AssignmentAct]) -> None:
    """Add acts that are not there yet, and work out what follows; an undo may come before what it undoes."""
    people.add_named(connection, assignment_acts, [{name: getattr(act, name) for name in _NAMES} for act in new])
    for round_id in sorted({act.round_id for act in new}):
        remake(connection, round_id)


def remake(connection: Connection, round_id: str) -> None:
    """Work out anew whose sessions of a round are whose."""
    connection.execute(delete(assigned_sessions).where(assigned_sessions.c.round_id == round_id))
    found = replay(list_acts(connection, round_id), people.find_names(connection))
    people.add_named(connection, assigned_sessions, [{"round_id": round_id, **asdict(each)} for each in found])


def remake_all(connection: Connection) -> None:
    """Work it out for all rounds: people have other names."""
    for round_id in connection.scalars(select(assignment_acts.c.round_id).distinct()).all():
        remake(connection, round_id)


def find_act(connection: Connection, act_id: str) -> AssignmentAct | None:
    """Find an act by its id."""
    row = connection.execute(_LIST.where(assignment_acts.c.id == act_id)).one_or_none()
    return None if row is None else AssignmentAct(**{**row._mapping, "people": tuple(row.people)})


def list_acts(connection: Connection, round_id: str | None = None) -> list[AssignmentAct]:
    """List the acts of a round, or all, the oldest first."""
    query = _LIST if round_id is None else _LIST.where(assignment_acts.c.round_id == round_id)
    return [AssignmentAct(**{**row._mapping, "people": tuple(row.people)}) for row in connection.execute(query)]


def list_people(connection: Connection, round_id: str, person: str | None = None) -> list[tuple[str, int, int]]:
    """List who has sessions of a round, or one of them: their name, how many, and how many of these are open."""
    is_open = func.coalesce(func.sum(cast(session_states.c.is_open, Integer)), 0)
    query = (
        select(assigned_sessions.c.person, func.count(), is_open)
        .outerjoin(session_states, _OF_STATE[0] & _OF_STATE[1])
        .where(assigned_sessions.c.round_id == round_id)
        .group_by(assigned_sessions.c.person)
        .order_by(assigned_sessions.c.person)
    )
    if person is not None:
        query = query.where(assigned_sessions.c.person == person)
    return [(name, int(count), int(left)) for name, count, left in connection.execute(query)]


def list_holders(connection: Connection, round_id: str, session_ids: Iterable[str]) -> dict[str, list[str]]:
    """List whose some sessions are, by session."""
    found: dict[str, list[str]] = {}
    query = select(assigned_sessions.c.session_id, assigned_sessions.c.person).where(
        assigned_sessions.c.round_id == round_id, assigned_sessions.c.session_id.in_(list(session_ids))
    )
    for session_id, person in connection.execute(query.order_by(assigned_sessions.c.person)):
        found.setdefault(session_id, []).append(person)
    return found
