"""The database made anew from the file store, in one transaction: until it is done, the old one is what people see."""

from dataclasses import dataclass

from sqlalchemy import Connection

from podcast_core.errors import Conflict, InvalidInput
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.store import fact_reading, linking, records
from podcast_core.services.store.facts import KINDS, Facts, Problem
from podcast_core.services.store.keys import Keys, list_keys
from podcast_core.storage import claims
from podcast_core.storage.database import analyze, clear, keep_writers_out
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What the database holds now, and which objects are not in it, with the reasons."""

    counts: dict[str, int]
    problems: tuple[Problem, ...]


def rebuild(
    workspace: Workspace, *, replace: bool = False, partial: bool = False, on_progress: Progress = tell_nobody
) -> RebuildReport:
    """Make the database anew from the file store. Claims on sessions stay.

    Parameters
    ----------
    replace
        Replace what is in the database; otherwise it must be empty.
    partial
        Go on where people's answers or reviews have to be left out, because they or what they need cannot be read.
    on_progress
        Called with objects read, objects in all, and the key of the one that was read.

    Raises
    ------
    InvalidInput
        When the database is not empty, or answers would be left out. Nothing was changed.
    Conflict
        When the database holds what the store does not. Nothing was changed.
    StorageUnavailable
        When the store or the database fails. Nothing was changed.
    """
    with workspace.database.reading() as connection:
        _check_empty(connection, replace)
    known = list_keys(workspace.files)
    found, problems = fact_reading.read_store(workspace.files, known, on_progress)
    with workspace.database.writing() as connection:
        keep_writers_out(connection)
        _check_empty(connection, replace)
        found = _read_newer(workspace, known, found)
        kept, left_out = linking.link(found, Facts())
        problems += left_out
        _check_labels(problems, partial)
        if replace:
            _check_covered(fact_reading.read_database(connection), found if partial else kept)
        leases = claims.list_leases(connection)
        clear(connection)
        linking.add_to_database(connection, kept)
        for lease in leases:
            claims.restore_lease(connection, lease)
        for round_id in [each for each, round_ in kept.rounds.items() if round_ != found.rounds[each]]:
            records.save_round(workspace.files, kept.rounds[round_id])
        analyze(connection)
    total = len(known.list_all())
    on_progress(total, total, "")
    return RebuildReport(kept.count(), tuple(problems))


def _read_newer(workspace: Workspace, known: Keys, found: Facts) -> Facts:
    """Read what was written while the store was being read; from now on nobody else writes rows."""
    now = list_keys(workspace.files)
    newer, _ = fact_reading.read_store(workspace.files, now.minus(known))
    both = newer.plus(found)
    return both.apply(both.acts)


def _check_empty(connection: Connection, replace: bool) -> None:
    counts = fact_reading.count_rows(connection)
    if any(counts.values()) and not replace:
        what = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        raise InvalidInput(
            f"The database is not empty: it holds {what}. To replace its contents with the store's: --replace"
        )


def _check_labels(problems: list[Problem], partial: bool) -> None:
    """Refuse to drop answers in silence: each of them is work of people."""
    lost = [problem for problem in problems if problem.is_label]
    if lost and not partial:
        causes = [problem.reason for problem in problems if not problem.is_label] or [lost[0].reason]
        raise InvalidInput(
            f"{len(lost)} answers or reviews would be left out; nothing was changed. First of {len(problems)} reasons: "
            f"{causes[0]} If the old database still exists, python -m podcast_core doctor --repair --contents "
            f"rewrites broken objects. To continue without them: --partial"
        )


def _check_covered(rows: Facts, found: Facts) -> None:
    """Refuse to drop rows that are nowhere else."""
    only_here = rows.minus(found)
    for kind, table in only_here.tables().items():
        if table:
            raise Conflict(
                f"The database holds facts that the store does not, for example {KINDS[kind]} "
                f"{next(iter(table))!r}; nothing "
                "was changed. First write it into the store: python -m podcast_core doctor --repair"
            )
