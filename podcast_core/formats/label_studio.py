"""Label Studio's JSON: tasks with regions of audio, from its full export, its short one (JSON-MIN) or its API.

Times are seconds from the start of the audio, channels count from 0; there are no frequencies. A region with several
labels is a box for each. What is said about a region (a choice, a text, a rating, its notes) is the box's comment, and
what is said about the whole audio the answer's. Regions of text, video, pictures and time series are left out and
counted. Of several people's annotations of a task that marked as ground truth counts, else the newest; the others are
left out and counted. A task that was submitted is an answer for the whole audio; a cancelled one was skipped.

Written is a task per recording, for ``<Labels name="label" toName="audio">`` and ``<Audio name="audio"
value="$audio"/>``; ``data.podcast`` says what its sessions are.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.submission import Outcome
from podcast_core.formats import session_tables
from podcast_core.formats.contents import Batch, Contents, Entry, FileAnswer, FileBox, LeftOut, Why, collect, join
from podcast_core.formats.documents import Node, peek_document, read_document, write_document
from podcast_core.formats.format import Format

DOCUMENT = "annotations.label-studio.json"
AUDIO_KEYS = ("audio", "audio_url", "url", "wav", "sound", "file", "path")
AUDIO = re.compile(r"\.(wav|wave|flac|ogg|oga|opus|mp3|m4a|aac|aif|aiff|mp4|webm)(\?|$)", re.IGNORECASE)
UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")  # Label Studio puts a digest before the name of an uploaded file
SERVED = "/data/"  # where Label Studio itself has files
REGIONS = ("labels", "audio", "audioregion", "")  # the last one: JSON-MIN
SAID = {  # what is said about a region or the whole audio: the kind of result, and its member
    **{"choices": "choices", "textarea": "text", "rating": "rating", "number": "number", "datetime": "datetime"},
    "taxonomy": "taxonomy",
}
JUDGED = (Outcome.LABELLED, Outcome.EMPTY)  # what the boxes say themselves


def write(batch: Batch) -> dict[str, bytes]:
    """Write one document with a task for each recording, and the session tables."""
    by_recording: dict[str, list[Entry]] = defaultdict(list)
    for entry in batch.entries:
        by_recording[entry.recording.id].append(entry)
    tasks = [_describe_task(number, entries) for number, entries in enumerate(by_recording.values(), start=1)]
    return {DOCUMENT: write_document(tasks), **session_tables.write(batch)}


def read(name: str, data: bytes) -> Contents:
    """Read tasks: annotations of people, and predictions of models."""
    top = read_document(name, data)
    tasks = list(top.elements()) if isinstance(top.value, list) else [top]
    return join(collect(tasks, _read_task))


def fits(name: str, data: bytes) -> bool:
    """Tell such a document by the members of its first task."""
    document = peek_document(name, data)
    first = document[0] if isinstance(document, list) and document else document
    return is_task(first)


def is_task(document: object) -> bool:
    """Tell a task of Label Studio from other objects with annotations."""
    if not isinstance(document, dict):
        return False
    if isinstance(document.get("data"), dict):
        return any(isinstance(document.get(key), list) for key in ("annotations", "completions", "predictions"))
    return "annotation_id" in document and any(key in document for key in ("annotator", "lead_time"))


def _describe_task(number: int, entries: Sequence[Entry]) -> dict[str, Any]:
    recording = entries[0].recording
    sessions = [
        {
            "session_id": entry.session.id,
            "channel": entry.session.channel,
            "start_s": entry.session.start_s,
            "end_s": entry.session.end_s,
            "outcome": entry.outcome,
        }
        for entry in entries
    ]
    boxes = ((entry, box) for entry in entries for box in entry.annotations)
    result = [_describe_region(index, entry, box) for index, (entry, box) in enumerate(boxes, start=1)]
    is_answered = any(entry.submission is not None for entry in entries)
    return {
        "id": number,
        "data": {
            "audio": recording.file_name,
            "podcast": {"recording_id": recording.id, "sessions": sessions},
        },
        "annotations": [{"id": number, "result": result, "was_cancelled": False}] if is_answered else [],
        "predictions": [],
    }


def _describe_region(number: int, entry: Entry, box: Annotation) -> dict[str, Any]:
    value = {"start": box.start_s, "end": box.end_s, "channel": entry.session.channel, "labels": [box.label]}
    return {
        "id": f"box{number}",
        "type": "labels",
        "from_name": "label",
        "to_name": "audio",
        "origin": "manual",
        "original_length": entry.recording.duration_s,
        "value": value,
        **({"meta": {"text": [box.comment]}} if box.comment else {}),
    }


def _read_task(task: Node) -> Contents:
    if not is_task(task.value):
        raise task.refuse("expected a task of Label Studio with data and annotations", task.value)
    if not task.has("data"):
        return _read_short(task)
    own = task.get("data").find("podcast")
    place: dict[str, Any] = {"name": _find_audio(task), "recording_id": "" if own is None else own.text("recording_id")}
    found = [_read_model(prediction, place) for prediction in task.items("predictions")]
    key = "annotations" if task.has("annotations") else "completions"
    answers = list(task.items(key))
    if answers:
        chosen = max(answers, key=_rank)
        found.append(_read_annotation(chosen, place, own))
        found += [_leave_out(each, place) for each in answers if each is not chosen]
    elif own is not None:
        found.append(Contents(answers=tuple(_read_sessions(own, place))))
    return join(found)


def _rank(annotation: Node) -> tuple[bool, bool, str]:
    value = annotation.value if isinstance(annotation.value, dict) else {}
    when = str(value.get("updated_at") or value.get("created_at") or "")
    return value.get("ground_truth") is True, value.get("was_cancelled") is not True, when


def _read_annotation(annotation: Node, place: Mapping[str, Any], own: Node | None) -> Contents:
    items = list(annotation.items("result"))
    said, whole = _read_said(items)
    found = join(collect(items, lambda item: _read_item(item, place, said)))
    if own is not None:
        return replace(found, annotations=found.annotations, answers=tuple(_read_sessions(own, place)))
    lengths = [length for item in items if (length := item.find_number("original_length")) is not None]
    is_skipped = annotation.value.get("was_cancelled") is True
    judged = Outcome.LABELLED if found.annotations else Outcome.EMPTY
    answer = annotation.make(
        FileAnswer,
        **place,
        outcome=(Outcome.SKIPPED if is_skipped else judged).value,
        annotator=_read_person(annotation.find("completed_by")),
        submitted_at=annotation.find_time("updated_at") or annotation.find_time("created_at"),
        comment="\n".join(whole)[:4000],
        start_s=None if is_skipped else 0.0,
        end_s=None if is_skipped else max(lengths, default=math.inf),
        is_guess=True,
    )
    boxes = () if is_skipped else found.annotations
    return replace(_without_channel(replace(found, annotations=boxes)), answers=(answer,))


def _read_model(prediction: Node, place: Mapping[str, Any]) -> Contents:
    """Read a model's result; a region's own score counts before that of them all."""
    model, score = prediction.text("model_version"), prediction.find_number("score")
    items = list(prediction.items("result"))
    found = join(collect(items, lambda item: _read_item(item, place, {}, score=score, model=model)))
    return _without_channel(replace(found, predictions=found.annotations, annotations=()))


def _read_short(task: Node) -> Contents:
    """Read a task of a JSON-MIN export, whose results lie beside its data."""
    place = {"name": _find_audio(task)}
    found: list[Contents] = []
    whole: list[str] = []
    for key in task.value:
        listed = task.value[key]
        if isinstance(listed, list) and listed and isinstance(listed[0], dict):
            regions = list(task.items(key))
            found += collect(regions, lambda region: _read_value(region, region, "", place))
        elif isinstance(listed, list) and key not in ("cancelled_annotations",):
            whole.append(f"{key}: {_spell(listed)}")
    contents = join(found)
    answer = task.make(
        FileAnswer,
        **place,
        outcome=(Outcome.LABELLED if contents.annotations else Outcome.EMPTY).value,
        annotator=_read_person(task.find("annotator")),
        submitted_at=task.find_time("updated_at"),
        comment="\n".join(whole)[:4000],
        start_s=0.0,
        end_s=math.inf,
        is_guess=True,
    )
    return replace(_without_channel(contents), answers=(answer,))


def _read_said(items: Sequence[Node]) -> tuple[dict[str, list[str]], list[str]]:
    """Read what choices and texts say, by region and of the whole audio."""
    regions = {item.text("id") for item in items if _is_region(item)}
    said: dict[str, list[str]] = defaultdict(list)
    whole: list[str] = []
    for item in items:
        member = SAID.get(item.text("type"), "")
        value = item.find("value")
        if member and value is not None and value.has(member):
            line = f"{item.text('from_name') or item.text('type')}: {_spell(value.value[member])}"
            (said[item.text("id")] if item.text("id") in regions else whole).append(line)
    return said, whole


def _is_region(item: Node) -> bool:
    return isinstance(item.value, dict) and item.value.get("type") in REGIONS


def _read_item(item: Node, place: Mapping[str, Any], said: Mapping[str, list[str]], **fields: Any) -> Contents:
    kind, value = item.text("type"), item.find("value")
    if value is None or kind in SAID:
        return Contents()  # see `_read_said`
    if kind not in REGIONS or value.has("text"):  # of text, where start and end count letters
        left = LeftOut(item.where, Why.GEOMETRY, **place, detail=f"{kind}: no region of audio")
        return Contents(left_out=(left,))
    score = item.find_number("score")
    if score is not None:
        fields["score"] = score
    return _read_value(value, item, "\n".join(said.get(item.text("id"), ())), place, **fields)


def _read_value(value: Node, item: Node, said: str, place: Mapping[str, Any], **fields: Any) -> Contents:
    start_s, end_s, channel = value.number("start"), value.number("end"), value.find_number("channel")
    if channel is not None and (channel < 0 or channel != int(channel)):
        raise value.refuse("expected a channel (0, 1, ...)", channel)
    if start_s == end_s:
        return Contents(left_out=(LeftOut(item.where, Why.POINT, **place, start_s=start_s, end_s=end_s),))
    labels = [each.to_text() for each in value.items("labels")] or [""]
    is_predicted = "model" in fields or item.text("origin").startswith("prediction")
    notes = [each.to_text() for each in item.get("meta").items("text")] if item.has("meta") else []
    boxes = [
        item.make(
            FileBox,
            **place,
            start_s=start_s,
            end_s=end_s,
            label=label.strip(),
            label_is_blank=not label.strip(),
            channel=None if channel is None else int(channel),
            comment="\n".join(filter(None, [*notes, said]))[:1000],
            prediction_id=_name_prediction(item, label, len(labels)) if is_predicted else "",
            **fields,
        )
        for label in labels
    ]
    return Contents(annotations=tuple(boxes))


def _name_prediction(item: Node, label: str, label_count: int) -> str:
    """Name a model's region; people's regions that came of it have its id."""
    return item.text("id") if label_count == 1 else f"{item.text('id')} {label}"


def _without_channel(contents: Contents) -> Contents:
    """Forget channel 0 where no other occurs: Label Studio writes it for regions of all channels, too."""
    boxes = (*contents.annotations, *contents.predictions)
    if any(box.channel for box in boxes):
        return contents
    annotations, predictions = (
        tuple(replace(box, channel=None) for box in each) for each in (contents.annotations, contents.predictions)
    )
    return replace(contents, annotations=annotations, predictions=predictions)


def _read_sessions(own: Node, place: Mapping[str, Any]) -> Iterator[FileAnswer]:
    for each in own.items("sessions"):
        outcome, channel = each.text("outcome"), int(each.number("channel"))
        if outcome in JUDGED:  # somebody may have drawn or removed boxes since
            piece = {"start_s": each.number("start_s"), "end_s": each.number("end_s")}
            yield each.make(FileAnswer, **place, outcome=outcome, channel=channel, **piece, is_guess=True)
        else:
            yield each.make(FileAnswer, **place, outcome=outcome, session_id=each.text("session_id"), is_guess=True)


def _leave_out(annotation: Node, place: Mapping[str, Any]) -> Contents:
    regions = [item for item in annotation.items("result") if _is_region(item)]
    detail = f"another annotation of the same task, {len(regions)} regions"
    return Contents(left_out=(LeftOut(annotation.where, Why.ANOTHER, **place, detail=detail),) if regions else ())


def _find_audio(task: Node) -> str:
    """Find the audio's name, with its folders, in a task's data."""
    data = task.find("data") or task
    texts = {key: value for key, value in data.value.items() if isinstance(value, str) and value}
    keys = [key for key in AUDIO_KEYS if key in texts] + [key for key in texts if AUDIO.search(texts[key])]
    if not keys:
        raise data.refuse("expected the audio's address or name", ", ".join(map(str, data.value)) or "nothing")
    path = PurePosixPath(_find_path(texts[keys[0]]))
    is_upload = "upload" in path.parts or task.text("file_upload") == path.name
    return UPLOADED.sub("", path.name) if is_upload else str(path)


def _find_path(text: str) -> str:
    """Find the path in an address; a plain name has no parts, whatever signs are in it."""
    if "://" not in text and not text.startswith(SERVED):
        return text
    address = urlsplit(text)
    in_query = parse_qs(address.query).get("d") or parse_qs(address.query).get("fileuri")
    return in_query[0] if in_query else unquote(address.path)


def _read_person(person: Node | None) -> str:
    """Read a person's name; a number alone says nothing outside of that Label Studio."""
    if person is None or isinstance(person.value, int | float):
        return ""
    if isinstance(person.value, dict):
        named = f"{person.text('first_name')} {person.text('last_name')}".strip()
        return (named or person.text("username") or person.text("email"))[:80]
    return person.to_text()[:80]


def _spell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_spell, value))
    return str(value)


FORMATS = {
    "label-studio": Format(
        "Label Studio JSON",
        "Tasks of Label Studio, one per recording, for <Labels name='label' toName='audio'> and <Audio name='audio' "
        "value='$audio'/>. Labels of its full and its short export (JSON-MIN) are read.",
        (".json",),
        read=read,
        fits=fits,
        write=write,
        has_bands=False,
        notes=("comment",),
    ),
}
