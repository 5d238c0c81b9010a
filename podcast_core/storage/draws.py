"""Clips that were drawn to count calls, and what people heard in them, in the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from podcast_core.domain.draw import Draw, DrawAnswer, Heard, Stratum
from podcast_core.storage import people
from podcast_core.storage.schema import draw_answers, draws


def add_draw(connection: Connection, draw: Draw) -> None:
    """Add a draw whose id is not there yet."""
    people.add_named(connection, draws, [asdict(draw)])


def find_draw(connection: Connection, draw_id: str) -> Draw | None:
    """Find a draw by its id."""
    row = connection.execute(select(draws).where(draws.c.id == draw_id)).one_or_none()
    return None if row is None else to_draw(row._asdict())


def list_draws(connection: Connection, collection_id: str | None = None) -> list[Draw]:
    """List the draws of one or all collections, the oldest first."""
    query = select(draws).order_by(draws.c.drawn_at, draws.c.id)
    if collection_id is not None:
        query = query.where(draws.c.collection_id == collection_id)
    return [to_draw(row._asdict()) for row in connection.execute(query)]


def add_answers(connection: Connection, new: Iterable[DrawAnswer]) -> None:
    """Add answers whose ids are not there yet."""
    values = [
        {**asdict(answer), "heard": {str(each): answer.heard[each] for each in sorted(answer.heard)}} for answer in new
    ]
    people.add_named(connection, draw_answers, values)


def list_answers(connection: Connection, draw_id: str | None = None) -> list[DrawAnswer]:
    """List what was heard in the clips of one or all draws, the oldest answer first."""
    query = select(draw_answers).order_by(draw_answers.c.answered_at, draw_answers.c.id)
    if draw_id is not None:
        query = query.where(draw_answers.c.draw_id == draw_id)
    return [to_answer(row._asdict()) for row in connection.execute(query)]


def find_newest(connection: Connection, draw_id: str) -> datetime | None:
    """Find when clips of a draw were answered last."""
    newest = select(draw_answers.c.answered_at).where(draw_answers.c.draw_id == draw_id)
    return connection.execute(newest.order_by(draw_answers.c.answered_at.desc()).limit(1)).scalar_one_or_none()


def to_draw(fields: Mapping[str, Any]) -> Draw:
    """Make a draw of its fields, of which the strata are plain."""
    return Draw(**{**fields, "strata": tuple(_to_stratum(each) for each in fields["strata"])})


def to_answer(fields: Mapping[str, Any]) -> DrawAnswer:
    """Make an answer of its fields, of which the verdicts are plain."""
    return DrawAnswer(**{**fields, "heard": {int(number): Heard(said) for number, said in fields["heard"].items()}})


def _to_stratum(fields: Mapping[str, Any]) -> Stratum:
    lists: dict[str, Sequence[Any]] = {name: tuple(fields[name]) for name in ("numbers", "scores")}
    return Stratum(**{**fields, **lists})
