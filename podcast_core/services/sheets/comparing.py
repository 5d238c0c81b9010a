"""The predictions of a sheet against the truth, or against another table: matched by the one rule (`ml.overlaps`).

Boxes with the same label are matched first; of what is left, boxes at the same time with different labels are. What
lies outside of what a truth has searched is compared with nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.sheet import Role
from podcast_core.errors import InvalidInput
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.metrics import Agreement
from podcast_core.ml.measuring.overlaps import DEFAULT_MIN_IOU, Overlaps, Spans, find_overlaps
from podcast_core.ml.measuring.thresholds import Boxes, ByThreshold
from podcast_core.services.pictures.memory_cache import Held
from podcast_core.services.sheets.sheet import CHANNELS, Area, Sheet, SheetTable
from podcast_core.workspace import Workspace

RULE = (
    f"Two boxes match when they have the same label, and their times overlap by at least {DEFAULT_MIN_IOU:.0%} of what "
    "both cover (IoU). Each is used once, and all overlaps together are as large as can be. A box without a score "
    "counts at every threshold."
)
HELD_BYTES, BOX_BYTES = 256 << 20, 200  # that comparisons may keep, and what a box takes in Python

Indices = NDArray[np.int64]


class Relation(StrEnum):
    """What became of a box in a comparison."""

    MATCHED = "matched"
    ALONE = "alone"  # nothing of the other table is there
    LABEL = "label"  # something is there, with another label
    OUTSIDE = "outside"  # below the threshold, or where the truth was not searched: it is not compared


RELATIONS = tuple(Relation)
_MATCHED, _ALONE, _LABEL, _OUTSIDE = range(4)


@dataclass(frozen=True, slots=True)
class Relations:
    """The relation of every box of both tables (places in `RELATIONS`), and its partner in the other, or -1."""

    ours: NDArray[np.int8]
    theirs: NDArray[np.int8]
    our_partner: Indices
    their_partner: Indices

    def count(self) -> dict[str, int]:
        """Count pairs of both kinds, and boxes of each side that are alone."""
        return {
            "matched": int((self.ours == _MATCHED).sum()),
            "only_predictions": int((self.ours == _ALONE).sum()),
            "only_other": int((self.theirs == _ALONE).sum()),
            "label_differs": int((self.ours == _LABEL).sum()),
            "not_compared": int((self.ours == _OUTSIDE).sum()),
        }


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How well one label is found at a threshold; ``suggested`` is the score with the best F1."""

    label: str
    agreement: Agreement
    suggested: Estimate | None


class Compared:
    """Two tables of a sheet, matched once; relations and figures at any threshold are counted from that."""

    def __init__(self, ours: SheetTable, theirs: SheetTable, areas: Sequence[Area] | None) -> None:
        self._tables = ours, theirs
        self.labels = tuple(sorted({*ours.labels, *theirs.labels}))
        self.areas = areas
        self._areas = [_find_areas(each, areas) for each in self._tables]
        self.kept = [np.flatnonzero(each >= 0) for each in self._areas]
        self._boxes = [
            _make_boxes(table, area, kept, self.labels)
            for table, area, kept in zip(self._tables, self._areas, self.kept, strict=True)
        ]
        spans = [Spans(each.area, each.start_s, each.end_s) for each in self._boxes]
        self._overlaps: Overlaps = find_overlaps(spans[1], spans[0])

    @cached_property
    def by_threshold(self) -> ByThreshold:
        """Precision and recall of the predictions, where the other table is the truth."""
        return ByThreshold(self._boxes[1], self._boxes[0], self.labels)

    @cached_property
    def curves(self) -> dict[str, list[dict[str, float]]]:
        """Precision, recall and F1 of each label over thresholds."""
        return self.by_threshold.trace()

    @cached_property
    def suggested(self) -> dict[str, Estimate]:
        """The threshold with the best F1, by label."""
        return self.by_threshold.suggest()

    def measure(self, threshold: float) -> list[LabelFigures]:
        """Measure every label at a threshold."""
        counts = self.by_threshold.count(threshold)
        return [LabelFigures(label, counts[label], self.suggested.get(label)) for label in self.labels]

    def relate(self, threshold: float, other_threshold: float = 0.0) -> Relations:
        """Say of every box whether the other table has it, too."""
        ours, theirs = self._boxes
        keep_ours, keep_theirs = ours.score >= threshold, theirs.score >= other_threshold
        is_same = theirs.label[self._overlaps.known] == ours.label[self._overlaps.found]
        pairs = self._overlaps.among(is_same).pair(known=keep_theirs, found=keep_ours)
        free_theirs, free_ours = keep_theirs.copy(), keep_ours.copy()
        free_theirs[pairs[0]] = free_ours[pairs[1]] = False
        others = self._overlaps.pair(known=free_theirs, found=free_ours)
        found = []
        for side, keep in ((0, keep_ours), (1, keep_theirs)):
            count = len(self._tables[side].placed)
            relation, partner = np.full(count, _OUTSIDE, np.int8), np.full(count, -1, np.int64)
            relation[self.kept[side][keep]] = _ALONE
            for (their, our), kind in ((pairs, _MATCHED), (others, _LABEL)):
                mine, its = (our, their) if side == 0 else (their, our)
                relation[self.kept[side][mine]] = kind
                partner[self.kept[side][mine]] = self.kept[1 - side][its]
            found.append((relation, partner))
        return Relations(found[0][0], found[1][0], found[0][1], found[1][1])


