"""AOEF, the exchange format of the soundevent package and of Whombat: annotation sets and projects, and model runs.

Times are seconds from the start of the recording, and with frequencies those of the animal: in a file that is slowed
down (``time_expansion`` 10) an event lies ten times later, lasts ten times longer and is ten times lower, and is placed
there. Of geometries, boxes and time intervals come as they are; lines, polygons and groups of them as the box around
them, which is told; points have no length and are left out and counted, as are events of no clip.

The label is the value of one tag of a sound event: that with key ``label``, ``event``, ``call_type``, ``species``,
``common_name`` or ``class``, in this order, else its only tag. The others are kept in the comment. A tag with a score
of a whole clip is a prediction as long as the clip.

A clip that was annotated is an answer for that piece of the recording (see `formats.spans`). In a project its task's
status decides: completed or verified counts, rejected is outcome *unsure*, and so are boxes in a clip that nobody has
completed. Written is a project with a clip per session. What AOEF has no word for is in tags of the clip and its boxes
(``session_id``, ``channel``, ``outcome``, ``unsure``, ``individual``, ``call_type``), and its ``hash`` is our SHA-256.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import Contents, FileAnswer, FileBox, LeftOut, Why, collect
from podcast_core.formats.documents import Node, peek_document, read_document

LABEL_KEYS = ("label", "event", "call_type", "species", "common_name", "class")
OURS = ("session_id", "channel", "outcome", "unsure", "individual", "call_type")
DONE = ("completed", "verified")
READ = ("annotation_set", "annotation_project", "evaluation_set", "model_run", "prediction_set")
TIMED = ("TimeInterval", "TimeStamp")
Shape = tuple[float, float, float | None, float | None]


def read(name: str, data: bytes) -> Contents:
    """Read an annotation set or project, a model run or a set of predictions.

    Raises
    ------
    InvalidInput
        With the place of every value that is not as the format demands.
    """
    top = read_document(name, data)
    kind = top.get("data").text("collection_type")
    if kind not in READ:
        raise top.get("data").refuse(f"expected a collection_type of {', '.join(READ)}", kind or "none")
    _validate(top)
    return _Reader(top.get("data")).read()


def fits(name: str, data: bytes) -> bool:
    """Tell such a document by its collection's type."""
    document = peek_document(name, data)
    collection = document.get("data") if isinstance(document, dict) else None
    return isinstance(collection, dict) and "collection_type" in collection


def _validate(top: Node) -> None:
    """Let the soundevent package check the document by its own schema."""
    from soundevent.io.aoef import AOEF_VERSION, AOEFObject

    if top.text("version") != AOEF_VERSION:
        raise top.refuse(f"expected AOEF version {AOEF_VERSION}", top.text("version") or "none")
    try:
        AOEFObject.model_validate_json(top.source.text)
    except ValidationError as error:
        problems = [_find(top, problem["loc"]).refuse(problem["msg"]) for problem in error.errors()[:20]]
        raise InvalidInput("\n".join(dict.fromkeys(map(str, problems)))) from None


def _find(top: Node, steps: tuple[int | str, ...]) -> Node:
    """Go along the path of a fault as far as the document has it; the schema's own words in between are left out."""
    node = top
    for step in steps:
        value = node.value
        is_there = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
        if is_there:
            node = Node(top.name, top.source, (*node.path, step), value[step])
    return node


