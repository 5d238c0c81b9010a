"""Pod.Cast's own documents: one JSON object per session, times from the start of the session.

Two kinds are in the wild and both are read. A *load* document holds a model's predictions (``start_time_s``,
``confidence``), a *submit* document a person's annotations (``start_s``, neither score nor label). Old submit
documents are Python literals with single quotes. Written are submit documents, field by field as the original.

A document cannot say "unsure", "skipped" or "not looked at", so only sessions with outcome labelled or empty get
one; ``sessions.csv`` beside them says the rest.
"""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from podcast_core.domain.session import OriginalFields
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.formats import session_tables
from podcast_core.formats.contents import (
    Batch,
    Contents,
    Entry,
    FileAnswer,
    FileBox,
    LeftOut,
    collect,
    name_sessions,
    refuse,
)
from podcast_core.formats.documents import Node, Source, check_values
from podcast_core.formats.encodings import decode
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks

START_NAMES = ("start_s", "start_time_s")
MAX_LITERAL_LENGTH = (
    200_000  # characters; a session has far fewer, and to read them takes a hundred times as much memory
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document. ``name`` is the wav in ``uri``, ``path`` that with its folders, after which boxes are named.

    ``is_load`` tells a model's from a person's.
    """

    name: str
    path: str = ""
    original: OriginalFields = OriginalFields()
    model_guid: str = ""
    boxes: Sequence[FileBox] = ()
    left_out: tuple[LeftOut, ...] = ()
    is_load: bool = False

    @property
    def stem(self) -> str:
        """The name of its wav without the ending."""
        return self.name.rsplit(".", 1)[0]


def write(batch: Batch) -> dict[str, bytes]:
    """Write a submit document for each session with outcome labelled or empty, and the session tables."""
    reviewed = (Outcome.LABELLED.value, Outcome.EMPTY.value)
    names = name_sessions(batch)
    documents = {
        f"{entry.session.id}.json": encode(make_submit_document(entry, names[entry.session.id], batch.round_.site))
        for entry in batch.entries
        if entry.outcome in reviewed
    }
    return {**documents, **session_tables.write(batch)}


def read(name: str, data: bytes) -> Contents:
    """Read a submit document: what a person found in one session. Without annotations it is empty.

    Raises
    ------
    InvalidInput
        When it is none.
    """
    document = _read_document(name, data)
    if document.is_load:
        raise InvalidInput(
            f"{name}: expected a person's annotations (start_s, duration_s), found a model's predictions "
            "(start_time_s or confidence). Import it as predictions."
        )
    outcome = Outcome.LABELLED if document.boxes else Outcome.EMPTY
    answer = FileAnswer(name=document.path, outcome=outcome.value, where=name)
    return Contents(annotations=document.boxes, answers=(answer,), left_out=document.left_out)


def read_predictions(name: str, data: bytes) -> Contents:
    """Read the boxes of a load document, or of a submit document, as a model's."""
    document = _read_document(name, data)
    return Contents(predictions=document.boxes, left_out=document.left_out)


def fits(name: str, data: bytes) -> bool:
    """Tell such a document, load or submit, by its members; old ones are no JSON."""
    if not name.lower().endswith(".json"):
        return False
    try:
        document = _parse(name, decode(name, data))
    except InvalidInput:
        return False
    if not isinstance(document, dict) or {"images", "predictions", "data"} & document.keys():  # COCO, OrcaHello, tasks
        return False
    return isinstance(document.get("annotations"), list)


def read_document(name: str, data: bytes) -> Document:
    """Read a load or submit document of which nothing may be left out.

    Raises
    ------
    InvalidInput
        When it is neither JSON nor a Python literal, or not of Pod.Cast's shape; says what was expected.
    """
    document = _read_document(name, data)
    refuse([f"{each.where}: expected a duration_s above 0, found 0" for each in document.left_out])
    return document


def _read_document(name: str, data: bytes) -> Document:
    text = decode(name, data)
    document = Node(name, Source(text), (), _parse(name, text))
    if not isinstance(document.value, dict) or not isinstance(document.value.get("annotations"), list):
        raise document.refuse("expected an object with a list 'annotations'", document.value)
    uri, model = document.text("uri"), document.text("model_guid")
    path = unquote(urlsplit(uri).path)
    wav = PurePosixPath(path).name or PurePosixPath(name).stem
    items = list(document.items("annotations"))
    found = sort_marks(collect(items, lambda item: _read_mark(item, path or wav, model)))
    return Document(
        name=wav,
        path=path or wav,
        original=OriginalFields(uri, _read_free(document, "absolute_time"), _read_free(document, "source_guid")),
        model_guid=model,
        boxes=found.annotations,
        left_out=found.left_out,
        is_load=_is_load(document.value, [item.value for item in items]),
    )


def make_submit_document(entry: Entry, uri: str, source_guid: str) -> dict[str, Any]:
    """Make the document that Pod.Cast's client would submit for a session."""
    boxes = (
        {"start_s": entry.session.to_session_s(box.start_s), "duration_s": box.end_s - box.start_s}
        for box in entry.annotations
    )
    return {**describe(entry, uri, source_guid), "annotations": list(boxes)}


def make_load_document(entry: Entry, uri: str, source_guid: str) -> dict[str, Any]:
    """Make the document with a session's predictions that Pod.Cast's client loads. No score: no ``confidence``."""
    boxes = []
    for prediction in sorted(entry.predictions, key=lambda box: (box.start_s, box.end_s, box.id)):
        start_s = entry.session.to_session_s(prediction.start_s)
        box = {"start_time_s": start_s, "duration_s": prediction.end_s - prediction.start_s}
        boxes.append(box if prediction.score is None else {**box, "confidence": prediction.score})
    return {**describe(entry, uri, source_guid), "annotations": boxes}


def describe(entry: Entry, uri: str, source_guid: str) -> dict[str, Any]:
    """Give the fields of a document beside its annotations.

    A session that came from an original Pod.Cast keeps what its document said, null included. For others
    ``absolute_time`` is UTC or the recording's stem.
    """
    original = entry.session.original
    if original is not None:
        return {"uri": uri, "absolute_time": original.absolute_time, "source_guid": original.source_guid}
    started_at = entry.time_at(entry.session.start_s)
    stem = PurePosixPath(entry.recording.file_name).stem
    return {
        "uri": uri,
        "absolute_time": stem if started_at is None else started_at.isoformat(),
        "source_guid": source_guid or entry.recording.site,
    }


def encode(document: Mapping[str, Any]) -> bytes:
    """Write a document's JSON, indented as the original's samples are."""
    return json.dumps(document, indent=4, ensure_ascii=False, allow_nan=False).encode()


def _parse(name: str, text: str) -> Any:
    check_values(name, text)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place, reason = f", line {error.lineno}, column {error.colno}", error.msg
    except ValueError:  # a number of more digits than Python reads
        place, reason = "", "a number is too long"
    except RecursionError:
        place, reason = "", "nested too deeply"
    if len(text) > MAX_LITERAL_LENGTH:
        raise InvalidInput(f"{name}{place}: expected JSON, found something else ({reason})")
    try:
        return ast.literal_eval(text.strip())  # an old document: literals only, nothing is executed
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise InvalidInput(f"{name}{place}: expected JSON, found something else ({reason})") from None


def _read_free(document: Node, key: str) -> str | int | float | None:
    """Read a member that may be text, a number or null, as it stands."""
    found = document.find(key)
    if found is None or isinstance(found.value, str | int | float):
        return None if found is None else found.value
    raise found.refuse("expected text, a number or null", found.value)


def _is_load(document: Mapping[str, Any], items: list[dict[str, Any]]) -> bool:
    if not items:  # nothing but the server's counters can tell
        return "backend_state" in document
    return any("confidence" in item or "start_time_s" in item for item in items)


def _read_mark(item: Node, path: str, model: str) -> FileBox | LeftOut:
    start = next((found for key in START_NAMES if (found := item.find(key)) is not None), None)
    if start is None:
        raise item.refuse("expected start_s or start_time_s, and duration_s", item.value)
    start_s, label = start.to_number(), item.find("label")
    if label is not None and not isinstance(label.value, str):
        raise label.refuse("expected text", label.value)
    return make_mark(
        item,
        name=path,
        start_s=start_s,
        end_s=start_s + item.number("duration_s"),
        label=item.text("label"),
        label_is_blank=False,
        score=item.find_number("confidence"),
        model=model,
    )


FORMATS = {
    "podcast-json": Format(
        "Pod.Cast JSON",
        "One document per reviewed session, as the original Pod.Cast stores it: one class, no frequencies.",
        (".json",),
        read=read,
        fits=fits,
        write=write,
        only_calls=True,
        read_predictions=read_predictions,
    ),
}