def add_up(measured: Sequence[LabelFigures]) -> LabelFigures | None:
    """Add up the counts of all labels; None where there is nothing to add up."""
    total = sum((each.agreement for each in measured), Agreement(0, 0, 0))
    return LabelFigures("", total, None) if measured else None


def compare(workspace: Workspace, sheet: Sheet, against: Role, *, everywhere: bool = False) -> Compared:
    """Compare a sheet's predictions with its truth or with its other table.

    Parameters
    ----------
    everywhere
        Recordings missing from the ground truth have no calls. Otherwise predictions there are not counted.

    Raises
    ------
    NotFound
        When the sheet has no such table.
    InvalidInput
        When a round's answers are to speak of what nobody has answered, or boxes lie on one another by the thousand.
    """
    key = (workspace.settings.resolved_storage_url, sheet.id, against, everywhere)
    found = _compared.find(key)
    if found is None:
        ours, theirs = sheet.get_table(Role.PREDICTIONS), sheet.get_table(against)
        areas = _list_areas(ours, theirs, everywhere) if against is Role.TRUTH else None
        found = Compared(ours, theirs, areas)
        _compared.add(key, found)
    return found


def _list_areas(ours: SheetTable, truth: SheetTable, everywhere: bool) -> list[Area]:
    if not everywhere:
        return list(truth.areas)
    if any(np.isfinite(each.end_s) for each in truth.areas):
        raise InvalidInput(
            "A round's sessions without an answer were not searched: nobody can say that they are empty."
        )
    known = {each.recording for each in truth.areas}
    places = set(zip(ours.recording.tolist(), ours.channel.tolist(), strict=True))
    more = [
        Area(recording=recording, channel=channel, start_s=0.0, end_s=float("inf"))
        for recording, channel in places
        if recording not in known
    ]
    return sorted([*truth.areas, *more], key=lambda each: (each.recording, each.channel, each.start_s))


def _find_areas(table: SheetTable, areas: Sequence[Area] | None) -> Indices:
    """Find the area that has the middle of each box, -1 where none has; without areas every channel is one."""
    place = table.recording * CHANNELS + table.channel
    if areas is None:
        return place
    if not areas:
        return np.full(len(place), -1, np.int64)
    of_areas = np.array([each.recording * CHANNELS + each.channel for each in areas], np.int64)
    starts, ends = (np.array([getattr(each, name) for each in areas]) for name in ("start_s", "end_s"))
    middle = (table.start_s + table.end_s) / 2
    ranks = np.unique(np.concatenate([of_areas, place]), return_inverse=True)[1]
    step = max(float(middle.max(initial=0.0)), float(starts.max())) + 1
    at = np.searchsorted(ranks[: len(areas)] * step + starts, ranks[len(areas) :] * step + middle, side="right") - 1
    found = np.maximum(at, 0)
    is_in = (at >= 0) & (of_areas[found] == place) & (middle <= ends[found])
    return np.where(is_in, found, -1)


def _make_boxes(table: SheetTable, area: Indices, kept: Indices, labels: Sequence[str]) -> Boxes:
    number = {label: index for index, label in enumerate(labels)}
    codes = np.array([number[label] for label in table.labels], np.int64)
    score = np.where(np.isnan(table.score), 1.0, table.score)
    label = codes[table.label] if len(codes) else table.label
    return Boxes(area[kept], label[kept], table.start_s[kept], table.end_s[kept], score[kept])


def _measure(compared: Compared) -> int:
    return BOX_BYTES * (1 + sum(map(len, compared.kept)))


_compared = Held[Compared](HELD_BYTES, _measure)
