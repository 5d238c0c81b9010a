"""Collections as objects in the file store.

=====================================  =====================================================================
key                                    holds
=====================================  =====================================================================
explore/COLLECTION/collection.json     what was asked for
explore/COLLECTION/clips/0000.json     the first 8,192 clips: where they are, and what a table said of them
explore/COLLECTION/vectors/0000.npy    their vectors, float32, a row each; NaN where there is none
explore/COLLECTION/features/0000.npy   what an embedder that is fitted to a collection makes vectors of, float16
explore/COLLECTION/loudness/0000.npy   how loud the clips of a part are, in decibels against full scale
explore/COLLECTION/space.npz           what was fitted
explore/COLLECTION/end.json            that all clips are described, and which could not be
explore/COLLECTION/classifiers/        what a classifier learnt (ID.npz), when, from whom and which clips (ID.json)
explore/COLLECTION/acts/ACT.json       clips moved to a subset, evicted, brought back
explore/COLLECTION/rules/STATE.json    a rule as somebody wrote, changed or removed it
explore/COLLECTION/draws/DRAW.json     clips that were drawn to count calls
explore/COLLECTION/heard/ANSWER.json   what somebody heard in drawn clips
=====================================  =====================================================================

Vectors, features, loudness and the space are computed and can be computed again; the others never change.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from podcast_core.domain.clip import ClipAct, ClipDeed, ClipPart, Subset
from podcast_core.domain.collection import Collection, CollectionEnd, Unit
from podcast_core.domain.draw import Draw, DrawAnswer
from podcast_core.domain.rule import RuleState
from podcast_core.services.store import records
from podcast_core.storage import draws
from podcast_core.storage.clips import GIVEN
from podcast_core.storage.files import FileStore

ExploreNoun = Collection | ClipPart | CollectionEnd | ClipAct | RuleState | Draw | DrawAnswer
Saved = TypeVar("Saved", bound=ExploreNoun)
FOLDER = "explore"


def make_object(noun: ExploreNoun) -> tuple[str, bytes]:
    """Make the key and the bytes of an object."""
    match noun:
        case Collection():
            fields = asdict(noun)
            for name in ("dimension", "finished_at", "clip_count"):  # in the other objects
                del fields[name]
            return f"{FOLDER}/{noun.id}/collection.json", records.encode("collection", fields)
        case ClipPart():
            return part_key(noun.collection_id, f"{noun.position:04d}"), _encode_part(noun)
        case CollectionEnd():
            failed = [[number, reason] for number, reason in sorted(noun.failed.items())]
            key = f"{FOLDER}/{noun.collection_id}/end.json"
            return key, records.encode("collection_end", {**asdict(noun), "failed": failed})
        case ClipAct():
            return f"{FOLDER}/{noun.collection_id}/acts/{noun.id}.json", records.encode("clip_act", asdict(noun))
        case RuleState():
            return f"{FOLDER}/{noun.collection_id}/rules/{noun.id}.json", records.encode("rule", asdict(noun))
        case Draw():
            return f"{FOLDER}/{noun.collection_id}/draws/{noun.id}.json", records.encode("draw", asdict(noun))
        case DrawAnswer():
            return f"{FOLDER}/{noun.collection_id}/heard/{noun.id}.json", records.encode("draw_answer", asdict(noun))


def part_key(collection_id: str, position: str) -> str:
    """Name the object of a part; its position has four digits."""
    return f"{FOLDER}/{collection_id}/clips/{position}.json"


def save(files: FileStore, noun: Saved) -> Saved:
    """Write an object that is not there yet.

    Returns
    -------
    ExploreNoun
        What is stored: an earlier try with the same id, cut off before its database rows, wins.
    """
    key, data = make_object(noun)
    stored = files.add(key, data)
    if stored == data:
        return noun
    found: Saved = _READERS[type(noun)](key, stored)
    return found


def save_again(files: FileStore, noun: ClipPart | CollectionEnd) -> None:
    """Write a part that nobody has seen yet, or an end that was made anew: what a killed worker left is replaced."""
    files.write(*make_object(noun))


def _encode_part(part: ClipPart) -> bytes:
    """Write a column a line: an object of 8,192 clips stays small, and people can read it."""
    head = {"kind": "clips", "schema_version": records.SCHEMA_VERSION}
    head |= {"collection_id": part.collection_id, "position": part.position, "total": part.total}
    lines = [f'  "{name}": {json.dumps(part.columns[name], ensure_ascii=False)}' for name in GIVEN]
    body = ",\n".join(lines)
    return f'{json.dumps(head)[:-1]},\n "columns": {{\n{body}\n }}}}\n'.encode()


def to_collection(key: str, data: bytes) -> Collection:
    """Read what was asked for; as all readers here, raises InvalidInput with the key and what is wrong with it."""
    with records.reading(key):
        fields = records.with_times(records.open_document(data, "collection"), "created_at")
        return Collection(**{**fields, "unit": Unit(fields["unit"])})


def to_part(key: str, data: bytes) -> ClipPart:
    """Read a part; ValueError when its columns differ in length."""
    with records.reading(key):
        fields = records.open_document(data, "clips")
        columns: dict[str, tuple[Any, ...]] = {name: tuple(fields["columns"][name]) for name in GIVEN}
        if len({len(values) for values in columns.values()}) != 1:
            raise ValueError("its columns have different lengths")
        return ClipPart(**{**fields, "columns": columns})


def to_end(key: str, data: bytes) -> CollectionEnd:
    """Read that all clips are described."""
    with records.reading(key):
        fields = records.with_times(records.open_document(data, "collection_end"), "finished_at")
        return CollectionEnd(**{**fields, "failed": {int(number): str(reason) for number, reason in fields["failed"]}})


def to_act(key: str, data: bytes) -> ClipAct:
    """Read what was done to clips."""
    with records.reading(key):
        fields = records.with_times(records.open_document(data, "clip_act"), "acted_at")
        subset = None if fields["subset"] is None else Subset(fields["subset"])
        lists = {name: tuple(fields[name]) for name in ("numbers", "of")}
        return ClipAct(**{**fields, **lists, "deed": ClipDeed(fields["deed"]), "subset": subset})


def to_rule(key: str, data: bytes) -> RuleState:
    """Read a state of a rule."""
    with records.reading(key):
        return RuleState(**records.with_times(records.open_document(data, "rule"), "kept_at"))


def to_draw(key: str, data: bytes) -> Draw:
    """Read which clips were drawn."""
    with records.reading(key):
        return draws.to_draw(records.with_times(records.open_document(data, "draw"), "drawn_at"))


def to_draw_answer(key: str, data: bytes) -> DrawAnswer:
    """Read what somebody heard in drawn clips."""
    with records.reading(key):
        return draws.to_answer(records.with_times(records.open_document(data, "draw_answer"), "answered_at"))


_READERS: dict[type, Callable[[str, bytes], Any]] = {
    Collection: to_collection,
    ClipPart: to_part,
    CollectionEnd: to_end,
    ClipAct: to_act,
    RuleState: to_rule,
    Draw: to_draw,
    DrawAnswer: to_draw_answer,
}
