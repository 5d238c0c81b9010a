"""The SQL database: connections, transactions, and the way to the newest schema."""

import hashlib
import math
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry

from podcast_core.errors import InvalidInput, NoSpace, StorageUnavailable
from podcast_core.storage.named_locks import AdvisoryLocks, FileLocks, NamedLocks, number
from podcast_core.storage.private import make_private_file
from podcast_core.storage.schema import LEASES, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
CACHE_KIB, USUAL_CACHE_KIB = 64 * 1024, 2_000  # for millions of rows; what SQLite has by itself
BUSY_S = 30  # to wait for another process that writes


class Database:
    """A database by its SQLAlchemy URL. Nothing is opened before the first transaction."""

    def __init__(self, url: str) -> None:
        try:
            self._url = choose_driver(make_url(url))
            kind = self._url.get_backend_name()
            if kind == "sqlite" and self._url.database in (None, "", ":memory:"):
                kind = "memory"
            if kind == "sqlite":
                make_private_file(Path(str(self._url.database)))
            self._engine = create_engine(self._url, **_OPTIONS.get(kind, {}))
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise InvalidInput(f"PODCAST_DATABASE_URL cannot be used: {error}") from error
        except OSError as error:
            raise StorageUnavailable(f"The folder of the database cannot be made: {error}") from error
        self._reads = self._writes = self._engine
        self._locks = self._make_locks()
        self._writer = threading.Lock()
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
            self._writes = self._engine.execution_options(writes=True)
        elif self._engine.dialect.name == "postgresql":
            event.listen(self._engine, "connect", _set_up_postgresql)
            self._reads = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database."""
        with self._translated(), self._reads.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *names: str) -> Iterator[Connection]:
        """Open a transaction that is committed at the end, or undone when an error leaves the block.

        SQLite has one writer at a time. On PostgreSQL every statement sees what others have committed meanwhile: who
        reads and then writes what follows from it takes ``names`` first, which nobody else has before the transaction
        ends (see `lock`), in a transaction or without one (see `holding`).

        Nobody asks the file store in it, which may take its time: all others who write would wait for that.
        """
        with ExitStack() as stack:
            if self._engine.dialect.name == "sqlite":
                stack.enter_context(self.holding(*names))
                stack.enter_context(self._turn_to_write())
            stack.enter_context(self._translated())
            connection = stack.enter_context(self._writes.connect())
            stack.enter_context(connection.begin())
            stack.enter_context(_told(is_writing=True))
            lock(connection, *names)
            yield connection

    @contextmanager
    def holding(self, *names: str) -> Iterator[None]:
        """Let nobody else have any of these names, in transactions or without, until the block ends.

        For whoever asks the file store between two transactions: what the first has read, and who writes has to hold
        a name for, is the same in the second. A name that this thread holds already is its own.

        Raises
        ------
        StorageUnavailable
            When somebody else has a name for too long.
        RuntimeError
            When it is called in a transaction that writes: two who do this would wait for each other.
        """
        wanted = sorted({*names} - _held_here(self._url))
        if not wanted:
            yield
            return
        if is_writing():  # two who do this wait for each other
            raise RuntimeError(f"Names are taken before a transaction that writes, not in it; found {wanted}.")
        with self._translated(), self._locks.hold(wanted), _told(held={(self._url, each) for each in wanted}):
            yield

    def wait_for(self, names: Iterable[str]) -> None:
        """Wait until whoever holds one of these names now has let go of it; they may be thousands.

        Raises
        ------
        StorageUnavailable
            When somebody holds one for too long.
        """
        with self._translated():
            self._locks.wait_for(sorted({*names} - _held_here(self._url)))

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """Wait until no other thread writes, without a connection.

        SQLite lets each look again after ever longer pauses, up to 0.1 s, while whoever comes at the right moment goes
        first.
        """
        if not self._writer.acquire(timeout=BUSY_S):
            raise StorageUnavailable(f"The database {self._shown} is too busy: others have been writing for {BUSY_S} s")
        try:
            yield
        finally:
            self._writer.release()

    def migrate(self) -> None:
        """Bring the schema to the newest version. Safe when several processes start at once."""
        from alembic import command
        from alembic.config import Config
        from alembic.migration import MigrationContext

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.writing() as connection:
            lock(connection, "migrate")
            _check_encoding(connection)
            if MigrationContext.configure(connection).get_current_heads() == _newest():
                return  # as at nearly every start; Alembic's own way would read all migrations to find out
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Give back all connections."""
        self._locks.close()
        self._engine.dispose()

    def _make_locks(self) -> NamedLocks:
        if self._engine.dialect.name == "postgresql":
            return AdvisoryLocks(self._url, _set_up_postgresql)
        name = self._url.database
        return FileLocks(None if name in (None, "", ":memory:") else Path(f"{name}.locks").resolve())

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DataError as error:  # a number or text that the column cannot hold: asking again will not help
            raise InvalidInput(f"The database cannot hold this value: {_one_line(error.orig)}") from error
        except DBAPIError as error:
            reason = _one_line(error.orig)
            hint = _WHAT_TO_DO if any(sign in reason for sign in _SIGNS_OF_DAMAGE) else ""
            failed = NoSpace if any(sign in reason for sign in _SIGNS_OF_FULL_DISKS) else StorageUnavailable
            raise failed(f"The database {self._shown} failed: {reason}{hint}") from error
        except NoConnectionFree as error:
            raise StorageUnavailable(f"The database {self._shown} is too busy: {_one_line(error)}") from error

    @property
    def _shown(self) -> str:
        return self._url.render_as_string(hide_password=True)


