"""Count what a database does for a page or route: statements, rows, and the steps of SQLite's virtual machine.

Steps do not depend on how fast a machine is, and a scan takes some for each row that it sees, given back or not.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

STEPS = 50  # a statement's steps are counted in so many; the rest of fewer is not seen


@dataclass
class Statement:
    """One statement as it was sent, and what came of it (SQLite only)."""

    text: str
    parameters: Any
    steps: int = 0
    rows: int = 0


@dataclass
class Work:
    """All statements that were sent to the workspace's tables."""

    statements: list[Statement] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Statements that read or write."""
        return len(self.statements)

    @property
    def steps(self) -> int:
        """Steps of all statements."""
        return sum(each.steps for each in self.statements)

    @property
    def rows(self) -> int:
        """Rows that came back."""
        return sum(each.rows for each in self.statements)


@contextmanager
def watching(is_ours: Callable[[Engine], bool], *, with_steps: bool = True) -> Iterator[Work]:
    """Watch what is sent while the block runs, but for what the job queue (DBOS) sends.

    Parameters
    ----------
    is_ours
        Whether an engine's statements count: those of the job queue do not.
    with_steps
        Whether steps and rows are counted, which makes a statement half as fast again.
    """
    work = Work()
    watched: set[sqlite3.Connection] = set()

    def note(*sent: Any) -> None:
        connection, cursor, text, parameters, _context, is_many = sent
        if not is_ours(connection.engine) or "dbos" in text or text.startswith(("BEGIN", "SET ", "SHOW ")):
            return
        found = Statement(text, parameters[0] if is_many and parameters else parameters)
        work.statements.append(found)
        raw = connection.connection.dbapi_connection
        if with_steps and isinstance(raw, sqlite3.Connection):
            watched.add(raw)
            _count(raw, cursor, found)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield work
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        for raw in watched:  # what comes later is no work of the last statement
            with suppress(sqlite3.ProgrammingError):  # it is closed
                raw.set_progress_handler(None, 0)


def _count(raw: sqlite3.Connection, cursor: Any, found: Statement) -> None:
    """Count steps and rows of a statement until the next one on its connection begins."""

    def step() -> int:
        found.steps += STEPS
        return 0

    def keep(_cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        found.rows += 1
        return row

    raw.set_progress_handler(step, STEPS)
    cursor.row_factory = keep
