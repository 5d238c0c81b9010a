"""Sums of the page *Progress* (`podcast_core.storage.triggers`), of one round or several, filtered and grouped.

Their groups are a moment, a person and a site. The moment is the day on which an answer was given, for the measures
``answered``, ``judged``, ``seconds``, ``actions``, ``boxes`` and ``sessions with``; or the hour in which the sound was
recorded, for ``sound`` and ``calls``. Labels are standings in ``answered`` and ``sound``, verdicts in ``judged``, and
values in ``seconds`` (in tenths) and ``actions``.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.storage import people
from podcast_core.storage.schema import tallies
from podcast_core.storage.tallies import US
from podcast_core.storage.triggers import SEPARATOR

_T = tallies.c


class Sum(NamedTuple):
    """A sum: what it is of, as it was asked for, how many, and seconds of sound."""

    key: tuple[str, ...]
    number: int
    seconds: float


def list_kept(
    connection: Connection, wanted: ProgressFilter, measure: str, by: Sequence[str], *, are_labels: bool = True
) -> list[Sum]:
    """Add up a measure by some of ``round``, ``day``, ``hour``, ``annotator``, ``site`` and ``label``, sorted by these.

    ``are_labels``: labels are those of annotations, so that the filter's count.
    """
    parts, wanted = _split(connection.dialect.name), people.call_all_now(connection, wanted)
    keys = [parts[name].label(name) for name in by]
    query = (
        select(*keys, func.sum(_T.count).label("counted"), func.sum(_T.amount_us).label("amount"))
        .where(_T.round_id.in_(wanted.round_ids), _T.measure == measure, *_list_conditions(wanted, parts))
        .group_by(*keys)
        .order_by(*keys)
        .having((func.sum(_T.count) != 0) | (func.sum(_T.amount_us) != 0))
    )
    if are_labels and wanted.labels:
        query = query.where(_T.label.in_(wanted.labels))
    return [Sum(tuple(row[:-2]), int(row[-2]), int(row[-1]) / US) for row in connection.execute(query)]


def _split(dialect: str) -> dict[str, ColumnElement[Any]]:
    """Take a group apart."""
    if dialect == "postgresql":
        moment, annotator, site = (func.split_part(_T.grp, SEPARATOR, place) for place in (1, 2, 3))
    else:
        first = func.instr(_T.grp, SEPARATOR)
        rest = func.substr(_T.grp, first + 1)
        second = func.instr(rest, SEPARATOR)
        moment = func.substr(_T.grp, 1, first - 1)
        annotator, site = func.substr(rest, 1, second - 1), func.substr(rest, second + 1)
    day = func.substr(moment, 1, 10)
    named = {"day": day, "hour": moment, "annotator": annotator, "site": site, "label": _T.label}
    return {"round": _T.round_id, **named}


def _list_conditions(wanted: ProgressFilter, parts: dict[str, ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """List what a sum must fulfil; days by the beginning of the group, in the order of the table's key."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.date_from or wanted.date_to:
        conditions.append(_T.grp >= (wanted.date_from or date.min).isoformat())
    if wanted.date_to and wanted.date_to < date.max:
        conditions.append(_T.grp < (wanted.date_to + timedelta(days=1)).isoformat())
    conditions += [parts["annotator"].in_(wanted.annotators)] if wanted.annotators else []
    conditions += [parts["site"].in_(wanted.sites)] if wanted.sites else []
    return conditions