@dataclass(slots=True)
class _Reader:
    """What the parts of a collection refer to, by their ids."""

    data: Node
    tags: dict[Any, tuple[str, str]] = field(default_factory=dict)
    recordings: dict[str, Node] = field(default_factory=dict)
    events: dict[str, Node] = field(default_factory=dict)
    clips: dict[str, Node] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    converted: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)

    def read(self) -> Contents:
        self.tags = {tag.value["id"]: (tag.text("key"), tag.text("value")) for tag in self.data.items("tags")}
        self.recordings = self._by_id("recordings")
        self.events = self._by_id("sound_events")
        self.clips = self._by_id("clips")
        self.users = {
            user.text("uuid"): user.text("name") or user.text("username") or user.text("email")
            for user in self.data.items("users")
        }
        if self.data.has("clip_predictions") or self.data.text("collection_type") in ("model_run", "prediction_set"):
            found = [*self._read_predictions(), *self._read_clip_predictions()]
            return self._finish(Contents(predictions=tuple(box for box in found if box is not None)))
        drawn = self._by_id("sound_event_annotations")
        states = self._read_states()
        boxes: list[FileBox] = []
        answers = []
        placed = set()
        for clip_annotation in self.data.items("clip_annotations"):
            clip = self._refer(clip_annotation, "clip", self.clips)
            ours = self._read_tags(clip_annotation)
            inside = [self._refer_value(each, drawn) for each in clip_annotation.items("sound_events")]
            # The default binds the loop's value, whose type mypy cannot tell.
            found = collect(inside, lambda each, ours=ours: self._read_annotation(each, ours))  # type: ignore[misc]
            kept = [box for box in found if box is not None]
            boxes += kept
            placed |= {each.text("uuid") for each in inside}
            answer = self._read_answer(clip_annotation, clip, ours, bool(kept), states)
            authors = [self.users.get(each.text("created_by"), "") for each in inside]
            answers.append(replace(answer, annotator=(next(filter(None, authors), "") or answer.annotator)[:80]))
        for name in drawn.keys() - placed:
            self._leave_out(drawn[name], Why.GEOMETRY, "an event of no clip")
        return self._finish(Contents(annotations=tuple(boxes), answers=tuple(answers)))

    def _finish(self, contents: Contents) -> Contents:
        notes = [
            f"{self.data.name}: of {count} {kind} geometries the box around them was taken."
            for kind, count in sorted(self.converted.items())
        ]
        notes += [
            f"{self.data.name}: {recording.text('path')} is slowed {slowed:g} times; times and frequencies were "
            "converted to the file's."
            for recording in self.recordings.values()
            if (slowed := _read_expansion(recording)) != 1
        ]
        for key in ("sequence_annotations", "sequence_predictions"):
            sequences = sum(1 for _ in self.data.items(key))
            if sequences:
                notes.append(f"{self.data.name}: {sequences} sequences were left out; their sound events are kept.")
        left_out = tuple(sorted(self.left_out, key=lambda each: each.where))
        return replace(contents, notes=tuple(notes), left_out=left_out)

    def _by_id(self, key: str) -> dict[str, Node]:
        return {each.text("uuid"): each for each in self.data.items(key)}

    def _refer(self, node: Node, key: str, things: Mapping[str, Node]) -> Node:
        return self._refer_value(node.get(key), things)

    def _refer_value(self, reference: Node, things: Mapping[str, Node]) -> Node:
        found = things.get(reference.to_text())
        if found is None:
            raise reference.refuse("expected the uuid of something in this file", reference.value)
        return found

    def _read_tags(self, node: Node) -> dict[str, str]:
        return dict(self.tags[each.value] for each in node.items("tags") if each.value in self.tags)

    def _read_states(self) -> dict[str, str]:
        """Tell the newest status of each clip's task; a set without tasks has none."""
        states = {}
        for task in self.data.items("tasks"):
            badges = sorted(task.items("status_badges"), key=lambda badge: badge.text("created_on"))
            names = [badge.text("state") for badge in badges]
            done = [name for name in names if name != "assigned"]
            states[task.text("clip")] = (done or names or ["created"])[-1]
        return states

    def _read_annotation(self, item: Node, ours: Mapping[str, str]) -> FileBox | None:
        tags = self._read_tags(item)
        label, rest = _choose_label(tags)
        messages = [note.text("message") for note in item.items("notes")]
        said = {key: tags.get(key, "") for key in ("unsure", "individual", "call_type")}
        comment = [*messages, *(f"{key}: {value}" for key, value in rest.items() if key not in said)]
        return self._read_box(
            item,
            label=label,
            session_id=ours.get("session_id", ""),
            channel=_read_channel(ours),
            comment="\n".join(comment)[:1000],
            unsure=said["unsure"] == "yes",
            individual=said["individual"][:80],
            call_type="" if label == said["call_type"] else said["call_type"][:80],
        )

    def _read_predictions(self) -> Iterator[FileBox | None]:
        named = _read_model(self.data)
        for item in self.data.items("sound_event_predictions"):
            scores = {self.tags[tag]: score for tag, score in item.value.get("tags") or () if tag in self.tags}
            best = max(scores, key=lambda tag: (scores[tag], tag), default=None)
            score = item.find_number("score") if best is None else scores[best]
            label = "" if best is None else best[1]
            yield self._read_box(item, label=label, score=score, model=named, prediction_id=item.text("uuid"))

    def _read_box(self, item: Node, **fields: Any) -> FileBox | None:
        event = self._refer(item, "sound_event", self.events)
        recording = self._refer(event, "recording", self.recordings)
        geometry = event.get("geometry")
        kind = geometry.text("type")
        start_s, end_s, low_hz, high_hz = _bound(kind, geometry.value["coordinates"])
        if start_s == end_s:
            self._leave_out(item, Why.POINT, kind, start_s * _read_expansion(recording))
            return None
        if kind not in ("BoundingBox", "TimeInterval"):
            self.converted[kind] += 1
        return _make_box(item, recording, (start_s, end_s, low_hz, high_hz), **fields)

    def _read_clip_predictions(self) -> Iterator[FileBox]:
        """Read what a model says of whole clips, e.g. of windows of 3 s."""
        model = _read_model(self.data)
        for item in self.data.items("clip_predictions"):
            clip = self._refer(item, "clip", self.clips)
            recording = self._refer(clip, "recording", self.recordings)
            span = (clip.number("start_time"), clip.number("end_time"), None, None)
            for tag, score in item.value.get("tags") or ():
                if tag in self.tags:
                    name = f"{item.text('uuid')}-{tag}"
                    label = self.tags[tag][1]
                    yield _make_box(item, recording, span, label=label, score=score, model=model, prediction_id=name)

    def _leave_out(self, item: Node, why: Why, detail: str, start_s: float | None = None) -> None:
        event = self._refer(item, "sound_event", self.events)
        place = _read_place(self._refer(event, "recording", self.recordings))
        self.left_out.append(LeftOut(item.where, why, **place, start_s=start_s, end_s=start_s, detail=detail))

    def _read_answer(
        self, item: Node, clip: Node, ours: Mapping[str, str], has_boxes: bool, states: Mapping[str, str]
    ) -> FileAnswer:
        recording = self._refer(clip, "recording", self.recordings)
        slowed = _read_expansion(recording)
        state = states.get(clip.text("uuid"), "" if not states else "created")
        session_id = ours.get("session_id", "")
        outcome = ours.get("outcome") or _judge(state, has_boxes)
        lines = [note.text("message") for note in item.items("notes")]
        if not session_id and has_boxes and state and outcome == Outcome.UNSURE:
            lines.append(f"Its task in the annotation project is {state}.")
        tags = self._read_tags(item)
        lines += [f"{key}: {value}" for key, value in tags.items() if key not in OURS]
        owners = [self.users.get(note.text("created_by"), "") for note in item.items("notes")]
        return item.make(
            FileAnswer,
            **_read_place(recording),
            outcome=outcome,
            session_id=session_id,
            channel=_read_channel(ours),
            annotator=next(filter(None, owners), "")[:80],
            submitted_at=_read_naive(item, "created_on") if session_id else None,
            comment="\n".join(lines),
            start_s=None if session_id else clip.number("start_time") * slowed,
            end_s=None if session_id else clip.number("end_time") * slowed,
            is_guess=True,
        )


