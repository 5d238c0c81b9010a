"""Where the database, the file store and the recordings differ, why, and what of it can be mended.

The store is the truth, and nothing is ever removed from it but what an interrupted write left. What is in the store
only goes into the database, what is in the database only goes into the store. An object that cannot be read is kept
under ``damaged/`` before it is written again from its row.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from podcast_core.audio.containers import open_bytes
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.errors import PodcastError, StorageUnavailable
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.store import batch_facts, explored, fact_reading, facts, linking, mending, records
from podcast_core.services.store.facts import KINDS, Facts, Problem
from podcast_core.services.store.keys import Keys, list_keys
from podcast_core.services.store.sources import locate
from podcast_core.storage import recordings
from podcast_core.storage.database import analyze, keep_writers_out, lock
from podcast_core.workspace import Workspace

MAX_NAMED = 5
LEFT_AFTER_S = 3600.0  # no write of an object takes as long
MANY = 1000
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of difference: what it is, why it may be, the first names of all it concerns, and what can be done."""

    title: str
    why: str
    names: tuple[str, ...]
    advice: str
    is_mended: bool = False

    @property
    def text(self) -> str:
        """The finding in a few lines."""
        shown = [*self.names[:MAX_NAMED], *(["..."] if len(self.names) > MAX_NAMED else [])]
        end = "Mended." if self.is_mended else self.advice
        return "\n".join([f"{len(self.names)} {self.title}: {self.why} {end}", *(f"  {name}" for name in shown)])


@dataclass(slots=True)
class Diagnosis:
    """All that was found; ``counts`` says how much there is in the database."""

    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to do."""
        return all(finding.is_mended for finding in self.findings)

    def add(self, title: str, why: str, names: Iterable[str], advice: str, *, is_mended: bool = False) -> None:
        """Note a difference, unless it concerns nothing."""
        named = tuple(names)
        if named:
            self.findings.append(Finding(title, why, named, advice, is_mended))


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
    StorageUnavailable
        When the database or the store fails.
    """
    diagnosis = Diagnosis()
    keys = list_keys(workspace.files)
    with workspace.database.reading() as connection:
        rows = fact_reading.read_database(connection)
    stored = batch_facts.read_ids(workspace.files, keys)
    wanted = keys if contents else _without_rows(keys, rows, stored)
    found, problems = fact_reading.read_store(workspace.files, wanted, on_progress)
    _handle_broken(workspace, keys, rows, found, stored, problems, diagnosis, repair)
    _compare(workspace, found, rows, problems, diagnosis, repair)
    _add_rows(workspace, found.minus(rows), rows, diagnosis, repair)
    _add_objects(workspace, _find_lost(keys, rows, found, stored, contents), rows, found, diagnosis, repair)
    with workspace.database.reading() as connection:  # as it is now
        known = recordings.list_recordings(connection)
        diagnosis.counts = fact_reading.count_rows(connection)
    diagnosis.add(
        "part of a collection has no vectors",
        "its sounds can be neither searched nor mapped; labels are not affected.",
        explored.list_missing_vectors(workspace.files, rows),
        "Describe the collection again: python -m podcast_core explore describe COLLECTION",
    )
    diagnosis.add(
        "classifier cannot be used",
        "what it learned is lost or damaged; labels are not affected.",
        explored.list_broken_classifiers(workspace.files, contents=contents),
        "Train it again on Explore; its training data is still recorded.",
    )
    _look_for_audio(workspace, known, checksums, diagnosis, on_progress)
    _look_for_leftovers(workspace, diagnosis, repair)
    return diagnosis


def _handle_broken(
    workspace: Workspace,
    keys: Keys,
    rows: Facts,
    found: Facts,
    stored: dict[str, set[str] | None],
    problems: Sequence[Problem],
    diagnosis: Diagnosis,
    repair: bool,
) -> None:
    """Name objects that cannot be used, and write them again where their rows are known."""
    broken, mended = {problem.name for problem in problems}, set()
    if repair:
        mended = mending.write_again(workspace, keys, rows, found, broken)
        mended |= mending.write_batches_again(workspace, keys, rows, stored, broken)
    for problem in problems:
        diagnosis.add(
            "object cannot be used",
            problem.reason,
            [problem.name],
            "If its row is in the database, --repair --contents writes it again.",
            is_mended=problem.name in mended,
        )


