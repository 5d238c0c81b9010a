"""Locks by name, outside of transactions: whoever writes objects and then their rows holds one over both.

No transaction can be open over both: SQLite has one writer at a time, and a bucket answers when it likes. Who ends, or
is killed, lets go of what they held.
"""

import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from podcast_core.errors import StorageUnavailable
from podcast_core.storage.private import make_private_file

WAIT_S = 60.0  # for somebody else's lock: longer than a store needs that works at all
LOCK_NOT_AVAILABLE = "55P03"  # what PostgreSQL says when it has waited for `lock_timeout`
_MIN_POLL_S, _MAX_POLL_S = 0.001, 0.05  # no system wakes a process in time *and* gives up in time


class NamedLocks(Protocol):
    """What holds names for a database."""

    def hold(self, names: Sequence[str], /) -> AbstractContextManager[None]:
        """Hold names, which are sorted; StorageUnavailable when somebody else does for too long."""

    def wait_for(self, names: Sequence[str], /) -> None:
        """Wait until nobody holds a name, one after the other; StorageUnavailable when that takes too long."""

    def close(self) -> None:
        """Give back what is open."""


def number(name: str) -> int:
    """Make a number of a lock's name, as PostgreSQL wants it: 64 bits with a sign."""
    return int.from_bytes(hashlib.blake2b(f"podcast/{name}".encode(), digest_size=8).digest(), signed=True)


class FileLocks:
    """Locks of one machine, for a database in a file: a name is a byte of another file beside it.

    Without a path there is no other process: a database in memory.
    """

    def __init__(self, path: Path | None) -> None:
        with _guard:
            self._file = _files.setdefault(path, _LockFile(path)) if path else _LockFile(None)
            self._file.users += 1

    @contextmanager
    def hold(self, names: Sequence[str]) -> Iterator[None]:
        """Hold names, which are sorted; StorageUnavailable when somebody else does for too long."""
        end = time.monotonic() + WAIT_S
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(self._file.hold(name, end))
            yield

    def wait_for(self, names: Sequence[str]) -> None:
        """Wait until nobody holds a name, one after the other; StorageUnavailable when that takes too long."""
        end = time.monotonic() + WAIT_S
        for name in names:
            with self._file.hold(name, end):
                pass

    def close(self) -> None:
        """Close the file when nobody in this process needs it any more."""
        with _guard:
            self._file.users -= 1
            if self._file.users <= 0:
                self._file.close()


class _LockFile:
    """The file of locks: opened once in a process, since closing it would take from the process all locks on it."""

    def __init__(self, path: Path | None) -> None:
        self.users = 0
        self._path = path
        self._descriptor: int | None = None
        self._known: dict[str, tuple[threading.Lock, int]] = {}  # by name: and how many hold it or wait for it

    @contextmanager
    def hold(self, name: str, end: float) -> Iterator[None]:
        """Hold a name against other threads, then against other processes."""
        with _guard:
            lock, count = self._known.get(name, (threading.Lock(), 0))
            self._known[name] = lock, count + 1
        try:
            if not lock.acquire(timeout=max(0.0, end - time.monotonic())):
                raise _waited()
            try:
                with self._locked_byte(number(name) & sys.maxsize, end):
                    yield
            finally:
                lock.release()
        finally:
            with _guard:
                _, count = self._known.pop(name)
                if count > 1:
                    self._known[name] = lock, count - 1

    @contextmanager
    def _locked_byte(self, place: int, end: float) -> Iterator[None]:
        if self._path is None:
            yield
            return
        poll_s = _MIN_POLL_S
        try:
            while not _lock_byte(descriptor := self._open(self._path), place):
                if time.monotonic() > end:
                    raise _waited()
                time.sleep(poll_s)
                poll_s = min(2 * poll_s, _MAX_POLL_S)
        except OSError as error:
            raise StorageUnavailable(f"The file of locks {self._path} cannot be used: {error}") from error
        try:
            yield
        finally:
            _unlock_byte(descriptor, place)

    def _open(self, path: Path) -> int:
        with _guard:
            if self._descriptor is None:
                make_private_file(path)
                self._descriptor = os.open(path, os.O_RDWR)
            return self._descriptor

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _waited() -> StorageUnavailable:
    return StorageUnavailable(
        f"Somebody else has been writing here for {WAIT_S:.0f} s: the file store may be slow. Nothing was saved; try "
        "again."
    )


_guard = threading.Lock()
_files: dict[Path, _LockFile] = {}

if sys.platform == "win32":
    import msvcrt

    def _lock_byte(descriptor: int, place: int) -> bool:
        with _guard:
            os.lseek(descriptor, place & 0x7FFFFFFF, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError:
                return False
        return True

    def _unlock_byte(descriptor: int, place: int) -> None:
        with _guard:
            os.lseek(descriptor, place & 0x7FFFFFFF, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock_byte(descriptor: int, place: int) -> bool:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):  # POSIX allows either
            return False
        return True

    def _unlock_byte(descriptor: int, place: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, place)


class AdvisoryLocks:
    """Locks of a PostgreSQL server, the same as those that a transaction takes, on connections of their own.

    Were they from the pool of transactions, all of it could be held by those who wait for one more.
    """

    def __init__(self, url: URL, set_up: Callable[[DBAPIConnection, ConnectionPoolEntry], None]) -> None:
        self._engine: Engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=20,
            pool_timeout=WAIT_S,
            connect_args={"connect_timeout": 10},
        )
        event.listen(self._engine, "connect", set_up)
        event.listen(self._engine, "connect", _limit_waiting)

    @contextmanager
    def hold(self, names: Sequence[str]) -> Iterator[None]:
        """Hold names, which are sorted; an error of the server when somebody else does for too long."""
        with self._engine.connect() as connection:
            try:
                self._take(connection, names)
                yield
            finally:
                try:
                    connection.execute(_UNLOCK_ALL)
                except DBAPIError:  # the server is gone, and what it held with it
                    connection.invalidate()

    def wait_for(self, names: Sequence[str]) -> None:
        """Wait until nobody holds a name, one after the other; an error of the server when that takes too long."""
        with self._engine.connect() as connection:
            self._take(connection, names, and_let_go=True)

    def _take(self, connection: Connection, names: Sequence[str], *, and_let_go: bool = False) -> None:
        try:
            connection.execute(_PASS if and_let_go else _TAKE, {"numbers": [number(each) for each in names]})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") == LOCK_NOT_AVAILABLE:
                raise _waited() from error
            raise

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


_UNLOCK_ALL = text("SELECT pg_advisory_unlock_all()")
_OF_NUMBERS = "FROM unnest(CAST(:numbers AS bigint[])) AS each"
_TAKE = text(f"SELECT pg_advisory_lock(each) {_OF_NUMBERS}")  # nosec B608  # our own words
_PASS = text(f"SELECT pg_advisory_lock(each), pg_advisory_unlock(each) {_OF_NUMBERS}")  # nosec B608  # our own words


def _limit_waiting(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = {round(1000 * WAIT_S)}")
    cursor.close()
    connection.commit()
