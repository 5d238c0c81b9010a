"""Which predictions a page shows: those of each model's newest set."""

from functools import lru_cache

from sqlalchemy import BindParameter, Select, func, select

from podcast_core.storage.schema import prediction_sets


@lru_cache(maxsize=1000)
def newest_sets(round_id: str | BindParameter[str]) -> Select[tuple[str]]:
    """Select the ids of each model's newest set in a round."""
    sets = prediction_sets
    newest_first = func.row_number().over(
        partition_by=sets.c.model, order_by=(sets.c.created_at.desc(), sets.c.id.desc())
    )
    ranked = select(sets.c.id, newest_first.label("age")).where(sets.c.round_id == round_id).subquery()
    return select(ranked.c.id).where(ranked.c.age == 1)
