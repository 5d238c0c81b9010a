"""What people say of each clip: yes, its call is there; no, it is not; or unsure.

Nothing of this is kept: it follows from the answers that count. A box says yes, or unsure where it (or the whole
answer) is marked so; a rejected prediction says no, where nothing else is said of the clip.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from podcast_core.domain.collection import Collection
from podcast_core.storage import clips, session_texts
from podcast_core.storage.session_texts import Judged

YES, NO, UNSURE, NOTHING = "yes", "no", "unsure", ""
COLORS = {YES: "#009e73", NO: "#d55e00", UNSURE: "#f0c000"}
MIN_COVERED = 0.5  # of the shorter of clip and box


def find_verdicts(connection: Connection, collection: Collection) -> NDArray[Any]:
    """Find what is said of each clip, in the order of their numbers."""
    of = clips.read_columns(connection, collection.id, ("session_id", "start_s", "end_s", "label", "box_id"))
    found = np.where(of["label"] != "", YES, NOTHING).astype(object)
    numbers: dict[str, list[int]] = {}
    for number, session_id in enumerate(of["session_id"].tolist()):
        numbers.setdefault(session_id, []).append(number)
    starts_s, ends_s = of["start_s"].tolist(), of["end_s"].tolist()
    for some in session_texts.in_parts(session_texts.find_judged, connection, collection.round_id, list(numbers)):
        for session_id, judged in some.items():
            for number in numbers[session_id]:
                place = (starts_s[number], ends_s[number])
                found[number] = _judge(judged, place, of["label"][number], of["box_id"][number])
    return found


def _judge(judged: Sequence[Judged], place: tuple[float, float], label: str, box_id: str) -> str:
    """Find what is said of one clip: by the box that gave it its label, or else by a rejected prediction."""
    if not label:
        is_refused = any(
            each.verdict == NO and (each.prediction_id == box_id or _share(each, place) > 0) for each in judged
        )
        return NO if is_refused else NOTHING
    same = [each for each in judged if each.verdict != NO and each.label == label]
    best = max(same, key=lambda each: (each.prediction_id == box_id != "", _share(each, place)), default=None)
    return YES if best is None else best.verdict


def _share(each: Judged, place: tuple[float, float]) -> float:
    """Measure how many seconds of a clip a box covers; 0 where that is less than half of the shorter of the two."""
    shared_s = min(each.end_s, place[1]) - max(each.start_s, place[0])
    enough = shared_s > 0 and shared_s >= MIN_COVERED * min(each.end_s - each.start_s, place[1] - place[0]) * (1 - 1e-9)
    return shared_s if enough else 0.0
