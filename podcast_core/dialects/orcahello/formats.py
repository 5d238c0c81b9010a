"""OrcaHello's detections as JSON (versions 1 and 2): one document, or a list of them, with a clip of a minute each.

A clip's ``predictions`` (``startTime``, ``duration``, ``confidence``) count seconds from its start; the clip is the wav
in ``audioUri``. Confidence is a share (0 to 1) or a percentage, told by the document's largest.

A moderator judges the whole clip, not each prediction: "yes" (``Positive``) makes its predictions annotations that are
marked as unsure in outcome *verified*, since nobody searched the rest; "no" (``Negative``) is outcome *empty*; "don't
know" is *unsure*. Comment, tags, moderator and date come along.

OrcaHello computes ``startTime`` as ``i * 60 / N`` for N windows, although its windows are shorter than 60 / N: the last
ones are more than a second late. Times are read as they stand; `mend_start_times` puts them right for a known length
of the window. Written is version 2 with the true times, and beside its fields the people's boxes in ``annotations``.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.errors import InvalidInput, count_of
from podcast_core.formats import session_tables
from podcast_core.formats.contents import (
    Batch,
    Contents,
    Entry,
    FileAnswer,
    FileBox,
    LeftOut,
    collect,
    join,
    name_sessions,
)
from podcast_core.formats.documents import Node, peek_document, read_document, write_document
from podcast_core.formats.format import Format
from podcast_core.formats.label_studio import is_task
from podcast_core.formats.marks import make_mark, sort_marks

OUTCOMES = {
    "yes": Outcome.VERIFIED.value,
    "no": Outcome.EMPTY.value,
    "don't know": Outcome.UNSURE.value,
    "": UNREVIEWED,
    "positive": Outcome.VERIFIED.value,
    "negative": Outcome.EMPTY.value,
    "unknown": Outcome.UNSURE.value,
    "unreviewed": UNREVIEWED,
}
STATES = {Outcome.LABELLED: "Positive", Outcome.EMPTY: "Negative", Outcome.UNSURE: "Unknown"}
ON_GRID = 1e-3  # of a window: how exactly a start must be a multiple of the written duration
MARKS = ("audioUri", "whaleFoundConfidence", "SRKWFound", "modelId", "imageUri", "state")


def write(batch: Batch) -> dict[str, bytes]:
    """Write a document for each session that has predictions or an answer, and the session tables."""
    names = name_sessions(batch)
    files = {
        f"{entry.session.id}.json": write_document(_describe(entry, names[entry.session.id], batch.round_.site))
        for entry in batch.entries
        if entry.predictions or entry.submission is not None
    }
    return {**files, **session_tables.write(batch)}


def read(name: str, data: bytes, window_s: float | None = None) -> Contents:
    """Read a document or a list of them; ``window_s`` mends start times, see `mend_start_times`."""
    top = read_document(name, data)
    clips = list(top.elements()) if isinstance(top.value, list) else [top]
    contents = join(collect(clips, _read_clip))
    return contents if window_s is None else mend_start_times(contents, window_s)


def fits(name: str, data: bytes) -> bool:
    """Tell such documents by their members."""
    document = peek_document(name, data)
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, dict) or is_task(first):
        return False
    return "predictions" in first and any(mark in first for mark in MARKS)


def mend_start_times(contents: Contents, window_s: float) -> Contents:
    """Put start times of the form ``i * 60 / N`` right for a model whose windows follow each other every ``window_s``.

    Which window a prediction is follows from its start and its written duration (``60 / N``). What is not on that
    grid is left as it is, and told.

    Raises
    ------
    InvalidInput
        When the length of the window is not above 0.
    """
    if not window_s > 0:
        raise InvalidInput(f"The length of the model's windows must be above 0 s, found {window_s:g}.")
    before = (*contents.predictions, *contents.annotations)
    predictions, annotations = (
        tuple(_mend(box, window_s) for box in boxes) for boxes in (contents.predictions, contents.annotations)
    )
    changed = sum(new != old for new, old in zip((*predictions, *annotations), before, strict=True))
    note = (
        f"Start times of {changed} of {count_of(len(before), 'box', 'es')} were computed again for windows of "
        f"{window_s:g} s (OrcaHello writes i * 60 / N, which is late); the others were right, or no multiple of their "
        "duration."
    )
    return replace(contents, predictions=predictions, annotations=annotations, notes=(*contents.notes, note))


def _mend(box: FileBox, window_s: float) -> FileBox:
    step_s = box.end_s - box.start_s
    number = round(box.start_s / step_s)
    if abs(box.start_s / step_s - number) > ON_GRID:
        return box
    return replace(box, start_s=number * window_s, end_s=(number + 1) * window_s)


def _read_clip(clip: Node) -> Contents:
    uri = clip.text("audioUri")
    name = unquote(urlsplit(uri).path) or clip.text("id")
    if not name:
        raise clip.refuse("expected 'audioUri', found nothing")
    found = list(clip.items("predictions"))
    largest = max((number for each in found if (number := each.find_number("confidence")) is not None), default=0.0)
    percent = largest > 1
    if clip.has("podcast"):
        return _read_own(clip, name)
    parsed = sort_marks(collect(enumerate(found), lambda each: _read_prediction(*each, clip, name, percent)))
    predictions = parsed.annotations
    answer = _read_answer(clip, name)
    accepted = [replace(box, unsure=True) for box in predictions] if answer.outcome == Outcome.VERIFIED else []
    if not accepted and answer.outcome == Outcome.VERIFIED:
        answer = replace(answer, outcome=Outcome.UNSURE.value)  # "yes", but nobody says where
    return Contents(
        annotations=tuple(accepted),
        predictions=predictions,
        rejected=frozenset(box.prediction_id for box in predictions if answer.outcome == Outcome.EMPTY),
        unreviewed=frozenset(box.prediction_id for box in predictions if answer.outcome == Outcome.UNSURE),
        answers=(answer,),
        left_out=parsed.left_out,
    )


def _read_own(clip: Node, name: str) -> Contents:
    """Read a document that Pod.Cast wrote; its predictions are in full in ``predictions.csv``."""
    answer = clip.make(
        FileAnswer,
        name=name,
        outcome=clip.get("podcast").text("outcome"),
        annotator=clip.text("moderator"),
        submitted_at=clip.find_time("dateModerated"),
        comment=clip.text("comments"),
        is_guess=True,
    )
    marks = collect(clip.items("annotations"), lambda each: _read_mark(each, name, label=each.text("label")))
    return sort_marks([*marks, answer])


def _read_prediction(number: int, item: Node, clip: Node, name: str, percent: bool) -> FileBox | LeftOut:
    confidence = item.find_number("confidence")
    return _read_mark(
        item,
        name,
        score=None if confidence is None else _check_share(item, confidence / 100 if percent else confidence),
        model=clip.text("modelId"),
        prediction_id=f"{clip.text('id', name)}-{number}",
    )


def _check_share(item: Node, score: float) -> float:
    if not 0 <= score <= 1:
        raise item.get("confidence").refuse("expected a confidence from 0 to 1, or to 100", item.value["confidence"])
    return score


def _read_mark(item: Node, name: str, **fields: Any) -> FileBox | LeftOut:
    start_s, duration_s = item.number("startTime"), item.number("duration")
    return make_mark(item, name=name, start_s=start_s, end_s=start_s + duration_s, **fields)


def _read_answer(clip: Node, name: str) -> FileAnswer:
    verdict = clip.find("state") or clip.find("SRKWFound")
    text = "" if verdict is None else verdict.to_text().strip()
    if verdict is not None and text.lower() not in OUTCOMES:
        raise verdict.refuse("expected Positive, Negative, Unknown, Unreviewed, yes, no or don't know", text)
    is_reviewed = text != "" and OUTCOMES[text.lower()] != UNREVIEWED
    tags = clip.find("tags")
    words = [] if tags is None else [tags.to_text()] if isinstance(tags.value, str) else _list_texts(tags)
    lines = [f"OrcaHello: {text}" if is_reviewed else "", clip.text("comments")]
    lines += [f"Tags: {', '.join(words)}" if words and words != [""] else ""]
    return clip.make(
        FileAnswer,
        name=name,
        outcome=OUTCOMES[text.lower()],
        annotator=clip.text("moderator")[:80] if is_reviewed else "",
        submitted_at=clip.find_time("dateModerated") if is_reviewed else None,
        comment="\n".join(line for line in lines if line)[:4000] if is_reviewed else "",
        is_guess=True,
    )


def _list_texts(node: Node) -> list[str]:
    return [each.to_text() for each in node.elements()]


def _describe(entry: Entry, name: str, site: str) -> dict[str, Any]:
    started_at = entry.time_at(entry.session.start_s)
    scores = [box.score for box in entry.predictions if box.score is not None]
    answer = entry.submission
    document: dict[str, Any] = {
        "id": entry.session.id,
        "state": "Unreviewed" if answer is None else STATES.get(answer.outcome, "Unreviewed"),
        "audioUri": name,
        "timestamp": None if started_at is None else started_at.isoformat(),
        "whaleFoundConfidence": round(100 * sum(scores) / len(scores), 6) if scores else 0,
        "locationName": site or entry.recording.site,
        "modelId": ", ".join(sorted({box.model for box in entry.predictions if box.model})),
        "predictions": [
            {
                "id": number,
                "startTime": entry.session.to_session_s(box.start_s),
                "duration": box.end_s - box.start_s,
                "confidence": box.score,
            }
            for number, box in enumerate(sorted(entry.predictions, key=lambda box: (box.start_s, box.end_s, box.id)))
        ],
        "annotations": [
            {
                "startTime": entry.session.to_session_s(box.start_s),
                "duration": box.end_s - box.start_s,
                "label": box.label,
            }
            for box in entry.annotations
        ],
        "podcast": {"outcome": entry.outcome},  # also the mark that predictions.csv has the predictions in full
    }
    if answer is not None and document["state"] != "Unreviewed":
        document["moderator"] = answer.annotator
        document["dateModerated"] = answer.submitted_at.isoformat()
        document["comments"] = answer.comment
    return document


FORMATS = {
    "orcahello": Format(
        "OrcaHello JSON",
        "One document (version 2) per session with predictions or an answer, the people's boxes beside its own fields.",
        (".json",),
        read=read,
        fits=fits,
        write=write,
        has_bands=False,
        options={"window_s": "window_s"},
    ),
}
