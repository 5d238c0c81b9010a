"""People in the database: worked out from acts, as a rebuild does; and their names in what they have said.

Whoever is renamed is called by the present name in all columns with names of people (`schema.base.person`), which
tables get by `add_named` only.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Row,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    text,
    union,
    update,
)

from podcast_core.domain.person import PERSON_FIELDS, Person, find_earlier_names, to_key
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.storage import deriving, sent_bytes
from podcast_core.storage.schema import (
    logins,
    metadata,
    people,
    person_names,
    reviews,
    rounds,
    sent,
    submissions,
    tallies,
    tokens,
    verification_samples,
)
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
PERSON_COLUMNS = [column for table in metadata.sorted_tables for column in table.c if column.info.get("is_person")]
# Lists in which people are named, too: each entry is an object.
_LISTS = (
    (rounds, rounds.c.assignments),
    (rounds, rounds.c.examples),
    (verification_samples, verification_samples.c.strata),
)


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
    for column in PERSON_COLUMNS:
        if column.table not in (submissions, reviews):
            _rename_in(connection, column, earlier, now)
    for table, column in _LISTS:
        _rename_in_list(connection, table, column, earlier, now)


def _rename_in(connection: Connection, column: Column[str], earlier: str, now: str) -> None:
    table = column.table
    assert isinstance(table, Table)
    if table is sent:
        sent_bytes.rename(connection, earlier, now)
        return
    if column.primary_key:  # of two rows that become one, the one under the present name is newer
        other = table.alias()
        same = (other.c[each.name] == table.c[each.name] for each in table.primary_key if each.name != column.name)
        is_there = select(1).where(other.c[column.name] == now, *same).exists()
        connection.execute(delete(table).where(column == earlier, is_there))
    connection.execute(update(table).where(column == earlier).values({column.name: now}))


def _rename_in_list(connection: Connection, table: Table, column: Column[Any], earlier: str, now: str) -> None:
    names_them = cast(column, Text).contains(json.dumps(earlier), autoescape=True)
    for row_id, entries in connection.execute(select(table.c.id, column).where(names_them)).all():
        told = [
            {key: now if key in PERSON_FIELDS and value == earlier else value for key, value in entry.items()}
            for entry in entries
        ]
        connection.execute(update(table).where(table.c.id == row_id).values({column.name: told}))


def add_named(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows with the names that people have now, whoever said them by an earlier one."""
    now = find_names(connection)
    named = [each.name for each in PERSON_COLUMNS if each.table is table]
    called = [{**row, **{name: now.get(row[name], row[name]) for name in named if name in row}} for row in rows]
    if called:
        connection.execute(insert(table), called)


def find_names(connection: Connection) -> dict[str, str]:
    """Find what people are called now, by the names that they had before."""
    return {row.name: row.now for row in connection.execute(_EARLIER)}


def call_now(connection: Connection, name: str) -> str:
    """Give the name that somebody has now, by one that they had; any other name stays."""
    return find_names(connection).get(name, name)


def call_all_now(connection: Connection, wanted: ProgressFilter) -> ProgressFilter:
    """Ask for people by the names that they have now; links may have earlier ones."""
    if not wanted.annotators:
        return wanted
    names = find_names(connection)
    return replace(wanted, annotators=tuple(names.get(each, each) for each in wanted.annotators))


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
