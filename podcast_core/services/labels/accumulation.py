"""How many different labels and individuals were found in more and more sessions."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.ml.measuring.accumulation import Accumulated, estimate_kinds, list_expected
from podcast_core.storage import individuals
from podcast_core.storage.progress_sums import list_kept
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class DayFound:
    """Until the end of a day: sessions answered, and how many different labels, or individuals, were in them."""

    day: date
    sessions: int
    kinds: int


@dataclass(frozen=True, slots=True)
class Accumulation:
    """How labels or individuals came to be known: as they did by day, and as expected in sessions in any order.

    ``sessions_with``: in how many sessions each was found. ``estimated``: how many there are in all (Chao2).
    """

    days: tuple[DayFound, ...]
    expected: tuple[Accumulated, ...]
    sessions_with: dict[str, int]
    estimated: float


def get_accumulation(workspace: Workspace, wanted: ProgressFilter, *, of_individuals: bool = False) -> Accumulation:
    """Get how many different labels, or individuals, were found in the sessions that are answered.

    Days are those of the answers. Labels of the filter leave out others; of individuals, those with other labels.
    """
    with workspace.database.reading() as connection:
        answered = list_kept(connection, wanted, "answered", ["day"], are_labels=False)
        if of_individuals:
            named = individuals.list_individuals(connection, wanted)
        else:
            sums = list_kept(connection, wanted, "sessions with", ["day", "label"])
            named = [(day, label, count) for (day, label), count, _ in sums]
    new: dict[str, set[str]] = defaultdict(set)
    sessions_with: dict[str, int] = defaultdict(int)
    for day, name, count in sorted(named):
        if name not in sessions_with:
            new[day].add(name)
        sessions_with[name] += count
    days, sessions, kinds = [], 0, 0
    for (day,), count, _ in answered:
        sessions, kinds = sessions + count, kinds + len(new[day])
        days.append(DayFound(date.fromisoformat(day), sessions, kinds))
    counts = list(sessions_with.values())
    return Accumulation(
        days=tuple(days),
        expected=tuple(list_expected(counts, sessions)),
        sessions_with=dict(sorted(sessions_with.items(), key=lambda each: (-each[1], each[0]))),
        estimated=estimate_kinds(counts, sessions),
    )


def list_labels_by_day(workspace: Workspace, wanted: ProgressFilter) -> dict[date, dict[str, int]]:
    """List annotations by label, of each day on which there are any."""
    with workspace.database.reading() as connection:
        found: dict[date, dict[str, int]] = {}
        for (day, label), count, _ in list_kept(connection, wanted, "boxes", ["day", "label"]):
            found.setdefault(date.fromisoformat(day), {})[label] = count
    return found
