"""What all tables are made of."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData()


class IdList(TypeDecorator[tuple[str, ...]]):
    """A few ids in one text, with spaces between them: no id has one (`podcast_core.domain.ids`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # the base class names it
        """Store as one text."""
        return None if value is None else " ".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002  # the base class names it
        """Read as ids."""
        return None if value is None else tuple(value.split())


def text(length: int | None = None) -> TypeEngine[str]:
    """Text that is compared and sorted by its bytes everywhere, as SQLite does; PostgreSQL would ask the language.

    How long it may be is said by the nouns; PostgreSQL alone would refuse what is longer.
    """
    kind: TypeEngine[str] = Text() if length is None else String(length)
    return kind.with_variant(Text(collation="C"), "postgresql")


def person(name: str, **how: Any) -> Column[str]:
    """Make a column with the name of somebody who did or said something, or whom it is for.

    `podcast_core.storage.people` writes there what they are called now.
    """
    return Column(name, text(80), nullable=False, info={"is_person": True}, **how)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; SQLite has no zones and would return a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # the base class names it
        """Store in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # the base class names it
        """Read as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
