"""Prediction sets and submissions, put together from boxes that have found their sessions.

Ids are digests of content, so that the same content, from whatever file, makes the same thing.
"""

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.box import MAX_LABEL_LENGTH
from podcast_core.domain.checks import check_text
from podcast_core.domain.prediction import Prediction, PredictionColumns, PredictionSet
from podcast_core.domain.round import Round
from podcast_core.domain.submission import UNREVIEWED, Outcome, Submission
from podcast_core.errors import InvalidInput, count_of, name_some
from podcast_core.formats.contents import NOTES, BoxColumns, FileAnswer, FileBox
from podcast_core.formats.findings import LeftOut, Why, file_of
from podcast_core.formats.placing import Placed, PlacedColumns, Places
from podcast_core.formats.tables import one_line

UNNAMED_MODEL = "imported"
DIGITS = 6  # of seconds and hertz: what the arithmetic of another format may change is no difference

ELSEWHERE = (Why.FOREIGN, Why.NO_FILE, Why.NOT_IN_ROUND, Why.ANOTHER)  # of no session that the import speaks of
BEYOND = (Why.OUTSIDE, Why.NO_CHANNEL)  # near a session, but not in it

Offered = Mapping[tuple[str, str], Prediction]  # by session id and the prediction's id in the file
_BoxSpelling = tuple[float, float, float, float, str]
_Spelling = tuple[str, _BoxSpelling, float]


@dataclass(slots=True)
class Draft:
    """All that files say about one session."""

    session_id: str
    boxes: list[FileBox] = field(default_factory=list)
    answer: FileAnswer | None = None
    rejected: list[Prediction] = field(default_factory=list)
    unreviewed: list[Prediction] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """What the files say, or labelled; but what was left out is no absence, and the rest was not searched then."""
        outcome = Outcome.LABELLED.value if self.answer is None else self.answer.outcome
        if outcome not in (Outcome.LABELLED, Outcome.EMPTY):
            return outcome
        if self.boxes:
            is_inside = any(each.why not in BEYOND for each in self.left_out)
            return Outcome.VERIFIED.value if is_inside else outcome
        return UNREVIEWED if self.left_out else outcome

    @property
    def sources(self) -> Iterator[str]:
        """Where all of it was read."""
        yield from (box.where for box in self.boxes)
        if self.answer is not None:
            yield self.answer.where

    @property
    def where(self) -> str:
        """Where the first of it was read."""
        return self.boxes[0].where if self.answer is None else self.answer.where


def set_labels(placed: Sequence[Placed], round_: Round, label: str) -> tuple[list[Placed], list[LeftOut]]:
    """Give boxes without a label the one that is meant: ``label``, or the round's only one.

    The round's only label is for files that have no place for labels at all. Where a file has one and it is empty,
    nobody said that the label is meant: beside others that have a label the box is left out, else it is asked for.

    Raises
    ------
    InvalidInput
        When the label is none of the round's, or boxes need one that nobody gave.
    """
    names = round_.label_names
    if label and label not in names:
        raise InvalidInput(f"Label {label[:80]!r} is not in the round's list: {name_some(names)}.")
    only = names[0] if len(names) == 1 else ""
    is_blank = any(each.box.label_is_blank for each in placed)
    files_with_labels = {file_of(each.box.where) for each in placed if each.box.label} if is_blank else set()
    meant = find_meant({label, only, *(each.box.label for each in placed)}, round_)
    kept, left_out, asked = [], {}, []
    for each in placed:
        wanted = each.box.label or label or ("" if each.box.label_is_blank else only)
        if wanted:
            kept.append(_relabel(each, meant[wanted]))
        elif each.box.label_is_blank and file_of(each.box.where) in files_with_labels:
            left_out[each.box.where] = _leave_out(each)
        else:
            asked.append(each.box.where)
    if asked:
        several = "" if only else ", and the round has several"
        raise InvalidInput(
            f"{asked[0]}: the box has no label ({count_of(len(asked), 'box', 'es')} in all){several}. "
            f"Say which one is meant: {name_some(names)}."
        )
    return kept, list(left_out.values())


def find_meant(labels: Iterable[str], round_: Round) -> dict[str, str]:
    """Find which label is meant by each: the round's own, in whichever Unicode form, or itself."""
    by_form = {_compose(name): name for name in round_.label_names}
    return {each: by_form.get(_compose(each), each) for each in labels}


def _compose(label: str) -> str:
    return unicodedata.normalize("NFC", label)


def _relabel(placed: Placed, label: str) -> Placed:
    return placed if placed.box.label == label else replace(placed, box=replace(placed.box, label=label))


def _leave_out(placed: Placed) -> LeftOut:
    box = placed.box
    return LeftOut(
        box.where, Why.NO_LABEL, box.name, box.start_s, box.end_s, placed.session.id, box.recording_id, box.channel
    )


