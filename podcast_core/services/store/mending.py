"""Objects written again from their rows: what was there before is kept under ``damaged/``."""

import hashlib
from typing import Any

from podcast_core.services.store import batch_facts, batch_records, bulk_facts, explored, records, run_records
from podcast_core.services.store.facts import Facts
from podcast_core.services.store.keys import Keys
from podcast_core.workspace import Workspace

OF_RUNS = ("runs", "run_pieces", "run_ends")
OF_COLLECTIONS = tuple(explored.READERS)


def write_again(workspace: Workspace, keys: Keys, rows: Facts, found: Facts, broken: set[str]) -> set[str]:
    """Write broken objects again from their rows; what was there is kept under ``damaged/``."""
    mended = set()
    alone = ("recordings", "prediction_sets", "submissions", "reviews", "acts", "bulk_acts")
    for kind in (*alone, *OF_RUNS, *OF_COLLECTIONS):
        for name, noun in rows.tables()[kind].items():
            known = getattr(keys, kind).get(name, ())
            for key in broken.intersection([known] if isinstance(known, str) else known):
                _replace(workspace, key, make_object(kind, noun, rows)[1])
                mended.add(key)
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


def write_batches_again(
    workspace: Workspace, keys: Keys, rows: Facts, stored: dict[str, set[str] | None], broken: set[str]
) -> set[str]:
    """Write the broken batches of answers again, see `batch_facts.make_objects`; ``stored`` learns what they hold."""
    spoilt = broken.intersection(keys.batches.values())
    touched = {key.split("/")[1] for key in spoilt}
    lost = [each for each in batch_facts.list_lost(keys, rows, stored) if rows.submissions[each].round_id in touched]
    made = batch_facts.make_objects(lost, rows, spoilt)
    for key, data in made.items():
        if key in spoilt:
            _replace(workspace, key, data)
        else:
            workspace.files.add(key, data)
        stored[key] = set(batch_records.to_ids(key, data))
    return spoilt & made.keys()


def _write_sessions_again(workspace: Workspace, keys: Keys, rows: Facts, found: Facts, broken: set[str]) -> set[str]:
    mended = set()
    for place, key in keys.sessions.items():
        made = [each for each in rows.sessions.values() if (each.round_id, each.recording_id) == place]
        if key in broken and made:
            _replace(workspace, key, records.make_object(made)[1])
            found.sessions.update({(each.round_id, each.id, each.recording_id): each for each in made})
            mended.add(key)
    return mended


def _replace(workspace: Workspace, key: str, data: bytes) -> None:
    broken = workspace.files.read(key)
    workspace.files.add(f"damaged/{hashlib.sha256(broken).hexdigest()[:16]}/{key}", broken)
    workspace.files.write(key, data)


def make_object(kind: str, noun: Any, rows: Facts) -> tuple[str, bytes]:
    """Make the object of a row."""
    if kind == "submissions":
        return records.make_object(noun, recording_id=rows.about[noun.id])
    if kind == "bulk_acts":
        return bulk_facts.make_object(noun, rows)
    if kind in OF_RUNS:
        return run_records.make_object(noun)
    if kind in OF_COLLECTIONS:
        return explored.make_object(noun)
    return records.make_object(noun, reviewed=rows.submissions[noun.submission_id] if kind == "reviews" else None)
