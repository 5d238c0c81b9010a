"""Rules of collections in the database."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from podcast_core.domain.rule import RuleState
from podcast_core.storage import people
from podcast_core.storage.schema import rules

_NAMES = tuple(column.name for column in rules.c)


def add_states(connection: Connection, new: Iterable[RuleState]) -> None:
    """Add states of rules whose ids are not there yet."""
    people.add_named(connection, rules, [{name: getattr(state, name) for name in _NAMES} for state in new])


def list_states(connection: Connection, collection_id: str | None = None) -> list[RuleState]:
    """List all states of the rules of one or all collections, the oldest first."""
    query = select(rules).order_by(rules.c.kept_at, rules.c.id)
    if collection_id is not None:
        query = query.where(rules.c.collection_id == collection_id)
    return [RuleState(**row._mapping) for row in connection.execute(query)]
