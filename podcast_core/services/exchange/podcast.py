"""What Pod.Cast's original client does over HTTP, done by the same services as the pages.

Its documents carry neither labels nor the ids of predictions. So a box that equals a prediction is that one
accepted, a box that overlaps one by half (intersection over union) is that one edited, and predictions that no
box belongs to were rejected: the client shows all of them and the annotator removes what is wrong.
"""

import json
import random
import uuid
from typing import Any

from podcast_core.domain import Outcome, Prediction
from podcast_core.errors import InvalidInput
from podcast_core.formats import podcast_json
from podcast_core.formats.contents import Entry, FileBox
from podcast_core.services.labels import labelling, rounds
from podcast_core.services.labels.answers import SAME, Answer, Box
from podcast_core.services.labels.labelling import Receipt, SessionView
from podcast_core.workspace import Workspace

CLIENT_NAME = "Pod.Cast client"
LEAST_OVERLAP = 0.5


def fetch_session(workspace: Workspace, *, round_id: str) -> str:
    """Choose a session to label: a free one, else one that somebody holds, else (round finished) any.

    Raises
    ------
    InvalidInput
        When the round has no sessions.
    """
    holder = f"podcast-{uuid.uuid4()}"
    claimed = labelling.claim_next(
        workspace, round_id=round_id, holder=holder, annotator=CLIENT_NAME, include_skipped=True
    )
    if claimed.views:
        return claimed.views[0].session.id
    rows = labelling.list_outcomes(workspace, round_id=round_id)
    if not rows:
        raise InvalidInput(claimed.message)
    left = [row for row in rows if row["open"]]
    return str(random.choice(left or rows)["session_id"])


def load_session(workspace: Workspace, *, round_id: str, session_id: str, uri: str) -> dict[str, Any]:
    """Make the document that the client shows: predictions, or what people found once the round is finished."""
    view = labelling.get_view(workspace, round_id=round_id, session_id=session_id)
    counts = rounds.count_outcomes(workspace, round_id=round_id)
    remaining = rounds.count_open(workspace, round_id=round_id)
    entry = Entry(view.recording, view.session, tuple(view.predictions), view.answer)
    make = podcast_json.make_load_document if remaining else podcast_json.make_submit_document
    state = {"written": sum(counts.values()) - remaining, "remaining": remaining}
    return {**make(entry, uri, view.round_.site), "backend_state": state}


def submit_session(
    workspace: Workspace, *, round_id: str, session_id: str, body: bytes, annotator: str = CLIENT_NAME
) -> Receipt:
    """Keep what the client submits, as a new revision; the newest revision's content again changes nothing.

    Raises
    ------
    InvalidInput
        When the body is not a submit document, or belongs to another session.
    """
    view = labelling.get_view(workspace, round_id=round_id, session_id=session_id)
    document = podcast_json.read_document(f"{session_id}.json", _check_not_empty(body))
    answer = make_answer(view, document, annotator=annotator, submission_id=str(uuid.uuid4()))
    return _find_repeated(view, answer) or labelling.submit(workspace, answer)


def make_answer(
    view: SessionView, document: podcast_json.Document, *, annotator: str, submission_id: str, comment: str = ""
) -> Answer:
    """Make the answer that a submit document means; InvalidInput when it belongs to another session."""
    session_id = view.session.id
    stem = document.name.rsplit(".", 1)[0]
    if stem != session_id:
        raise InvalidInput(
            f"This document belongs to another session: its uri names {stem[:80]!r}, expected {session_id!r}. "
            "Nothing was kept."
        )
    boxes = _match(document.boxes, view)
    return Answer(
        submission_id=submission_id,
        round_id=view.round_.id,
        session_id=session_id,
        annotator=annotator,
        outcome=Outcome.LABELLED if boxes else Outcome.EMPTY,
        boxes=boxes,
        rejected_prediction_ids=_find_rejected(boxes, view),
        base_revision=len(view.history),
        comment=comment,
    )


def _check_not_empty(body: bytes) -> bytes:
    try:
        empty = not json.loads(body)
    except (ValueError, RecursionError) as error:  # not JSON, or nested too deeply
        raise InvalidInput("Expected a JSON document with uri and annotations, found something else.") from error
    if empty:
        raise InvalidInput("Expected a JSON document with uri and annotations, found an empty one.")
    return body


def _find_repeated(view: SessionView, answer: Answer) -> Receipt | None:
    """Recognize a second click: the newest revision says the same already."""
    known = view.answer
    if known is None or known.annotator != answer.annotator or known.outcome is not answer.outcome:
        return None
    kept = sorted((view.session.to_session_s(box.start_s), box.end_s - box.start_s) for box in known.annotations)
    new = sorted((box.start_s, box.end_s - box.start_s) for box in answer.boxes)
    same = len(kept) == len(new) and all(
        abs(a - b) <= SAME for one, other in zip(kept, new, strict=True) for a, b in zip(one, other, strict=True)
    )
    return Receipt(known, repeated=True, conflict=None) if same else None


def _match(found: tuple[FileBox, ...], view: SessionView) -> tuple[Box, ...]:
    """Give each box the prediction that it overlaps most, each prediction once, the best pairs first."""
    pairs = sorted(
        (
            (_overlap(box, prediction, view), index, prediction.id)
            for index, box in enumerate(found)
            for prediction in view.predictions
        ),
        reverse=True,
    )
    matched: dict[int, str] = {}
    for overlap, index, prediction_id in pairs:
        if overlap >= LEAST_OVERLAP and index not in matched and prediction_id not in matched.values():
            matched[index] = prediction_id
    by_id = {prediction.id: prediction for prediction in view.predictions}
    return tuple(_to_box(box, by_id.get(matched.get(index, "")), view) for index, box in enumerate(found))


def _overlap(box: FileBox, prediction: Prediction, view: SessionView) -> float:
    """Intersection over union in time."""
    start_s, end_s = view.session.to_recording_s(box.start_s), view.session.to_recording_s(box.end_s)
    both = min(end_s, prediction.end_s) - max(start_s, prediction.start_s)
    either = max(end_s, prediction.end_s) - min(start_s, prediction.start_s)
    return max(both, 0.0) / either


def _to_box(box: FileBox, prediction: Prediction | None, view: SessionView) -> Box:
    # The original client can push a box past the end of the sound (a fault of its own); the box stops there.
    start_s, end_s = box.start_s, min(box.end_s, view.session.duration_s)
    label = box.label or (view.round_.label_names[0] if prediction is None else prediction.label)
    if prediction is None:
        return Box(start_s, end_s, label)
    return Box(start_s, end_s, label, prediction.low_hz, prediction.high_hz, prediction.id)


def _find_rejected(boxes: tuple[Box, ...], view: SessionView) -> tuple[str, ...]:
    kept = {box.prediction_id for box in boxes}
    return tuple(prediction.id for prediction in view.predictions if prediction.id not in kept)
