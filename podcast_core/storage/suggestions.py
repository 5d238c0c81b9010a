"""Which sessions of a round are worth labelling next, as a model run suggests: the newest suggestion of a round counts.

Nothing here is a fact: it is derived from a run and what is labelled, and made anew whenever somebody wants it.
"""

from collections.abc import Sequence

from sqlalchemy import BindParameter, Connection, ScalarSelect, bindparam, delete, insert, select

from podcast_core.domain.suggestion import SuggestedPlace, Suggestion
from podcast_core.storage.schema import suggested_places, suggestions


def replace_suggestion(connection: Connection, suggestion: Suggestion, places: Sequence[SuggestedPlace]) -> None:
    """Put a suggestion in the place of all older ones of its round."""
    old = select(suggestions.c.id).where(suggestions.c.round_id == suggestion.round_id)
    connection.execute(delete(suggested_places).where(suggested_places.c.suggestion_id.in_(old)))
    connection.execute(delete(suggestions).where(suggestions.c.round_id == suggestion.round_id))
    values = {name: getattr(suggestion, name) for name in Suggestion.__slots__}
    connection.execute(insert(suggestions).values(values))
    rows = [
        {"suggestion_id": suggestion.id, **{name: getattr(each, name) for name in SuggestedPlace.__slots__}}
        for each in places
    ]
    if rows:
        connection.execute(insert(suggested_places), rows)


def find_suggestion(connection: Connection, round_id: str) -> Suggestion | None:
    """Find the suggestion of a round."""
    row = connection.execute(select(suggestions).where(suggestions.c.id == newest_suggestion(round_id))).one_or_none()
    return None if row is None else Suggestion(**row._mapping)


def list_places(connection: Connection, round_id: str) -> list[SuggestedPlace]:
    """List the sessions in the suggested order."""
    query = (
        select(*(suggested_places.c[name] for name in SuggestedPlace.__slots__))
        .where(suggested_places.c.suggestion_id == newest_suggestion(round_id))
        .order_by(suggested_places.c.place)
    )
    return [SuggestedPlace(**row._mapping) for row in connection.execute(query)]


def find_places(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, SuggestedPlace]:
    """Find where some sessions come, by session."""
    rows = connection.execute(_FIND_PLACES, {"round_id": round_id, "session_ids": session_ids})
    return {row.session_id: SuggestedPlace(**row._mapping) for row in rows}


def newest_suggestion(round_id: str | BindParameter[str]) -> ScalarSelect[str]:
    """Select the id of a round's suggestion."""
    return (
        select(suggestions.c.id)
        .where(suggestions.c.round_id == round_id)
        .order_by(suggestions.c.created_at.desc(), suggestions.c.id)
        .limit(1)
        .scalar_subquery()
    )


_FIND_PLACES = select(*(suggested_places.c[name] for name in SuggestedPlace.__slots__)).where(
    suggested_places.c.suggestion_id == newest_suggestion(bindparam("round_id")),
    suggested_places.c.session_id.in_(bindparam("session_ids", expanding=True)),
)
