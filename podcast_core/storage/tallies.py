"""Sums over a round's sessions, as the database keeps them: see `podcast_core.storage.triggers`."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, delete, func, or_, select

from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.standing import STANDINGS
from podcast_core.storage.schema import tallies

US = 1_000_000
_SUMS = (
    select(tallies.c.grp, tallies.c.label, tallies.c.count, tallies.c.amount_us)
    .where(tallies.c.round_id == bindparam("round_id"), tallies.c.measure == bindparam("measure"))
    .where(or_(tallies.c.count != 0, tallies.c.amount_us != 0))
    .order_by(tallies.c.grp, tallies.c.label)
)
_OF_GROUP, _OF_LABEL = tallies.c.grp == bindparam("group"), tallies.c.label == bindparam("label")
# Put together once, by whether a group and a label are asked for: every claim and answer sends one of them.
_ALL_SUMS = {
    (False, False): _SUMS,
    (True, False): _SUMS.where(_OF_GROUP),
    (False, True): _SUMS.where(_OF_LABEL),
    (True, True): _SUMS.where(_OF_GROUP, _OF_LABEL),
}


def count_standings(connection: Connection, round_id: str) -> dict[str, int]:
    """Count a round's sessions by their standing (`podcast_core.domain.standing`); the counts sum to all sessions."""
    return {standing: count for standing, (count, _) in measure_standings(connection, round_id).items()}


def measure_standings(connection: Connection, round_id: str) -> dict[str, tuple[int, float]]:
    """Count a round's sessions and add up their seconds by standing; every standing is there."""
    found = {group: (count, seconds) for group, _, count, seconds in list_sums(connection, round_id, "standing")}
    return {standing: found.get(standing, (0, 0.0)) for standing in STANDINGS}


def list_sums(
    connection: Connection, round_id: str, measure: str, *, group: str | None = None, label: str | None = None
) -> list[tuple[str, str, int, float]]:
    """List a measure's sums of a round, or of one group or label, by group and label: these, count, seconds."""
    asked = {"round_id": round_id, "measure": measure}
    named = {name: value for name, value in (("group", group), ("label", label)) if value is not None}
    rows = connection.execute(_ALL_SUMS[group is not None, label is not None], {**asked, **named})
    return [(row.grp, row.label, int(row[2]), int(row.amount_us) / US) for row in rows]


def find_median(connection: Connection, round_id: str, measure: str) -> float | None:
    """Find the median of values in thousandths, counted by size (see `triggers`); None where there is none."""
    sizes = sorted(list_groups(connection, round_id, measure).items(), key=lambda each: _read_size(each[0]))
    total = sum(count for _, count in sizes)
    if not total:
        return None
    middle = [_find_nth(connection, round_id, measure, sizes, each) for each in ((total - 1) // 2, total // 2)]
    return sum(middle) / 2


def _read_size(group: str) -> tuple[int, int]:
    digits, _, first = group.partition("/")
    return int(digits), int(first)


def _find_nth(
    connection: Connection, round_id: str, measure: str, sizes: Sequence[tuple[str, int]], place: int
) -> float:
    ends = list(accumulate(count for _, count in sizes))
    index = bisect_right(ends, place)
    rows = list_sums(connection, round_id, f"{measure}, values", group=sizes[index][0])
    values = sorted((int(value) / 1000, count) for _, value, count, _ in rows)
    inside = list(accumulate(count for _, count in values))
    return values[bisect_right(inside, place - (ends[index] - sizes[index][1]))][0]


def count_by_label(connection: Connection, round_id: str, measure: str) -> dict[str, int]:
    """Add up a measure's counts of a round by label."""
    counts: dict[str, int] = {}
    for _, label, count, _ in list_sums(connection, round_id, measure):
        counts[label] = counts.get(label, 0) + count
    return counts


def count_open(connection: Connection, round_id: str, choice: QueueChoice | None = None) -> int:
    """Count the sessions of a choice that need an answer, whoever asks."""
    query = _select_open(replace(choice or QueueChoice(), seed=""))
    return int(connection.execute(query, {"round_id": round_id}).scalar_one())


@lru_cache(maxsize=128)
def _select_open(choice: QueueChoice) -> Select[int]:
    is_wanted = (tallies.c.round_id == bindparam("round_id"), *_list_conditions(choice))
    counted: ColumnElement[Any] = tallies.c.count
    if choice.order is QueueOrder.NO_PREDICTIONS:  # all but those with some
        counted = case((tallies.c.measure == _PREDICTED, -tallies.c.count), else_=tallies.c.count)
    return select(func.coalesce(func.sum(counted), 0)).where(*is_wanted)


_PREDICTED = "open predicted by place"


def _list_conditions(choice: QueueChoice) -> list[Any]:
    table = tallies.c
    lacks = choice.order is QueueOrder.NO_PREDICTIONS
    if not (choice.is_filtered or lacks):
        return [table.measure == "open"]
    if choice.unjudged:
        measures = ["open waiting by place"]
    elif choice.label:
        measures = [_PREDICTED]
    else:
        measures = ["open by place", *([_PREDICTED] if lacks else [])]
    day, site = func.substr(table.grp, 1, 10), choice.site
    # The sums of sessions with predictions of any label have none, as those of all sessions.
    conditions: list[Any] = [table.measure.in_(measures), table.label == choice.label]
    if site:
        dated = and_(func.substr(table.grp, 11, 1) == "/", func.substr(table.grp, 12) == site)
        conditions.append(or_(table.grp == f"/{site}", and_(func.substr(table.grp, 1, 1) != "/", dated)))
    if choice.date_from or choice.date_to:
        conditions.append(func.substr(table.grp, 1, 1) != "/")
    if choice.date_from:
        conditions.append(day >= choice.date_from.isoformat())
    if choice.date_to:
        conditions.append(day <= choice.date_to.isoformat())
    return conditions


def list_groups(connection: Connection, round_id: str, measure: str) -> Mapping[str, int]:
    """Count by group, of a measure without labels."""
    return {group: count for group, _, count, _ in list_sums(connection, round_id, measure)}


def remove_zeros(connection: Connection, owner_id: str) -> None:
    """Remove the sums of a model run that have come to nothing: a rebuild makes none, and PostgreSQL keeps none."""
    if connection.dialect.name == "postgresql":
        return
    table = tallies.c
    of_none = (table.round_id == owner_id, table.count == 0, table.amount_us == 0)
    connection.execute(delete(tallies).where(*of_none))
