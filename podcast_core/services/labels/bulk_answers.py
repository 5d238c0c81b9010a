"""What a bulk act makes of one session's answer. Pure functions; `bulk` feeds them.

The answer that counts is what the act builds on: its boxes stay as they are, with their origins. What the new answer
says of the session as a whole (decision 29):

- *labelled* stays *labelled*: the session was searched, and one more of its calls has a name;
- everything else becomes *verified*: boxes were judged, and nobody searched the rest. That holds for *empty* too, which
  a call refutes, and for *unsure*, whose own boxes are marked unsure from then on;
- such an answer speaks of some stretches only, so that the session stays open for whoever searches it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.box import Box
from podcast_core.domain.bulk_act import BulkAct
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.storage.bulk import Touched

NEXT = timedelta(microseconds=1)  # the least that two answers can be apart


@dataclass(frozen=True, slots=True)
class BulkStretch(Box):
    """A stretch of a session that gets or loses a label, in seconds of the *recording*.

    Without ``prediction_id`` it is the stretch itself that is labelled; with one, the prediction is accepted or gets
    another label; `bulk` looks up which it is. ``label`` is the one that the stretch has now, where several boxes have
    one place.
    """

    session_id: str
    prediction_id: str = ""
    label: str = ""
    prediction: Prediction | None = None


class Draft:
    """A session's boxes while a bulk act changes them.

    ``changed`` counts the stretches that have another label now, ``left`` those that were left alone.
    """

    def __init__(self, boxes: Iterable[Annotation]) -> None:
        self.changed, self.left = 0, 0
        self._boxes: list[Annotation | None] = []
        self._at: dict[int, list[int]] = defaultdict(list)  # where boxes begin: a session may have thousands
        self._of: dict[str, list[int]] = defaultdict(list)
        for box in boxes:
            self.add(box)

    @property
    def boxes(self) -> list[Annotation]:
        """The boxes as they are now."""
        return [box for box in self._boxes if box is not None]

    def give(self, stretch: BulkStretch, act: BulkAct) -> None:
        """Give a stretch the act's label; one that has it stays as it is."""
        found = self.find_all(stretch, stretch.label)
        others = [(index, box) for index, box in found if box.label != act.label]
        if found and not others:
            return
        if not found:
            self.add(_draw(stretch, act))
        for index, box in others:
            self.put(index, replace(box, label=act.label, origin=Origin.BULK, bulk_id=act.id))
        self.changed += 1

    def take(self, stretch: BulkStretch, label: str) -> None:
        """Take a stretch's label (any, or only this one) from it; other boxes that it overlaps stay."""
        found = [(at, box) for at, box in self.find_all(stretch, label or stretch.label) if label in ("", box.label)]
        for index, _ in found:
            self.put(index, None)
        self.changed += bool(found)
        self.left += not found and bool(stretch.label) and label in ("", stretch.label)

    def find_all(self, stretch: BulkStretch, label: str) -> list[tuple[int, Annotation]]:
        """Find the boxes that are a stretch: all of its prediction, or the one at its place, best with a label."""
        if stretch.prediction is not None:
            listed = self._of[stretch.prediction.id]
            return [(index, box) for index in listed if (box := self._boxes[index]) is not None]
        here = self.find_at(stretch)
        return sorted(here, key=lambda each: (each[1].label != label, each[1].origin != Origin.BULK))[:1]

    def find_at(self, place: Annotation | BulkStretch) -> list[tuple[int, Annotation]]:
        """Find the boxes at a place."""
        near = _bin(place)
        listed = sorted(index for each in (near - 1, near, near + 1) for index in self._at.get(each, ()))
        found = ((index, self._boxes[index]) for index in listed)
        return [(index, box) for index, box in found if box is not None and box.is_at(place)]

    def add(self, box: Annotation) -> None:
        """Add a box."""
        self._at[_bin(box)].append(len(self._boxes))
        self._of[box.prediction_id or ""].append(len(self._boxes))
        self._boxes.append(box)

    def put(self, index: int, box: Annotation | None) -> None:
        """Put a box of the same place and prediction, or nothing, where another one is."""
        self._boxes[index] = box


