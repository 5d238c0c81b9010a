"""What clips are called: the label of the box in the answer that counts which covers most of a clip.

Kept true in the transaction that adds an answer or a review, so that a map of a million clips is drawn without reading
answers. A rejected answer, like one of an archived recording, calls nothing anything.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, exists, select

from podcast_core.domain.collection import Unit
from podcast_core.domain.standing import REJECTED
from podcast_core.storage import clips
from podcast_core.storage.counting_answers import rank_submissions
from podcast_core.storage.schema import annotations, collections
from podcast_core.storage.schema import clips as clips_table

MIN_COVERED = 0.5  # of the shorter of the two
MAX_NAMED = 500  # sessions in one statement
_HAS_COLLECTIONS = select(exists().where(collections.c.round_id == bindparam("round_id")))
_Box = Row[Any]


def relabel(connection: Connection, round_id: str, session_ids: Sequence[str] | None = None) -> None:
    """Write what the clips of some sessions, or of all sessions of a round, are called now."""
    if not connection.execute(_HAS_COLLECTIONS, {"round_id": round_id}).scalar():
        return
    if session_ids is None:
        _relabel(connection, round_id, None)
        return
    wanted = list(dict.fromkeys(session_ids))
    for start in range(0, len(wanted), MAX_NAMED):
        _relabel(connection, round_id, wanted[start : start + MAX_NAMED])


def relabel_collection(connection: Connection, round_id: str, collection_id: str) -> None:
    """Write what the clips of a new collection are called."""
    _relabel(connection, round_id, None, collection_id)


def _relabel(
    connection: Connection, round_id: str, session_ids: Sequence[str] | None, collection_id: str | None = None
) -> None:
    boxes = {key: _Boxes(each) for key, each in list_boxes(connection, round_id, session_ids).items()}
    none = _Boxes(())
    changed: dict[str, dict[int, str]] = defaultdict(dict)
    for clip in connection.execute(_select_clips(round_id, session_ids, collection_id)):
        label = _find_label(clip, boxes.get(clip.session_id, none).find(clip.start_s, clip.end_s))
        if label != clip.label:
            changed[clip.collection_id][clip.number] = label
    for name, labels in changed.items():
        clips.set_labels(connection, name, labels)


class _Boxes:
    """The boxes of a session, of which it may have thousands, and as many clips that ask for those near them."""

    def __init__(self, boxes: Sequence[_Box]) -> None:
        self._boxes = boxes
        self._order = sorted(range(len(boxes)), key=lambda at: float(boxes[at].start_s))
        self._starts = [float(boxes[at].start_s) for at in self._order]
        self._ends = list(accumulate((float(boxes[at].end_s) for at in self._order), max))  # of all up to here

    def find(self, start_s: float, end_s: float) -> list[_Box]:
        """Find those that may overlap a stretch, in the order in which they were given."""
        first, last = bisect_right(self._ends, start_s), bisect_left(self._starts, end_s)
        return [self._boxes[at] for at in sorted(self._order[first:last])]


def list_boxes(
    connection: Connection, round_id: str, session_ids: Sequence[str] | None = None
) -> dict[str, list[_Box]]:
    """List the boxes of the answers that count, by session."""
    ranked = rank_submissions(round_id, session_ids)
    counting = select(ranked.c.id, ranked.c.session_id).where(ranked.c.age == 1, ranked.c.standing != REJECTED)
    answers = counting.subquery()
    query = select(
        answers.c.session_id,
        annotations.c.submission_id,
        annotations.c.position,
        annotations.c.start_s,
        annotations.c.end_s,
        annotations.c.low_hz,
        annotations.c.high_hz,
        annotations.c.label,
        annotations.c.prediction_id,
    ).join(annotations, annotations.c.submission_id == answers.c.id)
    found: dict[str, list[_Box]] = defaultdict(list)
    for row in connection.execute(query.order_by(annotations.c.submission_id, annotations.c.position)):
        found[row.session_id].append(row)  # type: ignore[arg-type]  # rows of any shape
    return found


def _select_clips(round_id: str, session_ids: Sequence[str] | None, collection_id: str | None) -> Select[Any]:
    query = (
        select(
            clips_table.c.collection_id,
            clips_table.c.number,
            clips_table.c.session_id,
            clips_table.c.start_s,
            clips_table.c.end_s,
            clips_table.c.low_hz,
            clips_table.c.high_hz,
            clips_table.c.box_id,
            clips_table.c.label,
            collections.c.unit,
        )
        .join(collections, collections.c.id == clips_table.c.collection_id)
        .where(collections.c.round_id == round_id)
    )
    if session_ids is not None:
        query = query.where(clips_table.c.session_id.in_(session_ids))
    if collection_id is not None:
        query = query.where(clips_table.c.collection_id == collection_id)
    return query


def _find_label(clip: _Box, boxes: Sequence[_Box]) -> str:
    """Find what a clip is called; a box that is a clip is called as itself, or as what became of it."""
    is_box = clip.unit in (Unit.ANNOTATION.value, Unit.PREDICTION.value)
    best, label = (False, 0.0, 0.0), ""
    for box in boxes:
        shared_s = min(clip.end_s, box.end_s) - max(clip.start_s, box.start_s)
        length_s = min(clip.end_s - clip.start_s, box.end_s - box.start_s)
        if shared_s <= 0 or shared_s < MIN_COVERED * length_s * (1 - 1e-9):
            continue
        alike = _compute_likeness(clip, box, shared_s)
        is_it = clip.box_id in (f"{box.submission_id}:{box.position}", box.prediction_id)
        found = (is_it, alike, shared_s) if is_box else (False, shared_s, alike)
        if found > best:
            best, label = found, str(box.label)
    return label


def _compute_likeness(clip: _Box, box: _Box, shared_s: float) -> float:
    """Compute what two boxes share of what both cover; without a band they cover all frequencies of the other."""
    union_s: float = max(clip.end_s, box.end_s) - min(clip.start_s, box.start_s)
    if None in (clip.low_hz, clip.high_hz, box.low_hz, box.high_hz):
        return shared_s / union_s
    shared_hz: float = max(0.0, min(clip.high_hz, box.high_hz) - max(clip.low_hz, box.low_hz))
    union_hz: float = max(clip.high_hz, box.high_hz) - min(clip.low_hz, box.low_hz)
    return shared_s / union_s * (shared_hz / union_hz if union_hz else 1.0)
