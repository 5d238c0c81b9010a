"""Where the database, the file store and the recordings differ, why, and what of it can be mended.

The store is the truth, and nothing is ever removed from it but what an interrupted write left. What is in the store
only goes into the database, what is in the database only goes into the store. An object that cannot be read is kept
under ``damaged/`` before it is written again from its row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from podcast_core.collecting import without_collecting
from podcast_core.domain.act import Act
from podcast_core.domain.person import find_earlier_names, find_people
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.store import explored, fact_reading, facts, linking, mending, records, row_names, run_records
from podcast_core.services.store.answer_reading import AnswerReader, Told
from podcast_core.services.store.diagnosis import Diagnosis, show_name
from podcast_core.services.store.doctor_files import look_for_audio, look_for_leftovers
from podcast_core.services.store.facts import KINDS, Facts, Problem, find_all_names
from podcast_core.services.store.keys import Keys, list_keys
from podcast_core.services.store.linking import Linker
from podcast_core.services.store.reading_ahead import READERS
from podcast_core.services.store.row_names import Names
from podcast_core.services.store.spool import Spool
from podcast_core.services.store.steps import Steps
from podcast_core.services.store.widening import widened
from podcast_core.storage import answer_rows, deriving, recordings
from podcast_core.storage.answer_rows import Ids
from podcast_core.storage.database import analyze, keep_writers_out, widen_cache
from podcast_core.workspace import Workspace

MANY = 1000  # as in `storage.predictions`


@dataclass(slots=True)
class _Rows:
    """What the database holds: facts, and the ids of the answers."""

    facts: Facts
    answers: Ids


@dataclass(slots=True)
class _Objects:
    """What the store holds: the facts that were read, and what of them is new and fits to the rows."""

    keys: Keys
    facts: Facts
    new: Linker
    new_answers: Spool
    packed: set[str]  # ids of answers in objects of several
    differing: list[str]  # ids of answers that differ from their rows
    problems: list[Problem]


@without_collecting()
def examine(
    workspace: Workspace,
    *,
    repair: bool = False,
    contents: bool = False,
    checksums: bool = False,
    on_progress: Progress = tell_nobody,
) -> Diagnosis:
    """Find differences between database, file store and recordings.

    Parameters
    ----------
    repair
        Mend what is safe.
    contents
        Read every object and compare it with its row; otherwise only their names are compared, which is fast.
    checksums
        Read every recording and compare its SHA-256.

    Raises
    ------
    Conflict
        When sessions were added meanwhile that a repair would have added otherwise. Nothing was changed.
    StorageUnavailable
        When the database or the store fails.
    """
    diagnosis = Diagnosis()
    keys = list_keys(workspace.files)
    with workspace.database.reading() as connection:
        rows = _Rows(fact_reading.read_database(connection), answer_rows.list_ids(connection))
    wanted = keys if contents else _without_rows(keys, rows)
    with Spool(workspace.settings.data_dir) as spool:
        steps = Steps(on_progress, len(wanted.list_all()), len(wanted.list_answers()) if repair else 0)
        objects = _read(workspace, wanted, rows, spool, steps, contents=contents)
        objects.keys = keys
        _handle_broken(workspace, objects, rows, diagnosis, repair)
        _compare(workspace, objects, rows.facts, diagnosis, repair)
        _add_rows(workspace, objects, diagnosis, repair, steps)
        _add_objects(workspace, _find_lost(objects, rows, contents), rows, objects.facts, diagnosis, repair)
    _compare_derived(workspace, diagnosis, repair)
    with workspace.database.reading() as connection:  # as it is now
        known = recordings.list_recordings(connection)
        diagnosis.counts = fact_reading.count_rows(connection)
    diagnosis.add(
        "part of a collection has no vectors",
        "its sounds can be neither searched nor mapped; labels are not affected.",
        explored.list_missing_vectors(workspace.files, rows.facts),
        "Describe the collection again: python -m podcast_core explore describe COLLECTION",
    )
    diagnosis.add(
        "classifier cannot be used",
        "what it learned is lost or damaged; labels are not affected.",
        explored.list_broken_classifiers(workspace.files, contents=contents),
        "Train it again on Explore; its training data is still recorded.",
    )
    look_for_audio(workspace, known, checksums, diagnosis, on_progress)
    look_for_leftovers(workspace, diagnosis, repair)
    return diagnosis


def _compare_derived(workspace: Workspace, diagnosis: Diagnosis, repair: bool) -> None:
    """Compare counts and other things that follow from the facts with the facts."""
    with workspace.database.reading() as connection:
        wrong = deriving.find_differences(connection)
    if wrong and repair:
        with workspace.database.writing() as connection:
            keep_writers_out(connection)
            deriving.remake(connection)
    diagnosis.add(
        "round has wrong counts",
        "what the database keeps of it differs from its answers and predictions; labels are not affected.",
        wrong,
        "--repair counts them again.",
        is_mended=repair,
    )


def _read(workspace: Workspace, keys: Keys, rows: _Rows, spool: Spool, steps: Steps, *, contents: bool) -> _Objects:
    """Read objects; answers are compared with their rows, and those that are new and fit go into the spool."""
    with ThreadPoolExecutor(READERS) as pool:
        found, problems = fact_reading.read_store(workspace.files, keys, pool, steps.read)
        linker = Linker(found.minus(rows.facts), rows.facts, rows.answers)
        reader = AnswerReader(workspace.files, keys, known={} if contents else rows.answers, on_read=steps.read)
        differing: set[str] = set()
        told = reader.read(pool)
        if contents:
            told = _compare_answers(workspace, told, {**rows.facts.acts, **found.acts}, differing)
        linker.take_all(([each for each in group if each.row.id not in rows.answers] for group in told), spool)
        found.bulk_acts.update(reader.acts)
        linker.finish({key: act for key, act in reader.acts.items() if key not in rows.facts.bulk_acts})
    return _Objects(keys, found, linker, spool, reader.packed, sorted(differing), [*problems, *reader.problems])


def _compare_answers(
    workspace: Workspace, told: Iterable[list[Told]], acts: Mapping[str, Act], differing: set[str]
) -> Iterator[list[Told]]:
    """Compare answers with their rows, where they have one, on the way to who wants them next."""
    names, people = find_all_names(acts), find_earlier_names(find_people(acts.values()).values())
    for group in told:
        with workspace.database.reading() as connection:
            rows = answer_rows.read_rows(connection, [each.row.id for each in group])
        for each in group:
            row = rows.get(each.row.id)
            if row is not None:
                now = names.get(row.place[0], {})
                differing.discard(row.id)  # of an earlier try of the same
                if not each.row.renamed(now).called(people).says_as(row.renamed(now).called(people)):
                    differing.add(row.id)
        yield group


def _handle_broken(workspace: Workspace, objects: _Objects, rows: _Rows, diagnosis: Diagnosis, repair: bool) -> None:
    """Name objects that cannot be used, and write them again where their rows are known."""
    broken, mended = {problem.name for problem in objects.problems}, set()
    if repair and broken:
        mended = mending.write_again(workspace, objects.keys, rows.facts, rows.answers, objects.facts, broken)
        batches = broken.intersection(objects.keys.batches.values())
        touched = {key.split("/")[1] for key in batches}
        lost = [each for each in _list_lost_answers(objects, rows) if rows.answers[each].round_id in touched]
        mended |= mending.write_batches(workspace, lost, rows.answers, batches)
        objects.packed.update(lost)
    for problem in objects.problems:
        diagnosis.add(
            "object cannot be used",
            problem.reason,
            [problem.name],
            "If its row is in the database, --repair --contents writes it again.",
            is_mended=problem.name in mended,
        )


def _compare(workspace: Workspace, objects: _Objects, rows: Facts, diagnosis: Diagnosis, repair: bool) -> None:
    """Compare what was read with its rows."""
    # An act that is in one place only is named, not all that follows from it.
    acts = {**rows.acts, **objects.facts.acts}
    found, rows = objects.facts.plus(Facts()).apply(acts), rows.plus(Facts()).apply(acts)
    for kind in KINDS:
        if kind in ("rounds", "recordings"):
            continue
        table, mine = found.tables().get(kind, {}), rows.tables().get(kind, {})
        other = [name for name, noun in table.items() if name in mine and not facts.same(noun, mine[name])]
        diagnosis.add(
            f"{KINDS[kind]} differs",
            "the object and the row differ. The object counts: the database was changed by something else.",
            map(show_name, objects.differing if kind == "submissions" else other),
            "python -m podcast_core rebuild --replace restores what the store says.",
        )
    broken = {problem.name.split("/")[1] for problem in objects.problems}  # of these an older state was read
    states = Facts(
        rounds={key: each for key, each in found.rounds.items() if key in rows.rounds and key not in broken},
        recordings={
            key: each for key, each in found.recordings.items() if key in rows.recordings and key not in broken
        },
    )
    _compare_states(workspace, states, rows, diagnosis, repair)


def _without_rows(keys: Keys, rows: _Rows) -> Keys:
    """Name the objects that have no row, or may hold an answer without one, and the newest states of what changes."""
    known = {(each.round_id, each.recording_id) for each in rows.facts.sessions.values()}
    tables: dict[str, Any] = {**rows.facts.tables(), "submissions": rows.answers}
    new = {kind: {k: v for k, v in getattr(keys, kind).items() if k not in tables[kind]} for kind in KINDS}
    new["recordings"] = {k: v for k, v in keys.recordings.items() if k not in rows.facts.recordings or k in keys.places}
    new["sessions"] = {k: v for k, v in keys.sessions.items() if k not in known}
    new["bulk_acts"] = keys.bulk_acts  # one may have its row, and lack those of its answers
    return Keys(**{**new, "rounds": keys.rounds, "acts": keys.acts}, places=keys.places, batches=keys.batches)


def _compare_states(workspace: Workspace, found: Facts, rows: Facts, diagnosis: Diagnosis, repair: bool) -> None:
    """Compare what changes: the texts and labels of rounds, and where recordings are."""
    rounds = [each for each in found.rounds.values() if each != rows.rounds[each.id]]
    moved = [each for each in found.recordings.values() if each != rows.recordings[each.id]]
    if repair and (rounds or moved):
        names = (*(f"round/{each.id}" for each in rounds), *(f"recording/{each.id}" for each in moved))
        with workspace.database.writing(*names) as connection:
            linking.add_to_database(connection, Facts(rounds={each.id: each for each in rounds}))
            for each in moved:
                recordings.replace_recording(connection, each)
    why = "the store and the database differ; the newest state in the store counts."
    advice = "--repair applies it."
    diagnosis.add("round changed", why, (each.id for each in rounds), advice, is_mended=repair)
    diagnosis.add("recording changed", why, (each.id for each in moved), advice, is_mended=repair)


def _add_rows(workspace: Workspace, objects: _Objects, diagnosis: Diagnosis, repair: bool, steps: Steps) -> None:
    """Add rows for objects that have none."""
    new = objects.new
    if repair and (any(new.kept.tables().values()) or new.kept_answers):

        def choose(round_id: str, row: Round | None) -> Round:
            return new.kept.rounds[round_id] if row is None else row

        with (
            widened(workspace, new.list_missing_labels(), choose) as wide,
            workspace.database.writing() as connection,
        ):
            keep_writers_out(connection)
            now = row_names.read_names(connection)  # what came in meanwhile is no news
            widen_cache(connection)
            _check_owners(new.kept, now)
            kept = new.kept.without(now)
            kept.rounds.update(wide)
            objects.new_answers.leave_out(now["submissions"])
            with deriving.postponed(connection):
                linking.add_to_database(connection, kept, objects.new_answers, steps.add)
            if sum(kept.count(len(new.kept_answers)).values()) >= MANY:
                analyze(connection)
    for kind in KINDS:
        diagnosis.add(
            f"{KINDS[kind]} without a row",
            "it is in the store but not in the database: written by another machine, or by a process that was killed.",
            map(show_name, new.kept_answers if kind == "submissions" else new.kept.tables()[kind]),
            "--repair adds it.",
            is_mended=repair,
        )
    for problem in new.problems:
        diagnosis.add("fact does not fit", problem.reason, [problem.name], "It stays in the store.")


def _check_owners(new: Facts, now: Names) -> None:
    """Refuse to add sessions whose ids others got since they were compared."""
    owners = (
        {(round_id, each): recording_id for round_id, each, recording_id in now["sessions"]} if new.sessions else {}
    )
    for round_id, each, recording_id in new.sessions:
        if owners.get((round_id, each), recording_id) != recording_id:
            raise Conflict(
                f"Session {each} of round {round_id} was added meanwhile. Nothing was changed: run it again."
            )


def _list_lost_answers(objects: _Objects, rows: _Rows) -> list[str]:
    """List the answers of rows that no object holds: neither one of their own, nor one of several."""
    acts = {*objects.keys.bulk_acts, *rows.facts.bulk_acts}
    own, packed = objects.keys.submissions, objects.packed
    return [
        each
        for each, origin in rows.answers.items()
        if each not in own and each not in packed and origin.bulk_id not in acts
    ]


def _find_lost(objects: _Objects, rows: _Rows, contents: bool) -> dict[str, list[Any]]:
    """Find the names of rows that have no object, by kind."""
    keys, tables = objects.keys, rows.facts.tables()
    lost = {kind: [name for name in tables.get(kind, ()) if name not in getattr(keys, kind)] for kind in KINDS}
    lost["submissions"] = _list_lost_answers(objects, rows)
    lost["sessions"] = [
        name
        for name in rows.facts.sessions
        if name not in objects.facts.sessions and (contents or (name[0], name[2]) not in keys.sessions)
    ]
    return lost


def _add_objects(
    workspace: Workspace, lost: dict[str, list[Any]], rows: _Rows, found: Facts, diagnosis: Diagnosis, repair: bool
) -> None:
    """Write objects for rows that have none."""
    for kind, names in lost.items():
        if repair and kind == "sessions":
            _save_sessions(workspace, names, rows.facts, found)
        elif repair and kind == "submissions":
            mending.write_batches(workspace, names, rows.answers)
        elif repair and kind == "run_pieces":
            for _, of_run in groupby(sorted(names), key=itemgetter(0)):
                run_records.save_pieces(workspace.files, (rows.facts.run_pieces[name] for name in of_run))
        elif repair:
            for noun in (rows.facts.tables()[kind][name] for name in names):
                if kind == "rounds":
                    records.save_round(workspace.files, noun)
                else:
                    workspace.files.add(*mending.make_object(workspace, kind, noun))
        diagnosis.add(
            f"{KINDS[kind]} without an object",
            "it is in the database but not in the store, as if it had been removed there.",
            map(show_name, names),
            "--repair writes it.",
            is_mended=repair,
        )


def _save_sessions(workspace: Workspace, lost: Sequence[tuple[str, str, str]], rows: Facts, found: Facts) -> None:
    """Write what was made of each recording, with what there is of it that the database does not know."""
    made = mending.group_sessions({**found.sessions, **rows.sessions}.values()) if lost else {}
    for place in sorted({(round_id, recording_id) for round_id, _, recording_id in lost}):
        records.save_sessions(workspace.files, made[place])
