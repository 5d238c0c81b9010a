"""Answers of several people to the same sessions, read without the answers as a whole.

Compared is the newest answer of each person that says what is in the whole session (labelled or empty) and was not
rejected in review. Answers made in bulk are left out: what they add was hardly looked at, and the rest is somebody
else's. Where models are compared with people, what a model predicts in a session is its answer: it has searched all of
it, and a session without a prediction is empty for it. Skips say nothing, and gold is no answer of its own: it decides
between these.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
)

from podcast_core.domain.standing import REJECTED, SEARCHED
from podcast_core.domain.submission import Outcome
from podcast_core.storage.counting_answers import is_gold, rejected_answers
from podcast_core.storage.prepared import Prepared
from podcast_core.storage.schema import annotations, prediction_sets, predictions, session_states, sessions, submissions
from podcast_core.storage.shown_predictions import newest_sets

MAX_NAMED = 1_000  # in one statement
SCANNED = 4  # measured: to look up the boxes of an answer takes so much longer than to read them in a row


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
    connection: Connection,
    round_id: str,
    *,
    people_count: int = 2,
    session_id: str | None = None,
    with_bands: bool = True,
) -> tuple[list[Given], Sequence[GivenBox]]:
    """Read the answers of sessions that so many people or more have searched, by session and name, and their boxes.

    With ``session_id``, only those of this session; without bands, boxes come without their frequencies, in less time.
    """
    rejected = _find_rejected(connection, round_id, session_id)
    newest: dict[tuple[str, str], tuple[Any, ...]] = {}
    for row in _fetch(connection, _select_answers(round_id, people_count, session_id)):
        newest[row[1], row[2]] = row  # the last one of somebody is the newest
    answers = [
        Given(row[0], row[1], row[2], row[3], row[4], row[5], _read_moment(row[6]))
        for _, row in sorted(newest.items())
        if row[7] in SEARCHED and row[0] not in rejected
    ]
    return answers, _read_boxes(connection, round_id, [each.id for each in answers], with_bands=with_bands)


def _select_answers(round_id: str, people_count: int, session_id: str | None) -> Select[Any]:
    """Select all that people said about the whole of sessions, the oldest of a session first."""
    states, said = session_states.c, submissions.c
    given = (said.id, said.session_id, said.annotator, said.base_revision, sessions.c.start_s, sessions.c.end_s)
    stands = (~said.taken_back, ~said.calibrates, ~is_gold(submissions))
    says = (said.outcome != Outcome.SKIPPED.value, said.bulk_id == "", *stands)
    several = [states.round_id == round_id, states.people_count >= people_count]
    if session_id is not None:
        several.append(states.session_id == session_id)
    return (
        select(*given, type_coerce(said.submitted_at, Text), said.outcome)
        .join_from(
            session_states,
            submissions,
            and_(said.round_id == states.round_id, said.session_id == states.session_id),
        )
        .join(sessions, and_(sessions.c.round_id == states.round_id, sessions.c.id == states.session_id))
        .where(*several, *says)
        .order_by(said.round_id, said.session_id, said.submitted_at, said.id)
    )


def _find_rejected(connection: Connection, round_id: str, session_id: str | None) -> set[str]:
    found = rejected_answers(round_id)
    if session_id is not None:
        found = found.where(submissions.c.session_id == session_id)
    return set(connection.scalars(found))


def _read_boxes(
    connection: Connection, round_id: str, answer_ids: Sequence[str], *, with_bands: bool
) -> list[GivenBox]:
    """Read the boxes of answers: of few by their names; else of the round; SQLite scans all there are, if that is less.

    It looks up each answer of a round, and then each of its boxes.
    """
    boxes = annotations.c
    bands = (boxes.low_hz, boxes.high_hz) if with_bands else (null(), null())
    query = select(boxes.submission_id, boxes.start_s, boxes.end_s, *bands, boxes.label)
    if len(answer_ids) <= MAX_NAMED:
        query = query.where(boxes.submission_id.in_(answer_ids))
    elif connection.dialect.name != "sqlite" or SCANNED * len(answer_ids) < _guess_answers(connection):
        query = query.join(submissions, submissions.c.id == boxes.submission_id)
        query = query.where(submissions.c.round_id == round_id)
    known = set(answer_ids)
    return [row for row in _fetch(connection, query) if row[0] in known]


def _guess_answers(connection: Connection) -> int:
    """Guess how many answers SQLite has, without counting them."""
    return connection.execute(select(func.max(literal_column("rowid"))).select_from(submissions)).scalar() or 0


def _fetch(connection: Connection, query: Select[Any]) -> list[Any]:
    """Fetch rows as the driver gives them, of which there may be a million."""
    result = Prepared(connection, query).execute(connection)
    return list(result.cursor.fetchall()) if result.cursor is not None else []


def _read_moment(moment: datetime | str) -> datetime:
    """Read a moment, which SQLite gives as text in UTC."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC) if isinstance(moment, str) else moment.astimezone(UTC)


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
