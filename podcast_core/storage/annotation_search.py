"""Search over annotations: boxes of the answers that count, found by an expression that becomes one SQL condition.

``label == "call" and duration > 0.2 and not near("noise", 2)``

Whatever is said of other boxes is looked up in the answer of the same session, by its key. A search goes through the
sessions of one round after the other in their order; where it needs a label, only through those that have it.
"""

import ast
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Select,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
)

from podcast_core.domain.expression import MAX_DEPTH, MAX_TEXT, Odd
from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.errors import name_some
from podcast_core.storage import keyset
from podcast_core.storage.schema import (
    annotations,
    measurements,
    predictions,
    recordings,
    session_boxes,
    session_states,
    sessions,
)
from podcast_core.storage.shown_predictions import newest_sets

DAY_S, HOUR_S = 86_400.0, 3_600.0
AT_ONCE = 10_000  # sessions that are counted at once; chosen: some tenths of a second
MAX_APART_S = 3600.0  # chosen: as long as the longest session
_BOX, _STATE, _SESSION, _RECORDING = annotations.alias("box"), session_states, sessions, recordings
_MEASURED = measurements.alias("measured")
_AT_S = _STATE.c.starts_at_s - _SESSION.c.start_s + _BOX.c.start_s  # of the box, since 1970, UTC
NAMES: Mapping[str, ColumnElement[Any]] = {
    "label": _BOX.c.label,
    "start": _BOX.c.start_s - _SESSION.c.start_s,
    "duration": _BOX.c.end_s - _BOX.c.start_s,
    "low": _BOX.c.low_hz,
    "high": _BOX.c.high_hz,
    "score": _BOX.c.score,
    "model": _BOX.c.model,
    "origin": _BOX.c.origin,
    "individual": _BOX.c.individual,
    "call_type": _BOX.c.call_type,
    "comment": _BOX.c.comment,
    "unsure": cast(_BOX.c.unsure, Integer),
    "annotator": _STATE.c.annotator,
    "outcome": _STATE.c.outcome,
    "review": _STATE.c.review_state,
    "site": _STATE.c.site,
    "date": _STATE.c.starts_on,
    "hour": (_AT_S - func.floor(_AT_S / DAY_S) * DAY_S) / HOUR_S,
    "session": _STATE.c.session_id,
    **{name: _MEASURED.c[name] for name in MEASUREMENTS},
}
_NOTHING: ColumnElement[str] = literal_column("''")  # no parameter: else the index of comments is not taken
_NUMBERS = ("start", "duration", "low", "high", "score", "unsure", "hour", *MEASUREMENTS)
FUNCTIONS = {
    "in_session": "in_session(LABEL): the session has such a box",
    "near": "near(LABEL, SECONDS): such a box lies within so many seconds",
    "after": "after(LABEL, SECONDS): begins within so many seconds after such a box ends",
    "before": "before(LABEL, SECONDS): ends within so many seconds before such a box begins",
    "overlaps": "overlaps(LABEL): has some time in common with such a box",
    "overlaps_prediction": "overlaps_prediction(LABEL): has some time in common with such a prediction",
    "contains": "contains(TEXT): the comment has this text",
}


@dataclass(frozen=True, slots=True)
class FoundBox:
    """A box that was found, in seconds of the recording and, ``at_s``, of its session; and where it is."""

    round_id: str
    session_id: str
    submission_id: str
    number: int
    label: str
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    at_s: float
    session_s: float
    annotator: str
    outcome: str
    site: str
    starts_on: str
    started_at: datetime | None
    file_name: str
    origin: str
    score: float | None
    individual: str
    call_type: str
    comment: str
    unsure: bool
    place: int

    @property
    def key(self) -> tuple[str, int, str, int]:
        """What a list of them is sorted by, which no other box has."""
        return self.round_id, self.place, self.session_id, self.number


Condition = ColumnElement[bool]
After = tuple[str, int, str, int]  # as `FoundBox.key`


def check(tree: ast.expr) -> None:
    """Refuse an expression that cannot be searched for (`Odd`)."""
    _Reader("").read_truth(tree, 0)


