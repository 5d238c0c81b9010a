"""Review acts and remarks as objects in the file store, one each."""

from dataclasses import asdict

from podcast_core.domain.remark import Remark, RemarkKind
from podcast_core.domain.review import Verdict
from podcast_core.domain.review_act import ReviewAct
from podcast_core.services.store import records
from podcast_core.storage.files import FileStore


def key_of(noun: ReviewAct | Remark) -> str:
    """Name the object of a review act or a remark."""
    folder = f"remarks/{noun.session_id}" if isinstance(noun, Remark) else "review-acts"
    return f"rounds/{noun.round_id}/{folder}/{noun.id}.json"


def make_object(noun: ReviewAct | Remark) -> tuple[str, bytes]:
    """Make the key and the bytes of an object."""
    fields = asdict(noun)
    if isinstance(noun, Remark):
        fields["deed"] = fields.pop("kind")  # that of an object is called so
        return key_of(noun), records.encode("remark", fields)
    return key_of(noun), records.encode("review_act", fields)


def save_act(files: FileStore, act: ReviewAct) -> ReviewAct:
    """Write a review act; returns what is stored: an earlier try with the same id, cut off before its row, wins."""
    key, data = make_object(act)
    return to_act(key, files.add(key, data))


def save_remark(files: FileStore, remark: Remark) -> Remark:
    """Write a remark; returns what is stored, as `save_act` does."""
    key, data = make_object(remark)
    return to_remark(key, files.add(key, data))


def to_act(key: str, data: bytes) -> ReviewAct:
    """Read a review act; InvalidInput with the key and what is wrong with it."""
    with records.reading(key):
        fields = records.with_times(records.open_document(data, "review_act"), "acted_at")
        verdict = None if fields["verdict"] is None else Verdict(fields["verdict"])
        return ReviewAct(**{**fields, "verdict": verdict, "submission_ids": tuple(fields["submission_ids"])})


def to_remark(key: str, data: bytes) -> Remark:
    """Read a remark; InvalidInput with the key and what is wrong with it."""
    with records.reading(key):
        fields = records.with_times(records.open_document(data, "remark"), "created_at")
        kind = RemarkKind(fields.pop("deed"))
        return Remark(**fields, kind=kind)
