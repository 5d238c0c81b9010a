"""People in the database: worked out from acts, as a rebuild does; and their names in what they have said."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, text, union, update

from podcast_core.domain.person import Person, find_earlier_names, to_key
from podcast_core.storage import deriving
from podcast_core.storage.schema import logins, people, person_names, reviews, rounds, submissions, tallies, tokens
from podcast_core.storage.triggers import add_sums

_BY_NAME = (
    select(people)
    .join(person_names, person_names.c.person_id == people.c.id)
    .where(person_names.c.key == bindparam("key"))
    .limit(1)
)
_EARLIER = (
    select(person_names.c.name, people.c.name.label("now"))
    .join(people, people.c.id == person_names.c.person_id)
    .where(person_names.c.name != people.c.name)
)
SAID = ("submissions", "reviews")
_SAID = ((submissions, submissions.c.annotator), (reviews, reviews.c.reviewer))


def keep_people(connection: Connection, known: Iterable[Person]) -> None:
    """Write who is here instead of who was, and give their answers and reviews the names that they have now."""
    known = list(known)
    for table in (people, person_names):
        connection.execute(delete(table))
    if known:
        connection.execute(insert(people), [_to_values(each) for each in known])
        # Two machines may have given one name to two people without knowing: the first has it.
        names = {name: each.id for each in reversed(known) for name in (each.name, *each.names)}
        rows = [{"name": name, "key": to_key(name), "person_id": owner} for name, owner in names.items()]
        connection.execute(insert(person_names), rows)
    for earlier, now in find_earlier_names(known).items():
        rename(connection, earlier, now)


def rename(connection: Connection, earlier: str, now: str) -> None:
    """Give what somebody said under an earlier name the name of now; a second time there is nothing to do."""
    of_rounds = union(*(select(table.c.round_id).where(name == earlier) for table, name in _SAID))
    for round_id in sorted(connection.scalars(of_rounds)):
        before, after = (text(add_sums(SAID, of="r.round_id = :round_id", sign=sign)) for sign in (-1, 1))
        connection.execute(before, {"round_id": round_id})
        for table, name in _SAID:
            connection.execute(update(table).where(table.c.round_id == round_id, name == earlier).values({name: now}))
        connection.execute(after, {"round_id": round_id})
        none = (tallies.c.round_id == round_id, tallies.c.count == 0, tallies.c.amount_us == 0)
        connection.execute(delete(tallies).where(*none))
        deriving.refresh(connection, round_id)


def find_names(connection: Connection) -> dict[str, str]:
    """Find what people are called now, by the names that they had before."""
    return {row.name: row.now for row in connection.execute(_EARLIER)}


def call_now(connection: Connection, name: str) -> str:
    """Give the name that somebody has now, by one that they had; any other name stays."""
    return find_names(connection).get(name, name)


def find_person(connection: Connection, name: str) -> Person | None:
    """Find somebody by a name that they have or had, whatever its case and spaces are."""
    row = connection.execute(_BY_NAME, {"key": to_key(name)}).one_or_none()
    return None if row is None else _to_person(row)


def list_people(connection: Connection) -> list[Person]:
    """List all people by name, those who have left, too."""
    return [_to_person(row) for row in connection.execute(select(people).order_by(people.c.name, people.c.id))]


def count_answers(connection: Connection) -> dict[str, int]:
    """Count the answers of all rounds by name; skips are answers here."""
    counted = (tallies.c.grp, func.sum(tallies.c["count"]).label("total"))
    of_rounds = tallies.c.round_id.in_(select(rounds.c.id))  # by the key of the sums, and not through all of them
    query = select(*counted).where(of_rounds, tallies.c.measure == "all answers").group_by(tallies.c.grp)
    return {row.grp: int(row.total) for row in connection.execute(query)}


def list_last_seen(connection: Connection) -> Mapping[str, Any]:
    """Find when tokens and browsers were last used, by the name for which they were made."""
    used = union(
        select(tokens.c.person, tokens.c.last_used_at).where(tokens.c.last_used_at.is_not(None)),
        select(logins.c.person, logins.c.last_used_at).where(logins.c.last_used_at.is_not(None), logins.c.person != ""),
    ).subquery()
    query = select(used.c.person, func.max(used.c.last_used_at).label("at")).group_by(used.c.person)
    return {row.person: row.at for row in connection.execute(query)}


def _to_values(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "scope": person.scope,
        "email": person.email,
        "login": person.login,
        "names": list(person.names),
        "joined_at": person.joined_at,
        "left_at": person.left_at,
    }


def _to_person(row: Row[tuple[Any, ...]]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        joined_at=row.joined_at,
        scope=row.scope,
        email=row.email,
        login=row.login,
        names=tuple(row.names),
        left_at=row.left_at,
    )
