"""Model runs in the database: what is looked at, what was found, how far it is."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from dataclasses import fields as dataclass_fields
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, text, update

from podcast_core.domain.piece import Piece
from podcast_core.domain.run import ModelRun, PieceFound, PieceScore, RunBox, RunEnd, RunPlan
from podcast_core.errors import NotFound
from podcast_core.storage import keyset, people, tallies
from podcast_core.storage.beside_indexes import beside_indexes
from podcast_core.storage.database import lock
from podcast_core.storage.many_rows import insert_many
from podcast_core.storage.schema import model_runs, run_boxes, run_pieces

MAX_NAMED = 1_000  # in one statement
_OF_PIECE = tuple(field.name for field in dataclass_fields(Piece))
_take_piece = attrgetter(*_OF_PIECE)
_OF_BOX = tuple(field.name for field in dataclass_fields(RunBox))
_take_box = attrgetter(*_OF_BOX)

# On PostgreSQL one statement for all: its sums become slower with each statement that changes them in a transaction.
_FINISH = {
    "postgresql": text(
        "UPDATE run_pieces SET took_s = f.took_s, device = f.device, negative_best = f.negative_best "
        "FROM jsonb_to_recordset(CAST(:found AS JSONB)) "
        "AS f (run_id TEXT, position INTEGER, took_s FLOAT8, device TEXT, negative_best FLOAT8) "
        "WHERE run_pieces.run_id = f.run_id AND run_pieces.position = f.position"
    ),
    "sqlite": text(
        "UPDATE run_pieces SET took_s = :took_s, device = :device, negative_best = :negative_best "
        "WHERE run_id = :run_id AND position = :position"
    ),
}


def add_run(connection: Connection, plan: RunPlan) -> None:
    """Add a run that is not there yet, with its pieces; nothing of it is done."""
    run = plan.run
    fields = {**asdict(run), "labels": list(run.labels), "round_ids": list(run.round_ids), "finished_at": None}
    people.add_named(connection, model_runs, [fields])
    pieces = ((run.id, index, *_take_piece(piece)) for index, piece in enumerate(plan.pieces))
    insert_many(connection, run_pieces, ("run_id", "position", *_OF_PIECE), pieces)


def add_all_found(connection: Connection, found: Sequence[PieceFound]) -> None:
    """Add what was found in pieces; those that are done stay as they are."""
    by_run: dict[str, list[PieceFound]] = defaultdict(list)
    for each in found:
        by_run[each.run_id].append(each)
    for run_id, of_run in sorted(by_run.items()):
        lock(connection, f"run/{run_id}")
        for start in range(0, len(of_run), MAX_NAMED):
            _add_found(connection, run_id, of_run[start : start + MAX_NAMED])
        tallies.remove_zeros(connection, run_id)


def _add_found(connection: Connection, run_id: str, found: Sequence[PieceFound]) -> None:
    its = run_pieces.c
    is_open = (its.run_id == run_id, its.position.in_([each.position for each in found]), its.took_s.is_(None))
    left = set(connection.scalars(select(its.position).where(*is_open)))
    new = [each for each in found if each.position in left]
    if new:
        dialect, done = connection.dialect.name, [_describe(each) for each in new]
        connection.execute(_FINISH[dialect], {"found": json.dumps(done)} if dialect == "postgresql" else done)
    boxes = ((run_id, each.position, number, *_take_box(box)) for each in new for number, box in enumerate(each.boxes))
    insert_many(connection, run_boxes, ("run_id", "position", "number", *_OF_BOX), boxes)


def _describe(found: PieceFound) -> dict[str, Any]:
    best = min((-box.score for box in found.boxes), default=None)
    fields = {"run_id": found.run_id, "position": found.position, "took_s": found.took_s, "device": found.device}
    return {**fields, "negative_best": best}


def end_run(connection: Connection, end: RunEnd) -> None:
    """Write that a run is complete."""
    ready = update(model_runs).where(model_runs.c.id == end.run_id, model_runs.c.finished_at.is_(None))
    if connection.execute(ready.values(finished_at=end.finished_at)).rowcount:
        for position, reason in end.failed.items():
            here = (run_pieces.c.run_id == end.run_id, run_pieces.c.position == position)
            connection.execute(update(run_pieces).where(*here).values(error=reason))
        tallies.remove_zeros(connection, end.run_id)


def find_run(connection: Connection, run_id: str) -> ModelRun | None:
    """Find a run by its id."""
    row = connection.execute(select(model_runs).where(model_runs.c.id == run_id)).one_or_none()
    return None if row is None else _to_run(row)


def get_run(connection: Connection, run_id: str) -> ModelRun:
    """Get a run by its id; NotFound when there is none."""
    run = find_run(connection, run_id)
    if run is None:
        raise NotFound(f"There is no model run {run_id[:80]!r}.")
    return run


def list_runs(connection: Connection) -> list[ModelRun]:
    """List all runs, the newest first."""
    query = select(model_runs).order_by(model_runs.c.created_at.desc(), model_runs.c.id)
    return [_to_run(row) for row in connection.execute(query)]


def list_pieces(connection: Connection, run_id: str) -> list[Piece]:
    """List the pieces of a run in their order."""
    pieces = run_pieces.c
    query = select(pieces.start_s, pieces.end_s, pieces.recording_id, pieces.channel)
    return [Piece(*row) for row in connection.execute(query.where(pieces.run_id == run_id).order_by(pieces.position))]


def find_pieces(connection: Connection, run_id: str, positions: Collection[int]) -> dict[int, Piece]:
    """Find pieces of a run by their positions."""
    pieces, found = run_pieces.c, {}
    query = select(pieces.start_s, pieces.end_s, pieces.recording_id, pieces.channel, pieces.position)
    wanted = sorted(positions)
    for start in range(0, len(wanted), MAX_NAMED):
        here = (pieces.run_id == run_id, pieces.position.in_(wanted[start : start + MAX_NAMED]))
        for *piece, position in connection.execute(query.where(*here)):
            found[position] = Piece(*piece)
    return found


def is_done(connection: Connection, run_id: str, position: int) -> bool:
    """Tell whether a piece is done."""
    query = select(run_pieces.c.took_s).where(run_pieces.c.run_id == run_id, run_pieces.c.position == position)
    return connection.execute(query).scalar() is not None


def list_scores(
    connection: Connection,
    run_id: str,
    threshold: float,
    *,
    limit: int | None = None,
    offset: int = 0,
    after: Sequence[int] | None = None,
    positions: Sequence[int] | None = None,
) -> list[PieceScore]:
    """List the pieces of a run, or a part of them, with what was found in each, in their order.

    The part is that of `keyset.cut`, the key is the position.
    """
    boxes, pieces = run_boxes.c, run_pieces.c
    of_piece = (boxes.run_id == pieces.run_id, boxes.position == pieces.position)
    calls = select(func.count()).select_from(run_boxes).where(*of_piece, beside_indexes(boxes.score) >= threshold)
    number = calls.correlate(run_pieces).scalar_subquery().label("number")
    query = select(run_pieces, number).where(pieces.run_id == run_id)
    if positions is not None:
        query = query.where(pieces.position.in_(positions))
    query = keyset.cut(query, [pieces.position], limit=limit, offset=offset, after=after)
    return [_to_score(row) for row in connection.execute(query)]


def _to_score(row: Row[Any]) -> PieceScore:
    return PieceScore(
        row.position,
        Piece(recording_id=row.recording_id, channel=row.channel, start_s=row.start_s, end_s=row.end_s),
        row.took_s is not None,
        row.error,
        None if row.negative_best is None else -float(row.negative_best),
        int(row.number),
    )


def count_inside(connection: Connection, run_id: str, margin_s: float) -> dict[int, tuple[float, int]]:
    """Say of each piece the best score and the number of calls that stay ``margin_s`` away from both of its ends."""
    boxes, pieces = run_boxes.c, run_pieces.c
    query = (
        select(boxes.position, func.max(boxes.score), func.count())
        .join(run_pieces, (pieces.run_id == boxes.run_id) & (pieces.position == boxes.position))
        .where(boxes.run_id == run_id, _stays_inside(margin_s))
        .group_by(boxes.position)
    )
    return {position: (float(score), int(number)) for position, score, number in connection.execute(query)}


def list_at_ends(connection: Connection, run_id: str, margin_s: float) -> list[tuple[int, RunBox]]:
    """List the calls that `count_inside` leaves out: by piece, and by time in each."""
    boxes, pieces = run_boxes.c, run_pieces.c
    query = (
        select(boxes.position, *_columns())
        .join(run_pieces, (pieces.run_id == boxes.run_id) & (pieces.position == boxes.position))
        .where(boxes.run_id == run_id, ~_stays_inside(margin_s))
        .order_by(boxes.position, boxes.number)
    )
    return [(row.position, _to_box(row)) for row in connection.execute(query)]


def _stays_inside(margin_s: float) -> ColumnElement[bool]:
    boxes, pieces = run_boxes.c, run_pieces.c
    return (boxes.start_s > pieces.start_s + margin_s) & (boxes.end_s < pieces.end_s - margin_s)


def _columns() -> list[Any]:
    """Name the columns of a `RunBox`, in its order."""
    return [run_boxes.c[each.name] for each in dataclass_fields(RunBox)]


def list_boxes(
    connection: Connection,
    run_id: str,
    *,
    threshold: float = 0.0,
    positions: Sequence[int] | None = None,
) -> list[tuple[int, RunBox]]:
    """List the calls of a run with a score of at least the threshold: by piece, and by time in each."""
    found = list_numbered(connection, run_id, threshold=threshold, positions=positions, limit=None)
    return [(position, box) for (position, _), box in found]


def list_numbered(
    connection: Connection, run_id: str, *, threshold: float, positions: Sequence[int] | None = None, **part: Any
) -> list[tuple[tuple[int, int], RunBox]]:
    """List calls as `list_boxes`, with their position and number, which are the keys of `keyset.cut`."""
    boxes = run_boxes.c
    wanted = (boxes.run_id == run_id, beside_indexes(boxes.score) >= threshold)
    query = select(boxes.position, boxes.number, *_columns()).where(*wanted)
    if positions is not None:
        query = query.where(boxes.position.in_(positions))
    query = keyset.cut(query, (boxes.position, boxes.number), **part)
    return [((row.position, row.number), _to_box(row)) for row in connection.execute(query)]


def list_found(connection: Connection, run_id: str) -> list[PieceFound]:
    """List what was found in each piece that is done."""
    by_position: dict[int, list[RunBox]] = defaultdict(list)
    for position, box in list_boxes(connection, run_id):
        by_position[position].append(box)
    pieces = run_pieces.c
    query = select(pieces.position, pieces.took_s, pieces.device)
    query = query.where(pieces.run_id == run_id, pieces.took_s.is_not(None)).order_by(pieces.position)
    return [
        PieceFound(run_id, position, took_s, device, tuple(by_position[position]))
        for position, took_s, device in connection.execute(query)
    ]


def list_failed(connection: Connection, run_id: str) -> dict[int, str]:
    """List the pieces that could not be looked at, with the reasons."""
    pieces = run_pieces.c
    query = select(pieces.position, pieces.error).where(pieces.run_id == run_id, pieces.error != "")
    return {position: error for position, error in connection.execute(query.order_by(pieces.position))}


def find_overlapping(connection: Connection, piece: Piece) -> list[tuple[str, int]]:
    """Find the pieces of all runs that are done and overlap a piece of audio: run and position."""
    pieces = run_pieces.c
    query = select(pieces.run_id, pieces.position).where(
        pieces.recording_id == piece.recording_id,
        pieces.channel == piece.channel,
        pieces.start_s < piece.end_s,
        pieces.end_s > piece.start_s,
        pieces.took_s.is_not(None),
    )
    return [
        (run_id, position) for run_id, position in connection.execute(query.order_by(pieces.run_id, pieces.position))
    ]


def _to_box(row: Row[Any]) -> RunBox:
    return RunBox(row.start_s, row.end_s, row.label, row.score, low_hz=row.low_hz, high_hz=row.high_hz)


def _to_run(row: Row[tuple[Any, ...]]) -> ModelRun:
    fields = dict(row._mapping)
    return ModelRun(**{**fields, "labels": tuple(row.labels), "round_ids": tuple(row.round_ids)})
