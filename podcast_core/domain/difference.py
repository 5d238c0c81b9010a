"""Differences between two answers for one session: which boxes came, went, moved, or were called something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.submission import Submission


class Change(StrEnum):
    """What became of a box; of a box that was moved and has another label, it is relabelled.

    Noted: only what is written about it differs (comment, unsure, individual, call type).
    """

    ADDED = "added"
    REMOVED = "removed"
    RELABELLED = "relabelled"
    MOVED = "moved"
    NOTED = "noted"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class BoxDifference:
    """One box before and after; one of the two is None where it was added or removed."""

    before: Annotation | None
    after: Annotation | None

    @property
    def change(self) -> Change:
        """What became of it."""
        if self.before is None:
            return Change.ADDED
        if self.after is None:
            return Change.REMOVED
        if self.before.label != self.after.label:
            return Change.RELABELLED
        if self.is_moved:
            return Change.MOVED
        return Change.SAME if _list_notes(self.before) == _list_notes(self.after) else Change.NOTED

    @property
    def is_moved(self) -> bool:
        """Whether it has another place, whatever its label is."""
        return self.before is not None and self.after is not None and not self.before.is_at(self.after)

    @property
    def box(self) -> Annotation:
        """The box as it is after, or was before it was removed."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two answers of one session; ``before`` is None where nothing was there before.

    ``boxes`` are sorted by time, and are those of both answers: each is in one difference.
    """

    before: Submission | None
    after: Submission
    boxes: tuple[BoxDifference, ...]

    def count(self) -> dict[Change, int]:
        """Count the boxes by what became of them, in the order of `Change`; what is not there is left out."""
        found = [each.change for each in self.boxes]
        return {change: found.count(change) for change in Change if change in found}

    @property
    def outcomes(self) -> tuple[str, str] | None:
        """The outcomes, where they differ; before the first answer it is ``unreviewed``, and told by none."""
        return self._differ("outcome")

    @property
    def comments(self) -> tuple[str, str] | None:
        """The comments, where they differ."""
        return self._differ("comment")

    def _differ(self, name: str) -> tuple[str, str] | None:
        if self.before is None:
            return None
        both: tuple[str, str] = (str(getattr(self.before, name)), str(getattr(self.after, name)))
        return both if both[0] != both[1] else None


def sort_differences(found: Sequence[BoxDifference]) -> tuple[BoxDifference, ...]:
    """Sort by time, then by frequency and label."""
    keyed = sorted(found, key=lambda each: (each.box.start_s, each.box.end_s, each.box.low_hz or 0.0, each.box.label))
    return tuple(keyed)


def _list_notes(box: Annotation) -> tuple[str, bool, str, str]:
    return box.comment, box.unsure, box.individual, box.call_type
