"""Many rows go in as they are, and are refused as any statement would refuse them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from podcast_core.errors import InvalidInput, StorageUnavailable
from podcast_core.storage import many_rows
from podcast_core.storage.many_rows import insert_many
from podcast_core.storage.schema import acts, rounds
from podcast_core.workspace import Workspace

NAMES = ("id", "name", "labels", "description", "instructions", "site", "site_url", "created_at", "own_review")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def make_row(number: int, text: str = "") -> tuple[object, ...]:
    zone = timezone(timedelta(hours=number - 3))
    labels = [{"name": text, "color": "#000000"}]
    return (f"r-{number}", "sea", labels, text, "", "", "", MOMENT.astimezone(zone), number % 2 == 0)


def test_every_type_is_read_as_it_was_written(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_rows, "AT_ONCE", 2)
    texts = ["", "a\tb\nc", "\\N", '"quoted", it\'s', "鯨"]
    rows = [make_row(number, text) for number, text in enumerate(texts)]
    with workspace.database.writing() as connection:
        insert_many(connection, rounds, NAMES, iter(rows))
        insert_many(connection, rounds, NAMES, [])
    with workspace.database.reading() as connection:
        columns = [rounds.c[name] for name in NAMES]
        found = [tuple(row) for row in connection.execute(select(*columns).order_by(rounds.c.id))]
    assert found == rows
    assert {row[7].tzinfo for row in found} == {UTC}


def test_columns_are_named_whatever_they_are_called(workspace: Workspace) -> None:
    names = tuple(column.name for column in acts.c)  # "new" and "old" among them
    row = ("a", "rename label", "sea", "", "", None, "", "Ann", "call", "song", MOMENT, "")
    with workspace.database.writing() as connection:
        insert_many(connection, acts, names, [row])
        assert [tuple(found) for found in connection.execute(select(acts))] == [row]


def test_what_a_table_refuses_is_refused_whole(workspace: Workspace) -> None:
    with pytest.raises(StorageUnavailable) as caught, workspace.database.writing() as connection:
        insert_many(connection, rounds, NAMES, [make_row(1), make_row(2), make_row(1)])
    assert isinstance(caught.value.__cause__, IntegrityError)
    with workspace.database.reading() as connection:
        assert connection.execute(select(rounds.c.id)).all() == []


@pytest.mark.postgresql
def test_what_a_column_cannot_hold_is_named(workspace: Workspace) -> None:
    if not workspace.settings.database_url.startswith("postgresql"):
        pytest.skip("SQLite holds everything")
    with pytest.raises(InvalidInput, match="cannot hold this value"), workspace.database.writing() as connection:
        insert_many(connection, rounds, NAMES, [make_row(1, "a\0b")])
