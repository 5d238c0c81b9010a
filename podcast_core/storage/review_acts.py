"""Review acts in the database, and the reviews that follow from them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields

from sqlalchemy import Connection, select, update

from podcast_core.domain.review import Verdict
from podcast_core.domain.review_act import ReviewAct
from podcast_core.storage import clip_labels, deriving, people, reviews
from podcast_core.storage.schema import review_acts, submissions
from podcast_core.storage.schema import reviews as table

_NAMES = tuple(each.name for each in fields(ReviewAct))
_LIST = select(review_acts).order_by(review_acts.c.acted_at, review_acts.c.id)


def add_acts(connection: Connection, new: Sequence[ReviewAct]) -> None:
    """Add acts whose ids are not there yet, with their reviews; an undo may come before what it undoes."""
    if not new:
        return
    people.add_named(connection, review_acts, [{name: getattr(act, name) for name in _NAMES} for act in new])
    undone = set(
        connection.scalars(select(review_acts.c.undoes).where(review_acts.c.undoes.in_([act.id for act in new])))
    )
    made = [each for act in new for each in act.list_reviews()]
    reviews.add_reviews(connection, made)
    withdrawn = {act.id for act in new if act.id in undone} | {act.undoes for act in new if act.undoes}
    for act_id in sorted(withdrawn):
        _withdraw(connection, act_id)


def _withdraw(connection: Connection, act_id: str) -> None:
    connection.execute(update(table).where(table.c.act_id == act_id).values(withdrawn=True))
    touched: dict[str, set[str]] = defaultdict(set)
    judged = select(submissions.c.round_id, submissions.c.session_id).join(
        table, table.c.submission_id == submissions.c.id
    )
    for round_id, session_id in connection.execute(judged.where(table.c.act_id == act_id)):
        touched[round_id].add(session_id)
    for round_id, session_ids in touched.items():
        clip_labels.relabel(connection, round_id, sorted(session_ids))
        deriving.refresh(connection, round_id, session_ids)


def find_act(connection: Connection, act_id: str) -> ReviewAct | None:
    """Find an act by its id."""
    return next(iter(list_acts(connection, ids=[act_id])), None)


def list_acts(connection: Connection, round_id: str | None = None, ids: Iterable[str] | None = None) -> list[ReviewAct]:
    """List acts, the oldest first: all, or those of a round, or some by their ids."""
    query = _LIST
    if round_id is not None:
        query = query.where(review_acts.c.round_id == round_id)
    if ids is not None:
        query = query.where(review_acts.c.id.in_(list(ids)))
    return [
        ReviewAct(**{**row._mapping, "verdict": None if row.verdict is None else Verdict(row.verdict)})
        for row in connection.execute(query)
    ]
