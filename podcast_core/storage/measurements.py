"""What was measured of annotations, in the database."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, delete, exists, func, select, tuple_

from podcast_core.domain.box import Box, Call
from podcast_core.domain.measurement import MEASUREMENTS, Values
from podcast_core.storage.many_rows import insert_many
from podcast_core.storage.schema import annotations, measurements, session_states

AT_ONCE = 500  # answers that a statement names; chosen: fewer than any database's parameters
_NAMES = tuple(MEASUREMENTS)
_STATE = session_states.c
_PLACE = (annotations.c.start_s, annotations.c.end_s, annotations.c.low_hz, annotations.c.high_hz)


class Unmeasured(NamedTuple):
    """A session whose answer that counts has annotations that nobody has measured; ``place`` is its place in line."""

    place: int
    session_id: str
    answer_id: str


def keep(connection: Connection, measured: Mapping[str, Mapping[int, Values]]) -> None:
    """Keep what was measured of answers, by their annotations' positions; it replaces what was kept of them."""
    connection.execute(delete(measurements).where(measurements.c.submission_id.in_(list(measured))))
    rows = (
        (answer_id, position, *(values.get(name) for name in _NAMES))
        for answer_id, of_boxes in measured.items()
        for position, values in sorted(of_boxes.items())
    )
    insert_many(connection, measurements, ("submission_id", "position", *_NAMES), rows)


def forget(connection: Connection, round_id: str) -> None:
    """Forget what was measured of a round, so that it is measured again."""
    of_round = select(_STATE.answer_id).where(_STATE.round_id == round_id)
    connection.execute(delete(measurements).where(measurements.c.submission_id.in_(of_round)))


def list_calls(connection: Connection, answer_id: str) -> dict[int, Call]:
    """List an answer's annotations by their position in it, with the labels that they have now."""
    query = select(annotations.c.position, annotations.c.label, *_PLACE)
    rows = connection.execute(query.where(annotations.c.submission_id == answer_id))
    return {
        position: Call(start_s, end_s, label, low_hz=low_hz, high_hz=high_hz)
        for position, label, start_s, end_s, low_hz, high_hz in rows
    }


def list_unmeasured(
    connection: Connection, round_id: str, *, after: tuple[int, str] = (-1, ""), limit: int
) -> list[Unmeasured]:
    """List sessions of a round with something to measure, in their order and after one of them."""
    of_round = _select_unmeasured(round_id).where(tuple_(_STATE.position, _STATE.session_id) > tuple_(*after))
    rows = connection.execute(of_round.order_by(_STATE.position, _STATE.session_id).limit(limit))
    return [Unmeasured(*row) for row in rows]


def count_unmeasured(connection: Connection, round_id: str, *, most: int) -> int:
    """Count those sessions, up to ``most``."""
    some = _select_unmeasured(round_id).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def list_values(connection: Connection, answer_ids: Sequence[str]) -> dict[str, dict[Box, Values]]:
    """List what was measured of answers, by answer and place of the annotation; what could not be told is missing."""
    found: dict[str, dict[Box, Values]] = {}
    for first in range(0, len(answer_ids), AT_ONCE):
        for answer_id, place, values in _read(connection, answer_ids[first : first + AT_ONCE]):
            found.setdefault(answer_id, {})[place] = values
    return found


def _read(connection: Connection, answer_ids: Sequence[str]) -> Iterable[tuple[str, Box, Values]]:
    same = and_(
        annotations.c.submission_id == measurements.c.submission_id, annotations.c.position == measurements.c.position
    )
    query = select(measurements.c.submission_id, *_PLACE, *(measurements.c[name] for name in _NAMES))
    rows = connection.execute(query.join(annotations, same).where(measurements.c.submission_id.in_(answer_ids)))
    for answer_id, start_s, end_s, low_hz, high_hz, *values in rows:
        named = zip(_NAMES, values, strict=True)
        kept = {name: value for name, value in named if value is not None}
        yield answer_id, Box(start_s, end_s, low_hz=low_hz, high_hz=high_hz), kept


def _select_unmeasured(round_id: str) -> Select[Any]:
    has_boxes = exists().where(annotations.c.submission_id == _STATE.answer_id)
    is_measured = exists().where(measurements.c.submission_id == _STATE.answer_id)
    query = select(_STATE.position, _STATE.session_id, _STATE.answer_id)
    return query.where(_STATE.round_id == round_id, has_boxes, ~is_measured)
