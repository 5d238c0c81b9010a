"""Clips of collections in the database: a million rows, so they are added by the thousand and read by column."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Boolean,
    Connection,
    Float,
    Integer,
    RowMapping,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from podcast_core.domain.clip import PART_CLIPS, Clip, ClipAct, ClipDeed, ClipPart, Subset
from podcast_core.storage.schema import clips, collections

PLACES = ("session_id", "recording_id", "channel", "start_s", "end_s", "low_hz", "high_hz", "box_id")
GIVEN = (*PLACES, "given_subset", "given_label", "url", "error")
DEFAULTS: Mapping[str, Any] = {
    "subset": Subset.RAW.value,
    "evicted": False,
    "label": "",
    "given_label": "",
    "error": "",
}
MAX_NAMED = 500  # in one statement
NO_NUMBER = 2**31  # the databases know no greater ones
_SUBSET = GIVEN.index("given_subset")


def add_part(connection: Connection, part: ClipPart) -> None:
    """Add clips that are not there yet; who holds what label is said by `relabel`."""
    rest = {"collection_id": part.collection_id, "label": "", "evicted": False, "duplicate_of": None}
    rows = [
        {
            **rest,
            "number": part.first + index,
            "subset": values[_SUBSET],
            **dict(zip(GIVEN, values, strict=True)),
        }
        for index, values in enumerate(zip(*(part.columns[name] for name in GIVEN), strict=True))
    ]
    connection.execute(insert(clips), rows)
    connection.execute(update(collections).where(collections.c.id == part.collection_id).values(clip_count=part.total))


def has_all(connection: Connection, collection_id: str) -> bool:
    """Tell whether all clips of a collection are there: it has some, and none is missing."""
    found = select(func.count()).where(clips.c.collection_id == collection_id)
    total = select(collections.c.clip_count).where(collections.c.id == collection_id)
    count = int(connection.execute(found).scalar_one())
    return count > 0 and count == connection.execute(total).scalar_one()


def list_parts(connection: Connection, collection_id: str) -> list[ClipPart]:
    """List the parts of a collection as they were added; their errors are those of now."""
    rows = connection.execute(_select(collection_id, GIVEN)).all()
    total = connection.execute(select(collections.c.clip_count).where(collections.c.id == collection_id)).scalar_one()
    return [
        ClipPart(
            collection_id,
            start // PART_CLIPS,
            total,
            dict(zip(GIVEN, zip(*rows[start : start + PART_CLIPS], strict=True), strict=True)),
        )
        for start in range(0, len(rows), PART_CLIPS)
    ]


def read_columns(
    connection: Connection, collection_id: str, names: Sequence[str], *, start: int = 0, end: int | None = None
) -> dict[str, NDArray[Any]]:
    """Read columns of a collection's clips in the order of their numbers.

    Parameters
    ----------
    names
        Columns of the table. Text comes as arrays of objects, numbers as float64 (none: NaN) or int64 (none: -1).
    start, end
        The first number, and the one after the last; all by default.
    """
    # Not as rows of SQLAlchemy: making 100,000 of those takes longer than reading them.
    result = connection.execute(_select(collection_id, names, start, end))
    rows = result.cursor.fetchall()
    result.close()
    by_column = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: _to_array(name, values) for name, values in zip(names, by_column, strict=True)}


def read_column(connection: Connection, collection_id: str, name: str, count: int) -> NDArray[Any]:
    """Read one column of all ``count`` clips, as `read_columns` does; what most clips share is not read."""
    if name not in DEFAULTS:
        return read_columns(connection, collection_id, [name])[name]
    query = select(clips.c.number, clips.c[name]).where(clips.c.collection_id == collection_id)
    result = connection.execute(query.where(clips.c[name] != DEFAULTS[name]))
    rows = result.cursor.fetchall()
    result.close()
    found = np.full(count, DEFAULTS[name], bool if isinstance(DEFAULTS[name], bool) else object)
    if rows:
        numbers, values = zip(*rows, strict=True)
        found[np.array(numbers)] = _to_array(name, values)
    return found


def _select(collection_id: str, names: Sequence[str], start: int = 0, end: int | None = None) -> Select[Any]:
    query = select(*(clips.c[name] for name in names)).where(clips.c.collection_id == collection_id)
    if start:
        query = query.where(clips.c.number >= start)
    if end is not None:
        query = query.where(clips.c.number < end)
    return query.order_by(clips.c.number)


def _to_array(name: str, values: Sequence[Any]) -> NDArray[Any]:
    kind = clips.c[name].type
    if isinstance(kind, Float):
        return np.array(values, np.float64)  # None becomes NaN
    if isinstance(kind, Boolean):
        return np.array(values, bool)
    if isinstance(kind, Integer):
        return np.array([-1 if value is None else value for value in values], np.int64)
    return np.array(values, object)


def list_clips(connection: Connection, collection_id: str, numbers: Iterable[int]) -> list[Clip]:
    """List clips by their numbers, in the order in which they are named; those that are not there are left out."""
    wanted = [number for number in dict.fromkeys(numbers) if 0 <= number < NO_NUMBER]
    found: dict[int, Clip] = {}
    for some in (wanted[start : start + MAX_NAMED] for start in range(0, len(wanted), MAX_NAMED)):
        query = select(clips).where(clips.c.collection_id == collection_id, clips.c.number.in_(some))
        found.update({row.number: _to_clip(row._mapping) for row in connection.execute(query)})
    return [found[number] for number in wanted if number in found]


def set_errors(connection: Connection, collection_id: str, errors: Mapping[int, str]) -> None:
    """Say why clips have no vector; an empty text: they have one now."""
    _change(connection, collection_id, "error", errors)


def apply_acts(connection: Connection, acts: Iterable[ClipAct]) -> None:
    """Do to clips what acts say, in this order."""
    for act in acts:
        match act.deed:
            case ClipDeed.SUBSET:
                assert act.subset is not None
                _change(connection, act.collection_id, "subset", dict.fromkeys(act.numbers, act.subset.value))
            case ClipDeed.EVICT:
                _change(connection, act.collection_id, "evicted", dict.fromkeys(act.numbers, True))
            case ClipDeed.RESTORE:
                _change(connection, act.collection_id, "evicted", dict.fromkeys(act.numbers, False))
                _change(connection, act.collection_id, "duplicate_of", dict.fromkeys(act.numbers, None))
            case ClipDeed.DUPLICATE:
                _change(connection, act.collection_id, "evicted", dict.fromkeys(act.numbers, True))
                of = dict(zip(act.numbers, act.of, strict=True))
                _change(connection, act.collection_id, "duplicate_of", of)


def set_labels(connection: Connection, collection_id: str, labels: Mapping[int, str]) -> None:
    """Say what the answers that count call clips."""
    _change(connection, collection_id, "label", labels)


def _change(connection: Connection, collection_id: str, name: str, values: Mapping[int, Any]) -> None:
    if not values:
        return
    this = (clips.c.collection_id == collection_id, clips.c.number == bindparam("its_number"))
    statement = update(clips).where(*this).values({name: bindparam("its_value")})
    connection.execute(statement, [{"its_number": key, "its_value": value} for key, value in values.items()])


def remove_clips(connection: Connection, collection_id: str) -> None:
    """Remove the clips of a collection of which not all are there: nobody has seen them."""
    connection.execute(delete(clips).where(clips.c.collection_id == collection_id))


def find_described(
    connection: Connection, collection_id: str, others: Sequence[str], *, start: int, end: int
) -> list[tuple[int, str, int]]:
    """Find the same clips in other collections, of those from one number to before another.

    Returns
    -------
    list of tuple
        Number in the collection, and the other collection and number, of clips without an error there.
    """
    here, there = clips.alias("here"), clips.alias("there")
    same = [here.c[name] == there.c[name] for name in ("recording_id", "channel", "start_s", "end_s")]
    same += [func.coalesce(here.c[name], -1) == func.coalesce(there.c[name], -1) for name in ("low_hz", "high_hz")]
    query = (
        select(here.c.number, there.c.collection_id, there.c.number)
        .select_from(here)
        .join(there, same[0])
        .where(*same[1:], here.c.collection_id == collection_id, there.c.collection_id.in_(others))
        .where(here.c.number >= start, here.c.number < end)
        .where(here.c.recording_id != "", there.c.error == "")
        .order_by(here.c.number)
    )
    return [(int(number), str(other), int(its)) for number, other, its in connection.execute(query)]


def _to_clip(row: RowMapping) -> Clip:
    fields = {name: value for name, value in row.items() if name != "given_subset"}
    return Clip(**{**fields, "subset": Subset(row["subset"])})
