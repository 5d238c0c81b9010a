"""Sums over what model runs look at and find, as the database keeps them: see `podcast_core.storage.triggers`."""

import math
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, func, select

from podcast_core.domain.run import RunTotals
from podcast_core.storage.schema import run_boxes, run_pieces, tallies
from podcast_core.storage.tallies import US, list_groups, list_sums

HUNDRED = 100  # sums by score are kept by hundredths


def count_runs(connection: Connection, run_ids: Sequence[str]) -> dict[str, RunTotals]:
    """Count how far runs are."""
    table = tallies.c
    measures = ("run pieces", "run work")
    query = select(tallies).where(table.round_id.in_(run_ids), table.measure.in_(measures), table.count != 0)
    rows: dict[str, list[tuple[str, str, int, float]]] = defaultdict(list)
    for row in connection.execute(query):
        rows[row.round_id].append((row.measure, row.grp, int(row._mapping["count"]), int(row.amount_us) / US))
    return {run_id: _add_up(rows[run_id]) for run_id in run_ids}


def _add_up(rows: Sequence[tuple[str, str, int, float]]) -> RunTotals:
    pieces = [(group, count, seconds) for measure, group, count, seconds in rows if measure == "run pieces"]
    done = [each for each in pieces if each[0].startswith("done")]
    work = [(group, seconds) for measure, group, _, seconds in rows if measure == "run work"]
    return RunTotals(
        pieces=sum(count for _, count, _ in pieces),
        done=sum(count for _, count, _ in done),
        failed=sum(count for group, count, _ in pieces if group.endswith("/failed")),
        audio_s=sum(seconds for *_, seconds in pieces),
        done_s=sum(seconds for *_, seconds in done),
        took_s=sum(seconds for _, seconds in work),
        device=max((device for device, _ in work), default=""),
    )


def count_scores(connection: Connection, run_id: str, bins: int) -> dict[str, list[int]]:
    """Count the calls of a run by label and score, in ``bins`` steps from 0 to 1: 100 of them, or a part of that."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * bins)
    for hundredth, label, count, _ in sorted(list_sums(connection, run_id, "run calls"), key=lambda each: each[1]):
        counts[label][min(int(hundredth) * bins // HUNDRED, bins - 1)] += count
    return dict(counts)


def count_calls(connection: Connection, run_id: str, threshold: float) -> int:
    """Count the calls of a run with a score of at least the threshold."""
    first, score = _find_first(threshold), run_boxes.c.score
    sums = list_sums(connection, run_id, "run calls")
    whole = sum(count for hundredth, _, count, _ in sums if int(hundredth) >= first)
    if first / HUNDRED == threshold:
        return whole
    return whole + _count(connection, run_boxes, run_id, score >= threshold, score < first / HUNDRED)


def count_labels(connection: Connection, run_id: str, threshold: float) -> dict[str, int]:
    """Count the calls of a run by label: those of the hundredth that the threshold is in, and above."""
    counts: dict[str, int] = defaultdict(int)
    for hundredth, label, count, _ in list_sums(connection, run_id, "run calls"):
        counts[label] += count if int(hundredth) + 1 > threshold * HUNDRED else 0
    return {label: count for label, count in counts.items() if count}


def count_with_calls(connection: Connection, run_id: str, threshold: float) -> int:
    """Count the pieces of a run with a score of at least the threshold."""
    first, best = _find_first(threshold), run_pieces.c.negative_best
    groups = list_groups(connection, run_id, "run best scores")
    whole = sum(count for hundredth, count in groups.items() if int(hundredth) >= first)
    if first / HUNDRED == threshold:
        return whole
    return whole + _count(connection, run_pieces, run_id, best <= -threshold, best > -first / HUNDRED)


def list_hours(connection: Connection, run_id: str) -> list[tuple[str, int, int, int]]:
    """List in which hours of recordings pieces of a run begin: recording, channel, hour and how many."""
    found = []
    for group, count in list_groups(connection, run_id, "run hours").items():
        recording_id, channel, hour = group.rsplit("/", 2)
        found.append((recording_id, int(channel), int(hour), count))
    return sorted(found)


def _find_first(threshold: float) -> int:
    """Find the first hundredth that is not below a threshold."""
    near = math.floor(threshold * HUNDRED)
    return next(each for each in (near - 1, near, near + 1, near + 2) if each / HUNDRED >= threshold)


def _count(connection: Connection, table: Table, run_id: str, *where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(table.c.run_id == run_id, *where)
    return int(connection.execute(query).scalar_one())
