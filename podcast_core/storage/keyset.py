"""A part of a list: after so many items, or after the one with these keys, which no item has twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Float, Integer, Select, literal, tuple_

from podcast_core.errors import InvalidInput
from podcast_core.storage.schema.base import UtcDateTime

_KINDS = (  # a column's type, what its values are, and how large they may be
    ((UtcDateTime, DateTime), (datetime,), "a moment", None),
    (BigInteger, (int,), "a whole number", 2**63),
    (Integer, (int,), "a whole number", 2**31),
    (Float, (int, float), "a number", None),
)
_TEXT = (object, (str,), "text", None)


def cut(
    query: Select[Any],
    order: Sequence[ColumnElement[Any]],
    *,
    limit: int | None,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> Select[Any]:
    """Sort a query upwards, and take a part of it; InvalidInput for keys that no item can have."""
    if after is not None:
        check_keys(after, order)
        keys = (literal(value, column.type) for value, column in zip(after, order, strict=True))
        query = query.where(tuple_(*order) > tuple_(*keys))
    return query.order_by(*order).limit(limit).offset(offset if after is None else 0)


def check_keys(after: Sequence[Any], order: Sequence[ColumnElement[Any]]) -> None:
    """Refuse keys that no item of a list can have (InvalidInput): they come from an address that anybody can write."""
    kinds = [next((each for each in _KINDS if isinstance(column.type, each[0])), _TEXT) for column in order]
    if len(after) != len(kinds) or not all(map(_fits, after, kinds)):
        expected = ", ".join(name for *_, name, _ in kinds)
        raise InvalidInput(
            f"after: expected where a list goes on, as the address in `next` of an answer of it says ({expected}); "
            f"found something else in it."
        )


def _fits(value: Any, kind: tuple[Any, tuple[type, ...], str, int | None]) -> bool:
    _, types, _, end = kind
    return type(value) in types and (end is None or -end <= value < end)