def add_left_out(drafts: Mapping[str, Draft], left_out: Iterable[LeftOut], places: Places) -> None:
    """Tell drafts what was left out of their sessions; what names no recording may be of any that its file names."""
    left_out = [each for each in left_out if each.why not in ELSEWHERE]
    if not left_out:
        return
    by_file: dict[str, set[str]] = defaultdict(set)
    for draft in drafts.values():
        for where in draft.sources:
            by_file[file_of(where)].add(draft.session_id)
    for each in left_out:
        if each.name or each.session_id or each.recording_id:
            touched = {session.id for session in places.find_touched(each)}
        else:
            touched = by_file[file_of(each.where)]
        for session_id in touched & drafts.keys():
            drafts[session_id].left_out.append(each)


def make_prediction_sets(
    round_id: str, placed: Sequence[Placed], source: str, *, model: str = ""
) -> tuple[list[PredictionSet], dict[tuple[str, str], Prediction]]:
    """Make a set for each model, in the order of their names; all boxes are of ``model`` if it is given.

    Returns
    -------
    list of PredictionSet
        Boxes that are the same in everything are one prediction.
    dict
        What became of each box, by session id and the id it has in the file.
    """
    by_columns = placed if isinstance(placed, PlacedColumns) else None
    boxes = by_columns.boxes if by_columns else BoxColumns.of([each.box for each in placed])
    session_ids = by_columns.session_ids if by_columns else [each.session.id for each in placed]
    file_ids = [] if by_columns else [each.box.prediction_id for each in placed]
    spelt = zip(*map(_round_all, (boxes.start_s, boxes.end_s, boxes.low_hz, boxes.high_hz)), boxes.label, strict=True)
    scores = [-1.0 if each is None else each for each in boxes.score]
    keys: list[_Spelling] = list(zip(session_ids, spelt, scores, strict=True))
    by_model: dict[str, dict[_Spelling, int]] = defaultdict(dict)
    for at, (key, own) in enumerate(zip(keys, boxes.model, strict=True)):
        by_model[model or own or UNNAMED_MODEL].setdefault(key, at)
    for label in dict.fromkeys(boxes.label):
        check_text(label, "A label", MAX_LABEL_LENGTH)
    sets: list[PredictionSet] = []
    offered: dict[tuple[str, str], Prediction] = {}
    for name, first in sorted(by_model.items()):
        in_order = sorted(first)
        rows = [first[key] for key in in_order]
        set_id = f"set-{_digest([round_id, name, in_order])}"
        made = PredictionColumns(
            name,
            [f"{set_id}-{number}" for number in range(1, len(rows) + 1)],
            [session_ids[at] for at in rows],
            [boxes.start_s[at] for at in rows],
            [boxes.end_s[at] for at in rows],
            [boxes.low_hz[at] for at in rows],
            [boxes.high_hz[at] for at in rows],
            [boxes.label[at] for at in rows],
            [boxes.score[at] for at in rows],
        )
        sets.append(PredictionSet(set_id, round_id, name, made, source))
        if any(file_ids):  # an empty id is nobody's
            numbers = {key: number for number, key in enumerate(in_order)}
            of_model = (at for at, own in enumerate(boxes.model) if (model or own or UNNAMED_MODEL) == name)
            offered |= {(session_ids[at], file_ids[at]): made[numbers[keys[at]]] for at in of_model if file_ids[at]}
    return sets, offered


def is_prediction(prediction: Prediction, placed: Placed) -> bool:
    """Tell whether a box of a file is this very prediction."""
    if (prediction.id, prediction.session_id) != (placed.box.prediction_id, placed.session.id):
        return False
    return _spell(prediction.session_id, prediction) == _spell(placed.session.id, placed.box)


