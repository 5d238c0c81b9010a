"""Answers of several people to the same sessions, read without the answers as a whole.

Compared is the newest answer of each person that says what is in the whole session (labelled or empty) and was not
rejected in review. Answers made in bulk are left out: what they add was hardly looked at, and the rest is somebody
else's. Skips say nothing, and gold is no answer of its own: it decides between these.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Subquery, func, select

from podcast_core.domain.standing import SEARCHED
from podcast_core.domain.submission import Outcome
from podcast_core.storage.counting_answers import is_gold, rank_submissions
from podcast_core.storage.schema import annotations, session_states, sessions


class Given(NamedTuple):
    """An answer, with where its session lies in the recording."""

    id: str
    session_id: str
    annotator: str
    base_revision: int
    start_s: float
    end_s: float


class GivenBox(NamedTuple):
    """A box of an answer, in seconds from the start of the recording."""

    answer_id: str
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str


def read_compared(connection: Connection, round_id: str) -> tuple[list[Given], Sequence[GivenBox]]:
    """Read the answers of sessions that two people or more have searched, by session and name, and their boxes."""
    newest = _select_newest(round_id)
    given = (newest.c.id, newest.c.session_id, newest.c.annotator, newest.c.base_revision)
    session = (sessions.c.round_id == round_id, sessions.c.id == newest.c.session_id)
    query = select(*given, sessions.c.start_s, sessions.c.end_s).join(sessions, session[0] & session[1])
    answers = [Given(*row) for row in connection.execute(query.order_by(newest.c.session_id, newest.c.annotator))]
    columns = (annotations.c[name] for name in GivenBox._fields[1:])
    boxes = select(annotations.c.submission_id, *columns).join(newest, newest.c.id == annotations.c.submission_id)
    return answers, _as_boxes(connection.execute(boxes).all())


def _as_boxes(rows: Sequence[Any]) -> Sequence[GivenBox]:
    return rows  # rows have the same fields in the same order, and there may be a million


def _select_newest(round_id: str) -> Subquery:
    """Select the answers that are compared."""
    several = select(session_states.c.session_id).where(
        session_states.c.round_id == round_id, session_states.c.people_count > 1
    )
    ranked = rank_submissions(round_id, several)
    says = (ranked.c.outcome != Outcome.SKIPPED.value, ranked.c.bulk_id == "", ranked.c.age > 0, ~is_gold(ranked))
    place = func.row_number().over(
        partition_by=(ranked.c.session_id, ranked.c.annotator),
        order_by=(ranked.c.submitted_at.desc(), ranked.c.id.desc()),
    )
    newest = select(ranked, place.label("place")).where(*says).subquery()
    return select(newest).where(newest.c.place == 1, newest.c.standing.in_(SEARCHED)).subquery("compared")
