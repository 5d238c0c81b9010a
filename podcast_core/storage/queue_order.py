"""Which sessions a person wants to label, and in which order: the SQL of a queue's order and filters.

=================  =================================================================================
order              meaning
=================  =================================================================================
queue              as the round lists its sessions
random             shuffled; the ``seed`` says where in that order it begins
time               by when a session begins; those without a known time come last
score              the highest score of a session's predictions first
uncertainty        the session first that has the score nearest to 0.5: what a model cannot decide
site               site by site, by name; sessions without a site come last
gain               as the newest model run suggests, see `podcast_core.ml.acquisition`; sessions
                   that it has not heard come last
no_predictions     only sessions without a prediction, as a stratified sample: see
                   `podcast_core.storage.samples`
=================  =================================================================================

Predictions are those that the page shows: of each model's newest set, and of one label if there is a filter for one.
Ties are broken by the place in the queue. Nothing here depends on what has been answered already, so an order stays as
it is while people work.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, exists, not_, select
from sqlalchemy.sql.selectable import FromClause

from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.storage import tallies
from podcast_core.storage.beside_indexes import beside_indexes
from podcast_core.storage.schema import (
    OF_ALL_MODELS,
    sampled_places,
    session_predictions,
    session_states,
    sessions,
    suggested_places,
)
from podcast_core.storage.suggestions import newest_suggestion

_OF_STATE = and_(sessions.c.round_id == session_states.c.round_id, sessions.c.id == session_states.c.session_id)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A part of a choice as SQL: where sessions come from, which ones, and what they are sorted by."""

    source: FromClause
    conditions: tuple[ColumnElement[bool], ...]
    keys: tuple[ColumnElement[Any], ...]


def arrange(round_id: str, choice: QueueChoice) -> list[Arrangement]:
    """Put a choice into SQL, over ``session_states`` and ``sessions``.

    In parts, each of which comes after the one before: sorting by what some sessions lack, no index could be used.
    """
    states = session_states.c
    source: FromClause = session_states.join(sessions, _OF_STATE)
    conditions = choose(round_id, choice)
    place = (states.position, states.session_id)

    def part(
        *more: ColumnElement[bool], keys: Sequence[ColumnElement[Any]] = (), of: FromClause = source
    ) -> Arrangement:
        return Arrangement(of, (*conditions, *more), (*keys, *place))

    match choice.order:
        case QueueOrder.NO_PREDICTIONS:
            places = sampled_places.c
            is_placed = and_(places.round_id == round_id, places.session_id == states.session_id)
            lacks = not_(exists().where(is_placed).correlate(session_states))
            of_sample = and_(places.round_id == round_id, beside_indexes(places.session_id) == states.session_id)
            return [part(keys=[places.place], of=source.join(sampled_places, of_sample)), part(lacks)]
        case QueueOrder.RANDOM:
            first = bindparam("seed", hash_seed(choice.seed), type_=Text)  # whoever keeps the statement says another
            turned = (states.shuffle >= first, states.shuffle < first)
            return [part(each, keys=[states.shuffle]) for each in turned]
        case QueueOrder.TIME:
            starts = states.starts_at_s
            return [part(starts.is_not(None), keys=[starts]), part(starts.is_(None))]
        case QueueOrder.SCORE | QueueOrder.UNCERTAINTY:
            of_score, best = _join_scores(choice.order, choice.label)
            lacks = not_(exists().where(of_score, best.is_not(None)).correlate(session_states))
            scored = source.join(session_predictions, of_score)
            return [part(best.is_not(None), keys=[best], of=scored), part(lacks)]
        case QueueOrder.GAIN:
            suggested = is_suggested(round_id)
            lacks = not_(exists().where(suggested).correlate(session_states))
            in_order = source.join(
                suggested_places, is_suggested(round_id, beside_indexes(suggested_places.c.session_id))
            )
            return [part(keys=[suggested_places.c.place], of=in_order), part(lacks)]
        case QueueOrder.SITE:
            return [part(states.site != "", keys=[states.site]), part(states.site == "")]
        case _ if choice.label:
            of_label, _ = _join_scores(choice.order, choice.label)
            return [part(keys=[session_predictions.c.position], of=source.join(session_predictions, of_label))]
        case _:
            return [part()]


