"""Answers of an import as objects in the file store: ``rounds/ROUND/batches/BATCH.json`` holds thousands of them.

A batch is named after the answers that are in it, so that a second try of an import that was cut off finds what the
first one left. Verdicts on predictions of several sessions are one batch, too, named after the request. A batch is no
fact by itself: its answers are, and a rebuild adds them as it adds all others.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from podcast_core.domain.submission import Submission
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.store import packed, records
from podcast_core.services.store.packed import Answers
from podcast_core.storage.files import FileStore

FOLDER = "batches"
KIND = "answers"
MAX_ANSWERS, MAX_BOXES = 2_000, 20_000  # of one object: some megabytes


def key_of(round_id: str, answers: Iterable[Submission]) -> str:
    """Name the object of answers after them."""
    return key_named(round_id, "\n".join(each.id for each in answers))


def key_named(round_id: str, name: str) -> str:
    """Name the object of answers after what made them, which a second try repeats."""
    return f"rounds/{round_id}/{FOLDER}/{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"


def make_object(answers: Sequence[Submission], recording_ids: Mapping[str, str]) -> tuple[str, bytes]:
    """Make the key and the bytes of an object of answers of one round; see `packed.write_answers`."""
    round_id = answers[0].round_id
    return key_of(round_id, answers), write_answers(round_id, answers, recording_ids)


def write_answers(round_id: str, answers: Iterable[Submission], recording_ids: Mapping[str, str]) -> bytes:
    """Write an object of answers of a round; it may have none."""
    return packed.write_answers({"kind": KIND, "round_id": round_id}, answers, recording_ids)


def save(files: FileStore, key: str, data: bytes, answers: Sequence[Submission]) -> Sequence[Submission]:
    """Write the object that `make_object` made of answers.

    Returns
    -------
    sequence of Submission
        What is stored: an earlier try with the same answers, cut off before their database rows, wins.
    """
    stored = files.add(key, data)
    return answers if stored == data else [each for each, _ in to_answers(key, stored)]


def find(files: FileStore, key: str) -> Sequence[Submission]:
    """Find the answers that an earlier try has written under a key; none where there was no such try."""
    try:
        return [each for each, _ in to_answers(key, files.read(key))]
    except NotFound:
        return ()


def to_answers(key: str, data: bytes) -> Answers:
    """Read the answers of a batch; InvalidInput with the key and what is wrong with it."""
    with records.reading(key):
        return packed.read_answers(open_batch(key, data))


def open_batch(key: str, data: bytes) -> dict[str, Any]:
    """Open a batch without reading its answers; InvalidInput when some are of another round than its key says.

    To be used within `records.reading`.
    """
    document = records.open_document(data, KIND)
    round_id = key.split("/")[1]
    if any(each["round_id"] != round_id for each in (document, *document["submissions"])):
        raise InvalidInput(f"expected answers of round {round_id}, found others: was it renamed or copied?")
    return document


def split(answers: Iterable[Submission]) -> Iterator[list[Submission]]:
    """Split answers into batches; how is said by the answers alone, so that a second try splits them so, too."""
    part: list[Submission] = []
    boxes = 0
    for each in answers:
        count = len(each.annotations) + len(each.rejected) + len(each.unreviewed)
        if part and (len(part) == MAX_ANSWERS or boxes + count > MAX_BOXES or each.round_id != part[0].round_id):
            yield part
            part, boxes = [], 0
        part.append(each)
        boxes += count
    if part:
        yield part
