"""BatDetect2's JSON: a document per recording (or a list of them), from the detector or its annotation tool.

A detection's score is ``class_prob``, which says how likely a call of that class is. Documents that a person finished
(``annotated``) are answers for the whole recording, with outcome *unsure* where ``issues`` are noted; unfinished ones
answer nothing beyond their boxes. ``event`` is the call type.

Times and frequencies are those of the animal. In a file that was recorded slowed down (``time_exp`` 10) a call lies ten
times later, lasts ten times longer and is ten times lower; it is placed there.
"""

from dataclasses import replace

from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.formats.columns import name_after
from podcast_core.formats.contents import Contents, FileAnswer, FileBox, LeftOut, collect, join
from podcast_core.formats.documents import Node, peek_document, read_document
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks

NOBODY = ("", "-1")  # an individual that is not known
PLAIN_EVENTS = ("", "Echolocation")  # what every call of a bat is, unless something else is said


def read(name: str, data: bytes) -> Contents:
    """Read a document or a list of them."""
    top = read_document(name, data)
    files = list(top.elements()) if isinstance(top.value, list) else [top]
    return join(collect(files, _read_file))


def fits(name: str, data: bytes) -> bool:
    """Tell such documents by the members of the first."""
    document = peek_document(name, data)
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and isinstance(first.get("annotation"), list) and bool({"time_exp", "id"} & {*first})


def _read_file(file: Node) -> Contents:
    name = file.text("id") or file.text("file_path") or name_after(file.name)
    slowed = file.find_number("time_exp") or 1.0
    if slowed <= 0:
        raise file.get("time_exp").refuse("expected a factor above 0", slowed)
    items = list(file.get("annotation").elements())
    found = sort_marks(collect(items, lambda item: _read_mark(item, name, slowed)))
    notes = []
    if slowed != 1:
        notes = [
            f"{file.where}: {name} is slowed {slowed:g} times; times and frequencies were converted to the file's."
        ]
    is_done = file.value.get("annotated") is True
    if not is_done and any(item.has("det_prob") or item.has("class_prob") for item in items):
        return replace(found, predictions=found.annotations, annotations=(), notes=tuple(notes))
    scoreless = tuple(replace(box, score=None) for box in found.annotations)
    return replace(
        found,
        annotations=scoreless,
        notes=tuple(notes),
        answers=(_read_answer(file, name, slowed, is_done, bool(items)),),
    )


def _read_mark(item: Node, name: str, slowed: float) -> FileBox | LeftOut:
    start_s, end_s = item.number("start_time") * slowed, item.number("end_time") * slowed
    low_hz, high_hz = item.find_number("low_freq"), item.find_number("high_freq")
    score, event, individual = item.find_number("class_prob"), item.text("event"), item.text("individual")
    return make_mark(
        item,
        name=name,
        start_s=start_s,
        end_s=end_s,
        label=item.text("class"),
        low_hz=None if low_hz is None else low_hz / slowed,
        high_hz=None if high_hz is None else high_hz / slowed,
        score=item.find_number("det_prob") if score is None else score,
        individual="" if individual in NOBODY else individual,
        call_type="" if event in PLAIN_EVENTS else event,
    )


def _read_answer(file: Node, name: str, slowed: float, is_done: bool, has_boxes: bool) -> FileAnswer:
    if is_done and file.value.get("issues") is not True:
        outcome = Outcome.LABELLED.value if has_boxes else Outcome.EMPTY.value
    else:
        outcome = Outcome.UNSURE.value if has_boxes else UNREVIEWED
    length_s = file.find_number("duration")
    return file.make(
        FileAnswer,
        name=name,
        outcome=outcome,
        comment=file.text("notes")[:4000],
        start_s=None if length_s is None else 0.0,
        end_s=None if length_s is None else length_s * slowed,
        is_guess=True,
    )


FORMATS = {
    "batdetect2": Format(
        "BatDetect2 JSON",
        "One document per recording, of the detector or of its annotation tool, also for files that were slowed down.",
        (".json",),
        read=read,
        fits=fits,
        notes=("individual", "call_type"),
    ),
}
