"""A part of a list: after so many items, or after the one with these keys, which no item has twice."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, tuple_


def cut(
    query: Select[Any],
    order: Sequence[ColumnElement[Any]],
    *,
    limit: int | None,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> Select[Any]:
    """Sort a query upwards, and take a part of it."""
    if after is not None:
        keys = (literal(value, column.type) for value, column in zip(after, order, strict=True))
        query = query.where(tuple_(*order) > tuple_(*keys))
    return query.order_by(*order).limit(limit).offset(offset if after is None else 0)
