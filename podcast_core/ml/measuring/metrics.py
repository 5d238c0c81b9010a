"""How well found calls agree with known ones, by the rules of WhisperSeg's evaluation, and more.

All functions take one list of calls per recording (or per annotated area); counts are added up over recordings before
a share is formed (micro average). Nothing to find and nothing found is full agreement: F1 is then 1.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Call
from podcast_core.errors import InvalidInput

FRAME_S = 0.001  # WhisperSeg's
NOTHING = ""
"""The label of a confusion matrix for "no call"; no call can have it."""
ROUNDING_S = 1e-9  # of times in binary: less than any recorder's sample


Calls = Sequence[Call]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of calls or of frames: right (found and known), found, known."""

    right: int
    found: int
    known: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 1 when nothing was found and nothing was known."""
        return self.right / self.found if self.found else float(not self.known)

    @property
    def recall(self) -> float:
        """The share of what is known that was found; 1 when there was nothing to find."""
        return self.right / self.known if self.known else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall: 2 right / (found + known)."""
        total = self.found + self.known
        return 2 * self.right / total if total else 1.0

    def __add__(self, other: "Agreement") -> "Agreement":
        """Add the counts of another recording."""
        return Agreement(self.right + other.right, self.found + other.found, self.known + other.known)


def compare_segments(
    known: Sequence[Calls], found: Sequence[Calls], *, tolerance_s: float, with_labels: bool = True
) -> Agreement:
    """Count the found calls whose start and end are both right.

    Each found call, in order of start, takes the first known call that is still free, whose start and end both differ
    by at most the tolerance, and that has the same label.

    Parameters
    ----------
    known, found
        One list of calls per recording, in the same order of recordings.
    tolerance_s
        The largest difference at either end, in seconds.
    with_labels
        Whether the labels must be equal, too.
    """
    return sum(
        (
            Agreement(len(_match(true, guess, tolerance_s, with_labels)), len(guess), len(true))
            for true, guess in _pairs(known, found)
        ),
        Agreement(0, 0, 0),
    )


def compare_frames(known: Sequence[Calls], found: Sequence[Calls], *, with_labels: bool = True) -> Agreement:
    """Count frames of 1 ms: right where both have a call, and the same label unless ``with_labels`` is false.

    Where calls of one list overlap, the later one in the list counts.
    """
    labels = {label: index for index, label in enumerate(_list_labels(known, found))}
    total = Agreement(0, 0, 0)
    for true, guess in _pairs(known, found):
        count = max((_to_frame(call.end_s) for call in (*true, *guess)), default=0)
        left, right = (_paint(calls, count, labels if with_labels else None) for calls in (true, guess))
        total += Agreement(int(((left == right) & (left >= 0)).sum()), int((right >= 0).sum()), int((left >= 0).sum()))
    return total


def compare_per_label(known: Sequence[Calls], found: Sequence[Calls], *, tolerance_s: float) -> dict[str, Agreement]:
    """Count as `compare_segments` does, for each label by itself; sorted by label."""
    return {
        label: compare_segments(
            [[call for call in calls if call.label == label] for calls in known],
            [[call for call in calls if call.label == label] for calls in found],
            tolerance_s=tolerance_s,
        )
        for label in _list_labels(known, found)
    }


def count_confusions(
    known: Sequence[Calls], found: Sequence[Calls], *, tolerance_s: float
) -> dict[tuple[str, str], int]:
    """Count how calls of one label were called: (label, label found) -> calls; `NOTHING` is no call.

    Calls are matched by their times, as in `compare_segments` without labels.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for true, guess in _pairs(known, found):
        matches = _match(true, guess, tolerance_s, with_labels=False)
        counts.update((one.label, other.label) for one, other in matches)
        counts.update((label, NOTHING) for label in (Counter(c.label for c in true) - _first(matches)).elements())
        counts.update((NOTHING, label) for label in (Counter(c.label for c in guess) - _second(matches)).elements())
    return dict(sorted(counts.items()))


def count_false_alarms(known: Sequence[Calls], found: Sequence[Calls]) -> int:
    """Count the found calls that no known call overlaps in time, whatever their labels.

    Divide by the hours of audio that were searched for false alarms per hour.
    """
    alarms = 0
    for true, guess in _pairs(known, found):
        starts = np.array(sorted(call.start_s for call in true))
        ends = np.array(sorted(call.end_s for call in true))
        for call in guess:  # those that began before it ends, less those that ended before it begins
            began = np.searchsorted(starts, call.end_s, side="left")
            ended = np.searchsorted(ends, call.start_s, side="right")
            alarms += int(began == ended)
    return alarms


def _match(known: Calls, found: Calls, tolerance_s: float, with_labels: bool) -> list[tuple[Call, Call]]:
    """Match as `compare_segments` says; pairs of (known, found)."""
    ordered = sorted(known, key=lambda call: call.start_s)
    starts = [call.start_s for call in ordered]
    free: list[Call | None] = list(ordered)
    matches = []
    for guess in sorted(found, key=lambda call: call.start_s):
        index = bisect_left(starts, guess.start_s - tolerance_s - ROUNDING_S)
        while index < len(starts) and starts[index] <= guess.start_s + tolerance_s + ROUNDING_S:
            true = free[index]
            if true is not None and _agree(true, guess, tolerance_s, with_labels):
                matches.append((true, guess))
                free[index] = None
                break
            index += 1
    return matches


def _agree(one: Call, other: Call, tolerance_s: float, with_labels: bool) -> bool:
    limit_s = tolerance_s + ROUNDING_S  # 0.12 - 0.1 is more than 0.02 in binary
    return (
        abs(one.start_s - other.start_s) <= limit_s
        and abs(one.end_s - other.end_s) <= limit_s
        and (not with_labels or one.label == other.label)
    )


def _paint(calls: Calls, count: int, labels: dict[str, int] | None) -> NDArray[np.int32]:
    """Give each frame the index of its call's label, -1 where there is no call."""
    frames = np.full(count, -1, np.int32)
    for call in calls:
        frames[_to_frame(call.start_s) : _to_frame(call.end_s)] = labels[call.label] if labels else 0
    return frames


def _to_frame(time_s: float) -> int:
    return round(time_s / FRAME_S)


def _first(matches: list[tuple[Call, Call]]) -> Counter[str]:
    return Counter(call.label for call, _ in matches)


def _second(matches: list[tuple[Call, Call]]) -> Counter[str]:
    return Counter(call.label for _, call in matches)


def _list_labels(known: Sequence[Calls], found: Sequence[Calls]) -> list[str]:
    return sorted({call.label for calls in (*known, *found) for call in calls})


def _pairs(known: Sequence[Calls], found: Sequence[Calls]) -> list[tuple[Calls, Calls]]:
    if len(known) != len(found):
        raise InvalidInput(f"Expected as many lists of found calls as of known ones, {len(known)}, found {len(found)}.")
    return list(zip(known, found, strict=True))
