"""What others said about somebody's answers, newest first: among the newest reviews and comments of a round."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Subquery, Table, exists, literal, select, tuple_

from podcast_core.domain.remark import RemarkKind
from podcast_core.storage.schema import remarks, reviews, submissions

AMONG = 500  # chosen: of the newest, so that it takes as long in a large round as in a small one


class Told(NamedTuple):
    """What somebody said about an answer: a verdict (empty: none) and a text.

    ``is_newest``: whose answer it is has not answered the session again.
    """

    session_id: str
    submission_id: str
    verdict: str
    text: str
    who: str
    at: datetime
    is_newest: bool


def list_reviews(connection: Connection, round_id: str, person: str) -> list[Told]:
    """List verdicts of others on somebody's answers, the newest first; withdrawn ones are left out."""
    newest = _select_newest(reviews, round_id)
    said = (newest.c.verdict, newest.c.comment, newest.c.reviewer, newest.c.created_at)
    return _list(connection, newest, said, person, ~newest.c.withdrawn)


def list_remarks(connection: Connection, round_id: str, person: str) -> list[Told]:
    """List comments of others on somebody's answers, the newest first."""
    newest = _select_newest(remarks, round_id)
    said = (literal(""), newest.c.text, newest.c.author, newest.c.created_at)
    return _list(connection, newest, said, person, newest.c.kind == RemarkKind.COMMENT.value)


def _select_newest(table: Table, round_id: str) -> Subquery:
    order = (table.c.created_at.desc(), table.c.id.desc())
    return select(table).where(table.c.round_id == round_id).order_by(*order).limit(AMONG).subquery()


def _list(
    connection: Connection,
    newest: Subquery,
    said: Sequence[ColumnElement[Any]],
    person: str,
    is_meant: ColumnElement[bool],
) -> list[Told]:
    mine, later = submissions.c, submissions.alias("later").c
    in_time = (later.submitted_at, later.id)
    is_later = tuple_(*in_time) > tuple_(mine.submitted_at, mine.id)
    same = (later.round_id == mine.round_id, later.session_id == mine.session_id, later.annotator == mine.annotator)
    is_replaced = exists().where(*same, is_later)
    query = (
        select(mine.session_id, mine.id, *said, ~is_replaced)
        .select_from(newest.join(submissions, mine.id == newest.c.submission_id))
        .where(mine.annotator == person, said[2] != person, is_meant)
        .order_by(newest.c.created_at.desc(), newest.c.id.desc())
    )
    return [Told._make(row) for row in connection.execute(query)]