def _compare(
    workspace: Workspace,
    found: Facts,
    rows: Facts,
    problems: Sequence[Problem],
    diagnosis: Diagnosis,
    repair: bool,
) -> None:
    """Compare what was read with its rows."""
    # An act that is in one place only is named, not all that follows from it.
    both = ({**rows.acts, **found.acts}, {**rows.bulk_acts, **found.bulk_acts})
    found, rows = found.plus(Facts()).apply(*both), rows.plus(Facts()).apply(*both)
    for kind, table in found.tables().items():
        if kind in ("rounds", "recordings"):
            continue
        mine = getattr(rows, kind)
        other = [name for name, noun in table.items() if name in mine and not facts.same(noun, mine[name])]
        diagnosis.add(
            f"{KINDS[kind]} differs",
            "the object and the row differ. The object counts: the database was changed by something else.",
            map(_show, other),
            "python -m podcast_core rebuild --replace restores what the store says.",
        )
    broken = {problem.name.split("/")[1] for problem in problems}  # of these an older state was read
    states = Facts(
        rounds={key: each for key, each in found.rounds.items() if key in rows.rounds and key not in broken},
        recordings={
            key: each for key, each in found.recordings.items() if key in rows.recordings and key not in broken
        },
    )
    _compare_states(workspace, states, rows, diagnosis, repair)


def _without_rows(keys: Keys, rows: Facts, stored: Mapping[str, set[str] | None]) -> Keys:
    """Name the objects that have no row, the newest states of all rounds, and the recordings that were moved."""
    known = {(each.round_id, each.recording_id) for each in rows.sessions.values()}
    new = {
        kind: {name: key for name, key in getattr(keys, kind).items() if name not in getattr(rows, kind)}
        for kind in KINDS
    }
    new["recordings"] = {k: v for k, v in keys.recordings.items() if k not in rows.recordings or k in keys.places}
    new["sessions"] = {k: v for k, v in keys.sessions.items() if k not in known}
    new["batches"] = batch_facts.list_new(keys, rows, stored)
    new["bulk_acts"] = keys.bulk_acts  # one may have its row, and lack those of its answers
    return Keys(**{**new, "rounds": keys.rounds, "acts": keys.acts}, places=keys.places)


def _compare_states(workspace: Workspace, found: Facts, rows: Facts, diagnosis: Diagnosis, repair: bool) -> None:
    """Compare what changes: the texts and labels of rounds, and where recordings are."""
    rounds = [each for each in found.rounds.values() if each != rows.rounds[each.id]]
    moved = [each for each in found.recordings.values() if each != rows.recordings[each.id]]
    if repair and (rounds or moved):
        with workspace.database.writing() as connection:
            lock(connection, *(f"round/{each.id}" for each in rounds), *(f"recording/{each.id}" for each in moved))
            linking.add_to_database(connection, Facts(rounds={each.id: each for each in rounds}))
            for each in moved:
                recordings.replace_recording(connection, each)
    why = "the store and the database differ; the newest state in the store counts."
    advice = "--repair applies it."
    diagnosis.add("round changed", why, (each.id for each in rounds), advice, is_mended=repair)
    diagnosis.add("recording changed", why, (each.id for each in moved), advice, is_mended=repair)


def _add_rows(workspace: Workspace, new: Facts, rows: Facts, diagnosis: Diagnosis, repair: bool) -> None:
    """Add rows for objects that have none."""
    kept, problems = linking.link(new, rows)
    before = rows
    if repair and any(kept.tables().values()):
        with workspace.database.writing() as connection:
            keep_writers_out(connection)
            rows = fact_reading.read_database(connection)  # what came in meanwhile is no news
            kept, problems = linking.link(new.minus(rows), rows)
            linking.add_to_database(connection, kept)
            for round_ in [each for each in kept.rounds.values() if each != new.rounds.get(each.id)]:
                records.save_round(workspace.files, round_)
            if sum(kept.count().values()) >= MANY:
                analyze(connection)
    for kind, table in kept.tables().items():
        diagnosis.add(
            f"{KINDS[kind]} without a row",
            "it is in the store but not in the database: written by another machine, or by a process that was killed.",
            [_show(name) for name in table if name not in getattr(before, kind)],
            "--repair adds it.",
            is_mended=repair,
        )
    for problem in problems:
        diagnosis.add("fact does not fit", problem.reason, [problem.name], "It stays in the store.")


