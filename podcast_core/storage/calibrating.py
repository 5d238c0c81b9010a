"""Calibration sessions in the database: their gold, and what people answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from podcast_core.domain.standing import SEARCHED
from podcast_core.domain.submission import Outcome
from podcast_core.storage import tallies
from podcast_core.storage.counting_answers import is_gold
from podcast_core.storage.schema import annotations, session_states, submissions

MAX_DRAWN = 5_000  # sessions with gold that are drawn from; chosen: more than anybody decides about


class GoldOf(NamedTuple):
    """The gold of a session: its answer, and who decided."""

    answer_id: str
    annotator: str


class GivenAnswer(NamedTuple):
    """What somebody answered of a session, without its boxes."""

    id: str
    session_id: str
    annotator: str
    outcome: Outcome
    calibrates: bool
    submitted_at: datetime


_COLUMNS = [submissions.c[name] for name in GivenAnswer._fields]
_CALIBRATES: ColumnElement[Any] = literal_column("submissions.calibrates")  # as the index of these has it
_IN_TIME = (submissions.c.submitted_at, submissions.c.id)
_GOLD = (
    select(session_states.c.session_id, submissions.c.id, submissions.c.annotator)
    .join(submissions, submissions.c.id == session_states.c.answer_id)
    .where(is_gold(submissions), session_states.c.standing.in_(SEARCHED))
)


def find_gold(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, GoldOf]:
    """Find the gold of those of some sessions that have gold that counts and says what is in all of the session."""
    if not session_ids:
        return {}
    query = _GOLD.where(session_states.c.round_id == round_id, session_states.c.session_id.in_(session_ids))
    return {row.session_id: GoldOf(row.id, row.annotator) for row in connection.execute(query)}


def has_gold(connection: Connection, round_id: str) -> bool:
    """Tell whether any session of a round has gold that counts and says what is in all of the session."""
    its = (session_states.c.round_id == round_id, submissions.c.round_id == round_id)
    return connection.execute(_GOLD.where(*its).limit(1)).first() is not None


def list_given(connection: Connection, round_id: str, person: str, session_ids: Sequence[str]) -> list[GivenAnswer]:
    """List what somebody answered of some sessions, the oldest first."""
    if not session_ids:
        return []
    its = (submissions.c.round_id == round_id, submissions.c.annotator == person)
    query = select(*_COLUMNS).where(*its, submissions.c.session_id.in_(session_ids)).order_by(*_IN_TIME)
    return [_to_given(*row) for row in connection.execute(query)]


def list_calibrating(connection: Connection, round_id: str, person: str | None = None) -> list[GivenAnswer]:
    """List the answers of a round that were given to calibration sessions, or one person's, the oldest first."""
    query = select(*_COLUMNS).where(submissions.c.round_id == round_id, _CALIBRATES)
    if person is not None:
        query = query.where(submissions.c.annotator == person)
    return [_to_given(*row) for row in connection.execute(query.order_by(*_IN_TIME))]


def count_others(connection: Connection, round_id: str, person: str) -> int:
    """Count somebody's answers in a round that do not calibrate, skips too."""
    everything = tallies.list_sums(connection, round_id, "all answers", group=person)
    its = (submissions.c.round_id == round_id, submissions.c.annotator == person, _CALIBRATES)
    calibrating = connection.scalar(select(func.count()).where(*its)) or 0
    return max(sum(count for _, _, count, _ in everything) - calibrating, 0)


def list_labels(connection: Connection, round_id: str) -> dict[str, set[str]]:
    """List the labels in the gold of a round, by session; `MAX_DRAWN` sessions at most."""
    states = session_states.c
    gold = _GOLD.where(states.round_id == round_id, submissions.c.round_id == round_id)
    found = {row.id: row.session_id for row in connection.execute(gold.order_by(states.session_id).limit(MAX_DRAWN))}
    labels: dict[str, set[str]] = {session_id: set() for session_id in found.values()}
    ids = list(found)
    for start in range(0, len(ids), 1_000):
        of_boxes = select(annotations.c.submission_id, annotations.c.label).distinct()
        for answer_id, label in connection.execute(
            of_boxes.where(annotations.c.submission_id.in_(ids[start : start + 1_000]))
        ):
            labels[found[answer_id]].add(label)
    return labels


def _to_given(
    answer_id: str, session_id: str, annotator: str, outcome: str, calibrates: bool, submitted_at: datetime
) -> GivenAnswer:
    return GivenAnswer(answer_id, session_id, annotator, Outcome(outcome), calibrates, submitted_at)
