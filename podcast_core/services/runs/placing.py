"""Where the calls of a model run belong: sorted from the pieces that it looked at into the sessions of any round."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from podcast_core.domain.piece import Piece
from podcast_core.domain.run import PieceScore, RunBox
from podcast_core.domain.session import Session

ROUNDING_S = 1e-6
HEARD_S = 1e-3  # of a session may be missing: recordings are cut at frames


def place(
    pieces: Sequence[PieceScore], boxes: Sequence[tuple[int, RunBox]], targets: Sequence[Session]
) -> dict[str, list[RunBox]]:
    """Sort calls (with the position of their piece) into sessions; a session is in it when all of it was heard.

    Calls are in seconds of the recording. One over the border of two pieces is one call with its best score before it
    is cut at the borders of sessions.
    """
    by_position: dict[int, list[RunBox]] = defaultdict(list)
    for position, box in boxes:
        by_position[position].append(box)
    channels: dict[tuple[str, int], list[PieceScore]] = defaultdict(list)
    for each in sorted(pieces, key=lambda each: (each.piece.start_s, each.piece.end_s)):
        channels[each.piece.recording_id, each.piece.channel].append(each)
    placed: dict[str, list[RunBox]] = {each.id: [] for each in targets}
    heard_s: dict[str, float] = defaultdict(float)
    homes: dict[tuple[str, int], list[Session]] = defaultdict(list)
    for session in sorted(targets, key=lambda each: (each.start_s, each.end_s)):
        homes[session.recording_id, session.channel].append(session)
    for key, inside in channels.items():
        spans, calls = _make_disjoint(inside, by_position)
        home = homes[key]
        ends = [each.end_s for each in home]
        for start_s, end_s in spans:
            for session in _overlap(home, ends, start_s, end_s):
                heard_s[session.id] += min(end_s, session.end_s) - max(start_s, session.start_s)
        for box in calls:
            for session in _overlap(home, ends, box.start_s, box.end_s):
                placed[session.id].append(_cut(box, session.start_s, session.end_s))
    return {each.id: placed[each.id] for each in targets if heard_s[each.id] > each.duration_s - HEARD_S}


def match(pieces: Sequence[PieceScore], targets: Sequence[Session]) -> dict[int, str] | None:
    """Say by the position of each piece which session it is.

    None unless each is a session of its own, and no two sessions overlap.
    """
    ids = {_place(each): each.id for each in targets}
    spans = sorted(map(_place, targets))
    if any(one[:2] == other[:2] and one[3] > other[2] + ROUNDING_S for one, other in pairwise(spans)):
        return None
    homes = {each.position: ids.get(_place(each.piece), "") for each in pieces}
    return homes if all(homes.values()) and len(set(homes.values())) == len(homes) else None


def _place(each: Session | Piece) -> tuple[str, int, float, float]:
    return each.recording_id, each.channel, each.start_s, each.end_s


def _make_disjoint(
    inside: Sequence[PieceScore], by_position: Mapping[int, Sequence[RunBox]]
) -> tuple[list[tuple[float, float]], list[RunBox]]:
    """Let each moment of a channel be of one piece only, and join the calls of one label that meet at a border."""
    spans: list[tuple[float, float]] = []
    calls: list[RunBox] = []
    until_s, first = 0.0, 0  # the calls of the piece before begin here
    for each in inside:
        start_s, end_s = max(each.piece.start_s, until_s), each.piece.end_s
        if end_s - start_s < ROUNDING_S:
            continue
        before = range(first, len(calls))
        first = len(calls)
        open_calls = {calls[index].label: index for index in before if calls[index].end_s > start_s - ROUNDING_S}
        for box in by_position.get(each.position, ()):
            if box.end_s - max(box.start_s, start_s) < ROUNDING_S:
                continue
            index = open_calls.get(box.label)
            if index is not None and box.start_s < start_s + ROUNDING_S:
                calls[index] = replace(calls[index], end_s=box.end_s, score=max(calls[index].score, box.score))
                del open_calls[box.label]
                first = min(first, index)  # it may go on over the next border, too
            else:
                calls.append(_cut(box, start_s, end_s))
        spans.append((start_s, end_s))
        until_s = end_s
    return spans, calls


def _cut(box: RunBox, start_s: float, end_s: float) -> RunBox:
    """Cut a call at both ends; most are not, and making another one would take most of the time."""
    if start_s <= box.start_s and box.end_s <= end_s:
        return box
    return replace(box, start_s=max(box.start_s, start_s), end_s=min(box.end_s, end_s))


def _overlap(inside: Sequence[Session], ends: Sequence[float], start_s: float, end_s: float) -> Iterator[Session]:
    """Find the sessions of one channel, in time, that a span touches; ``ends`` are their ends, in seconds."""
    for index in range(bisect_right(ends, start_s + ROUNDING_S), len(inside)):
        if inside[index].start_s >= end_s - ROUNDING_S:
            return
        yield inside[index]
