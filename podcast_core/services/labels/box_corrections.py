"""Boxes relabelled or removed by a reviewer who saw each of them: told before what would happen, and undone as one.

Each touched answer gets a correction in the reviewer's name, as if it had been corrected in the editor: the original is
kept, the new answer says the same of the session as a whole, and a review says who corrected what. All of it is one
bulk act (`bulk`). What cannot be corrected is left, each box with the reason: nobody changes what they have not seen.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.bulk_act import BulkAct, BulkDeed, How
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import InvalidInput, count_of, name_some
from podcast_core.services.access import needs
from podcast_core.services.labels import bulk, independence
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.bulk_answers import find_moment
from podcast_core.storage import bulk as touching
from podcast_core.storage import predictions, rounds
from podcast_core.storage.bulk import Touched
from podcast_core.workspace import Workspace

MAX_BOXES = 10_000  # of one act; chosen: nobody looks at more before they act
NOTHING, NEWER = "no such box in an answer that counts", "a newer answer"
GOLD = "decided between several answers: correct it in its session"
ARCHIVED, SAME = "its recording is archived", "has this label already"


@dataclass(frozen=True, slots=True)
class SeenBox:
    """A box that somebody saw: its number (from 0) in an answer of a session."""

    session_id: str
    submission_id: str
    number: int


@dataclass(frozen=True, slots=True)
class LeftBox:
    """A box that is not corrected, and why."""

    box: SeenBox
    reason: str


@dataclass(frozen=True, slots=True)
class CorrectedAnswer:
    """An answer that is corrected (``submission_id``), by which one, and the numbers of the boxes that it loses."""

    session_id: str
    submission_id: str
    corrected_id: str
    removed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Correcting:
    """What a correction of boxes would do, or did: so many boxes of these answers; the others are left.

    ``kept``: boxes of these answers that stay as they are. Verdicts are on answers as wholes, so that these count as
    corrected, too: they wait for review no longer.
    """

    changed: int
    kept: int
    answers: tuple[CorrectedAnswer, ...]
    left: tuple[LeftBox, ...]
    act: BulkAct | None = None

    @property
    def reasons(self) -> dict[str, int]:
        """Count what is left by reason, the most first."""
        return dict(Counter(each.reason for each in self.left).most_common())


@dataclass(frozen=True, slots=True)
class _Worked:
    """What is worked out: for people to read, and the answers that it makes, with the recordings of their sessions."""

    told: Correcting
    made: list[Submission]
    recording_ids: dict[str, str]


def preview(workspace: Workspace, *, round_id: str, boxes: Sequence[SeenBox], label: str) -> Correcting:
    """Say what `correct_boxes` would do.

    Raises
    ------
    NotFound
        When there is no such round.
    Forbidden
        When who asks may see their own answers only.
    InvalidInput
        When the round has no such label, or these are more than `MAX_BOXES` boxes.
    """
    act = _make_act("preview", round_id, boxes, label, "preview")
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        return _work_out(connection, act, boxes).told


@needs("review")
def correct_boxes(
    workspace: Workspace, *, act_id: str, round_id: str, boxes: Sequence[SeenBox], label: str, who: str
) -> Correcting:
    """Give boxes another label, or (an empty one) remove them; the same act again, by its id, is harmless.

    `label_acts.undo_deletion` takes it back.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When nothing can be corrected, the round has no such label, or these are more than `MAX_BOXES` boxes.
    Conflict
        When the round is archived, or the id was used for another act.
    """
    asked = _make_act(act_id, round_id, boxes, label, who)
    with bulk.acting(workspace, asked, {each.session_id for each in boxes}) as act:
        with workspace.database.reading() as connection:
            if known := bulk.find_repeated(connection, act):
                return Correcting(known.act.changed, 0, (), (), known.act)
            check_not_archived(connection, rounds.get_round(connection, round_id))
            found = _work_out(connection, act, boxes)
        if not found.made:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in found.told.reasons.items())
            raise InvalidInput(f"Nothing can be corrected: {reasons or 'no box is meant'}. Nothing was changed.")
        act = replace(
            act,
            changed=found.told.changed,
            left=len(found.told.left),
            corrects=tuple(each.submission_id for each in found.told.answers),
        )
        done = bulk.keep(workspace, act, found.made, found.recording_ids)
    return replace(found.told, act=done.act)


def _make_act(act_id: str, round_id: str, boxes: Sequence[SeenBox], label: str, who: str) -> BulkAct:
    if len(boxes) > MAX_BOXES:
        raise InvalidInput(f"At most {count_of(MAX_BOXES, 'box', 'es')} are corrected at once; found {len(boxes):,}.")
    places = sorted([each.session_id, each.submission_id, each.number] for each in boxes)
    asked = hashlib.sha256(json.dumps([How.REVIEW, label, places]).encode()).hexdigest()
    deed = BulkDeed.LABEL if label else BulkDeed.REMOVE
    return BulkAct(act_id, round_id, deed, who, How.REVIEW, label, clip_count=len(boxes), asked=asked)


def _work_out(connection: Connection, act: BulkAct, boxes: Sequence[SeenBox]) -> _Worked:
    round_ = rounds.get_round(connection, act.round_id)
    if act.label and act.label not in round_.label_names:
        raise InvalidInput(f"Label {act.label[:80]!r} is not in the round's list: {name_some(round_.label_names)}.")
    by_session: dict[str, set[SeenBox]] = defaultdict(set)
    for each in boxes:
        by_session[each.session_id].add(each)
    touched = touching.list_touched(connection, act.round_id, by_session)
    left: list[LeftBox] = []
    chosen: dict[str, set[int]] = {}
    for session_id, wanted in by_session.items():
        reasons = {each: _find_reason(touched.get(session_id), each, act.label) for each in wanted}
        left += [LeftBox(each, reason) for each, reason in reasons.items() if reason]
        fitting = {each.number for each, reason in reasons.items() if not reason}
        if fitting:
            chosen[session_id] = fitting
    named = _list_named(connection, act.round_id, [(touched[each].answer, chosen[each]) for each in chosen])
    told, made = [], []
    for session_id, numbers in sorted(chosen.items()):
        here = touched[session_id]
        answer = _correct(act, here, numbers, named)
        made.append(answer)
        removed = () if act.label else tuple(sorted(numbers))
        told.append(CorrectedAnswer(session_id, here.answer.id if here.answer else "", answer.id, removed))
    changed = sum(len(each) for each in chosen.values())
    left.sort(key=lambda each: (each.box.session_id, each.box.number))
    kept = sum(len(each.annotations) for each in made) - (changed if act.label else 0)
    recording_ids = {each: touched[each].session.recording_id for each in chosen}
    return _Worked(Correcting(changed, kept, tuple(told), tuple(left)), made, recording_ids)


def _find_reason(here: Touched | None, box: SeenBox, label: str) -> str:
    """Say why a box is not corrected; empty when it is."""
    if here is None or here.answer is None:
        return NOTHING
    if here.is_archived:
        return ARCHIVED
    if here.answer.id != box.submission_id:
        return NEWER
    if here.answer.is_gold:
        return GOLD
    if not 0 <= box.number < len(here.answer.annotations):
        return NOTHING
    return SAME if here.answer.annotations[box.number].label == label else ""


def _list_named(
    connection: Connection, round_id: str, chosen: Iterable[tuple[Submission | None, set[int]]]
) -> dict[str, Prediction]:
    """Look up the predictions that boxes came from: of those that are removed, somebody has judged them now."""
    ids = {
        box.prediction_id
        for answer, numbers in chosen
        if answer is not None
        for number, box in enumerate(answer.annotations)
        if number in numbers and box.prediction_id
    }
    found: dict[str, Prediction] = {}
    for some in touching.chunk(sorted(ids)):
        found.update({each.id: each for each in predictions.list_named(connection, round_id, some)})
    return found


def _correct(act: BulkAct, here: Touched, numbers: set[int], named: Mapping[str, Prediction]) -> Submission:
    """Make the correction of an answer: what it says of the session as a whole stays."""
    before = here.answer
    if before is None:
        raise InvalidInput(f"Session {here.session.id} has no answer.")
    boxes: list[Annotation] = []
    rejected = {each.id: each for each in before.rejected}
    for number, box in enumerate(before.annotations):
        if number not in numbers:
            boxes.append(box)
        elif act.label:
            boxes.append(_relabel(box, act.label))
        elif box.prediction_id is not None and box.prediction_id in named:
            rejected[box.prediction_id] = named[box.prediction_id]
    kept = {box.prediction_id for box in boxes}
    outcome = Outcome.EMPTY if before.outcome is Outcome.LABELLED and not boxes else before.outcome
    return replace(
        before,
        id=bulk.name_answer(act, here.session.id),
        annotator=act.who,
        outcome=outcome,
        annotations=tuple(boxes),
        rejected=tuple(each for each in rejected.values() if each.id not in kept),
        comment="",
        base_revision=here.revision,
        revision=0,
        started_at=None,
        submitted_at=find_moment(act, here),
        active_s=None,
        action_count=None,
        beside=False,
        bulk_id=act.id,
        restores="",
    )


def _relabel(box: Annotation, label: str) -> Annotation:
    """Give a box another label: it is a person's word now, on the place that a model or a person drew."""
    origin = Origin.NEW if box.prediction_id is None else Origin.MODEL_EDITED
    return replace(box, label=label, origin=origin, bulk_id="")