@cache
def _newest() -> tuple[str, ...]:
    """Get the newest version of the schema."""
    from alembic.script import ScriptDirectory

    return tuple(ScriptDirectory(str(MIGRATIONS)).get_heads())


def lock(connection: Connection, *names: str) -> None:
    """Let nobody else lock any of these names before the transaction ends. SQLite has one writer anyway.

    Names are taken in sorted order, so that two who need several of them never wait for each other. Those that are
    held around the transaction are its own (`Database.holding`).
    """
    if connection.dialect.name == "postgresql":
        for name in sorted({*names} - _held_here(connection.engine.url)):
            connection.execute(_LOCK, {"number": number(name)})


class _Here(threading.local):
    """What this thread is in the middle of."""

    is_writing = False
    held: frozenset[tuple[URL, str]] = frozenset()


_here = _Here()


def is_writing() -> bool:
    """Tell whether this thread is in a transaction that writes."""
    return _here.is_writing


def _held_here(url: URL) -> set[str]:
    return {name for its_url, name in _here.held if its_url == url}


@contextmanager
def _told(*, is_writing: bool | None = None, held: Iterable[tuple[URL, str]] = ()) -> Iterator[None]:
    """Write down what this thread is in the middle of, until the block ends."""
    before = _here.is_writing, _here.held
    _here.is_writing, _here.held = is_writing or _here.is_writing, _here.held | frozenset(held)
    try:
        yield
    finally:
        _here.is_writing, _here.held = before


def analyze(connection: Connection) -> None:
    """Tell PostgreSQL how much is in the tables after much was added: it plans queries badly until it knows.

    The first stratified claim in 10,000 sessions with 100,000 predictions took 84 s before, 0.2 s after. By itself,
    the server looks once a minute. SQLite plans by the indexes.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {', '.join(metadata.tables)}"))


def keep_writers_out(connection: Connection) -> None:
    """Let nobody else write before the transaction ends; who reads sees what was there before."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {', '.join(metadata.tables)} IN EXCLUSIVE MODE"))


