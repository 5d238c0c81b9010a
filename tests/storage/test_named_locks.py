"""Locks by name: over several transactions, in them, against threads and other processes."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from podcast_core.errors import StorageUnavailable
from podcast_core.storage import named_locks
from podcast_core.storage.database import Database, is_writing, lock
from podcast_core.storage.named_locks import number
from podcast_core.workspace import Workspace

HOLD_A_BYTE = """
import fcntl, os, sys
fcntl.lockf(os.open(sys.argv[1], os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX, 1, int(sys.argv[2]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_thread(work: object) -> Iterator[threading.Event]:
    """Do something in a thread; the event says that it is done."""
    done = threading.Event()

    def run() -> None:
        work()  # type: ignore[operator]
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    yield done
    thread.join()


def write(workspace: Workspace, *names: str) -> None:
    """Change something."""
    with workspace.database.writing(*names) as connection:
        connection.execute(text("UPDATE rounds SET name = name"))


def test_who_holds_a_name_keeps_out_those_who_want_it_and_nobody_else(workspace: Workspace) -> None:
    with workspace.database.holding("b", "a"):
        with another_thread(lambda: write(workspace, "c", "d")) as done:
            assert done.wait(30)
        with another_thread(lambda: write(workspace)) as done:
            assert done.wait(30)
        entered = threading.Event()

        def hold() -> None:
            with workspace.database.holding("a"):
                entered.set()

        waiting = [threading.Thread(target=hold), threading.Thread(target=write, args=(workspace, "z", "b"))]
        for thread in waiting:
            thread.start()
        with another_thread(lambda: write(workspace, "c")) as done:
            assert done.wait(30)
        assert not entered.is_set()
    for thread in waiting:
        thread.join(30)
    assert entered.is_set()


def test_a_transaction_that_has_a_name_keeps_it_until_it_ends(workspace: Workspace) -> None:
    order: list[str] = []

    def hold() -> None:
        with workspace.database.holding("a"):
            order.append("held")

    with workspace.database.writing("a"):
        thread = threading.Thread(target=hold)
        thread.start()
        thread.join(0.05)
        order.append("written")
    thread.join(30)
    assert order == ["written", "held"]


def test_what_a_thread_holds_is_its_own(workspace: Workspace) -> None:
    with workspace.database.holding("a"), workspace.database.holding("b", "a"):
        with workspace.database.writing("a", "b", "c") as connection:
            lock(connection, "a")
            assert is_writing()
            with workspace.database.holding("a"):
                pass
            with pytest.raises(RuntimeError, match="before a transaction"), workspace.database.holding("d"):
                pass
        assert not is_writing()
    with another_thread(lambda: write(workspace, "a", "b", "c", "d")) as done:
        assert done.wait(30)


def test_whoever_waits_too_long_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_locks, "WAIT_S", 0.05)
    database = Database(workspace.settings.resolved_database_url)
    failures: list[StorageUnavailable] = []

    def hold() -> None:
        try:
            with database.holding("a"):
                pass
        except StorageUnavailable as error:
            failures.append(error)

    with workspace.database.holding("a"), another_thread(hold) as done:
        assert done.wait(30)
    database.close()
    assert len(failures) == 1
    assert "Nothing was saved" in str(failures[0])
    with workspace.database.holding("a"):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="locks bytes with fcntl, which Windows lacks")
def test_another_process_is_waited_for_and_lets_go_when_it_is_killed(workspace: Workspace) -> None:
    if workspace.settings.database_url.startswith("postgresql"):
        pytest.skip("PostgreSQL has its own way, see above")
    path = f"{workspace.settings.resolved_database_url.removeprefix('sqlite:///')}.locks"
    command = [sys.executable, "-S", "-c", HOLD_A_BYTE, path, str(number("a") & sys.maxsize)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with workspace.database.holding("b"), another_thread(lambda: write(workspace, "a")) as done:
            assert not done.wait(0.1)
            other.kill()
            assert done.wait(30)
