"""How many answers the sessions of a round lack, worked out anew when the round asks for another number of them.

Little of what is kept of a session follows from that (`podcast_core.storage.deriving` would work out all of it): the
counts themselves, whether the session is open, for whom, and which predictions wait in it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, case, select, text, update

from podcast_core.domain.submission import Outcome
from podcast_core.storage import deriving
from podcast_core.storage.database import lock
from podcast_core.storage.derived_queries import Extent, bind_ids, list_ids
from podcast_core.storage.open_sessions import count_left, count_wanted
from podcast_core.storage.schema import rounds, session_people, session_predictions, session_states, sessions, tallies
from podcast_core.storage.triggers import add_sums

AT_ONCE = 10_000  # sessions in one statement
CHANGED = ("is_open", "answers_wanted", "answers_left", "waiting")


class _Change(NamedTuple):
    """What becomes of sessions; ``opens`` is None where they are as open as before."""

    wanted: int
    left: int
    opens: bool | None


def refresh_wanted(connection: Connection, round_id: str) -> None:
    """Work out anew what follows from how many answers the sessions of a round want, as `deriving.refresh` would."""
    if deriving.is_postponed(connection):
        deriving.refresh(connection, round_id)
        return
    lock(connection, f"states/{round_id}")
    changes: dict[_Change, list[str]] = defaultdict(list)
    otherwise, verified = [], []
    for session_id, before, wanted, left, was_open, is_touched, standing in connection.execute(
        _select_changed(round_id, connection.dialect.name)
    ):
        is_open = left > 0
        changes[_Change(wanted, left, None if is_open == was_open else is_open)].append(session_id)
        if is_touched and (before > 1) != (wanted > 1):
            otherwise.append(session_id)  # who is done there depends on whether several people are to answer
        if standing == Outcome.VERIFIED.value and is_open and not was_open:
            verified.append(session_id)  # what waits there is not all that is shown
    if not changes:
        return
    tables = [session_states.name]
    if any(change.opens is not None for change in changes):
        tables += [session_people.name, session_predictions.name]
    _add_sums(connection, round_id, tables, sign=-1)
    for change, session_ids in changes.items():
        _update(connection, round_id, change, session_ids)
    _add_sums(connection, round_id, tables, sign=1)
    for table, session_ids in ((session_predictions, verified), (session_people, otherwise)):
        deriving.refresh_table(connection, table, round_id, session_ids)


def _select_changed(round_id: str, dialect: str) -> Select[Any]:
    """Select the sessions that want another number of answers than before, and how many they lack."""
    states = session_states.c
    wanted = count_wanted(states.shuffle, dialect)
    left = case((~states.is_touched, wanted), else_=count_left(wanted, dialect))
    of_state = and_(sessions.c.round_id == states.round_id, sessions.c.id == states.session_id)
    return (
        select(
            states.session_id, states.answers_wanted, wanted, left, states.is_open, states.is_touched, states.standing
        )
        .select_from(session_states)
        .join(sessions, of_state)
        .join(rounds, rounds.c.id == states.round_id)
        .where(states.round_id == round_id, wanted != states.answers_wanted)
    )


def _update(connection: Connection, round_id: str, change: _Change, session_ids: Sequence[str]) -> None:
    """Write what becomes of some sessions, of the predictions in them, and of who has answered them."""
    values: dict[str, Any] = {"answers_wanted": change.wanted, "answers_left": change.left}
    written = [(session_states, values)]
    if change.opens is not None:
        is_open = {"is_open": change.opens}
        values |= is_open  # else not named, as many indexes have it
        waiting = {"waiting": session_predictions.c.shown if change.opens else 0}
        written += [(session_predictions, {**is_open, **waiting}), (session_people, is_open)]
    for named in _name(connection, session_ids):
        for table, said in written:
            of_sessions = (table.c.round_id == round_id, table.c.session_id.in_(list_ids(connection.dialect.name)))
            connection.execute(update(table).where(*of_sessions).values(said), named)


def _name(connection: Connection, session_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(session_ids), AT_ONCE):
        yield bind_ids(connection.dialect.name, Extent.SOME, session_ids[start : start + AT_ONCE])


def _add_sums(connection: Connection, round_id: str, tables: Sequence[str], *, sign: int) -> None:
    """Add the sums that follow from what is changed, or take them off; no trigger does it for rows that are updated."""
    connection.execute(
        text(add_sums(tables, of="r.round_id = :round_id", sign=sign, by=CHANGED)), {"round_id": round_id}
    )
    if sign > 0:
        of_none = (tallies.c.round_id == round_id, tallies.c.count == 0, tallies.c.amount_us == 0)
        connection.execute(tallies.delete().where(*of_none))
