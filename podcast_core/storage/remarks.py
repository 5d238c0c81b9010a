"""Remarks on answers in the database."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, exists, func, or_, select

from podcast_core.domain.remark import Remark, RemarkKind
from podcast_core.storage import people
from podcast_core.storage.schema import remarks

_NAMES = tuple(column.name for column in remarks.c)
_LIST = select(remarks).order_by(remarks.c.created_at, remarks.c.id)


def add_remarks(connection: Connection, new: Iterable[Remark]) -> None:
    """Add remarks whose ids are not there yet."""
    rows = [{**{name: getattr(each, name) for name in _NAMES}, "kind": each.kind.value} for each in new]
    people.add_named(connection, remarks, rows)


def find_remark(connection: Connection, remark_id: str) -> Remark | None:
    """Find a remark by its id."""
    return next(iter(_list(connection, _LIST.where(remarks.c.id == remark_id))), None)


def list_remarks(connection: Connection, round_id: str | None = None, session_id: str | None = None) -> list[Remark]:
    """List all remarks, or those of a round or a session, the oldest first."""
    query = _LIST
    if round_id is not None:
        query = query.where(remarks.c.round_id == round_id)
    if session_id is not None:
        query = query.where(remarks.c.session_id == session_id)
    return _list(connection, query)


def count_tags(connection: Connection, round_id: str) -> dict[str, int]:
    """Count the sessions of a round that have a tag, by tag."""
    tagged = _select_tagged(round_id).add_columns(remarks.c.text).distinct().subquery()
    query = select(tagged.c.text, func.count()).group_by(tagged.c.text).order_by(tagged.c.text)
    return {tag: int(count) for tag, count in connection.execute(query)}


def select_tagged(round_id: str, tag: str) -> Select[tuple[str]]:
    """Select the sessions of a round that have a tag."""
    return _select_tagged(round_id).where(remarks.c.text == tag)


def select_saying(round_id: str, part: str) -> Select[tuple[str]]:
    """Select the sessions of a round with this part, in small letters, of a comment."""
    says = func.lower(remarks.c.text).contains(part, autoescape=True)
    is_comment = (remarks.c.round_id == round_id, remarks.c.kind == RemarkKind.COMMENT.value)
    return select(remarks.c.session_id).where(*is_comment, says)


def _select_tagged(round_id: str) -> Select[tuple[str]]:
    """Select where a tag was put on and not taken off since."""
    later = remarks.alias("later")
    is_newer = or_(
        later.c.created_at > remarks.c.created_at,
        (later.c.created_at == remarks.c.created_at) & (later.c.id > remarks.c.id),
    )
    of_session = (later.c.round_id == remarks.c.round_id, later.c.session_id == remarks.c.session_id)
    taken_off = (later.c.kind == RemarkKind.UNTAG.value, later.c.text == remarks.c.text, is_newer)
    is_off = exists().where(*of_session, *taken_off).correlate(remarks)
    put_on = (remarks.c.round_id == round_id, remarks.c.kind == RemarkKind.TAG.value)
    return select(remarks.c.session_id).where(*put_on, ~is_off)


def _list(connection: Connection, query: Select[Any]) -> list[Remark]:
    return [Remark(**{**row._mapping, "kind": RemarkKind(row.kind)}) for row in connection.execute(query)]
