"""Which sessions a person wants to label, and in which order: the SQL of a queue's order and filters.

=================  =================================================================================
order              meaning
=================  =================================================================================
queue              as the round lists its sessions
random             shuffled; the same ``seed`` gives the same order every time
time               by the recording's start, then the session's; recordings without a time come last
score              the highest score of a session's predictions first
uncertainty        the session first that has the score nearest to 0.5: what a model cannot decide
site               site by site, by name; sessions without a site come last
gain               as the newest model run suggests, see `podcast_core.ml.acquisition`; sessions
                   that it has not heard come last
no_predictions     only sessions without a prediction, as a stratified sample: each site in turn,
                   within it each hour of the day (UTC), within that each recording
=================  =================================================================================

Predictions are those that the page shows: of each model's newest set, and of one label if there is a filter for one.
Ties are broken by the place in the queue. Nothing here depends on what has been answered already, so an order stays as
it is while people work.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    Select,
    and_,
    cast,
    exists,
    extract,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import FromClause

from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.submission import Outcome
from podcast_core.storage.counting_answers import rank_submissions
from podcast_core.storage.predictions import newest_sets
from podcast_core.storage.schema import (
    annotations,
    predictions,
    recordings,
    rejections,
    rounds,
    sessions,
    suggested_places,
)
from podcast_core.storage.sessions import archived_sessions
from podcast_core.storage.suggestions import newest_suggestion

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A choice as SQL: where sessions come from, which ones, and what they are sorted by."""

    source: FromClause
    conditions: tuple[ColumnElement[bool], ...]
    keys: tuple[ColumnElement[Any], ...]


def arrange(round_id: str, choice: QueueChoice) -> Arrangement:
    """Put a choice into SQL."""
    source: FromClause = sessions.join(recordings, recordings.c.id == sessions.c.recording_id)
    keys: list[ColumnElement[Any]] = []
    if choice.order is QueueOrder.NO_PREDICTIONS:
        sample = _stratify(round_id)
        source = source.join(sample, sample.c.id == sessions.c.id)
        keys = [sample.c.turn, sample.c.shuffled]
    elif choice.order is QueueOrder.RANDOM:
        keys = [_shuffle(choice.seed)]
    elif choice.order is QueueOrder.TIME:
        begun = recordings.c.started_at
        keys = [begun.is_(None), begun, recordings.c.id, sessions.c.start_s]
    elif choice.order is QueueOrder.SCORE:
        best = _of_predictions(round_id, choice.label, func.max(predictions.c.score))
        keys = [func.coalesce(best, -1.0).desc()]
    elif choice.order is QueueOrder.UNCERTAINTY:
        nearest = _of_predictions(round_id, choice.label, func.min(func.abs(predictions.c.score - 0.5)))
        keys = [func.coalesce(nearest, 1.0)]
    elif choice.order is QueueOrder.GAIN:
        source = source.outerjoin(suggested_places, is_suggested(round_id))
        keys = [suggested_places.c.place.is_(None), suggested_places.c.place]
    elif choice.order is QueueOrder.SITE:
        keys = [_site(round_id) == "", _site(round_id)]
    return Arrangement(source, tuple(_filter(round_id, choice)), (*keys, sessions.c.position, sessions.c.id))


def is_suggested(round_id: str) -> ColumnElement[bool]:
    """Join sessions with their place in the round's suggestion."""
    return and_(
        suggested_places.c.session_id == sessions.c.id,
        suggested_places.c.suggestion_id == newest_suggestion(round_id),
    )


def list_sites(connection: Connection, round_id: str) -> list[tuple[str, int]]:
    """List a round's sites with their numbers of sessions; without a name where none is known."""
    site = _site(round_id).label("site")
    query = (
        select(site, func.count())
        .select_from(sessions.join(recordings, recordings.c.id == sessions.c.recording_id))
        .where(sessions.c.round_id == round_id, ~sessions.c.archived)
        .group_by(site)
        .order_by(site)
    )
    return [(name, int(count)) for name, count in connection.execute(query)]


def list_predicted_labels(connection: Connection, round_id: str) -> list[tuple[str, int]]:
    """List the labels of the predictions that the page shows, with the numbers of sessions that have one."""
    query = (
        select(predictions.c.label, func.count(predictions.c.session_id.distinct()))
        .where(
            predictions.c.round_id == round_id,
            predictions.c.set_id.in_(newest_sets(round_id)),
            predictions.c.session_id.not_in(archived_sessions(round_id)),
        )
        .group_by(predictions.c.label)
        .order_by(predictions.c.label)
    )
    return [(label, int(count)) for label, count in connection.execute(query)]