def widen_cache(connection: Connection) -> None:
    """Keep more of SQLite's pages in memory before millions of rows are added: those of an index come in any order."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size={-CACHE_KIB}")


@contextmanager
def wide_cache(connection: Connection) -> Iterator[None]:
    """Widen SQLite's cache for a block of a process that goes on to serve people, and give the memory back."""
    widen_cache(connection)
    try:
        yield
    finally:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA cache_size={-USUAL_CACHE_KIB}")


@contextmanager
def without_indexes(connection: Connection, tables: Iterable[Table]) -> Iterator[None]:
    """Make SQLite's indexes of tables anew at the end, in half the time that keeping them takes while all rows change.

    PostgreSQL would let nobody read meanwhile.
    """
    indexes = [each for table in tables for each in sorted(table.indexes, key=lambda each: str(each.name))]
    if connection.dialect.name != "sqlite":
        indexes = []
    for each in indexes:
        each.drop(connection, checkfirst=True)
    yield
    for each in indexes:
        each.create(connection)


def clear(connection: Connection) -> None:
    """Remove all rows of our tables before others are added in the same transaction; who reads sees the old ones."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"TRUNCATE {', '.join(table.name for table in _FACTS)}"))
        return
    for table in reversed(_FACTS):
        connection.execute(table.delete())


def choose_driver(url: URL) -> URL:
    """Take psycopg where an URL names PostgreSQL without a driver, also in the short form of hosting services."""
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _one_line(error: object) -> str:
    return " ".join(str(error).split())


_LOCK = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))
_FACTS = [table for table in metadata.sorted_tables if table not in LEASES]
_SIGNS_OF_DAMAGE = ("file is not a database", "database disk image is malformed")
_SIGNS_OF_FULL_DISKS = ("database or disk is full", "No space left on device")
_WHAT_TO_DO = (
    ". The file is damaged, but the file store has all labels: move the file away, then run "
    "python -m podcast_core rebuild"
)
_OPTIONS: dict[str, dict[str, Any]] = {
    # A server that was started again is noticed at the next transaction, and connected to anew.
    "postgresql": {
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 30,
        "connect_args": {"connect_timeout": 10},
    },
    # As many threads as answer requests, and pages: none waits for a connection. Of those that are kept, the one comes
    # first that was used last, so that few of them hold pages of the file in memory.
    "sqlite": {"pool_size": 10, "max_overflow": 90, "pool_use_lifo": True},
}


def _set_up_postgresql(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Let nobody wait for ever: not for a lock, and not for a client that vanished in a transaction.

    Statements are not compiled to machine code: that takes seconds for those that are expected to take long, and most
    of them read a few rows.
    """
    cursor = connection.cursor()
    settings = (
        "timezone = 'UTC'",
        "jit = off",
        "lock_timeout = '60s'",
        "idle_in_transaction_session_timeout = '10min'",
    )
    for setting in settings:
        cursor.execute(f"SET {setting}")
    cursor.close()
    connection.commit()


def _check_encoding(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        found = connection.execute(text("SHOW server_encoding")).scalar_one()
        if found != "UTF8":
            raise InvalidInput(f"PODCAST_DATABASE_URL: expected a database with the encoding UTF8, found {found}.")


def _set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not by the driver
    connection.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")
    write_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    # PostgreSQL has both: orders are shuffled by md5, and not every SQLite was built with floor.
    connection.create_function("md5", 1, _md5, deterministic=True)
    connection.create_function("floor", 1, _floor, deterministic=True)


def write_ahead(connection: sqlite3.Connection) -> None:
    """Choose the write-ahead log, which is a setting of the file: whoever reads does not wait.

    SQLite refuses it at once while another process writes in a new file, whatever the ``busy_timeout``.
    """
    end = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.02)  # SQLite has no way to wait here, and tells nobody when the other process is done
        else:
            return


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _floor(number: float | None) -> int | None:
    return None if number is None else math.floor(number)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail at once, without waiting, if another wrote in between.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
