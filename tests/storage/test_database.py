from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from podcast_core.errors import InvalidInput, StorageUnavailable
from podcast_core.storage.database import Database
from podcast_core.storage.schema import metadata
from podcast_core.workspace import Workspace


def test_the_migrations_lead_to_the_tables_of_the_schema(workspace: Workspace) -> None:
    with workspace.database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_an_error_undoes_the_whole_transaction(workspace: Workspace) -> None:
    def fail_in_the_middle() -> None:
        with workspace.database.writing() as connection:
            connection.execute(text("CREATE TABLE half (x INTEGER)"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_the_middle()
    with workspace.database.reading() as connection:
        assert connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'half'")).all() == []


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "podcast.sqlite").write_text("this is not a database, but it is long enough to be looked at")
    with pytest.raises(StorageUnavailable, match=r"podcast\.sqlite.*not a database"):
        Database(f"sqlite:///{tmp_path / 'podcast.sqlite'}").migrate()


def test_an_unknown_database_url_is_refused() -> None:
    with pytest.raises(InvalidInput, match="PODCAST_DATABASE_URL"):
        Database("nosuchdatabase://x")


def test_a_password_is_not_shown_in_an_error(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    with pytest.raises(StorageUnavailable) as caught, database.reading() as connection:
        connection.execute(text("SELECT * FROM nothing"))
    assert "nothing" in str(caught.value)
    database.close()