def search(
    connection: Connection, round_ids: Sequence[str], tree: ast.expr, *, limit: int, after: After | None = None
) -> list[FoundBox]:
    """List boxes of the answers that count, by round, session and time; ``limit`` of them, after one with a key."""
    found: list[FoundBox] = []
    for round_id in sorted(round_ids):
        if after is not None and round_id < after[0]:
            continue
        query, order = _select(connection, round_id, tree)
        if after is not None and round_id == after[0]:
            keys = (literal(value, column.type) for value, column in zip(after[1:], order, strict=True))
            query = query.where(tuple_(*order) > tuple_(*keys))
        rows = connection.execute(query.order_by(*order).limit(limit - len(found)))
        found += [FoundBox(round_id, *row) for row in rows]
        if len(found) >= limit:
            break
    return found


class Counted(NamedTuple):
    """How many were counted, and whether these are all."""

    total: int
    is_all: bool


def count(connection: Connection, round_ids: Sequence[str], tree: ast.expr, *, most: int, patience_s: float) -> Counted:
    """Count what `search` would find, up to ``most``, or as far as it comes in some seconds."""
    total, ends_at = 0, time.monotonic() + patience_s
    for round_id in sorted(round_ids):
        last = connection.execute(select(func.max(_STATE.c.position)).where(_STATE.c.round_id == round_id)).scalar()
        for first in range(0, (last or 0) + 1, AT_ONCE):
            if total >= most or (first and time.monotonic() > ends_at):
                return Counted(total, is_all=False)
            query, _ = _select(connection, round_id, tree, [literal(1).label("one")], places=(first, first + AT_ONCE))
            some = query.limit(most - total).subquery()
            total += int(connection.execute(select(func.count()).select_from(some)).scalar_one())
    return Counted(total, is_all=total < most)


def read_key(keys: Sequence[Any]) -> After:
    """Read the key of a box; InvalidInput for one that no box can have."""
    keyset.check_keys(keys, (_STATE.c.round_id, *_ORDER))
    round_id, place, session_id, number = keys
    return round_id, place, session_id, number


_ORDER = (_STATE.c.position, _STATE.c.session_id, _BOX.c.position)
_COLUMNS = (
    *(_STATE.c.session_id, _BOX.c.submission_id, _BOX.c.position, _BOX.c.label, _BOX.c.start_s, _BOX.c.end_s),
    *(_BOX.c.low_hz, _BOX.c.high_hz, _BOX.c.start_s - _SESSION.c.start_s, _SESSION.c.end_s - _SESSION.c.start_s),
    *(_STATE.c.annotator, _STATE.c.outcome, _STATE.c.site, _STATE.c.starts_on, _RECORDING.c.started_at),
    *(_RECORDING.c.file_name, _BOX.c.origin, _BOX.c.score, _BOX.c.individual, _BOX.c.call_type, _BOX.c.comment),
    *(_BOX.c.unsure, _STATE.c.position),
)


def _select(
    connection: Connection,
    round_id: str,
    tree: ast.expr,
    columns: Sequence[ColumnElement[Any]] = _COLUMNS,
    places: tuple[int, int] | None = None,
) -> tuple[Select[Any], tuple[ColumnElement[Any], ...]]:
    """Write the query of one round, or of its sessions at some ``places`` in the queue, the end not included.

    Beside it are the columns of `_ORDER` in the table that it goes through: of another, all would be sorted.
    """
    condition = _Reader(round_id).read_truth(tree, 0)
    if places is not None:
        condition = and_(condition, _STATE.c.position >= places[0], _STATE.c.position < places[1])
    start: FromClause = _STATE
    order: tuple[ColumnElement[Any], ...] = _ORDER
    needed = _find_rarest(connection, round_id, _list_needed(tree))
    if needed is not None:  # only the sessions that have it, in their order still
        has = session_boxes.alias("has")
        order = (has.c.position, has.c.session_id, _BOX.c.position)
        start = has.join(_STATE, and_(_STATE.c.round_id == has.c.round_id, _STATE.c.session_id == has.c.session_id))
        condition = and_(condition, has.c.round_id == round_id, has.c.label == needed, has.c.is_first)
        if places is not None:
            condition = and_(condition, has.c.position >= places[0], has.c.position < places[1])
    start = (
        start.join(_BOX, _BOX.c.submission_id == _STATE.c.answer_id)
        .join(_SESSION, and_(_SESSION.c.round_id == _STATE.c.round_id, _SESSION.c.id == _STATE.c.session_id))
        .join(_RECORDING, _RECORDING.c.id == _STATE.c.recording_id)
    )
    if any(isinstance(node, ast.Name) and node.id in MEASUREMENTS for node in ast.walk(tree)):
        same = (_MEASURED.c.submission_id == _BOX.c.submission_id, _MEASURED.c.position == _BOX.c.position)
        start = start.outerjoin(_MEASURED, and_(*same))
    return select(*columns).select_from(start).where(_STATE.c.round_id == round_id, condition), order