def _find_lost(
    keys: Keys, rows: Facts, found: Facts, stored: Mapping[str, set[str] | None], contents: bool
) -> dict[str, list[Any]]:
    """Find the names of rows that have no object, by kind."""
    lost = {kind: [name for name in table if name not in getattr(keys, kind)] for kind, table in rows.tables().items()}
    lost["submissions"] = batch_facts.list_lost(keys, rows, stored)
    lost["sessions"] = [
        (round_id, session_id, recording_id)
        for round_id, session_id, recording_id in rows.sessions
        if (round_id, session_id, recording_id) not in found.sessions
        and (contents or (round_id, recording_id) not in keys.sessions)
    ]
    return lost


def _add_objects(
    workspace: Workspace, lost: dict[str, list[Any]], rows: Facts, found: Facts, diagnosis: Diagnosis, repair: bool
) -> None:
    """Write objects for rows that have none."""
    for kind, names in lost.items():
        nouns = [rows.tables()[kind][name] for name in names]
        if repair and kind == "sessions":
            _save_sessions(workspace, nouns, rows, found)
        elif repair and kind == "submissions":
            for key, data in batch_facts.make_objects(names, rows).items():
                workspace.files.add(key, data)
        elif repair:
            for noun in nouns:
                if kind == "rounds":
                    records.save_round(workspace.files, noun)
                else:
                    workspace.files.add(*mending.make_object(kind, noun, rows))
        diagnosis.add(
            f"{KINDS[kind]} without an object",
            "it is in the database but not in the store, as if it had been removed there.",
            map(_show, names),
            "--repair writes it.",
            is_mended=repair,
        )


def _save_sessions(workspace: Workspace, lost: Sequence[Session], rows: Facts, found: Facts) -> None:
    """Write what was made of each recording, with what there is of it that the database does not know."""
    for place in {(each.round_id, each.recording_id) for each in lost}:
        both = {**found.sessions, **rows.sessions}.values()
        records.save_sessions(workspace.files, [each for each in both if (each.round_id, each.recording_id) == place])


def _look_for_audio(
    workspace: Workspace,
    known: Iterable[Recording],
    checksums: bool,
    diagnosis: Diagnosis,
    on_progress: Progress,
) -> None:
    """Look whether every recording is where it was, and with ``checksums`` whether it is what it was."""
    wanted = sorted(known, key=lambda recording: (recording.file_name, recording.id))
    look = partial(_look_at_audio, workspace, checksums)
    missing, unreachable, changed = [], [], []
    with ThreadPoolExecutor(1 if checksums else fact_reading.READERS) as pool:
        for done, (recording, found) in enumerate(zip(wanted, pool.map(look, wanted), strict=True)):
            on_progress(done, len(wanted), recording.file_name)
            if isinstance(found, StorageUnavailable):
                unreachable.append(f"{recording.uri}: {found}")
            elif found is None:
                missing.append(recording.uri)
            elif found != recording.sha256:
                changed.append(recording.uri)
    diagnosis.add(
        "recording is missing",
        "the audio is no longer there. Its sessions can be neither seen nor heard; answers are not affected.",
        missing,
        "Put it back, or index it in its new place: python -m podcast_core ingest FOLDER --round ROUND",
    )
    diagnosis.add(
        "recording is out of reach",
        "the disk or the network failed, so it is not known whether it is there.",
        unreachable,
        "Try again when it works.",
    )
    diagnosis.add(
        "recording has changed",
        "its SHA-256 differs: what was labelled is not what is there now.",
        changed,
        "Restore the file from a backup.",
    )


def _look_at_audio(workspace: Workspace, checksums: bool, recording: Recording) -> str | StorageUnavailable | None:
    """Say the digest that a recording has, without ``checksums`` the one that it had; None when it is not there."""
    digest = hashlib.sha256()
    try:
        with open_bytes(locate(workspace, recording)) as file:
            while checksums and (block := file.read(BLOCK_BYTES)):
                digest.update(block)
    except StorageUnavailable as error:
        return error
    except PodcastError:  # gone, or a folder now
        return None
    return digest.hexdigest() if checksums else recording.sha256


def _look_for_leftovers(workspace: Workspace, diagnosis: Diagnosis, repair: bool) -> None:
    """Look for temporary files of writes that were interrupted; only a local store has them."""
    place = workspace.files.url("recordings")
    if not isinstance(place, str):
        return
    folder = Path(place).parent
    oldest = time.time() - LEFT_AFTER_S
    found = []
    for path in folder.rglob(".tmp-*") if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                found.append(str(path))
                if repair:
                    path.unlink()
    diagnosis.add(
        "unfinished file", "a write was interrupted.", found, "--repair removes it after an hour.", is_mended=repair
    )


def _show(name: object) -> str:
    return "/".join(name[:2]) if isinstance(name, tuple) else str(name)
