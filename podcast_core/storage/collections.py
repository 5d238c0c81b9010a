"""Collections in the database, and what people did to their clips."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from podcast_core.domain.clip import ClipAct, ClipDeed, Subset
from podcast_core.domain.collection import Collection, CollectionEnd, Unit
from podcast_core.errors import NotFound
from podcast_core.storage import clips, people
from podcast_core.storage.schema import acts, bulk_acts, clip_acts, collections, maps, reviews, submissions

_NAMES = tuple(column.name for column in collections.c)


def add_collection(connection: Connection, collection: Collection) -> None:
    """Add a collection whose id is not there yet."""
    values = {name: getattr(collection, name) for name in _NAMES}
    people.add_named(connection, collections, [{**values, "unit": collection.unit.value}])


def find_collection(connection: Connection, collection_id: str) -> Collection | None:
    """Find a collection by its id."""
    row = connection.execute(select(collections).where(collections.c.id == collection_id)).one_or_none()
    return None if row is None else _to_collection(row)


def get_collection(connection: Connection, collection_id: str) -> Collection:
    """Get a collection by its id; NotFound when there is none."""
    found = find_collection(connection, collection_id)
    if found is None:
        raise NotFound(f"There is no collection {collection_id[:80]!r}.")
    return found


def list_collections(
    connection: Connection, *, round_id: str | None = None, embedder: str | None = None
) -> list[Collection]:
    """List collections, of a round or of an embedder where wanted, the newest first."""
    query = select(collections).order_by(collections.c.created_at.desc(), collections.c.id)
    if round_id is not None:
        query = query.where(collections.c.round_id == round_id)
    if embedder is not None:
        query = query.where(collections.c.embedder == embedder)
    return [_to_collection(row) for row in connection.execute(query)]


def end_collection(connection: Connection, end: CollectionEnd) -> None:
    """Write that all clips of a collection were described, and which could not be."""
    clips.set_errors(connection, end.collection_id, end.failed)
    values = {"finished_at": end.finished_at, "dimension": end.dimension}
    connection.execute(update(collections).where(collections.c.id == end.collection_id).values(values))


def add_clip_acts(connection: Connection, new: Iterable[ClipAct]) -> None:
    """Add acts that are not there yet, and apply them: of several about one clip, the last one counts."""
    ordered = sorted(new, key=lambda act: (act.acted_at, act.id))
    if not ordered:
        return
    people.add_named(connection, clip_acts, map(_to_values, ordered))
    earliest = {act.collection_id: act for act in reversed(ordered)}
    for collection_id, first in earliest.items():
        known = list_clip_acts(connection, collection_id)
        # What another machine did earlier may be known later: then all of them are applied again, in their order.
        clips.apply_acts(connection, [act for act in known if (act.acted_at, act.id) >= (first.acted_at, first.id)])


def list_clip_acts(connection: Connection, collection_id: str | None = None) -> list[ClipAct]:
    """List what people did to the clips of one or all collections, the oldest first."""
    query = select(clip_acts).order_by(clip_acts.c.acted_at, clip_acts.c.id)
    if collection_id is not None:
        query = query.where(clip_acts.c.collection_id == collection_id)
    return [_to_act(row) for row in connection.execute(query)]


def find_version(connection: Connection, collection_id: str, round_id: str) -> str:
    """Find a short text that is another one after each answer, review or act about a collection's clips."""
    told = (
        select(func.count()).where(submissions.c.round_id == round_id),
        select(func.count()).select_from(reviews),  # of all rounds: asking once too often costs little
        select(func.count()).where(bulk_acts.c.round_id == round_id),
        select(func.count()).where(acts.c.round_id == round_id),
        select(func.count()).where(clip_acts.c.collection_id == collection_id),
        select(func.count()).where(maps.c.collection_id == collection_id),
    )
    row = connection.execute(select(*(each.scalar_subquery() for each in told))).one()
    return ".".join(map(str, row))


def find_clip_act(connection: Connection, act_id: str) -> ClipAct | None:
    """Find an act by its id."""
    row = connection.execute(select(clip_acts).where(clip_acts.c.id == act_id)).one_or_none()
    return None if row is None else _to_act(row)


def _to_collection(row: Row[tuple[Any, ...]]) -> Collection:
    return Collection(**{**row._mapping, "unit": Unit(row.unit)})


def _to_values(act: ClipAct) -> dict[str, Any]:
    return {
        "id": act.id,
        "collection_id": act.collection_id,
        "deed": act.deed.value,
        "numbers": list(act.numbers),
        "subset": "" if act.subset is None else act.subset.value,
        "of": list(act.of),
        "who": act.who,
        "acted_at": act.acted_at,
        "undoes": act.undoes,
    }


def _to_act(row: Row[tuple[Any, ...]]) -> ClipAct:
    numbers: Sequence[int] = row.numbers
    return ClipAct(
        id=row.id,
        collection_id=row.collection_id,
        deed=ClipDeed(row.deed),
        numbers=tuple(numbers),
        who=row.who,
        subset=Subset(row.subset) if row.subset else None,
        of=tuple(row.of),
        undoes=row.undoes,
        acted_at=row.acted_at,
    )
