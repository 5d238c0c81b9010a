"""What Pod.Cast's original client does over HTTP, done by the same services as the pages.

Its documents carry neither labels nor the ids of predictions; `podcast_matching` finds out which box was which
prediction. Predictions that no box belongs to were rejected: the client shows all of them and the annotator removes
what is wrong.
"""

import json
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import Any

from podcast_core.dialects.podcast import matching
from podcast_core.domain.answer import Answer, AnswerBox
from podcast_core.domain.box import ROUNDING
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.standing import REJECTED
from podcast_core.domain.submission import Outcome
from podcast_core.errors import Busy, InvalidInput
from podcast_core.formats import podcast_json
from podcast_core.formats.contents import Entry
from podcast_core.services.labels import claiming, labelling, rounds, session_views
from podcast_core.services.labels.labelling import Receipt
from podcast_core.services.labels.queue_choices import EMPTY_ROUND
from podcast_core.services.labels.session_views import SessionView
from podcast_core.storage import sessions
from podcast_core.workspace import Workspace

CLIENT_NAME = "Pod.Cast client"


def fetch_session(workspace: Workspace, *, round_id: str, person: str | None = None) -> str:
    """Draw a session to label: a free one, else one that somebody holds, else (round finished) any.

    It is held for the ``person`` who asks, if that is known; who has asked for very many gets one that is not held.

    Raises
    ------
    InvalidInput
        When the round has no sessions.
    """
    holder = f"podcast-{uuid.uuid4()}"
    claimed: list[str] = []
    with suppress(Busy):
        claimed = claiming.claim_ids(
            workspace,
            round_id=round_id,
            holder=holder,
            annotator=person or CLIENT_NAME,
            include_skipped=True,
            choice=QueueChoice(order=QueueOrder.RANDOM, seed=holder),
            most_held=claiming.MAX_HELD if person else None,
        )
    found = claimed[0] if claimed else claiming.pick_session(workspace, round_id=round_id, seed=holder)
    if found is None:
        raise InvalidInput(EMPTY_ROUND)
    return found


def load_session(workspace: Workspace, *, round_id: str, session_id: str, uri: str) -> dict[str, Any]:
    """Make the document that the client shows: predictions, or what people found once the round is finished."""
    view = session_views.get_view(workspace, round_id=round_id, session_id=session_id, with_queue=False)
    counts = rounds.count_standings(workspace, round_id=round_id)
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
        When the body is not a submit document, or is the trace of a second click (`check_session`).
    """
    view = session_views.get_view(workspace, round_id=round_id, session_id=session_id, with_queue=False)
    document = podcast_json.read_document(f"{session_id}.json", _check_not_empty(body))
    check_session(workspace, view, document)
    answer = make_answer(view, document, annotator=annotator, submission_id=str(uuid.uuid4()))
    return _find_repeated(view, answer) or labelling.submit(workspace, answer)


def check_session(workspace: Workspace, view: SessionView, document: podcast_json.Document) -> None:
    """Refuse an empty document that names another session of the round: the trace of a second click (InvalidInput).

    The original's client sends the session before, without any box, under the next one's id when *Submit* is clicked
    twice. Nobody has looked at the session that the address names, so it is not taken for empty.
    """
    if document.boxes or _is_named(view, document):
        return
    with workspace.database.reading() as connection:
        other = sessions.find_session(connection, view.round_.id, document.stem[:120])
    if other is not None:
        raise InvalidInput(
            f"This document belongs to another session: it has no box, and its uri names {other.id!r}, expected "
            f"{view.session.id!r}. The original's client sends that after a second click. Nothing was saved."
        )


def make_answer(
    view: SessionView, document: podcast_json.Document, *, annotator: str, submission_id: str, comment: str = ""
) -> Answer:
    """Make the answer that a submit document means for a session.

    The session is the one that was asked for, as in the original; a document whose ``uri`` names another file says so
    in the comment.
    """
    boxes = tuple(_to_box(each, view) for each in matching.match(document.boxes, view.session, view.predictions))
    if not _is_named(view, document):
        comment = f"{comment} The document's uri names another file, {document.stem[:120]}.".strip()
    return Answer(
        submission_id=submission_id,
        round_id=view.round_.id,
        session_id=view.session.id,
        annotator=annotator,
        outcome=Outcome.LABELLED if boxes else Outcome.EMPTY,
        boxes=boxes,
        rejected_prediction_ids=_find_rejected(boxes, view),
        base_revision=len(view.history),
        comment=comment,
    )


def _is_named(view: SessionView, document: podcast_json.Document) -> bool:
    """Tell whether a document names the session: by its id, or as the one that the session came with."""
    original = view.session.original
    return document.stem == view.session.id or (original is not None and document.original.uri == original.uri)


def _check_not_empty(body: bytes) -> bytes:
    try:
        empty = not json.loads(body)
    except (ValueError, RecursionError) as error:  # not JSON, or nested too deeply
        raise InvalidInput("Expected a JSON document with uri and annotations, found something else.") from error
    if empty:
        raise InvalidInput("Expected a JSON document with uri and annotations, found an empty one.")
    return body


def _find_repeated(view: SessionView, answer: Answer) -> Receipt | None:
    """Recognize a second click: the newest revision says the same already, and no review rejected it since."""
    known = view.answer
    if (
        known is None
        or view.standing == REJECTED
        or known.annotator != answer.annotator
        or known.outcome is not answer.outcome
    ):
        return None
    kept = sorted((view.session.to_session_s(box.start_s), box.end_s - box.start_s) for box in known.annotations)
    new = sorted((box.start_s, box.end_s - box.start_s) for box in answer.boxes)
    same = len(kept) == len(new) and all(
        abs(a - b) <= ROUNDING for one, other in zip(kept, new, strict=True) for a, b in zip(one, other, strict=True)
    )
    return Receipt(known, repeated=True, conflict=None) if same else None


def _to_box(found: matching.Match, view: SessionView) -> AnswerBox:
    label, prediction = found.label, found.prediction
    if prediction is None:
        return AnswerBox(found.start_s, found.end_s, label or view.round_.label_names[0])
    return replace(
        AnswerBox(found.start_s, found.end_s, label or prediction.label, prediction_id=prediction.id),
        low_hz=prediction.low_hz,
        high_hz=prediction.high_hz,
    )


def _find_rejected(boxes: tuple[AnswerBox, ...], view: SessionView) -> tuple[str, ...]:
    kept = {box.prediction_id for box in boxes}
    return tuple(prediction.id for prediction in view.predictions if prediction.id not in kept)
