"""The SQL of what follows from the facts of sessions: see `podcast_core.storage.deriving`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Float,
    Integer,
    ScalarSelect,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    distinct,
    exists,
    extract,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from podcast_core.domain.annotation import Origin
from podcast_core.domain.standing import ANSWERED, JUDGING, REJECTED, SEARCHED
from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.domain.summary import DISPUTED, WAITING
from podcast_core.storage.counting_answers import is_gold, is_rejected, stands_as_gold
from podcast_core.storage.open_sessions import count_left, count_wanted, select_people
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
    session_people,
    session_predictions,
    session_states,
    sessions,
    submissions,
)
from podcast_core.storage.shown_predictions import newest_sets

ROUND = bindparam("round_id", "", type_=Text)
IDS = "session_ids"  # one parameter, however many there are: see `bind_ids`


class Extent(Enum):
    """Of how many sessions of a round: PostgreSQL plans well for one, for a few, and for all of them."""

    ONE, SOME, ALL = range(3)


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which sessions: of one of a round, of some, or of all."""

    extent: Extent
    words: "_Words"

    def of(self, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """Say that a column names one of the sessions."""
        match self.extent:
            case Extent.ONE:
                return [column == bindparam(IDS, "", type_=Text)]
            case Extent.SOME:
                return [column.in_(self.words.list_ids())]
            case _:
                return []


def list_queries(dialect: str, extent: Extent) -> list[tuple[Table, Select[Any]]]:
    """List the tables and the queries of their rows, each after those that it builds on.

    Parameters of the queries are `ROUND` and, unless they are about the whole round, `IDS`.
    """
    words, newest = _WORDS[dialect], newest_sets(ROUND)
    scope = Scope(extent, words)
    return [
        (session_states, _select_states(scope, words, dialect)),
        (session_people, select_people().where(*_of_states(scope))),
        (session_boxes, _select_boxes(scope)),
        (session_predictions, _select_predictions(scope, newest)),
    ]


def bind_ids(dialect: str, extent: Extent, session_ids: Sequence[str]) -> dict[str, Any]:
    """Give the value of `IDS`; SQLite reads a list in JSON."""
    match extent:
        case Extent.ONE:
            return {IDS: session_ids[0]}
        case Extent.SOME:
            return {IDS: json.dumps(session_ids) if dialect == "sqlite" else list(session_ids)}
        case _:
            return {}


def list_ids(dialect: str) -> Select[Any]:
    """Select the sessions that `IDS` names, of those that `bind_ids` gives for some."""
    return _WORDS[dialect].list_ids()


def to_day(dialect: str, moment: ColumnElement[Any]) -> ColumnElement[str]:
    """Name the day (UTC) of a moment, such as 2026-06-01."""
    return _WORDS[dialect].to_day(moment)


def write_deletion(table: Table, dialect: str, extent: Extent) -> Delete:
    """Write what removes the rows of one of the tables of `list_queries`."""
    scope = Scope(extent, _WORDS[dialect])
    return delete(table).where(table.c.round_id == ROUND, *scope.of(table.c.session_id))


@dataclass(frozen=True, slots=True)
class _Words:
    """How a database names the day (UTC) of a moment, the day and hour of seconds since 1970; how it reads `IDS`."""

    to_day: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    to_day_of_s: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    to_hour_of_s: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    list_ids: Callable[[], Select[Any]]


_WORDS = {
    "sqlite": _Words(
        lambda moment: func.substr(type_coerce(moment, Text), 1, 10),
        lambda seconds: func.date(seconds, "unixepoch"),
        lambda seconds: func.strftime("%Y-%m-%dT%H", seconds, "unixepoch"),
        lambda: select(func.json_each(bindparam(IDS, "[]", type_=Text)).table_valued("value").c.value),
    ),
    "postgresql": _Words(  # the time zone of our connections is UTC
        lambda moment: func.to_char(moment, "YYYY-MM-DD"),
        lambda seconds: func.to_char(func.to_timestamp(seconds), "YYYY-MM-DD"),
        lambda seconds: func.to_char(func.to_timestamp(seconds), 'YYYY-MM-DD"T"HH24'),
        # It expects ten rows of an array, but a hundred of a list in JSON, for which it would read all of the tables.
        lambda: select(func.unnest(bindparam(IDS, (), type_=ARRAY(Text))).column_valued()),
    ),
}


_ANSWER = submissions.alias("answer")
_VERDICT = reviews.alias("newest_verdict")


def _find_answer() -> ScalarSelect[str]:
    """Find the answer that counts of a row of ``sessions``, as `rank_submissions` ranks them."""
    answers = submissions.alias("each_answer")
    each = answers.c
    of_session = (each.round_id == sessions.c.round_id, each.session_id == sessions.c.id)
    order = (
        ~stands_as_gold(answers),
        each.outcome == Outcome.SKIPPED.value,
        each.beside,
        each.submitted_at.desc(),
        each.id.desc(),
    )
    found = select(each.id).where(*of_session, ~each.taken_back).order_by(*order).limit(1)
    return found.correlate(sessions).scalar_subquery()


def _find_verdict() -> ScalarSelect[str]:
    """Find the newest verdict on an answer: on itself, or the one that it corrects another answer with."""
    each = reviews.alias("each_review").c
    found = (
        select(each.id)
        .where(or_(each.submission_id == _ANSWER.c.id, each.corrected_id == _ANSWER.c.id), ~each.withdrawn)
        .order_by(each.created_at.desc(), each.id.desc())
        .limit(1)
    )
    return found.correlate(_ANSWER).scalar_subquery()


def _select_states(scope: Scope, words: _Words, dialect: str) -> Select[Any]:
    said, judged = _ANSWER.c, _VERDICT.c
    shuffle = func.md5(sessions.c.round_id + "/" + sessions.c.id)
    wanted = count_wanted(shuffle, dialect)
    left = count_left(wanted, dialect)
    starts_at_s = func.floor(extract("epoch", recordings.c.started_at)) + sessions.c.start_s
    annotator = func.coalesce(said.annotator, "")
    has_answers = exists().where(
        submissions.c.round_id == sessions.c.round_id, submissions.c.session_id == sessions.c.id
    )
    outcome, is_skip = func.coalesce(said.outcome, UNREVIEWED), said.outcome == Outcome.SKIPPED.value
    columns: dict[str, ColumnElement[Any]] = {
        "round_id": sessions.c.round_id,
        "session_id": sessions.c.id,
        "recording_id": sessions.c.recording_id,
        "position": sessions.c.position,
        "duration_us": cast(func.floor((sessions.c.end_s - sessions.c.start_s) * 1_000_000 + 0.5), BigInteger),
        "site": func.coalesce(func.nullif(recordings.c.site, ""), rounds.c.site),
        "starts_at_s": starts_at_s,
        "starts_on": func.coalesce(words.to_day_of_s(starts_at_s), ""),
        "starts_in": func.coalesce(words.to_hour_of_s(starts_at_s), ""),
        "shuffle": shuffle,
        "standing": case((and_(~is_skip, is_rejected(_ANSWER)), REJECTED), else_=outcome),
        "outcome": outcome,
        "answers_wanted": wanted,
        "answers_left": left,
        "is_open": left > 0,
        "is_touched": has_answers,
        "answer_id": said.id,
        "annotator": annotator,
        "annotator_key": func.lower(annotator),
        "answered_at": said.submitted_at,
        "answered_on": func.coalesce(words.to_day(said.submitted_at), ""),
        "review_state": case(
            (or_(said.id.is_(None), is_skip), ""),
            (judged.verdict.is_not(None), judged.verdict),
            (or_(_is_given_again(), _is_contradicted()), DISPUTED),
            else_=WAITING,
        ),
        "verdict": judged.verdict,
        "reviewer": func.coalesce(judged.reviewer, ""),
        "lowest_score": _of_boxes(func.min(annotations.c.score)),
        "box_count": _of_boxes(func.count()),
        "unsure_count": _of_boxes(func.coalesce(func.sum(cast(annotations.c.unsure, Integer)), 0)),
        "rejected_count": _count_links(rejections),
        "unreviewed_count": _count_links(passed_over),
        "active_s": said.active_s,
        "action_count": said.action_count,
        "people_count": _count_people(),
    }
    return (
        select(*(columns[column.name].label(column.name) for column in session_states.c))
        .select_from(sessions)
        .join(recordings, recordings.c.id == sessions.c.recording_id)
        .join(rounds, rounds.c.id == sessions.c.round_id)
        .outerjoin(_ANSWER, said.id == _find_answer())
        .outerjoin(_VERDICT, judged.id == _find_verdict())
        .where(sessions.c.round_id == ROUND, ~sessions.c.archived, *scope.of(sessions.c.id))
    )


def _of_boxes(value: ColumnElement[Any]) -> ColumnElement[Any]:
    of_answer = annotations.c.submission_id == _ANSWER.c.id
    return select(value).select_from(annotations).where(of_answer).correlate(_ANSWER).scalar_subquery()


def _is_given_again() -> ColumnElement[bool]:
    """Say that the annotator of the answer that counts had another one rejected before."""
    before = submissions.alias("before")
    of_session = (before.c.round_id == sessions.c.round_id, before.c.session_id == sessions.c.id)
    same = (before.c.annotator == _ANSWER.c.annotator, before.c.submitted_at < _ANSWER.c.submitted_at)
    return exists().where(*of_session, *same, ~before.c.taken_back, is_rejected(before)).correlate_except(before)


def _is_contradicted() -> ColumnElement[bool]:
    """Say that somebody else who searched all of the session saw other labels in it, and nobody has judged that."""
    said, other, later = _ANSWER.c, submissions.alias("other"), submissions.alias("newer")
    newer, judging = later.c, reviews.alias("judging")
    of_session = (other.c.round_id == sessions.c.round_id, other.c.session_id == sessions.c.id)
    says = (other.c.outcome.in_(SEARCHED), ~other.c.taken_back, other.c.bulk_id == "", ~is_gold(other))
    searched = (*says, ~other.c.calibrates)
    same = (newer.round_id == other.c.round_id, newer.session_id == other.c.session_id)
    is_replaced = (
        exists()
        .where(
            *same,
            newer.annotator == other.c.annotator,
            newer.outcome.in_(SEARCHED),
            ~newer.taken_back,
            tuple_(newer.submitted_at, newer.id) > tuple_(other.c.submitted_at, other.c.id),
        )
        .correlate_except(later)
    )
    names = or_(judging.c.submission_id == other.c.id, judging.c.corrected_id == other.c.id)
    is_judged = exists().where(names, ~judging.c.withdrawn).correlate_except(judging)
    differs = or_(_has_label_beyond(said.id, other.c.id), _has_label_beyond(other.c.id, said.id))
    return and_(
        said.outcome.in_(SEARCHED),
        ~is_gold(_ANSWER),
        exists()
        .where(*of_session, other.c.annotator != said.annotator, *searched)
        .where(not_(is_replaced), not_(is_judged), differs)
        .correlate_except(other),
    )


def _has_label_beyond(one_id: ColumnElement[str], other_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Say that one answer has a label that another one does not have."""
    mine, theirs = annotations.alias(), annotations.alias()
    same = (theirs.c.submission_id == other_id, theirs.c.label == mine.c.label)
    is_beyond = not_(exists().where(*same).correlate_except(theirs))
    return exists().where(mine.c.submission_id == one_id, is_beyond).correlate_except(mine)


def _count_people() -> ColumnElement[int]:
    """Count who have searched the session; gold decides between them, and is no answer of its own."""
    answers = submissions.alias("searched")
    each = answers.c
    of_session = (each.round_id == sessions.c.round_id, each.session_id == sessions.c.id)
    says = (each.outcome.in_(SEARCHED), ~each.taken_back, ~each.calibrates, ~is_gold(answers))
    said = select(func.count(distinct(each.annotator))).where(*of_session, *says)
    return said.correlate(sessions).scalar_subquery()


def _count_links(links: Table) -> ColumnElement[int]:
    of_answer = links.c.submission_id == _ANSWER.c.id
    return select(func.count()).select_from(links).where(of_answer).correlate(_ANSWER).scalar_subquery()


def _select_boxes(scope: Scope) -> Select[Any]:
    """Select the boxes by session, label and origin; what their session says is looked up at last, not sorted, too."""
    states, boxes = session_states.c, annotations.c
    key = (states.session_id, boxes.label, boxes.origin)
    grouped = (
        select(
            *key,
            (boxes.origin == func.min(boxes.origin).over(partition_by=key[:2])).label("is_first"),
            func.count().label("count"),
            func.sum(cast(boxes.unsure, Integer)).label("unsure_count"),
            func.min(boxes.score).label("lowest_score"),
        )
        .join_from(session_states, annotations, boxes.submission_id == states.answer_id)
        .where(*_of_states(scope))
        .group_by(*key)
        .subquery()
    )
    named = {column.name: column for column in (*states, *grouped.c)}
    named["is_answered"] = states.standing.in_(ANSWERED).label("is_answered")
    of_session = and_(states.round_id == ROUND, states.session_id == grouped.c.session_id)
    return select(*(named[column.name] for column in session_boxes.c)).join_from(grouped, session_states, of_session)


def _select_predictions(scope: Scope, newest: Select[tuple[str]]) -> Select[Any]:
    """Select what became of predictions by model and label, by label, and of all: each is added up from the one before.

    What their session says is looked up at last, not sorted, too.
    """
    parts = union_all(
        _select_shown(scope, newest),
        _select_kept(scope),
        _select_named(scope, rejections, "rejected"),
        _select_named(scope, passed_over, "unreviewed"),
    ).subquery()
    of_model = _add_up(parts.c, ("session_id", "model", "label"), _FATES).cte("of_model")
    of_label = _add_up(of_model.c, ("session_id", "label"), _SHOWN).where(of_model.c.shown > 0).cte("of_label")
    of_all = _add_up(of_label.c, ("session_id",), _SHOWN)
    added = union_all(select(of_model), select(of_label), of_all).subquery("added")
    of_session = and_(session_states.c.round_id == ROUND, session_states.c.session_id == added.c.session_id)
    named = {column.name: column for column in (*session_states.c, *added.c)}
    kept = select(*(named[column.name] for column in session_predictions.c))
    return kept.join_from(added, session_states, of_session).where(*_of_states(scope))


_KEY = ("session_id", "model", "label")
_SCORES = ("negative_best", "nearest_half", "lowest")
_SHOWN = ("shown", "waiting")
_FATES = (*_SHOWN, "confirmed", "relabelled", "rejected", "unreviewed", "in_bulk")


def _add_up(rows: Any, key: tuple[str, ...], fates: tuple[str, ...]) -> Select[Any]:
    """Add up rows of predictions by a key; they are of no model, and of no label, where it has none."""
    return select(
        *(rows[name] if name in key else literal("").label(name) for name in _KEY),
        *((func.sum(rows[name]) if name in fates else literal(0)).label(name) for name in _FATES),
        *(func.min(rows[name]).label(name) for name in _SCORES),
    ).group_by(*(rows[name] for name in key))


def _select_part(
    model: Any, label: Any, score: Any = None, *, of: Any = session_states.c, **counts: Any
) -> Select[Any]:
    """Select what a prediction adds to a row of its session, model and label."""
    score = cast(null(), Float(53)) if score is None else score
    fates = [cast(counts.get(name, 0), Integer).label(name) for name in _FATES]
    best = [cast(value, Float(53)) for value in (-score, func.abs(score - 0.5), score)]
    named = (each.label(name) for each, name in zip(best, _SCORES, strict=True))
    return select(of.session_id, model.label("model"), label.label("label"), *fates, *named)


def _of_states(scope: Scope) -> list[ColumnElement[bool]]:
    return [session_states.c.round_id == ROUND, *scope.of(session_states.c.session_id)]


def _select_shown(scope: Scope, newest: Select[tuple[str]]) -> Select[Any]:
    """Select the predictions that the page shows; they wait where the session is open and nobody has judged them."""
    states, box = session_states.c, predictions.c
    kept = exists().where(annotations.c.submission_id == states.answer_id, annotations.c.prediction_id == box.id)
    removed = exists().where(rejections.c.submission_id == states.answer_id, rejections.c.prediction_id == box.id)
    is_judged = and_(states.standing == Outcome.VERIFIED.value, or_(kept, removed))
    waits = case((and_(states.is_open, not_(is_judged)), 1), else_=0)
    of_session = and_(box.round_id == states.round_id, box.session_id == states.session_id)
    return (
        _select_part(prediction_sets.c.model, box.label, box.score, shown=1, waiting=waits)
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
    is_bulk = kept.c.in_bulk
    return _select_part(
        kept.c.model,
        kept.c.label,
        confirmed=case((is_bulk, 0), else_=kept.c.same),
        relabelled=case((is_bulk, 0), else_=1 - kept.c.same),
        in_bulk=case((is_bulk, kept.c.same), else_=0),
        of=kept.c,
    )


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
