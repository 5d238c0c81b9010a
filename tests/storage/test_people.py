"""Names of people in the tables: no column is forgotten when somebody is renamed."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, create_engine, insert, select, text

from podcast_core import storage
from podcast_core.storage import people
from podcast_core.storage.schema import DERIVED, metadata
from podcast_core.storage.schema.base import IdList, UtcDateTime

NO_NAMES_OF_PEOPLE = {"call_type", "given_label", "individual", "kind", "label", "model"}  # of 80 characters, too
SUMMED = ("submissions", "reviews")  # of which sums are kept: renaming these is tested where these are worked out
LEASES = ("claims", "selections", "sent")  # are written in ways of their own, and of one machine


def fill(column: Column[Any]) -> Any:
    if column.info.get("is_person"):
        return "Ann"
    if isinstance(column.type, IdList):
        return ()
    if isinstance(column.type, UtcDateTime):
        return datetime(2026, 1, 1, tzinfo=UTC)
    kind = column.type.python_type
    made: dict[type, Any] = {object: [], dict: [], bytes: b"x", str: "x"}  # object: JSON with a NULL of its own
    return made[kind] if kind in made else kind(1)


def find_anns(connection: Connection) -> list[str]:
    named = [each for each in people.PERSON_COLUMNS if each.table.name not in SUMMED]
    return [str(each) for each in named if connection.scalar(select(each).where(each == "Ann").limit(1))]


def test_whoever_is_renamed_is_renamed_in_every_column_that_names_people() -> None:
    with create_engine("sqlite://").begin() as connection:
        metadata.create_all(connection)
        for table in {each.table for each in people.PERSON_COLUMNS}:
            assert isinstance(table, Table)
            if table.name not in SUMMED:
                row = {each.name: fill(each) for each in table.c}
                connection.execute(insert(table).values(row))
                if any(each.primary_key and each.info for each in table.c):  # where two rows become one
                    renamed = {name: "Zoë" if value == "Ann" else value for name, value in row.items()}
                    connection.execute(insert(table).values(renamed))
        assert len(find_anns(connection)) >= 20
        people.rename(connection, "Ann", "Zoë")
        assert find_anns(connection) == []
        assert connection.execute(text("SELECT byte_count FROM sent WHERE person = 'Zoë'")).scalars().all() == [2]


def test_every_column_that_may_name_people_says_so() -> None:
    known = {str(each) for each in people.PERSON_COLUMNS} | {"people.name", "person_names.name"}
    columns = [each for table in metadata.sorted_tables if table not in DERIVED for each in table.c]
    may = [each for each in columns if getattr(each.type, "length", None) == 80 and each.name not in NO_NAMES_OF_PEOPLE]
    assert [str(each) for each in may if str(each) not in known] == ["saved_queues.name"]


def test_tables_that_name_people_get_rows_by_one_function() -> None:
    named = {each.table.name for each in people.PERSON_COLUMNS} - {*SUMMED, *LEASES}
    found = re.compile(r"insert\((\w+)\)|(\w+)\.insert\(\)")
    for path in Path(storage.__path__[0]).glob("*.py"):
        used = {one or other for one, other in found.findall(path.read_text(encoding="utf-8"))}
        assert not used & named, f"{path.name}: people.add_named adds rows to {used & named}"
