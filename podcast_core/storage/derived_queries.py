"""The SQL of what follows from the facts of sessions: see `podcast_core.storage.deriving`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Float,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    extract,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from podcast_core.domain.annotation import Origin
from podcast_core.domain.standing import ANSWERED, JUDGING
from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.storage.counting_answers import rank_submissions
from podcast_core.storage.open_sessions import needs_answer
from podcast_core.storage.schema import (
    annotations,
    passed_over,
    prediction_sets,
    predictions,
    recordings,
    rejections,
    reviews,
    rounds,
    session_boxes,
    session_predictions,
    session_states,
    sessions,
    submissions,
)
from podcast_core.storage.shown_predictions import newest_sets

WAITING = "waiting"  # the answer that counts has no verdict yet


ROUND = bindparam("round_id", "", type_=Text)
IDS = bindparam("session_ids", "[]", type_=Text)  # a JSON list: one parameter, however many there are


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which sessions: of some of a round, or (None) of all."""

    ids: Select[Any] | None

    def of(self, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """Say that a column names one of the sessions."""
        return [] if self.ids is None else [column.in_(self.ids)]


def list_queries(dialect: str, *, is_whole: bool) -> list[tuple[Table, Select[Any]]]:
    """List the tables and the queries of their rows, each after those that it builds on; of some sessions or of all.

    Parameters of the queries are `ROUND` and, unless they are about the whole round, `IDS`.
    """
    words, newest = _WORDS[dialect], newest_sets(ROUND)
    scope = Scope(None if is_whole else words.list_ids())
    return [
        (session_states, _select_states(scope, newest, _select_answers(scope), words)),
        (session_boxes, _select_boxes(scope)),
        (session_predictions, _select_predictions(scope, newest)),
    ]


def list_deletions(dialect: str, *, is_whole: bool) -> list[Delete]:
    """List what removes the rows of `list_queries`."""
    scope = Scope(None if is_whole else _WORDS[dialect].list_ids())
    return [
        delete(table).where(table.c.round_id == ROUND, *scope.of(table.c.session_id))
        for table in (session_predictions, session_boxes, session_states)
    ]


@dataclass(frozen=True, slots=True)
class _Words:
    """How a database names the day (UTC) of a moment, and that of seconds since 1970; and how it reads `IDS`."""

    to_day: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    to_day_of_s: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    list_ids: Callable[[], Select[Any]]


_WORDS = {
    "sqlite": _Words(
        lambda moment: func.substr(type_coerce(moment, Text), 1, 10),
        lambda seconds: func.date(seconds, "unixepoch"),
        lambda: select(func.json_each(IDS).table_valued("value").c.value),
    ),
    "postgresql": _Words(  # the time zone of our connections is UTC
        lambda moment: func.to_char(moment, "YYYY-MM-DD"),
        lambda seconds: func.to_char(func.to_timestamp(seconds), "YYYY-MM-DD"),
        lambda: select(func.jsonb_array_elements_text(cast(IDS, JSONB)).column_valued()),
    ),
}


def _select_answers(scope: Scope) -> Subquery:
    """Select the answer that counts of each session, with its newest verdict."""
    ranked = rank_submissions(ROUND, scope.ids)
    newest = _select_verdicts(scope)
    columns = ("id", "session_id", "outcome", "standing", "annotator", "submitted_at", "active_s", "action_count")
    return (
        select(*(ranked.c[name] for name in columns), newest.c.verdict, newest.c.reviewer)
        .outerjoin_from(ranked, newest, newest.c.submission_id == ranked.c.id)
        .where(ranked.c.age == 1)
        .subquery("answer")
    )


def _select_verdicts(scope: Scope) -> Subquery:
    """Select the newest verdict on each answer: on itself, or the one that it corrects another answer with."""
    columns = (reviews.c.id, reviews.c.verdict, reviews.c.reviewer, reviews.c.created_at)
    of_round = [submissions.c.round_id == ROUND, *scope.of(submissions.c.session_id)]
    parts = [
        select(about.label("submission_id"), *columns).join(submissions, submissions.c.id == about).where(*of_round)
        for about in (reviews.c.submission_id, reviews.c.corrected_id)
    ]
    given = union_all(*parts).subquery()
    age = func.row_number().over(
        partition_by=given.c.submission_id, order_by=(given.c.created_at.desc(), given.c.id.desc())
    )
    ranked = select(given.c.submission_id, given.c.verdict, given.c.reviewer, age.label("age")).subquery()
    return select(ranked).where(ranked.c.age == 1).subquery("newest_verdict")


def _select_states(scope: Scope, newest: Select[tuple[str]], answer: Subquery, words: _Words) -> Select[Any]:
    said = answer.c
    of_boxes = partial(_of_boxes, answer)
    starts_at_s = func.floor(extract("epoch", recordings.c.started_at)) + sessions.c.start_s
    annotator, is_open = func.coalesce(said.annotator, ""), needs_answer()
    has_answers = exists().where(
        submissions.c.round_id == sessions.c.round_id, submissions.c.session_id == sessions.c.id
    )
    says_nothing = or_(said.id.is_(None), said.outcome == Outcome.SKIPPED.value)
    columns: dict[str, ColumnElement[Any]] = {
        "round_id": sessions.c.round_id,
        "session_id": sessions.c.id,
        "recording_id": sessions.c.recording_id,
        "position": sessions.c.position,
        "duration_us": cast(func.round((sessions.c.end_s - sessions.c.start_s) * 1_000_000), BigInteger),
        "site": func.coalesce(func.nullif(recordings.c.site, ""), rounds.c.site),
        "starts_at_s": starts_at_s,
        "starts_on": func.coalesce(words.to_day_of_s(starts_at_s), ""),
        "shuffle": func.md5(sessions.c.round_id + "/" + sessions.c.id),
        "standing": func.coalesce(said.standing, UNREVIEWED),
        "outcome": func.coalesce(said.outcome, UNREVIEWED),
        "is_open": is_open,
        "is_touched": and_(is_open, has_answers),
        "answer_id": said.id,
        "annotator": annotator,
        "annotator_key": func.lower(annotator),
        "answered_at": said.submitted_at,
        "answered_on": func.coalesce(words.to_day(said.submitted_at), ""),
        "review_state": case((says_nothing, ""), else_=func.coalesce(said.verdict, WAITING)),
        "verdict": said.verdict,
        "reviewer": func.coalesce(said.reviewer, ""),
        "lowest_score": of_boxes(func.min(annotations.c.score)),
        "box_count": of_boxes(func.count()),
        "unsure_count": of_boxes(func.coalesce(func.sum(cast(annotations.c.unsure, Integer)), 0)),
        "rejected_count": _count_links(answer, rejections),
        "unreviewed_count": _count_links(answer, passed_over),
        "active_s": said.active_s,
        "action_count": said.action_count,
        "shown_count": _count_shown(newest),
    }
    return (
        select(*(columns[column.name].label(column.name) for column in session_states.c))
        .select_from(sessions)
        .join(recordings, recordings.c.id == sessions.c.recording_id)
        .join(rounds, rounds.c.id == sessions.c.round_id)
        .outerjoin(answer, said.session_id == sessions.c.id)
        .where(sessions.c.round_id == ROUND, ~sessions.c.archived, *scope.of(sessions.c.id))
    )


def _of_boxes(answer: Subquery, value: ColumnElement[Any]) -> ColumnElement[Any]:
    of_answer = annotations.c.submission_id == answer.c.id
    return select(value).select_from(annotations).where(of_answer).correlate(answer).scalar_subquery()


def _count_shown(newest: Select[tuple[str]]) -> ColumnElement[int]:
    of_session = (
        predictions.c.round_id == sessions.c.round_id,
        predictions.c.session_id == sessions.c.id,
        predictions.c.set_id.in_(newest),
    )
    return select(func.count()).select_from(predictions).where(*of_session).correlate(sessions).scalar_subquery()


def _count_links(answer: Subquery, links: Table) -> ColumnElement[int]:
    of_answer = links.c.submission_id == answer.c.id
    return select(func.count()).select_from(links).where(of_answer).correlate(answer).scalar_subquery()


def _select_boxes(scope: Scope) -> Select[Any]:
    states, boxes = session_states.c, annotations.c
    of_states = _of_states(scope)
    counted = (
        select(
            states.session_id,
            boxes.label,
            boxes.origin,
            func.count().label("count"),
            func.sum(cast(boxes.unsure, Integer)).label("unsure_count"),
            func.min(boxes.score).label("lowest_score"),
        )
        .join_from(session_states, annotations, boxes.submission_id == states.answer_id)
        .where(*of_states)
        .group_by(states.session_id, boxes.label, boxes.origin)
        .subquery()
    )
    first = func.min(counted.c.origin).over(partition_by=(counted.c.session_id, counted.c.label))
    columns: dict[str, ColumnElement[Any]] = {
        **{column.name: column for column in counted.c},
        **{name: states[name] for name in ("round_id", "position", "annotator", "answered_on", "outcome")},
        "review_state": states.review_state,
        "is_answered": states.standing.in_(ANSWERED),
        "is_first": counted.c.origin == first,
    }
    return (
        select(*(columns[column.name].label(column.name) for column in session_boxes.c))
        .join_from(counted, session_states, states.session_id == counted.c.session_id)
        .where(states.round_id == ROUND)
    )


def _select_predictions(scope: Scope, newest: Select[tuple[str]]) -> Select[Any]:
    states = session_states.c
    parts = union_all(
        _select_shown(scope, newest, prediction_sets.c.model, predictions.c.label),
        _select_shown(scope, newest, literal(""), predictions.c.label),
        _select_shown(scope, newest, literal(""), literal("")),
        _select_kept(scope),
        _select_named(scope, rejections, "rejected"),
        _select_named(scope, passed_over, "unreviewed"),
    ).subquery()
    key = (parts.c.session_id, parts.c.model, parts.c.label)
    added = [func.sum(parts.c[name]).label(name) for name in _FATES]
    best = [func.min(parts.c[name]).label(name) for name in ("negative_best", "nearest_half")]
    summed = select(*key, *added, *best).group_by(*key).subquery()
    columns: dict[str, ColumnElement[Any]] = {
        **{column.name: column for column in summed.c},
        **{name: states[name] for name in ("round_id", "site", "starts_on", "is_open", "position")},
    }
    return (
        select(*(columns[column.name].label(column.name) for column in session_predictions.c))
        .join_from(summed, session_states, states.session_id == summed.c.session_id)
        .where(states.round_id == ROUND)
    )


_FATES = ("shown", "waiting", "confirmed", "relabelled", "rejected", "unreviewed", "in_bulk")


def _select_part(model: Any, label: Any, score: Any = None, **counts: Any) -> Select[Any]:
    """Select what a prediction adds to a row of its session, model and label."""
    score = cast(null(), Float(53)) if score is None else score
    fates = [cast(counts.get(name, 0), Integer).label(name) for name in _FATES]
    best = [cast(value, Float(53)) for value in (-score, func.abs(score - 0.5))]
    named = (each.label(name) for each, name in zip(best, ("negative_best", "nearest_half"), strict=True))
    return select(session_states.c.session_id, model.label("model"), label.label("label"), *fates, *named)


def _of_states(scope: Scope) -> list[ColumnElement[bool]]:
    return [session_states.c.round_id == ROUND, *scope.of(session_states.c.session_id)]


def _select_shown(scope: Scope, newest: Select[tuple[str]], model: Any, label: Any) -> Select[Any]:
    """Select the predictions that the page shows; they wait where the session is open and nobody has judged them."""
    states, box = session_states.c, predictions.c
    kept = exists().where(annotations.c.submission_id == states.answer_id, annotations.c.prediction_id == box.id)
    removed = exists().where(rejections.c.submission_id == states.answer_id, rejections.c.prediction_id == box.id)
    is_judged = and_(states.standing == Outcome.VERIFIED.value, or_(kept, removed))
    waits = case((and_(states.is_open, not_(is_judged)), 1), else_=0)
    of_session = and_(box.round_id == states.round_id, box.session_id == states.session_id)
    return (
        _select_part(model, label, box.score, shown=1, waiting=waits)
        .join_from(session_states, predictions, of_session)
        .join(prediction_sets, prediction_sets.c.id == box.set_id)
        .where(*_of_states(scope), box.set_id.in_(newest))
    )


def _select_kept(scope: Scope) -> Select[Any]:
    """Select the predictions that became boxes: of several, it is confirmed if one of them kept its label."""
    states = session_states.c
    in_bulk = (annotations.c.origin == Origin.BULK.value).label("in_bulk")
    same = case((annotations.c.label == predictions.c.label, 1), else_=0)
    key = (states.session_id, predictions.c.id, predictions.c.label, prediction_sets.c.model, in_bulk)
    kept = (
        select(*key, func.max(same).label("same"))
        .join_from(session_states, annotations, annotations.c.submission_id == states.answer_id)
        .join(predictions, predictions.c.id == annotations.c.prediction_id)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(*_of_states(scope), states.standing.in_(JUDGING), annotations.c.unsure.is_(False))
        .group_by(*key)
        .subquery()
    )
    is_bulk, bulk_same = kept.c.in_bulk, case((kept.c.same == 1, 1), else_=0)
    return _select_part(
        kept.c.model,
        kept.c.label,
        confirmed=case((is_bulk, 0), else_=kept.c.same),
        relabelled=case((is_bulk, 0), else_=1 - kept.c.same),
        in_bulk=case((is_bulk, bulk_same), else_=0),
    ).join_from(session_states, kept, and_(kept.c.session_id == states.session_id, states.round_id == ROUND))


def _select_named(scope: Scope, links: Table, fate: str) -> Select[Any]:
    """Select the predictions that the answer names in a table of links."""
    states = session_states.c
    return (
        _select_part(prediction_sets.c.model, predictions.c.label, **{fate: 1})
        .join_from(session_states, links, links.c.submission_id == states.answer_id)
        .join(predictions, predictions.c.id == links.c.prediction_id)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(*_of_states(scope), states.standing.in_(JUDGING))
    )
