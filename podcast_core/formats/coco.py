"""COCO-like JSON, for programs made for boxes in pictures.

A session is an image, as wide as it is long in seconds and as high as its highest frequency in hertz. ``bbox`` is
``[start, low, length, height]`` from the start of the session and from 0 Hz upwards; ``info.units`` says so. A box
without a band goes over the whole height and has ``"time_only": true``. Since sums of floating-point numbers are not
exact, each annotation has ``start_s``, ``end_s``, ``low_hz`` and ``high_hz`` of the recording as well; where ``bbox``
was changed since, it counts.

Read are documents that name their units: seconds, milliseconds or samples (``"x"``), and Hz or kHz (``"y"``, or null
for boxes without a band). Boxes in pixels cannot be read: nobody knows what a pixel means.
"""

from collections.abc import Mapping
from typing import Any

from podcast_core.domain.annotation import Annotation
from podcast_core.formats import session_tables
from podcast_core.formats.contents import NOTES, Batch, Contents, Entry, FileBox, LeftOut, Why, collect
from podcast_core.formats.documents import Node, peek_document, read_document, write_document
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks

DOCUMENT = "annotations.coco.json"
SECONDS = {"s": 1.0, "ms": 1e-3, "samples": 1.0}
HERTZ = {"hz": 1.0, "khz": 1000.0}
SAME = 1e-6  # seconds and hertz
SHAPE = ("start_s", "end_s", "low_hz", "high_hz")


def write(batch: Batch) -> dict[str, bytes]:
    """Write one document of all sessions, and the session tables."""
    names = sorted({*batch.round_.label_names, *(box.label for each in batch.entries for box in each.annotations)})
    numbers = {name: number for number, name in enumerate(names, start=1)}
    boxes = [(image, entry, box) for image, entry in enumerate(batch.entries, start=1) for box in entry.annotations]
    document = {
        "info": {
            "description": f"Pod.Cast round {batch.round_.id}",
            "units": {"x": "s", "y": "Hz"},
            "origin": "start of the session, 0 Hz; y upwards",
        },
        "images": [_describe_image(number, entry) for number, entry in enumerate(batch.entries, start=1)],
        "categories": [{"id": number, "name": name, "supercategory": ""} for name, number in numbers.items()],
        "annotations": [
            _describe_box(number, image, entry, box, numbers)
            for number, (image, entry, box) in enumerate(boxes, start=1)
        ],
    }
    return {DOCUMENT: write_document(document), **session_tables.write(batch)}


def read(name: str, data: bytes) -> Contents:
    """Read a document that names its units; annotations with a ``score`` alone are predictions."""
    document = read_document(name, data)
    second, hertz, in_samples = _read_units(document)
    images = {each.get("id").to_text(): each for each in document.get("images").elements()}
    categories = {each.get("id").to_text(): each.text("name") for each in document.items("categories")}

    def read_one(item: Node) -> FileBox | LeftOut:
        image = images.get(item.get("image_id").to_text())
        if image is None:
            raise item.get("image_id").refuse("expected the id of one of 'images'", item.value["image_id"])
        if not item.has("bbox"):
            return LeftOut(item.where, Why.GEOMETRY, image.text("file_name"), detail="without a bbox")
        category = item.find("category_id")
        if category is not None and category.to_text() not in categories:
            raise category.refuse("expected the id of one of 'categories'", category.value)
        label = "" if category is None else categories[category.to_text()]
        return _read_box(item, image, label, (second, hertz, in_samples))

    return sort_marks(collect(document.get("annotations").elements(), read_one))


def fits(name: str, data: bytes) -> bool:
    """Tell such a document by its lists."""
    document = peek_document(name, data)
    return isinstance(document, dict) and {"images", "annotations"} <= document.keys()


def _describe_image(number: int, entry: Entry) -> dict[str, Any]:
    started_at = entry.time_at(entry.session.start_s)
    return {
        "id": number,
        "file_name": entry.recording.file_name,
        "width": entry.session.duration_s,
        "height": entry.recording.sample_rate_hz / 2,
        "date_captured": None if started_at is None else started_at.isoformat(),
        "session_id": entry.session.id,
        "recording_id": entry.recording.id,
        "channel": entry.session.channel,
        "start_s": entry.session.start_s,
        "outcome": entry.outcome,
    }


