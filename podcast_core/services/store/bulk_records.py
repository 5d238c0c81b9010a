"""Bulk acts as objects in the file store: ``bulk/ACT.json`` holds the act and the answers that it made.

One object for ten thousand answers is on the disk once, before the act is acknowledged; half of an act is never there.
A rebuild adds its answers as it adds all others.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from podcast_core.domain.bulk_act import BulkAct, BulkDeed, How
from podcast_core.domain.submission import Submission
from podcast_core.services.store import packed, records
from podcast_core.storage.files import FileStore

FOLDER = "bulk"
_ACT = packed.Fields(BulkAct)
Made = tuple[BulkAct, packed.Answers]  # an act, and the answers that it made


def make_object(act: BulkAct, made: Iterable[Submission], recording_ids: Mapping[str, str]) -> tuple[str, bytes]:
    """Make the key and the bytes of an object.

    Parameters
    ----------
    made
        The answers that the act made.
    recording_ids
        Which recording a session is a piece of.
    """
    return key_of(act), packed.write_answers({"kind": "bulk_act", "act": _ACT.take(act)}, made, recording_ids)


def key_of(act: BulkAct) -> str:
    """Name the object of an act."""
    return f"{FOLDER}/{act.id}.json"


def save(files: FileStore, act: BulkAct, made: Iterable[Submission], recording_ids: Mapping[str, str]) -> Made:
    """Write an act with its answers.

    Returns
    -------
    Made
        What is stored: an earlier try with the same id, cut off before its database rows, wins.
    """
    key, data = make_object(act, made, recording_ids)
    stored = files.add(key, data)
    if stored == data:
        return act, tuple((each, recording_ids[each.session_id]) for each in made)
    return to_made(key, stored)


def to_made(key: str, data: bytes) -> Made:
    """Read an act and the answers that it made; InvalidInput with the key and what is wrong with it."""
    with records.reading(key):
        act, document = open_act(data)
        return act, packed.read_answers(document)


def open_act(data: bytes) -> tuple[BulkAct, dict[str, Any]]:
    """Open the object of an act without reading its answers; to be used within `records.reading`."""
    document = records.open_document(data, "bulk_act")
    fields = records.with_times(document["act"], "acted_at")
    lists = {name: tuple(fields.get(name, ())) for name in ("takes_back", "brings_back", "corrects")}
    act = BulkAct(**{**fields, **lists, "deed": BulkDeed(fields["deed"]), "how": How(fields.get("how", How.LASSO))})
    return act, document