def _list_needed(tree: ast.expr) -> list[str]:
    """List labels without which a session has nothing that is looked for."""
    match tree:
        case ast.BoolOp(op=ast.And(), values=parts):
            return [label for part in parts for label in _list_needed(part)]
        case ast.Compare(left=ast.Name(id="label"), ops=[ast.Eq()], comparators=[ast.Constant(value=str(label))]):
            return [label]
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(label)), *_]) if name in _OF_OTHERS:
            return [label]
    return []


_OF_OTHERS = ("in_session", "near", "after", "before", "overlaps")


def _find_rarest(connection: Connection, round_id: str, labels: Sequence[str]) -> str | None:
    """Find which of some labels the fewest sessions have; None without labels."""
    if len(labels) <= 1:
        return labels[0] if labels else None
    here = (session_boxes.c.round_id == round_id, session_boxes.c.label.in_(labels))
    query = select(session_boxes.c.label, func.count()).where(*here).group_by(session_boxes.c.label)
    counts = dict(tuple(row) for row in connection.execute(query))
    return min(labels, key=lambda label: counts.get(label, 0))


class _Reader:
    """Makes conditions of an expression."""

    def __init__(self, round_id: str) -> None:
        self._round_id = round_id

    def read_truth(self, node: ast.expr, depth: int) -> Condition:
        """Make a condition of a part of the tree."""
        if depth > MAX_DEPTH:
            raise Odd(f"A search can be nested at most {MAX_DEPTH} levels deep.", node)
        match node:
            case ast.Constant(value=bool(value)):
                return true() if value else false()
            case ast.BoolOp():
                parts = [self.read_truth(each, depth + 1) for each in node.values]
                return and_(*parts) if isinstance(node.op, ast.And) else or_(*parts)
            case ast.UnaryOp(op=ast.Not()):
                return not_(self.read_truth(node.operand, depth + 1))
            case ast.Compare():
                sides = [node.left, *node.comparators]
                pairs = zip(sides, node.ops, sides[1:], strict=False)
                return and_(*(self._compare(*each) for each in pairs))
            case ast.Name(id="unsure"):
                return _BOX.c.unsure.is_(True)
            case ast.Call():
                return self._call(node)
        raise Odd(
            f'A search cannot contain {ast.unparse(node)[:60]!r}: expected comparisons such as label == "call", '
            'and functions such as near("noise", 2), joined by and, or, not.',
            node,
        )

    def _compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Condition:
        if isinstance(operator, ast.In | ast.NotIn):
            if not isinstance(right, ast.List | ast.Tuple):
                raise Odd('After "in" comes a list, such as ["call", "song"].', right)
            value, kind = self._read_value(left)
            wanted = [self._read_value(each) for each in right.elts]
            self._check_kinds(left, kind, [each[1] for each in wanted])
            is_in = value.in_([each[0] for each in wanted])
            return and_(value.is_not(None), not_(is_in) if isinstance(operator, ast.NotIn) else is_in)
        (one, kind), (other, other_kind) = self._read_value(left), self._read_value(right)
        self._check_kinds(left, kind, [other_kind])
        operation = _OPERATIONS.get(type(operator))
        if operation is None:
            raise Odd("Values are compared by <, <=, >, >=, ==, != and in.", left)
        return and_(one.is_not(None), other.is_not(None), operation(one, other))

    def _check_kinds(self, node: ast.expr, kind: str, others: Sequence[str]) -> None:
        if any(each != kind for each in others):
            raise Odd(f"{ast.unparse(node)[:60]!r} is a {kind}, and is compared with something else.", node)

    def _read_value(self, node: ast.expr) -> tuple[ColumnElement[Any], str]:
        match node:
            case ast.Name(id=name) if name in NAMES:
                return NAMES[name], "number" if name in _NUMBERS else "text"
            case ast.Name(id=name):
                raise Odd(f"There is no {name[:40]!r}: expected one of {name_some(NAMES, 30)}.", node)
            case ast.Constant(value=str(text)) if len(text) <= MAX_TEXT:
                return literal(text), "text"
            case ast.Constant(value=value) if isinstance(value, int | float):
                return literal(float(value), Float), "number"
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if isinstance(value, int | float):
                return literal(-float(value), Float), "number"
        raise Odd(f"Expected a name, a number or a text, found {ast.unparse(node)[:60]!r}.", node)

    def _call(self, node: ast.Call) -> Condition:
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *rest], keywords=[]):
                if name in FUNCTIONS and len(text) <= MAX_TEXT:
                    return self._apply(node, name, text, rest)
        raise Odd(
            f"A search cannot call {ast.unparse(node)[:60]!r}: expected one of {'; '.join(FUNCTIONS.values())}.", node
        )

    def _apply(self, node: ast.Call, name: str, text: str, rest: Sequence[ast.expr]) -> Condition:
        apart_s = self._read_seconds(node, rest) if name in ("near", "after", "before") else None
        if apart_s is None and rest:
            raise Odd(f"{name}() takes one text, e.g. {FUNCTIONS[name].partition(':')[0]}.", node)
        if name == "contains":
            says = _BOX.c.comment.icontains(text, autoescape=True)
            return and_(_BOX.c.comment != _NOTHING, says) if text else says  # only those have an index
        if name == "overlaps_prediction":
            return self._overlaps_prediction(text)
        other = annotations.alias()
        conditions = [other.c.submission_id == _BOX.c.submission_id, other.c.label == text]
        if name != "in_session":
            conditions += [other.c.position != _BOX.c.position, _relate(name, other, apart_s or 0.0)]
        return exists().where(*conditions)

    def _read_seconds(self, node: ast.Call, rest: Sequence[ast.expr]) -> float:
        match rest:
            case [ast.Constant(value=value)] if isinstance(value, int | float) and 0 <= value <= MAX_APART_S:
                return float(value)
        raise Odd(f"Expected a label and 0 to {MAX_APART_S:g} seconds, found {ast.unparse(node)[:60]!r}.", node)

    def _overlaps_prediction(self, label: str) -> Condition:
        other = predictions.alias()
        return exists().where(
            other.c.round_id == _STATE.c.round_id,
            other.c.session_id == _STATE.c.session_id,
            other.c.set_id.in_(newest_sets(self._round_id)),
            other.c.label == label,
            other.c.start_s < _BOX.c.end_s,
            other.c.end_s > _BOX.c.start_s,
        )


def _relate(name: str, other: FromClause, apart_s: float) -> Condition:
    """Say how a box lies to another one of its answer."""
    match name:
        case "overlaps":
            return and_(other.c.start_s < _BOX.c.end_s, other.c.end_s > _BOX.c.start_s)
        case "after":
            return and_(_BOX.c.start_s >= other.c.end_s, _BOX.c.start_s <= other.c.end_s + apart_s)
        case "before":
            return and_(_BOX.c.end_s <= other.c.start_s, _BOX.c.end_s >= other.c.start_s - apart_s)
    return and_(other.c.start_s <= _BOX.c.end_s + apart_s, other.c.end_s >= _BOX.c.start_s - apart_s)


_OPERATIONS: Mapping[type[ast.cmpop], Callable[[Any, Any], ColumnElement[bool]]] = {
    ast.Eq: lambda one, other: one == other,
    ast.NotEq: lambda one, other: one != other,
    ast.Lt: lambda one, other: one < other,
    ast.LtE: lambda one, other: one <= other,
    ast.Gt: lambda one, other: one > other,
    ast.GtE: lambda one, other: one >= other,
}
