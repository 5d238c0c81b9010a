"""Assignments of single sessions as objects in the file store, one each."""

from dataclasses import asdict

from podcast_core.domain.session_assignment import AssignmentAct
from podcast_core.services.store import records
from podcast_core.storage.files import FileStore

FOLDER = "assignments"


def key_of(act: AssignmentAct) -> str:
    """Name the object of an act."""
    return f"rounds/{act.round_id}/{FOLDER}/{act.id}.json"


def make_object(act: AssignmentAct) -> tuple[str, bytes]:
    """Make the key and the bytes of an object."""
    return key_of(act), records.encode("assignment", asdict(act))


def save_act(files: FileStore, act: AssignmentAct) -> AssignmentAct:
    """Write an act; returns what is stored: an earlier try with the same id, cut off before its row, wins."""
    key, data = make_object(act)
    return to_act(key, files.add(key, data))


def to_act(key: str, data: bytes) -> AssignmentAct:
    """Read an act; InvalidInput with the key and what is wrong with it."""
    with records.reading(key):
        fields = records.with_times(records.open_document(data, "assignment"), "acted_at")
        return AssignmentAct(
            **{**fields, "people": tuple(fields["people"]), "session_ids": tuple(fields["session_ids"])}
        )