def choose(round_id: str, choice: QueueChoice) -> tuple[ColumnElement[bool], ...]:
    """Say of a row of ``session_states`` that a choice has it, in whichever order."""
    lacks = choice.order is QueueOrder.NO_PREDICTIONS
    return (session_states.c.round_id == round_id, *_filter(choice), *([is_bare()] if lacks else []))


def is_bare() -> ColumnElement[bool]:
    """Say of a row of ``session_states`` that the page shows no prediction in the session."""
    states, shown = session_states.c, session_predictions.alias("any_shown").c
    of_session = (shown.round_id == states.round_id, shown.session_id == states.session_id)
    has_any = exists().where(*of_session, shown.model == "", shown.label == "", shown.shown > 0)
    return not_(has_any.correlate(session_states))


def hash_seed(seed: str) -> str:
    """Say where in the shuffled order of `QueueOrder.RANDOM` a seed begins."""
    return hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()


def _join_scores(order: QueueOrder, label: str) -> tuple[ColumnElement[bool], ColumnElement[Any]]:
    """Join sessions with what models say about them, of one label or of all; and name what is sorted by."""
    table, states = session_predictions.c, session_states.c
    of_session = (table.round_id == states.round_id, table.session_id == states.session_id)
    # What a state says, too, is said here for the index's sake: a queue is made of open sessions.
    wanted = (table.model == OF_ALL_MODELS, table.label == label, table.is_open)
    return and_(*of_session, *wanted), table.negative_best if order is QueueOrder.SCORE else table.nearest_half


def is_suggested(round_id: str, session_id: ColumnElement[str] = suggested_places.c.session_id) -> ColumnElement[bool]:
    """Join the states of sessions with their place in the round's suggestion."""
    return and_(
        session_id == session_states.c.session_id,
        suggested_places.c.suggestion_id == newest_suggestion(round_id),
    )


def list_sites(connection: Connection, round_id: str) -> list[tuple[str, int]]:
    """List a round's sites with their numbers of sessions; without a name where none is known."""
    return [(site, count) for site, _, count, _ in tallies.list_sums(connection, round_id, "site")]


def list_predicted_labels(connection: Connection, round_id: str) -> list[tuple[str, int]]:
    """List the labels of the predictions that the page shows, with the numbers of sessions that have one."""
    return [(label, count) for _, label, count, _ in tallies.list_sums(connection, round_id, "predicted")]


def find_days(connection: Connection, round_id: str) -> tuple[date, date] | None:
    """Find the days (UTC) of the first and of the last session whose time is known."""
    day = session_states.c.starts_on
    dated = select(day).where(session_states.c.round_id == round_id, day != "")
    first = connection.execute(dated.order_by(day).limit(1)).scalar()
    last = connection.execute(dated.order_by(day.desc()).limit(1)).scalar()
    return None if first is None or last is None else (date.fromisoformat(first), date.fromisoformat(last))


def _filter(choice: QueueChoice) -> list[ColumnElement[bool]]:
    states = session_states.c
    conditions: list[ColumnElement[bool]] = []
    if choice.site:
        conditions.append(states.site == choice.site)
    if choice.date_from and choice.date_from == choice.date_to:
        conditions.append(states.starts_on == choice.date_from.isoformat())  # which an index has, with the place
    elif choice.date_from:
        conditions.append(states.starts_at_s >= _midnight_s(choice.date_from))
    if choice.date_to and choice.date_from != choice.date_to:
        conditions.append(states.starts_at_s < _midnight_s(choice.date_to + timedelta(days=1)))
    if choice.label or choice.unjudged:
        shown = session_predictions.alias("wanted_predictions").c
        of_session = (shown.round_id == states.round_id, shown.session_id == states.session_id)
        count = shown.waiting if choice.unjudged else shown.shown
        conditions.append(exists().where(*of_session, shown.model == "", shown.label == choice.label, count > 0))
    return conditions


def _midnight_s(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
