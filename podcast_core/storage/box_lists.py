"""The boxes of the answers that count, one by one: of the sessions that a selection finds, sorted and in parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, Select, and_, cast, func, literal, null, select, tuple_
from sqlalchemy.sql.selectable import FromClause

from podcast_core.domain.summary import Selection
from podcast_core.storage import keyset, summaries
from podcast_core.storage.schema import annotations, recordings, session_boxes, session_states, sessions

_STATE, _BOX, _SESSION, _RECORDING = session_states.c, annotations.c, sessions.c, recordings.c
_HAS = session_boxes.alias("has")
_COLUMNS = (
    *(_STATE.session_id, _BOX.submission_id, _BOX.position.label("number"), _BOX.label, _BOX.origin, _BOX.model),
    *((_BOX.start_s - _SESSION.start_s).label("start_s"), (_BOX.end_s - _SESSION.start_s).label("end_s")),
    *(_BOX.low_hz, _BOX.high_hz, _BOX.score, _BOX.unsure, _BOX.comment, _STATE.annotator, _STATE.review_state),
    *(_STATE.site, _STATE.starts_at_s, _STATE.box_count, _STATE.position.label("place")),
    *((_SESSION.end_s - _SESSION.start_s).label("session_s"), _RECORDING.file_name, _RECORDING.sample_rate_hz),
)


@dataclass(frozen=True, slots=True)
class ListedBox:
    """A box of the answer that counts, in seconds of its session, with what is known of both.

    ``number`` is its place in the answer, from 0; ``box_count`` is how many that has. ``session_s`` is the session's
    length, and ``value`` what the list is sorted by (None: nothing, or the box has none).
    """

    session_id: str
    submission_id: str
    number: int
    label: str
    origin: str
    model: str
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    score: float | None
    unsure: bool
    comment: str
    annotator: str
    review_state: str
    site: str
    starts_at: datetime | None
    box_count: int
    place: int
    session_s: float
    file_name: str
    sample_rate_hz: int
    value: float | None

    @property
    def key(self) -> tuple[float | None, int, str, int]:
        """What a list of them is sorted by, which no other box has."""
        return self.value, self.place, self.session_id, self.number


def list_boxes(
    connection: Connection,
    round_id: str,
    selection: Selection,
    order: str,
    *,
    limit: int,
    after: Sequence[Any] | None = None,
) -> list[ListedBox]:
    """List boxes, ``limit`` of them, from the start or after the one with a key (`ListedBox.key`).

    A selection's label, origin and scores are asked of each box, all else of its session.
    """
    rows: list[Any] = []
    selection = summaries.with_present_name(connection, selection)
    for query in _list_parts(round_id, selection, order, after):
        if len(rows) < limit:
            rows += connection.execute(_with_details(query.limit(limit - len(rows)), round_id)).all()
    return [_to_box(row) for row in rows]


def count_boxes(connection: Connection, round_id: str, selection: Selection) -> int:
    """Count what `list_boxes` lists."""
    selection = summaries.with_present_name(connection, selection)
    if selection.score_from is None and selection.score_to is None:
        return _sum_up(connection, round_id, selection)
    query, _ = _select(round_id, selection)
    return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())


def _sum_up(connection: Connection, round_id: str, selection: Selection) -> int:
    """Count by what is kept of sessions' boxes; what that does not know is asked of the session's state."""
    if selection.is_tallied:
        return summaries.count_tallied(connection, round_id, selection, "boxes listed", selection.label)
    known = {name: getattr(selection, name) for name in ("label", "origin", "outcome", "annotator", "site")}
    known["review_state"] = selection.verdict
    conditions = [_HAS.c[name] == value for name, value in known.items() if value is not None]
    query = select(func.sum(_HAS.c.count)).where(_HAS.c.round_id == round_id, *conditions)
    rest = replace(selection, label=None, origin=None, outcome=None, annotator=None, site=None, verdict=None)
    if rest != Selection(sort=selection.sort):
        query = query.select_from(_HAS.join(session_states, _of_session(_HAS)))
        query = summaries.filter_states(query, round_id, rest)
    return int(connection.execute(query).scalar() or 0)


def _list_parts(round_id: str, selection: Selection, order: str, after: Sequence[Any] | None) -> Iterator[Select[Any]]:
    """Sort: those that have what is sorted by, then those that lack it."""
    value = _find_value(order)
    has_it = [] if value is None or "score" not in order else [_BOX.score.is_not(None)]
    query, place = _select(round_id, selection, *has_it, value=value)
    begun = None if after is None else _read_after(after, place, value)
    if value is None:
        yield _beyond(query, place, begun and begun[1:])
    elif begun is None or begun[0] is not None:
        yield _beyond(query, (value, *place), begun)
    if has_it:
        query, place = _select(round_id, selection, _BOX.score.is_(None))
        yield _beyond(query, place, begun[1:] if begun is not None and begun[0] is None else None)


def _find_value(order: str) -> ColumnElement[float] | None:
    """Find what boxes are sorted by upwards, before their places; None: by these alone."""
    if order == "queue":
        return None
    value = _BOX.score if "score" in order else _BOX.end_s - _BOX.start_s
    return -value if order in ("highest score", "longest") else value


def _read_after(
    after: Sequence[Any], place: Sequence[ColumnElement[Any]], value: ColumnElement[float] | None
) -> Sequence[Any]:
    """Read the key of a box (`ListedBox.key`); InvalidInput for one that no box can have."""
    if value is None or not after or after[0] is None:
        keyset.check_keys(after[1:], place)
    else:
        keyset.check_keys(after, (value, *place))
    return after


def _beyond(query: Select[Any], keys: Sequence[ColumnElement[Any]], after: Sequence[Any] | None) -> Select[Any]:
    if after is not None:
        values = (literal(each, column.type) for each, column in zip(after, keys, strict=True))
        query = query.where(tuple_(*keys) > tuple_(*values))
    return query.order_by(*keys)


def _select(
    round_id: str,
    selection: Selection,
    *conditions: ColumnElement[bool],
    value: ColumnElement[float] | None = None,
) -> tuple[Select[Any], tuple[ColumnElement[Any], ...]]:
    """Write the query of which boxes, and what says their places in it: from the sessions with the label, if any."""
    start: FromClause = session_states
    place = (_STATE.position, _STATE.session_id, _BOX.position)
    if selection.label is not None:
        start = _HAS.join(session_states, _of_session(_HAS))
        conditions += (_HAS.c.round_id == round_id, _HAS.c.label == selection.label, _HAS.c.is_first)
        place = (_HAS.c.position, _HAS.c.session_id, _BOX.position)
    start = start.join(annotations, _BOX.submission_id == _STATE.answer_id)
    of_box = [(_BOX.label, selection.label), (_BOX.origin, selection.origin)]
    conditions += tuple(each == wanted for each, wanted in of_box if wanted is not None)
    conditions += () if selection.score_from is None else (_BOX.score >= selection.score_from,)
    conditions += () if selection.score_to is None else (_BOX.score <= selection.score_to,)
    named = (_STATE.session_id, _BOX.submission_id, _BOX.position, place[0].label("place"))
    by = cast(null(), Float(53)) if value is None else value
    query = select(*named, by.label("value")).select_from(start)
    anyhow = replace(selection, label=None, score_from=None, score_to=None)
    return summaries.filter_states(query.where(*conditions), round_id, anyhow), place


def _with_details(query: Select[Any], round_id: str) -> Select[Any]:
    """Add to some boxes what is known of them: sorting thousands, the database need not carry it along."""
    chosen = query.subquery("chosen")
    start = (
        chosen.join(session_states, and_(_STATE.round_id == round_id, _STATE.session_id == chosen.c.session_id))
        .join(annotations, and_(_BOX.submission_id == chosen.c.submission_id, _BOX.position == chosen.c.position))
        .join(sessions, and_(_SESSION.round_id == round_id, _SESSION.id == chosen.c.session_id))
        .join(recordings, _RECORDING.id == _STATE.recording_id)
    )
    order = (chosen.c.value, chosen.c.place, chosen.c.session_id, chosen.c.position)
    return select(*_COLUMNS, chosen.c.value).select_from(start).order_by(*order)


def _of_session(has: FromClause) -> ColumnElement[bool]:
    return and_(has.c.round_id == _STATE.round_id, has.c.session_id == _STATE.session_id)


def _to_box(row: Any) -> ListedBox:
    values = dict(row._mapping)
    starts_at_s = values.pop("starts_at_s")
    starts_at = None if starts_at_s is None else datetime.fromtimestamp(starts_at_s, UTC)
    return ListedBox(**{**values, "unsure": bool(row.unsure)}, starts_at=starts_at)
