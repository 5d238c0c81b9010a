import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.schema import SchemaItem

from podcast_core.domain.label import make_labels
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput, StorageUnavailable
from podcast_core.storage import rounds
from podcast_core.storage.database import Database, lock
from podcast_core.storage.job_queue import JobQueue
from podcast_core.storage.schema import metadata
from podcast_core.workspace import Workspace
from tests.conftest import DATABASES
from tests.postgres import PostgresServer
from tests.serving import ROOT


def test_the_migrations_lead_to_the_tables_of_the_schema(workspace: Workspace) -> None:
    with workspace.database.reading() as connection:
        dialect = connection.dialect.name

        def belongs_here(thing: SchemaItem, *_: object) -> bool:
            return bool(thing.info.get("only_in", dialect) == dialect)

        context = MigrationContext.configure(connection, opts={"include_object": belongs_here})
        assert compare_metadata(context, metadata) == []


def test_an_error_undoes_the_whole_transaction(workspace: Workspace) -> None:
    def fail_in_the_middle() -> None:
        with workspace.database.writing() as connection:
            connection.execute(text("CREATE TABLE half (x INTEGER)"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_the_middle()
    with workspace.database.reading() as connection:
        assert "half" not in inspect(connection).get_table_names()


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "podcast.sqlite").write_text("this is not a database, but it is long enough to be looked at")
    with pytest.raises(
        StorageUnavailable, match=r"podcast\.sqlite.*not a database.*move the file away, then run .* rebuild"
    ):
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


@pytest.mark.postgresql
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_plain_url_of_postgresql_works(postgres: PostgresServer, migrated_postgres: str, scheme: str) -> None:
    database = Database(postgres.url(migrated_postgres).replace("postgresql", scheme, 1))
    with database.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


@pytest.mark.postgresql
def test_all_text_is_compared_by_its_bytes(postgres: PostgresServer, migrated_postgres: str) -> None:
    database = Database(postgres.url(migrated_postgres))
    query = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND "
        "data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'"
    )
    with database.reading() as connection:
        assert connection.execute(text("SELECT 'b' < 'C'")).scalar_one()  # the server's own order is a language's
        found = connection.execute(text(query)).all()
    assert [tuple(row) for row in found] == [("alembic_version", "version_num")]
    database.close()


@pytest.mark.postgresql
def test_a_value_that_a_column_cannot_hold_is_the_callers_fault(
    postgres: PostgresServer, migrated_postgres: str
) -> None:
    database = Database(postgres.url(migrated_postgres))
    with (
        pytest.raises(InvalidInput, match="cannot hold this value: integer out of range"),
        database.writing() as writer,
    ):
        writer.execute(text("SELECT CAST(:big AS integer)"), {"big": 2**40})
    database.close()


@pytest.mark.postgresql
def test_after_a_restart_of_the_server_work_goes_on(postgres: PostgresServer, migrated_postgres: str) -> None:
    database = Database(postgres.url(migrated_postgres))
    with database.reading() as connection:
        connection.execute(text("SELECT 1"))
    postgres.stop()
    try:
        with pytest.raises(StorageUnavailable, match="The database postgresql.* failed: .*No such file"):
            database.migrate()
    finally:
        postgres.start()
    with database.writing() as connection:  # the first try works: dead connections are found out before they are used
        assert connection.execute(text("SELECT count(*) FROM rounds")).scalar_one() == 0
    with pytest.raises(StorageUnavailable, match="failed: .*terminat"), database.writing() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with database.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


@pytest.mark.parametrize("kind", DATABASES)
def test_processes_that_start_at_once_on_an_empty_database_all_find_its_tables(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    server: PostgresServer | None = None
    if kind == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.create())
    code = (
        f"from podcast_core.storage.database import Database; d = Database({url!r}); d.migrate()\n"
        "from podcast_core.storage import rounds\n"
        "with d.reading() as c: print(len(rounds.list_rounds(c)))"
    )
    command = [sys.executable, "-c", code]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    said = [racer.communicate(timeout=120) for racer in racers]
    for racer, (output, errors) in zip(racers, said, strict=True):
        assert (output.strip(), racer.returncode) == (b"0", 0), errors.decode()


@contextmanager
def written_by_another(path: Path) -> Iterator[None]:
    """A new file in which somebody else writes, for a moment more."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    refused = sqlite3.connect(path, timeout=30)
    with pytest.raises(sqlite3.OperationalError, match="locked"):  # at once: SQLite does not wait here
        refused.execute("PRAGMA journal_mode=WAL")
    refused.close()
    ended = threading.Timer(0.3, other.execute, ("COMMIT",))
    ended.start()
    yield
    ended.join()
    other.close()


def test_a_new_file_in_which_another_process_writes_is_waited_for(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    with written_by_another(tmp_path / "new.sqlite"):
        database.migrate()
    with database.reading() as connection:
        assert not rounds.list_rounds(connection)
    database.close()


def test_a_new_queue_in_which_another_process_writes_is_waited_for(tmp_path: Path) -> None:
    queue = JobQueue(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    with written_by_another(tmp_path / "jobs.sqlite"):
        queue.prepare()
    assert queue.list() == []
    queue.close()


def test_whoever_reads_sees_one_state_and_a_lock_lets_one_in_at_a_time(workspace: Workspace) -> None:
    inside, most = 0, 0
    with workspace.database.reading() as reader:
        before = reader.execute(text("SELECT count(*) FROM rounds")).scalar_one()

        def add(number: int) -> None:
            nonlocal inside, most
            with workspace.database.writing() as connection:
                lock(connection, "b", "a")
                inside += 1
                most = max(most, inside)
                found = connection.execute(text("SELECT count(*) FROM rounds")).scalar_one()
                rounds.add_round(connection, Round(f"r{found}", f"r{number}", make_labels(["call"])))
                inside -= 1

        threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert reader.execute(text("SELECT count(*) FROM rounds")).scalar_one() == before
    with workspace.database.reading() as connection:
        names = sorted(each.id for each in rounds.list_rounds(connection))
    assert (names, most) == ([f"r{number}" for number in range(8)], 1)


def test_whoever_waits_to_write_holds_no_connection(workspace: Workspace) -> None:
    """On SQLite, which has one writer at a time; many who read at the same time all get a connection."""
    database, written = workspace.database, []

    def write(number: int) -> None:
        with database.writing() as connection:
            connection.execute(text("SELECT 1"))
            written.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    with database.writing():
        for thread in threads:
            thread.start()
        with ExitStack() as stack:
            for _ in range(30):  # more than SQLAlchemy's own limit, where one more would wait for half a minute
                stack.enter_context(database.reading())
            is_sqlite = workspace.settings.resolved_database_url.startswith("sqlite")
            assert not is_sqlite or database._engine.pool.checkedout() == 31  # type: ignore[attr-defined]  # QueuePool's
        assert not is_sqlite or written == []
    for thread in threads:
        thread.join()
    assert sorted(written) == list(range(5))