def find_days(connection: Connection, round_id: str) -> tuple[date, date] | None:
    """Find the days (UTC) of the first and of the last session whose time is known."""
    start = _start_s()
    query = (
        select(func.min(start), func.max(start))
        .select_from(sessions.join(recordings, recordings.c.id == sessions.c.recording_id))
        .where(sessions.c.round_id == round_id, ~sessions.c.archived)
    )
    first, last = connection.execute(query).one()
    if first is None:
        return None
    return datetime.fromtimestamp(float(first), UTC).date(), datetime.fromtimestamp(float(last), UTC).date()


def _filter(round_id: str, choice: QueueChoice) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [sessions.c.round_id == round_id, ~sessions.c.archived]
    if choice.site:
        conditions.append(_site(round_id) == choice.site)
    if choice.date_from:
        conditions.append(_start_s() >= _midnight_s(choice.date_from))
    if choice.date_to:
        conditions.append(_start_s() < _midnight_s(choice.date_to + timedelta(days=1)))
    if choice.label or choice.unjudged:
        wanted = [predictions.c.label == choice.label] if choice.label else []
        waits = [~is_judged(round_id)] if choice.unjudged else []
        conditions.append(exists().where(*_shown(round_id), *wanted, *waits))
    return conditions


def is_judged(round_id: str) -> ColumnElement[bool]:
    """Say that a prediction of an open session was kept or rejected in the verification that counts."""
    ranked = rank_submissions(round_id, None)
    counts = and_(ranked.c.age == 1, ranked.c.standing == Outcome.VERIFIED.value)
    kept = select(annotations.c.prediction_id).join(ranked, ranked.c.id == annotations.c.submission_id)
    removed = select(rejections.c.prediction_id).join(ranked, ranked.c.id == rejections.c.submission_id)
    return predictions.c.id.in_(
        union_all(kept.where(counts, annotations.c.prediction_id.is_not(None)), removed.where(counts))
    )


def _shown(round_id: str) -> tuple[ColumnElement[bool], ...]:
    """Say that a prediction belongs to the session and is one that the page shows."""
    return (
        predictions.c.round_id == sessions.c.round_id,
        predictions.c.session_id == sessions.c.id,
        predictions.c.set_id.in_(newest_sets(round_id)),
    )


def _of_predictions(round_id: str, label: str, value: ColumnElement[Any]) -> ScalarSelect[Any]:
    query = select(value).where(*_shown(round_id))
    if label:
        query = query.where(predictions.c.label == label)
    return query.correlate(sessions).scalar_subquery()


def _site(round_id: str) -> ColumnElement[str]:
    """Name the recording's site, or else the round's."""
    of_round = select(rounds.c.site).where(rounds.c.id == round_id).scalar_subquery()
    return func.coalesce(func.nullif(recordings.c.site, ""), of_round)


def _start_s() -> ColumnElement[Any]:
    """Say when a session begins, in seconds since 1970; recordings begin at whole seconds, as SQLite counts them."""
    return func.floor(extract("epoch", recordings.c.started_at)) + sessions.c.start_s


def _midnight_s(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def _shuffle(seed: str) -> ColumnElement[str]:
    return func.md5(literal(seed + "/").concat(sessions.c.id))


def _stratify(round_id: str) -> CTE:
    """Put all sessions without a prediction into an order in which every stratum has its turn early.

    Within each hour of a site, recordings take turns; within a site, hours do; then sites do.
    """
    hour = cast(func.floor(func.coalesce(_start_s(), sessions.c.start_s) / HOUR_S), Integer)
    whole = (
        select(
            sessions.c.id,
            _shuffle(round_id).label("shuffled"),
            _site(round_id).label("site"),
            ((hour % 24 + 24) % 24).label("hour"),
            sessions.c.recording_id,
        )
        .select_from(sessions.join(recordings, recordings.c.id == sessions.c.recording_id))
        .where(sessions.c.round_id == round_id, ~sessions.c.archived, sessions.c.id.not_in(_with_predictions(round_id)))
        .subquery()
    )
    ranked = whole
    for strata in (("site", "hour", "recording_id"), ("site", "hour"), ("site",)):
        before = [ranked.c.turn] if "turn" in ranked.c else []
        turn = func.row_number().over(
            partition_by=[ranked.c[name] for name in strata], order_by=[*before, ranked.c.shuffled]
        )
        kept = [ranked.c[name] for name in ("id", "shuffled", "site", "hour", "recording_id")]
        ranked = select(*kept, turn.label("turn")).subquery()
    # PostgreSQL would compute a subquery again for each session until it knows how many there are.
    return select(ranked).cte("sample").prefix_with("MATERIALIZED", dialect="postgresql")


def _with_predictions(round_id: str) -> Select[tuple[str]]:
    """Select the sessions that have a prediction on the page: asked once, not for each session."""
    return select(predictions.c.session_id).where(
        predictions.c.round_id == round_id, predictions.c.set_id.in_(newest_sets(round_id))
    )
