"""Where a label of a round is used: boxes of the answers that count, and predictions."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from podcast_core.domain.box import Box
from podcast_core.storage.schema import OF_ALL_MODELS, annotations, session_boxes, session_predictions, session_states


@dataclass(frozen=True, slots=True)
class LabelUse:
    """How many boxes of the answers that count have a label, in how many sessions; and how many predictions shown."""

    annotations: int
    sessions: int
    predictions: int


def count_uses(connection: Connection, round_id: str, label: str) -> LabelUse:
    """Count where a label is used in a round."""
    here = (session_boxes.c.round_id == round_id, session_boxes.c.label == label)
    counts = select(
        func.coalesce(func.sum(session_boxes.c.count), 0), func.count(func.distinct(session_boxes.c.session_id))
    )
    boxes, sessions = connection.execute(counts.where(*here)).one()
    of_all = (session_predictions.c.round_id == round_id, session_predictions.c.model == OF_ALL_MODELS)
    shown = select(func.coalesce(func.sum(session_predictions.c.shown), 0))
    shown = shown.where(*of_all, session_predictions.c.label == label)
    return LabelUse(int(boxes), int(sessions), int(connection.execute(shown).scalar_one()))


def list_boxes(connection: Connection, round_id: str, label: str, *, limit: int) -> list[tuple[str, Box]]:
    """List the boxes of a label in the answers that count, in seconds of the recording, each with its session."""
    of_label = (session_boxes.c.round_id == round_id, session_boxes.c.label == label, session_boxes.c.is_first)
    box = annotations.c
    query = (
        select(session_boxes.c.session_id, box.start_s, box.end_s, box.low_hz, box.high_hz)
        .join(
            session_states,
            (session_states.c.round_id == session_boxes.c.round_id)
            & (session_states.c.session_id == session_boxes.c.session_id),
        )
        .join(annotations, box.submission_id == session_states.c.answer_id)
        .where(*of_label, box.label == label)
        .order_by(session_boxes.c.position, session_boxes.c.session_id, box.position)
        .limit(limit)
    )
    return [
        (row.session_id, Box(row.start_s, row.end_s, low_hz=row.low_hz, high_hz=row.high_hz))
        for row in connection.execute(query)
    ]
