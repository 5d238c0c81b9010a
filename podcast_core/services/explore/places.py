"""Which clips a collection has: sessions, windows over them, or the boxes that people or machines drew."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from sqlalchemy import Connection

from podcast_core.domain.clip import PART_CLIPS, ClipPart
from podcast_core.domain.collection import Collection, Unit
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput, count_of
from podcast_core.storage import clip_labels, predictions, recordings, sessions
from podcast_core.storage.clips import GIVEN

MAX_CLIPS = 2_000_000  # of one collection; the shortest windows over a day of sound would be 17 million

Place = tuple[Any, ...]
"""Values of a clip in the order of `podcast_core.storage.clips.GIVEN`."""


def find_places(connection: Connection, collection: Collection) -> list[Place]:
    """Find the clips of a collection, in the order of the round's queue and of time.

    Raises
    ------
    InvalidInput
        When windows would be more than a collection holds, before any is made.
    """
    shown = sessions.list_sessions(connection, collection.round_id)
    match collection.unit:
        case Unit.SESSION:
            return [make_place(each, each.start_s, each.end_s) for each in shown]
        case Unit.WINDOW:
            assert collection.window_s is not None
            assert collection.hop_s is not None
            count = sum(
                count_windows(each.start_s, each.end_s, collection.window_s, collection.hop_s) for each in shown
            )
            if count > MAX_CLIPS:
                raise InvalidInput(
                    f"Windows of {collection.window_s:g} s every {collection.hop_s:g} s would be "
                    f"{count_of(count, 'clip')}; a collection has at most {MAX_CLIPS:,}. Choose a longer hop."
                )
            return [
                make_place(each, start_s, end_s)
                for each in shown
                for start_s, end_s in cut_windows(each.start_s, each.end_s, collection.window_s, collection.hop_s)
            ]
        case _:
            known = {each.id: each for each in recordings.list_recordings(connection, {s.recording_id for s in shown})}
            return list(_find_boxes(connection, collection, shown, known))


def count_windows(start_s: float, end_s: float, window_s: float, hop_s: float) -> int:
    """Count the windows that `cut_windows` cuts."""
    return int((end_s - start_s - window_s) / hop_s + 1e-6) + 1 if end_s - start_s >= window_s - 1e-6 else 1


def cut_windows(start_s: float, end_s: float, window_s: float, hop_s: float) -> list[tuple[float, float]]:
    """Cut a session into windows that lie within it; one that is shorter than a window is one clip."""
    if end_s - start_s < window_s - 1e-6:
        return [(start_s, end_s)]
    count = count_windows(start_s, end_s, window_s, hop_s)
    starts = (start_s + np.arange(count) * hop_s).round(9)
    ends = np.minimum(starts + window_s, end_s).round(9)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _find_boxes(
    connection: Connection, collection: Collection, shown: Iterable[Session], known: dict[str, Recording]
) -> Iterator[Place]:
    """Find boxes in the order of the queue, each cut to its recording: what reaches beyond cannot be heard."""
    boxes: dict[str, list[tuple[Any, str]]] = {}
    if collection.unit is Unit.ANNOTATION:
        for session_id, rows in clip_labels.list_boxes(connection, collection.round_id).items():
            boxes[session_id] = [(row, f"{row.submission_id}:{row.position}") for row in rows]
    else:
        wanted = collection.parameters.get("model")
        for box in predictions.list_predictions(connection, collection.round_id):
            if not wanted or box.model == wanted:
                boxes.setdefault(box.session_id, []).append((box, box.id))
    for session in shown:
        longest_s = known[session.recording_id].duration_s
        for box, box_id in sorted(boxes.get(session.id, ()), key=lambda each: (each[0].start_s, each[1])):
            if box.start_s < longest_s:
                yield make_place(session, box.start_s, min(box.end_s, longest_s), box.low_hz, box.high_hz, box_id)


def make_place(
    session: Session,
    start_s: float,
    end_s: float,
    low_hz: float | None = None,
    high_hz: float | None = None,
    box_id: str = "",
) -> Place:
    """Make the values of a clip of a session."""
    where = (session.id, session.recording_id, session.channel, float(start_s), float(end_s), low_hz, high_hz, box_id)
    return (*where, "raw", "", "", "")


def make_parts(collection_id: str, places: list[Place]) -> list[ClipPart]:
    """Make the parts that the store and the database keep."""
    return [
        ClipPart(
            collection_id,
            start // PART_CLIPS,
            len(places),
            dict(zip(GIVEN, zip(*places[start : start + PART_CLIPS], strict=True), strict=True)),
        )
        for start in range(0, len(places), PART_CLIPS)
    ]
