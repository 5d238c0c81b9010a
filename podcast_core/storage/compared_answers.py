"""Answers of several people to the same sessions, read without the answers as a whole.

Compared is the newest answer of each person that says what is in the whole session (labelled or empty) and was not
rejected in review. Answers made in bulk are left out: what they add was hardly looked at, and the rest is somebody
else's. Where models are compared with people, what a model predicts in a session is its answer: it has searched all of
it, and a session without a prediction is empty for it. Skips say nothing, and gold is no answer of its own: it decides
between these.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, exists, func, or_, select

from podcast_core.domain.standing import REJECTED, SEARCHED
from podcast_core.domain.submission import Outcome
from podcast_core.storage.counting_answers import is_gold, rank_submissions
from podcast_core.storage.schema import annotations, prediction_sets, predictions, session_states, sessions, submissions
from podcast_core.storage.shown_predictions import newest_sets

MAX_NAMED = 1_000  # in one statement


class Given(NamedTuple):
    """An answer, with where its session lies in the recording."""

    id: str
    session_id: str
    annotator: str
    base_revision: int  # -1: of a model
    start_s: float
    end_s: float
    submitted_at: datetime


class GivenBox(NamedTuple):
    """A box of an answer, in seconds from the start of the recording."""

    answer_id: str
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    label: str


def name_model(model: str) -> str:
    """Name a model among people."""
    return f"{model} (model)"


def read_compared(
    connection: Connection, round_id: str, *, people_count: int = 2, session_id: str | None = None
) -> tuple[list[Given], Sequence[GivenBox]]:
    """Read the answers of sessions that so many people or more have searched, by session and name, and their boxes.

    With ``session_id``, only those of this session.
    """
    newest = _select_newest(round_id, people_count, session_id)
    given = (newest.c.id, newest.c.session_id, newest.c.annotator, newest.c.base_revision)
    session = (sessions.c.round_id == round_id, sessions.c.id == newest.c.session_id)
    query = select(*given, sessions.c.start_s, sessions.c.end_s, newest.c.submitted_at)
    query = query.join(sessions, session[0] & session[1])
    answers = [Given(*row) for row in connection.execute(query.order_by(newest.c.session_id, newest.c.annotator))]
    columns = (annotations.c[name] for name in GivenBox._fields[1:])
    boxes = select(annotations.c.submission_id, *columns).join(newest, newest.c.id == annotations.c.submission_id)
    return answers, _as_boxes(connection.execute(boxes).all())


def read_predicted(
    connection: Connection, round_id: str, model: str, among: Sequence[Given], *, min_score: float
) -> tuple[list[Given], Sequence[GivenBox]]:
    """Read what a model predicts in the sessions of answers, with ``min_score`` or without a score, as its answers."""
    sessions_of = {each.session_id: each for each in among}
    name = name_model(model)
    answers = [
        Given(f"{name}/{each.session_id}", each.session_id, name, -1, each.start_s, each.end_s, each.submitted_at)
        for each in sessions_of.values()
    ]
    columns = [predictions.c[field] for field in GivenBox._fields[1:]]
    counts = or_(predictions.c.score.is_(None), predictions.c.score >= min_score)
    query = (
        select(predictions.c.session_id, *columns)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(predictions.c.set_id.in_(newest_sets(round_id)), prediction_sets.c.model == model, counts)
    )
    rows = connection.execute(query).all()
    return answers, [GivenBox(f"{name}/{row[0]}", *row[1:]) for row in rows if row[0] in sessions_of]


def list_models(connection: Connection, round_id: str) -> list[str]:
    """List the models whose predictions the round has."""
    query = select(prediction_sets.c.model).where(prediction_sets.c.round_id == round_id).distinct()
    return sorted(connection.scalars(query))


def _as_boxes(rows: Sequence[Any]) -> Sequence[GivenBox]:
    return rows  # rows have the same fields in the same order, and there may be a million


def find_settled(connection: Connection, round_id: str, session_ids: Sequence[str]) -> set[str]:
    """Find those of some sessions about which somebody has decided, and nobody has answered since."""
    found: set[str] = set()
    for start in range(0, len(session_ids), MAX_NAMED):
        named = session_states.c.session_id.in_(session_ids[start : start + MAX_NAMED])
        found |= set(connection.scalars(_select_settled(round_id, session_states.c.session_id).where(named)))
    return found


def count_settled(connection: Connection, round_id: str) -> int:
    """Count the sessions of a round that `find_settled` would find."""
    return connection.scalar(_select_settled(round_id, func.count())) or 0


def _select_settled(round_id: str, what: ColumnElement[Any]) -> Select[Any]:
    """Select from the gold of a round that counts and is newer than all other answers of its session."""
    columns = (submissions.c[name] for name in ("id", "session_id", "submitted_at"))
    # It is looked up first: there is little of it, and an index has nothing else.
    gold = select(*columns).where(submissions.c.round_id == round_id, is_gold(submissions)).cte("gold")
    gold = gold.prefix_with("MATERIALIZED")
    states, later = session_states.c, submissions.alias("later")
    answered_since = exists().where(
        later.c.round_id == round_id,
        later.c.session_id == gold.c.session_id,
        later.c.submitted_at > gold.c.submitted_at,
        later.c.outcome.in_(SEARCHED),
        later.c.bulk_id == "",
        ~later.c.taken_back,
        ~later.c.calibrates,
        ~is_gold(later),
    )
    counts = and_(states.round_id == round_id, states.session_id == gold.c.session_id, states.answer_id == gold.c.id)
    return (
        select(what).select_from(gold).join(session_states, counts).where(states.standing != REJECTED, ~answered_since)
    )


def _select_newest(round_id: str, people_count: int, session_id: str | None) -> Subquery:
    """Select the answers that are compared."""
    several = select(session_states.c.session_id).where(
        session_states.c.round_id == round_id, session_states.c.people_count >= people_count
    )
    if session_id is not None:
        several = several.where(session_states.c.session_id == session_id)
    ranked = rank_submissions(round_id, session_id or several)
    says = [ranked.c.outcome != Outcome.SKIPPED.value, ranked.c.bulk_id == "", ranked.c.age > 0, ~is_gold(ranked)]
    says.append(~ranked.c.calibrates)
    if session_id is not None:
        says.append(ranked.c.session_id.in_(several))
    place = func.row_number().over(
        partition_by=(ranked.c.session_id, ranked.c.annotator),
        order_by=(ranked.c.submitted_at.desc(), ranked.c.id.desc()),
    )
    newest = select(ranked, place.label("place")).where(*says).subquery()
    return select(newest).where(newest.c.place == 1, newest.c.standing.in_(SEARCHED)).subquery("compared")
