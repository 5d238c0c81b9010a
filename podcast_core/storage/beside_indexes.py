"""Conditions that no index is to be chosen for: SQLite does not know how many rows have a value, and may err."""

from typing import Any

from sqlalchemy import ColumnElement, func


def beside_indexes(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Name a column in a condition so that another condition's index finds the rows."""
    return func.coalesce(column, column)