def make_submission(
    draft: Draft, *, round_id: str, annotator: str, offered: Offered, now: datetime
) -> Submission | None:
    """Make the submission of a session; None when the files say that nobody looked at it.

    The file's annotator and time count, else ``annotator`` and ``now``. Where an annotation came from a known
    prediction, that prediction decides whether it was accepted or edited, not the file: somebody may have moved
    the box since.

    Raises
    ------
    InvalidInput
        When outcome and boxes do not fit together.
    """
    outcome = draft.outcome
    if outcome == UNREVIEWED:
        if draft.boxes:
            raise InvalidInput(f"{draft.where}: session {draft.session_id} is called unreviewed, but has annotations")
        return None
    boxes = [
        _make_annotation(box, offered.get((draft.session_id, box.prediction_id)) if box.prediction_id else None)
        for box in draft.boxes
    ]
    annotations = tuple(sorted(boxes, key=lambda box: (box.start_s, box.end_s, box.low_hz or 0, box.label)))
    answer = draft.answer
    who = answer.annotator if answer is not None and answer.annotator else annotator
    comment = "" if answer is None else answer.comment
    content = [round_id, draft.session_id, who, outcome, comment, _spell_all(annotations, ALL)]
    try:
        return Submission(
            id=f"import-{_digest(content)}",
            round_id=round_id,
            session_id=draft.session_id,
            annotator=who,
            outcome=Outcome(outcome),
            annotations=annotations,
            rejected=tuple(sorted(draft.rejected, key=lambda prediction: prediction.id)),
            comment=comment,
            submitted_at=now if answer is None or answer.submitted_at is None else answer.submitted_at,
            unreviewed=tuple(sorted(draft.unreviewed, key=lambda prediction: prediction.id)),
            score_threshold=None if answer is None else answer.score_threshold,
            active_s=None if answer is None else answer.active_s,
            action_count=None if answer is None else answer.action_count,
        )
    except InvalidInput as error:
        raise InvalidInput(f"{draft.where}: session {draft.session_id}: {error}") from error


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a box a format keeps: notes, its band, its label, and decimals of its times. The rest says nothing."""

    notes: tuple[str, ...] = NOTES
    has_bands: bool = True
    has_labels: bool = True
    digits: int = DIGITS


ALL = Kept()


def is_same_answer(one: Submission, other: Submission, kept: Kept) -> bool:
    """Tell whether two submissions say the same, as far as a format can say it: who, outcome, comment and boxes."""
    return _describe(one, kept) == _describe(other, kept)


def _make_annotation(box: FileBox, prediction: Prediction | None) -> Annotation:
    drawn = Annotation(
        box.start_s,
        box.end_s,
        box.label,
        low_hz=box.low_hz,
        high_hz=box.high_hz,
        comment=box.comment,
        unsure=box.unsure,
        individual=box.individual,
        call_type=box.call_type,
        origin=Origin.BULK if box.origin == Origin.BULK else Origin.NEW,
    )
    if prediction is None:
        return drawn
    is_same = _spell_box(prediction) == _spell_box(box)
    source = prediction if is_same else box
    found = Origin.MODEL_ACCEPTED if is_same else Origin.MODEL_EDITED
    return replace(
        drawn,
        start_s=source.start_s,
        end_s=source.end_s,
        label=source.label,
        low_hz=source.low_hz,
        high_hz=source.high_hz,
        origin=drawn.origin if drawn.origin is Origin.BULK else found,
        prediction_id=prediction.id,
        score=prediction.score,
        model=prediction.model,
    )


def _describe(submission: Submission, kept: Kept) -> list[object]:
    who = [submission.round_id, submission.session_id, submission.annotator]
    return [*who, submission.outcome.value, submission.comment, _spell_all(submission.annotations, kept)]


def _spell_all(boxes: Iterable[Annotation], kept: Kept) -> list[tuple[Any, ...]]:
    return sorted(_spell_kept(box, kept) for box in boxes)


def _spell_kept(box: Annotation, kept: Kept) -> tuple[Any, ...]:
    start_s, end_s, low_hz, high_hz, label = spelt = _spell_box(box)
    if kept is ALL:
        return (*spelt, *_spell_notes(box, NOTES))
    times = (round(start_s, kept.digits), round(end_s, kept.digits))
    band = (low_hz, high_hz) if kept.has_bands else ()
    return (*times, *band, label if kept.has_labels else "", *_spell_notes(box, kept.notes))


def _spell(session_id: str, box: FileBox | Prediction) -> _Spelling:
    return (session_id, _spell_box(box), -1.0 if box.score is None else box.score)


def _spell_box(box: FileBox | Prediction | Annotation) -> _BoxSpelling:
    return _round(box.start_s), _round(box.end_s), _round(box.low_hz), _round(box.high_hz), box.label


def _round(number: float | None) -> float:
    return -1.0 if number is None else round(number, DIGITS) + 0.0


def _round_all(numbers: Sequence[float | None]) -> Sequence[float]:
    """Round as `_round` does, those only that have more digits: what is the float next to k / 10^6 stays as it is."""
    known = np.array([-1.0 if each is None else each for each in numbers], float)
    with np.errstate(over="ignore"):
        is_round = np.rint(known * 10**DIGITS) / 10**DIGITS == known
    listed: list[float] = (known + 0.0).tolist()  # no -0.0
    for at in np.flatnonzero(~is_round).tolist():
        listed[at] = round(listed[at], DIGITS) + 0.0
    return listed


def _spell_notes(box: Annotation, names: Sequence[str]) -> tuple[Any, ...]:
    if not (box.comment or box.unsure or box.individual or box.call_type):
        return ()
    values = [getattr(box, name) if name in names else "" for name in NOTES]
    notes = tuple(one_line(value) if isinstance(value, str) else value for value in values)  # some have one line only
    return notes if any(notes) else ()  # so that answers without notes keep their ids


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]  # what is no text is refused later