def _judge(state: str, has_boxes: bool) -> str:
    if state == "rejected":
        return Outcome.UNSURE.value
    if state in ("", *DONE):
        return Outcome.LABELLED.value if has_boxes else Outcome.EMPTY.value
    return Outcome.UNSURE.value if has_boxes else UNREVIEWED


def _choose_label(tags: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    key = next((key for key in LABEL_KEYS if key in tags), None)
    if key is None:
        others = [each for each in tags if each not in OURS]
        key = others[0] if len(others) == 1 else None
    rest = {each: value for each, value in tags.items() if each != key}
    return (tags[key] if key is not None else ""), rest


def _bound(kind: str, coordinates: Any) -> Shape:
    """Find the box around a geometry."""
    if kind == "BoundingBox":
        start_s, low_hz, end_s, high_hz = coordinates
        return float(start_s), float(end_s), float(low_hz), float(high_hz)
    if kind in TIMED:
        times = coordinates if isinstance(coordinates, list) else [coordinates]
        return float(min(times)), float(max(times)), None, None
    points = list(_list_points(coordinates))
    times, frequencies = [point[0] for point in points], [point[1] for point in points]
    return min(times), max(times), min(frequencies), max(frequencies)


def _list_points(coordinates: Any) -> Iterator[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for each in coordinates:
        yield from _list_points(each)


def _read_channel(tags: Mapping[str, str]) -> int | None:
    return int(tags["channel"]) if re.fullmatch("[0-9]{1,9}", tags.get("channel", "")) else None


def _read_place(recording: Node) -> dict[str, Any]:
    digest = recording.text("hash")
    return {"name": recording.text("path"), "recording_id": digest[:16] if len(digest) == 64 else ""}


def _read_expansion(recording: Node) -> float:
    """Read how many times slower than the animal the file is."""
    factor = recording.find_number("time_expansion")
    if factor is not None and factor <= 0:
        raise recording.get("time_expansion").refuse("expected a factor above 0", factor)
    return factor or 1.0


def _read_model(data: Node) -> str:
    model = data.find("model")
    return data.text("name") if model is None else f"{model.text('name')} {model.text('version')}".strip()


def _make_box(item: Node, recording: Node, shape: Shape, **fields: Any) -> FileBox:
    """Make a box in the file's own time and frequencies."""
    slowed = _read_expansion(recording)
    start_s, end_s, low_hz, high_hz = shape
    return item.make(
        FileBox,
        **_read_place(recording),
        start_s=start_s * slowed,
        end_s=end_s * slowed,
        low_hz=None if low_hz is None else low_hz / slowed,
        high_hz=None if high_hz is None else high_hz / slowed,
        label_is_blank=not fields["label"],
        **fields,
    )


def _read_naive(node: Node, key: str) -> datetime | None:
    moment = node.find_time(key)
    return None if moment is None else moment.astimezone(UTC)
