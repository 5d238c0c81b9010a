"""Objects written again from their rows: what was there before is kept under ``damaged/``."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.services.store import (
    assignment_records,
    batch_records,
    bulk_facts,
    explored,
    records,
    review_records,
    run_records,
)
from podcast_core.services.store.facts import Facts
from podcast_core.services.store.keys import Keys
from podcast_core.storage import submissions
from podcast_core.storage.answer_rows import Ids
from podcast_core.workspace import Workspace

OF_RUNS = ("runs", "run_pieces", "run_ends")
OF_COLLECTIONS = tuple(explored.READERS)
SAID = ("review_acts", "remarks")
ALONE = (
    "recordings",
    "prediction_sets",
    "reviews",
    *SAID,
    "verification_samples",
    "assignment_acts",
    "acts",
    "bulk_acts",
    "runs",
    "run_ends",
    *OF_COLLECTIONS,
)
AT_ONCE = 1_000  # answers in memory


def write_again(
    workspace: Workspace, keys: Keys, rows: Facts, answers: Ids, found: Facts, broken: set[str]
) -> set[str]:
    """Write broken objects again from their rows; what was there is kept under ``damaged/``."""
    mended = set()
    for kind in ALONE:
        named = getattr(keys, kind)
        for name, noun in rows.tables()[kind].items() if broken.intersection(_flatten(named.values())) else ():
            for key in broken.intersection(_flatten([named.get(name, ())])):
                _replace(workspace, key, make_object(workspace, kind, noun)[1])
                mended.add(key)
    mended |= _write_pieces_again(workspace, keys, rows, broken)
    mended |= _write_answers_again(workspace, keys, answers, broken)
    mended |= _write_sessions_again(workspace, keys, rows, found, broken)
    for round_id, states in keys.rounds.items():
        if broken.intersection(states) and round_id in rows.rounds:
            records.save_round(workspace.files, rows.rounds[round_id])  # the broken state is an old one now
            mended.update(broken.intersection(states))
    for recording_id, places in keys.places.items():
        if broken.intersection(places) and recording_id in rows.recordings:
            records.save_place(workspace.files, recording_id, rows.recordings[recording_id].uri)
            mended.update(broken.intersection(places))
    return mended


def write_batches(
    workspace: Workspace, answer_ids: Collection[str], answers: Ids, broken: Iterable[str] = ()
) -> set[str]:
    """Write answers of rows that are in no object; returns the broken batches that are whole again.

    Those of a round are put where its broken batches are, as far as there are any: what these held is among them.
    Broken ones that are left over hold no answer then.
    """
    places: dict[str, list[str]] = {}
    touched = {answers[each].round_id for each in answer_ids}
    for key in sorted(broken):
        if (round_id := key.split("/")[1]) in touched:
            places.setdefault(round_id, []).append(key)
    mended = {key for several in places.values() for key in several}
    for part, recording_ids in _split(workspace, sorted(answer_ids, key=lambda each: (answers[each].round_id, each))):
        key, data = batch_records.make_object(part, recording_ids)
        free = places.get(part[0].round_id)
        if free:
            _replace(workspace, free.pop(), data)
        else:
            workspace.files.add(key, data)
    for round_id, left in places.items():
        for key in left:
            _replace(workspace, key, batch_records.write_answers(round_id, (), {}))
    return mended


def _split(workspace: Workspace, answer_ids: list[str]) -> Iterator[tuple[list[Submission], dict[str, str]]]:
    """Read answers, and split them into batches, each with the recordings of its sessions."""

    def read() -> Iterator[Submission]:
        for start in range(0, len(answer_ids), AT_ONCE):
            ids = answer_ids[start : start + AT_ONCE]
            with workspace.database.reading() as connection:
                found = submissions.list_named(connection, ids)
            yield from (found[each] for each in ids)

    for part in batch_records.split(read()):
        with workspace.database.reading() as connection:
            about = submissions.list_recordings(connection, [each.id for each in part])
        yield part, {session_id: recording_id for (_, session_id), recording_id in about.items()}


def _write_answers_again(workspace: Workspace, keys: Keys, answers: Ids, broken: set[str]) -> set[str]:
    """Write the broken objects of one answer again."""
    mended = set()
    for answer_id, known in keys.submissions.items():
        for key in broken.intersection(known) if answer_id in answers else ():
            with workspace.database.reading() as connection:
                answer = submissions.list_named(connection, [answer_id])[answer_id]
                about = submissions.list_recordings(connection, [answer_id])
            _replace(workspace, key, records.make_object(answer, recording_id=next(iter(about.values())))[1])
            mended.add(key)
    return mended


def _write_pieces_again(workspace: Workspace, keys: Keys, rows: Facts, broken: set[str]) -> set[str]:
    """Write the broken objects of pieces of runs again, each with those of its pieces that have rows."""
    mended = set()
    for key in broken.intersection(keys.run_pieces.values()):
        names = ((key.split("/")[1], position) for position in run_records.list_positions(key))
        if known := [rows.run_pieces[name] for name in names if name in rows.run_pieces]:
            is_one = "-" not in key.rpartition("/")[2]
            made = run_records.make_object(known[0])[1] if is_one else run_records.write_pieces(known[0].run_id, known)
            _replace(workspace, key, made)
            mended.add(key)
    return mended


def _write_sessions_again(workspace: Workspace, keys: Keys, rows: Facts, found: Facts, broken: set[str]) -> set[str]:
    mended = set()
    if broken.intersection(keys.sessions.values()):
        made = group_sessions(rows.sessions.values())
        for place, key in keys.sessions.items():
            if key in broken and place in made:
                _replace(workspace, key, records.make_object(made[place])[1])
                found.sessions.update({(each.round_id, each.id, each.recording_id): each for each in made[place]})
                mended.add(key)
    return mended


def group_sessions(several: Iterable[Session]) -> dict[tuple[str, str], list[Session]]:
    """Group sessions by round and recording, as objects hold them."""
    found: dict[tuple[str, str], list[Session]] = {}
    for each in several:
        found.setdefault((each.round_id, each.recording_id), []).append(each)
    return found


def _replace(workspace: Workspace, key: str, data: bytes) -> None:
    broken = workspace.files.read(key)
    workspace.files.add(f"damaged/{hashlib.sha256(broken).hexdigest()[:16]}/{key}", broken)
    workspace.files.write(key, data)


def make_object(workspace: Workspace, kind: str, noun: Any) -> tuple[str, bytes]:
    """Make the object of a row."""
    if kind in OF_RUNS:
        return run_records.make_object(noun)
    if kind in OF_COLLECTIONS:
        return explored.make_object(noun)
    if kind in SAID:
        return review_records.make_object(noun)
    if kind == "assignment_acts":
        return assignment_records.make_object(noun)
    if kind == "bulk_acts":
        with workspace.database.reading() as connection:
            return bulk_facts.make_object(connection, noun)
    if kind == "reviews":
        with workspace.database.reading() as connection:
            reviewed = submissions.list_named(connection, [noun.submission_id])
        return records.make_object(noun, reviewed=reviewed[noun.submission_id])
    return records.make_object(noun)


def _flatten(keys: Iterable[str | Iterable[str]]) -> Iterator[str]:
    for each in keys:
        yield from (each,) if isinstance(each, str) else each
