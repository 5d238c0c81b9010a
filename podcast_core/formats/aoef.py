"""AOEF, the exchange format of the soundevent package and of Whombat: annotation sets and projects, and model runs.

Times are seconds from the start of the recording. Of geometries, boxes and time intervals come as they are; lines,
polygons and groups of them as the box around them, which is told; points have no length and are left out and counted.

The label is the value of one tag of a sound event: that with key ``label``, ``event``, ``call_type``, ``species``,
``common_name`` or ``class``, in this order, else its only tag. The others are kept in the comment.

A clip that was annotated is an answer for that piece of the recording (see `formats.spans`). In a project its task's
status decides: completed or verified counts, rejected is outcome *unsure*, and so are boxes in a clip that nobody has
completed. Written is a project with a clip per session. What AOEF has no word for is in tags of the clip and its boxes
(``session_id``, ``channel``, ``outcome``, ``unsure``, ``individual``, ``call_type``), and its ``hash`` is our SHA-256.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from podcast_core.domain import UNREVIEWED, Outcome
from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import Contents, FileAnswer, FileBox, collect
from podcast_core.formats.documents import Node, peek_document, read_document

LABEL_KEYS = ("label", "event", "call_type", "species", "common_name", "class")
OURS = ("session_id", "channel", "outcome", "unsure", "individual", "call_type")
DONE = ("completed", "verified")
READ = ("annotation_set", "annotation_project", "evaluation_set", "model_run", "prediction_set")
TIMED = ("TimeInterval", "TimeStamp")


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
    from pydantic import ValidationError
    from soundevent.io.aoef import AOEF_VERSION, AOEFObject

    if top.text("version") != AOEF_VERSION:
        raise top.refuse(f"expected AOEF version {AOEF_VERSION}", top.text("version") or "none")
    try:
        AOEFObject.model_validate_json(top.source)
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
    dropped: Counter[str] = field(default_factory=Counter)

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
            return self._finish(Contents(predictions=tuple(box for box in self._read_predictions() if box)))
        drawn = self._by_id("sound_event_annotations")
        states = self._read_states()
        boxes: list[FileBox] = []
        answers = []
        for clip_annotation in self.data.items("clip_annotations"):
            clip = self._refer(clip_annotation, "clip", self.clips)
            ours = self._read_tags(clip_annotation)
            inside = [self._refer_value(each, drawn) for each in clip_annotation.items("sound_events")]
            # The default binds the loop's value, whose type mypy cannot tell.
            found = collect(inside, lambda each, ours=ours: self._read_annotation(each, ours))  # type: ignore[misc]
            boxes += [box for box in found if box is not None]
            answer = self._read_answer(clip_annotation, clip, ours, bool(found), states)
            authors = [self.users.get(each.text("created_by"), "") for each in inside]
            answers.append(replace(answer, annotator=(next(filter(None, authors), "") or answer.annotator)[:80]))
        return self._finish(Contents(annotations=tuple(boxes), answers=tuple(answers)))

    def _finish(self, contents: Contents) -> Contents:
        notes = [
            f"{self.data.name}: of {count} {kind} geometries the box around them was taken."
            for kind, count in sorted(self.converted.items())
        ]
        notes += [
            f"{self.data.name}: {count} {kind} geometries without a length were left out: a box needs one."
            for kind, count in sorted(self.dropped.items())
        ]
        for key in ("sequence_annotations", "sequence_predictions"):
            sequences = sum(1 for _ in self.data.items(key))
            if sequences:
                notes.append(f"{self.data.name}: {sequences} sequences were left out; their sound events are kept.")
        return Contents(contents.annotations, contents.predictions, answers=contents.answers, notes=tuple(notes))

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
        model = self.data.find("model")
        named = self.data.text("name") if model is None else f"{model.text('name')} {model.text('version')}".strip()
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
            self.dropped[kind] += 1
            return None
        if kind not in ("BoundingBox", "TimeInterval"):
            self.converted[kind] += 1
        if low_hz is not None and low_hz == high_hz:  # a level line has no band
            low_hz = high_hz = None
        return item.make(
            FileBox,
            name=PurePath(recording.text("path").replace("\\", "/")).name,
            recording_id=_read_hash(recording),
            start_s=start_s,
            end_s=end_s,
            low_hz=low_hz,
            high_hz=high_hz,
            **fields,
        )

    def _read_answer(
        self, item: Node, clip: Node, ours: Mapping[str, str], has_boxes: bool, states: Mapping[str, str]
    ) -> FileAnswer:
        recording = self._refer(clip, "recording", self.recordings)
        state = states.get(clip.text("uuid"), "" if not states else "created")
        session_id = ours.get("session_id", "")
        outcome = ours.get("outcome") or _judge(state, has_boxes)
        lines = [note.text("message") for note in item.items("notes")]
        if not session_id and has_boxes and state and outcome == Outcome.UNSURE:
            lines.append(f"Its task in the annotation project is {state}.")
        owners = [self.users.get(note.text("created_by"), "") for note in item.items("notes")]
        return item.make(
            FileAnswer,
            name=PurePath(recording.text("path").replace("\\", "/")).name,
            recording_id=_read_hash(recording),
            outcome=outcome,
            session_id=session_id,
            channel=_read_channel(ours),
            annotator=next(filter(None, owners), "")[:80],
            submitted_at=_read_naive(item, "created_on") if session_id else None,
            comment="\n".join(lines),
            start_s=None if session_id else clip.number("start_time"),
            end_s=None if session_id else clip.number("end_time"),
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


def _bound(kind: str, coordinates: Any) -> tuple[float, float, float | None, float | None]:
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
    return int(tags["channel"]) if tags.get("channel", "").isdigit() else None


def _read_hash(recording: Node) -> str:
    digest = recording.text("hash")
    return digest[:16] if len(digest) == 64 else ""


def _read_naive(node: Node, key: str) -> datetime | None:
    moment = node.find_time(key)
    return None if moment is None else moment.astimezone(UTC)
