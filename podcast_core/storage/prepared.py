"""Statements that are put together and compiled once: SQLAlchemy needs longer for a long one than the database."""

from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.sql.elements import ClauseElement


class Prepared:
    """A statement with named parameters (``bindparam``) for one kind of database; values go to its driver unchanged."""

    def __init__(self, connection: Connection, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
        self._text, self._constants = str(compiled), compiled.params
        self._order: list[str] | None = getattr(compiled, "positiontup", None)

    def execute(self, connection: Connection, **values: Any) -> CursorResult[Any]:
        """Execute it; rows come as the driver gives them."""
        given = {**self._constants, **values}
        if self._order is None:
            return connection.exec_driver_sql(self._text, given)
        return connection.exec_driver_sql(self._text, tuple(given[name] for name in self._order))