def make_answer(
    act: BulkAct, touched: Touched, boxes: Sequence[Annotation], submission_id: str, named: Iterable[Prediction] = ()
) -> Submission:
    """Make the new answer of a session from its boxes.

    Parameters
    ----------
    named
        Predictions of older sets that the act names: the page shows the newest sets only.
    """
    before, session = touched.answer, touched.session
    outcome = find_outcome(before, boxes)
    if before is not None and before.outcome is Outcome.UNSURE:
        old = set(before.annotations)
        boxes = [replace(box, unsure=True) if box in old else box for box in boxes]
    kept = {box.prediction_id for box in boxes}
    rejected = [] if before is None else [each for each in before.rejected if each.id not in kept]
    known = {each.id: each for each in (() if before is None else before.unreviewed)}
    if outcome is Outcome.VERIFIED:
        known |= {each.id: each for each in touched.predictions}
    dropped = {box.prediction_id for box in (() if before is None else before.annotations)} - kept
    known |= {each.id: each for each in (*touched.predictions, *named) if each.id in dropped}
    gone = kept | {each.id for each in rejected}
    return Submission(
        id=submission_id,
        round_id=session.round_id,
        session_id=session.id,
        annotator=act.who,
        outcome=outcome,
        annotations=tuple(sorted(boxes, key=lambda box: (box.start_s, box.end_s, box.low_hz or 0, box.label))),
        rejected=tuple(rejected),
        unreviewed=tuple(known[each] for each in sorted(known) if each not in gone),
        comment=before.comment if before is not None and before.annotator == act.who else "",
        base_revision=touched.revision,
        submitted_at=find_moment(act, touched),
        bulk_id=act.id,
        partial=outcome is Outcome.VERIFIED and (before is None or before.partial or before.outcome is not outcome),
    )


def find_moment(act: BulkAct, touched: Touched) -> datetime:
    """Say when an answer was given: after all that it builds on, also where the act had to wait for one of them."""
    return act.acted_at if touched.newest_at is None else max(act.acted_at, touched.newest_at + NEXT)


def find_outcome(before: Submission | None, boxes: Sequence[Annotation]) -> Outcome:
    """Say what a bulk act says of a session as a whole; see the module."""
    was_searched = before is not None and before.outcome is Outcome.LABELLED
    return Outcome.LABELLED if was_searched and boxes else Outcome.VERIFIED


def take_back(
    made: Submission, before: Submission | None, boxes: Iterable[Annotation], *, corrects: bool = False
) -> Draft:
    """Take back what an act did to a session that somebody has changed since.

    Only boxes that still stand as the act left them are taken back: each becomes what it was before, or goes. Boxes
    that the act removed come back where nothing else is now.

    Parameters
    ----------
    made, before
        The answer that the act made, and the one that counted before.
    boxes
        Those of the answer that counts now.
    corrects
        A reviewer did it, whose boxes do not say so themselves: they are those that the earlier answer had not.
    """
    before_boxes = before.annotations if before is not None else ()
    earlier, draft = Draft(before_boxes), Draft(boxes)
    for box in made.annotations:
        if box.bulk_id != made.bulk_id and (not corrects or box in before_boxes):
            continue
        now = [(at, each) for at, each in draft.find_at(box) if (each.bulk_id, each.label) == (box.bulk_id, box.label)]
        was = [each for _, each in earlier.find_at(box) if each.prediction_id == box.prediction_id]
        if now:
            draft.put(now[0][0], was[0] if was else None)
        draft.changed += bool(now)
        draft.left += not now
    kept = Draft(made.annotations)
    for box in earlier.boxes:
        if any(each.prediction_id == box.prediction_id for _, each in kept.find_at(box)):
            continue
        is_taken = bool(draft.find_at(box))
        if not is_taken:
            draft.add(box)
        draft.changed += not is_taken
        draft.left += is_taken
    return draft


def _bin(place: Annotation | BulkStretch) -> int:
    return round(place.start_s * 1e3)  # far wider than what is the same


def _draw(stretch: BulkStretch, act: BulkAct) -> Annotation:
    box = stretch.prediction or stretch
    drawn = Annotation(
        box.start_s,
        box.end_s,
        act.label,
        low_hz=box.low_hz,
        high_hz=box.high_hz,
        origin=Origin.BULK,
        bulk_id=act.id,
    )
    if stretch.prediction is None:
        return drawn
    known = stretch.prediction
    return replace(drawn, prediction_id=known.id, score=known.score, model=known.model)
