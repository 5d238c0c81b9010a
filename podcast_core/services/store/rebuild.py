"""The database made anew from the file store, in one transaction: until it is done, the old one is what people see.

The store is read before the transaction, which takes no longer than adding rows: a bucket that hangs keeps nobody from
saving an answer. What others save meanwhile has its object before its row, so that its rows are as good as objects.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import replace as replaced

from sqlalchemy import Connection

from podcast_core.collecting import without_collecting
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, InvalidInput, count_of
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.store import fact_reading, linking, row_names
from podcast_core.services.store.answer_reading import AnswerReader
from podcast_core.services.store.facts import KINDS, Facts, Problem
from podcast_core.services.store.keys import Keys, list_keys
from podcast_core.services.store.linking import Linker
from podcast_core.services.store.reading_ahead import READERS
from podcast_core.services.store.row_names import Names
from podcast_core.services.store.spool import Spool
from podcast_core.services.store.steps import Steps
from podcast_core.services.store.widening import widen, widened
from podcast_core.storage import answer_rows, deriving, recordings, rounds, submissions
from podcast_core.storage.answer_rows import AnswerRow
from podcast_core.storage.database import analyze, clear, keep_writers_out, widen_cache
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What the database holds now, and which objects are not in it, with the reasons."""

    counts: dict[str, int]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Before:
    """What the database held when reading began."""

    names: Names
    rounds: dict[str, Round]
    places: dict[str, str]


@dataclass(slots=True)
class _Found:
    """What fits together of what was read, the names of all that could be read, and why the rest could not."""

    linker: Linker
    names: Names
    problems: list[Problem]

    @property
    def kept(self) -> Facts:
        """What fits together."""
        return self.linker.kept


@without_collecting()
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
        Called with steps done, steps in all, and the key of the object that was read; empty while rows are added.

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
        before = _Before(row_names.read_names(connection), *_read_states(connection))
    keys = list_keys(workspace.files)
    steps = Steps(on_progress, len(keys.list_all()), len(keys.list_answers()))
    with Spool(workspace.settings.data_dir) as spool:
        found = _read_store(workspace, keys, spool, steps)
        _check_labels(found.problems, partial)
        _check_covered(before.names, found.names if partial else _name(found.linker))

        def choose(round_id: str, row: Round | None) -> Round:
            is_newer = row is not None and row != before.rounds.get(round_id, row)
            return row if row is not None and is_newer else found.kept.rounds[round_id]

        missing = found.linker.list_missing_labels()
        with widened(workspace, missing, choose) as wide, workspace.database.writing() as connection:
            found.kept.rounds.update(wide)
            keep_writers_out(connection)
            _check_empty(connection, replace)
            newer, rows = _read_newer(connection, before, found)
            _check_labels(newer.problems, partial)
            widen_cache(connection)
            with deriving.postponed(connection, remakes=True):
                clear(connection)
                linking.add_to_database(connection, found.kept, spool, steps.add)
                linking.add_to_database(connection, newer.kept, [rows])
            analyze(connection)
    steps.end()
    kept = newer.kept.plus(found.kept)
    counts = kept.count(len(found.linker.kept_answers) + len(rows))
    return RebuildReport(counts, tuple(found.problems + newer.problems))


def _read_store(workspace: Workspace, keys: Keys, spool: Spool, steps: Steps) -> _Found:
    """Read all objects, and check each answer on the way to the spool."""
    with ThreadPoolExecutor(READERS) as pool:
        facts, problems = fact_reading.read_store(workspace.files, keys, pool, steps.read)
        linker = Linker(facts, Facts())
        reader = AnswerReader(workspace.files, keys, on_read=steps.read)
        linker.take_all(reader.read(pool), spool)
        linker.finish(reader.acts)
    names = {**_name_facts(facts), "bulk_acts": set(reader.acts), "submissions": set(reader.found)}
    return _Found(linker, names, [*problems, *reader.problems, *linker.problems])


def _read_newer(connection: Connection, before: _Before, found: _Found) -> tuple[_Found, list[AnswerRow]]:
    """Read the rows that were added or changed while the store was read; from now on nobody else adds any."""
    now = row_names.minus(row_names.read_names(connection), before.names, found.names)
    answers = now.pop("submissions")
    facts = fact_reading.read_database(connection).only(now) if any(now.values()) else Facts()
    linker = Linker(facts, found.kept, found.linker.kept_answers)
    rows = answer_rows.read_rows(connection, answers)
    about = submissions.list_recordings(connection, rows)
    kept = [row for row in rows.values() if linker.take(row, about[row.place])]
    linker.finish(facts.bulk_acts)
    states, places = _read_states(connection)
    for round_id, state in states.items():
        if state != before.rounds.get(round_id, state) and round_id in found.kept.rounds:
            found.kept.rounds[round_id] = widen(state, found.kept.rounds[round_id].label_names)
    for each, uri in places.items():
        if uri != before.places.get(each, uri) and each in found.kept.recordings:
            found.kept.recordings[each] = replaced(found.kept.recordings[each], uri=uri)
    return _Found(linker, {}, linker.problems), kept


def _read_states(connection: Connection) -> tuple[dict[str, Round], dict[str, str]]:
    """Read what changes: the states of rounds, and where recordings are."""
    places = {each.id: each.uri for each in recordings.list_recordings(connection)}
    return {each.id: each for each in rounds.list_rounds(connection, with_opened=True)}, places


def _name_facts(facts: Facts) -> Names:
    return {kind: set(table) for kind, table in facts.tables().items()}


def _name(linker: Linker) -> Names:
    return {**_name_facts(linker.kept), "submissions": linker.kept_answers}


def _check_empty(connection: Connection, replace: bool) -> None:
    counts = fact_reading.count_rows(connection)
    if any(counts.values()) and not replace:
        what = ", ".join(count_of(count, name.removesuffix("s")) for name, count in counts.items() if count)
        raise InvalidInput(
            f"The database is not empty: it holds {what}. To replace its contents with the store's: --replace"
        )


def _check_labels(problems: list[Problem], partial: bool) -> None:
    """Refuse to drop answers in silence: each of them is work of people."""
    lost = [problem for problem in problems if problem.is_label]
    if lost and not partial:
        causes = [problem.reason for problem in problems if not problem.is_label] or [lost[0].reason]
        raise InvalidInput(
            f"{len(lost):,} of the answers and reviews would be left out; nothing was changed. First of "
            f"{len(problems)} reasons: "
            f"{causes[0]} If the old database still exists, python -m podcast_core doctor --repair --contents "
            f"rewrites broken objects. To continue without them: --partial"
        )


def _check_covered(rows: Names, found: Names) -> None:
    """Refuse to drop rows that are nowhere else."""
    for kind, names in row_names.minus(rows, found).items():
        if names:
            raise Conflict(
                f"The database holds facts that the store does not, for example {KINDS[kind]} {min(names)!r}; nothing "
                "was changed. First write it into the store: python -m podcast_core doctor --repair --contents"
            )
