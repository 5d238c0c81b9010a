"""Bulk acts as objects in the file store: ``bulk/ACT.json`` holds the act and the answers that it made.

One object for ten thousand answers is on the disk once, before the act is acknowledged; half of an act is never there.
A rebuild adds its answers as it adds all others.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields as fields_of
from datetime import datetime
from enum import StrEnum
from typing import Any

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.bulk_act import BulkAct, BulkDeed, How
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.submission import Submission
from podcast_core.services.store import records
from podcast_core.storage.files import FileStore

FOLDER = "bulk"
BOXES = ("annotations", "rejected", "unreviewed")
_FOLLOWS = ("revision", "taken_back", *BOXES)  # from the order of all answers, from the acts; and what is nested
_NOUNS = (BulkAct, Submission, Annotation, Prediction)
_ACT, _ANSWER, _BOX, _PREDICTION = (tuple((each.name, each.default) for each in fields_of(noun)) for noun in _NOUNS)
_ANSWER = tuple(each for each in _ANSWER if each[0] not in _FOLLOWS)
_ALWAYS = {"started_at": None}  # objects of answers have it, said or not
Made = tuple[BulkAct, tuple[tuple[Submission, str], ...]]  # an act, and its answers with the recording of each


def make_object(act: BulkAct, made: Iterable[Submission], recording_ids: Mapping[str, str]) -> tuple[str, bytes]:
    """Make the key and the bytes of an object.

    Parameters
    ----------
    made
        The answers that the act made.
    recording_ids
        Which recording a session is a piece of.
    """
    head = _write({"kind": "bulk_act", "schema_version": records.SCHEMA_VERSION, "act": _take(act, _ACT)})
    answers = [_write(_describe(each, recording_ids[each.session_id])) for each in made]
    text = f'{head[:-1]},"submissions":[' + ",\n".join(["", *answers])[1:] + "\n]}\n"
    return key_of(act), text.encode()


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
        document = records.open_document(data, "bulk_act")
        fields = records.with_times(document["act"], "acted_at")
        lists = {name: tuple(fields.get(name, ())) for name in ("takes_back", "brings_back")}
        act = BulkAct(**{**fields, **lists, "deed": BulkDeed(fields["deed"]), "how": How(fields.get("how", How.LASSO))})
        return act, tuple(
            (records.read_submission(each), str(each["recording_id"])) for each in document["submissions"]
        )


def _describe(answer: Submission, recording_id: str) -> dict[str, Any]:
    fields = {**_ALWAYS, **_take(answer, _ANSWER)}
    fields["annotations"] = [_take(box, _BOX) for box in answer.annotations]
    for name in ("rejected", "unreviewed"):
        fields[name] = [_take(box, _PREDICTION) for box in getattr(answer, name)]
    return {**fields, "recording_id": recording_id}


def _take(noun: object, names: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Take the fields of a noun that say something; ten times as fast as ``asdict``."""
    return {name: value for name, default in names if (value := getattr(noun, name)) is not default}


def _to_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    raise TypeError(f"cannot be written as JSON: {value!r}")


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_to_text).encode