def _describe_box(number: int, image: int, entry: Entry, box: Annotation, numbers: Mapping[str, int]) -> dict[str, Any]:
    low_hz = 0.0 if box.low_hz is None else box.low_hz
    high_hz = entry.recording.sample_rate_hz / 2 if box.high_hz is None else box.high_hz
    length_s, height_hz = box.end_s - box.start_s, high_hz - low_hz
    return {
        "id": number,
        "image_id": image,
        "category_id": numbers[box.label],
        "bbox": [entry.session.to_session_s(box.start_s), low_hz, length_s, height_hz],
        "area": length_s * height_hz,
        "iscrowd": 0,
        "time_only": box.high_hz is None,
        **{name: getattr(box, name) for name in SHAPE},
        "attributes": {
            "comment": box.comment,
            "unsure": box.unsure,
            "individual": box.individual,
            "call_type": box.call_type,
            "origin": box.origin.value,
            "prediction_id": box.prediction_id,
            "score": box.score,
            "model": box.model,
        },
    }


def _read_units(document: Node) -> tuple[float, float | None, bool]:
    units = document.get("info").get("units")
    x, y = units.text("x").lower(), units.text("y").lower()
    if x not in SECONDS:
        raise units.refuse(f"expected x in {', '.join(SECONDS)}", x or "nothing")
    if y and y not in HERTZ:
        raise units.refuse("expected y in Hz or kHz, or null", y)
    return SECONDS[x], HERTZ.get(y), x == "samples"


def _read_box(item: Node, image: Node, label: str, units: tuple[float, float | None, bool]) -> FileBox | LeftOut:
    second, hertz, in_samples = units
    sides = list(item.get("bbox").elements())
    if len(sides) != 4:
        raise item.get("bbox").refuse("expected four numbers", item.value["bbox"])
    x, y, width, height = (side.to_number() for side in sides)
    zero_s = 0.0 if in_samples else image.find_number("start_s") or 0.0
    start_s = zero_s + x * second
    has_band = hertz is not None and item.value.get("time_only") is not True
    low_hz, high_hz = (y * (hertz or 1), (y + height) * (hertz or 1)) if has_band else (None, None)
    shape = _prefer_exact(item, (start_s, start_s + width * second, low_hz, high_hz))
    channel, notes = image.find_number("channel"), item.find("attributes") or item
    return make_mark(
        item,
        name=image.text("file_name"),
        **dict(zip(SHAPE, shape, strict=True)),
        label=label,
        score=notes.find_number("score") if item.find("score") is None else item.find_number("score"),
        model=notes.text("model"),
        origin=notes.text("origin"),
        prediction_id=notes.text("prediction_id"),
        session_id=image.text("session_id"),
        recording_id=image.text("recording_id"),
        channel=None if channel is None else int(channel),
        comment=notes.text("comment"),
        unsure=notes.value.get("unsure") is True,
        individual=notes.text("individual"),
        call_type=notes.text("call_type"),
        in_samples=in_samples,
    )


def _prefer_exact(item: Node, shape: tuple[float | None, ...]) -> tuple[float | None, ...]:
    """Take the exact numbers of our own export, unless somebody changed ``bbox`` since."""
    exact = tuple(item.find_number(name) for name in SHAPE)
    if exact[0] is None or any((one is None) != (other is None) for one, other in zip(shape, exact, strict=True)):
        return shape
    close = all(abs((one or 0) - (other or 0)) <= SAME for one, other in zip(shape, exact, strict=True))
    return exact if close else shape


FORMATS = {
    "coco": Format(
        "COCO-like JSON",
        "Sessions as images, boxes in seconds and hertz, for programs that are made for boxes in pictures.",
        (".json",),
        read=read,
        fits=fits,
        write=write,
        notes=NOTES,
    ),
}
