"""What is in files, worked out for a round before anything is done: see `podcast_core.services.exchange.imports`."""

from collections import Counter
from collections.abc import Container, Iterable, Sequence, Sized
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any

from podcast_core.collecting import without_collecting
from podcast_core.domain.prediction import Prediction, PredictionColumns, PredictionSet
from podcast_core.domain.submission import Submission, find_counting
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, count_of, name_some
from podcast_core.formats import READABLE
from podcast_core.formats.assembly import (
    DIGITS,
    Draft,
    Kept,
    Offered,
    is_prediction,
    is_same_answer,
    make_prediction_sets,
    make_submission,
)
from podcast_core.formats.contents import NOTES, Contents, collect
from podcast_core.formats.names import parse_name
from podcast_core.formats.placing import Placed, PlacedColumns
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.exchange.import_files import AUTO, Files, Found, Reading, read_annotations, read_predictions
from podcast_core.services.exchange.import_plan import ImportPlan, ImportReport, show_boxes
from podcast_core.services.exchange.import_sorting import Sorter, sort_drafts
from podcast_core.services.exchange.import_target import Target
from podcast_core.services.labels.matching import AS_THEY_ARE, LEFT_OUT, LabelChoice, MatchedLabels, match_labels
from podcast_core.services.store.sources import digest
from podcast_core.storage import predictions
from podcast_core.workspace import Workspace

PLACING = "Finding the sessions of all boxes"


@dataclass(slots=True)
class _Settled:
    """Answers placed in the histories of their sessions: new ones, and whose answers stand in the way."""

    new: list[Submission] = field(default_factory=list)
    known: int = 0
    superseding: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)
    superseded: Counter[str] = field(default_factory=Counter)

    def count(self) -> dict[str, Any]:
        """Count them for the report."""
        return {
            "added": len(self.new),
            "known": self.known,
            "sessions": len({answer.session_id for answer in self.new}),
            "outcomes": Counter(answer.outcome.value for answer in self.new),
            "annotators": Counter(answer.annotator for answer in self.new),
            "beside": self.beside,
            "superseded": self.superseded,
        }


@without_collecting()
def plan_predictions(
    workspace: Workspace,
    *,
    round_id: str,
    files: Files,
    model: str = "",
    label: str = "",
    reading: Reading | None = None,
    labels: LabelChoice = AS_THEY_ARE,
    on_progress: Progress = tell_nobody,
) -> ImportPlan:
    """Work out what an import of a model's predictions would do; the parameters are those of `import_predictions`.

    ``on_progress`` hears what is done, how much there is of it, and what it is.
    """
    found = read_predictions(files, reading or Reading(), on_progress)
    on_progress(0, 1, PLACING)
    target = Target(workspace, round_id, found.contents)
    sorter = target.sorter
    placed = sorter.label(sorter.place(found.contents.predictions), target.round_, label)
    _check_any_found(placed, found.contents.predictions, sorter, target)
    offered = target.read_offered(found.contents, placed)
    matched = match_labels(_count_labels(placed, offered), target.round_, labels)
    kept, dropped = _relabel(placed, matched)
    sorter.notes += _describe_unused(labels, placed)
    source = ", ".join(name for name, _ in files)[:400]
    new_sets, _ = make_prediction_sets(round_id, kept, source, model=model)
    with workspace.database.reading() as connection:
        known = [each for each in new_sets if predictions.has_prediction_set(connection, each.id)]
    known_ids = {each.id for each in known}
    added = [each for each in new_sets if each.id not in known_ids]
    boxes = chain.from_iterable(each.predictions for each in added)
    touched = set(chain.from_iterable(PredictionColumns.of(each.model, each.predictions).session_ids for each in added))
    report = _report(
        found,
        sorter,
        matched,
        dropped,
        noun="prediction",
        added=sum(len(each.predictions) for each in added),
        known=sum(len(each.predictions) for each in known),
        sessions=len(touched),
    )
    return ImportPlan(
        round_id=round_id,
        report=report,
        boxes=show_boxes(((box.session_id, box) for box in boxes), target.sessions, target.recordings),
        guesses=found.contents.guesses,
        open_labels=matched.open,
        superseding={},
        sets=tuple(added),
        answers=(),
        recording_ids={},
    )


@without_collecting()
def plan_annotations(
    workspace: Workspace,
    *,
    round_id: str,
    files: Files,
    annotator: str,
    format_name: str = AUTO,
    label: str = "",
    reading: Reading | None = None,
    labels: LabelChoice = AS_THEY_ARE,
    supersede: bool = False,
    on_progress: Progress = tell_nobody,
) -> ImportPlan:
    """Work out what an import of people's answers would do; the parameters are those of `import_annotations`.

    ``on_progress`` hears what is done, how much there is of it, and what it is.
    """
    now = utc_now()  # before anything is read: who answers from here on is newer
    found = read_annotations(files, reading or Reading(format_name), on_progress)
    on_progress(0, 1, PLACING)
    contents = found.contents
    target = Target(workspace, round_id, contents)
    sorter = target.sorter
    placed: Sequence[Placed] = [*sorter.label(sorter.place(contents.annotations), target.round_, label)]
    left_out = [*contents.left_out, *sorter.left_out]  # before the predictions: they are nobody's answer
    offered_by_files = sorter.label(sorter.place(contents.predictions), target.round_, label)
    offered = target.read_offered(contents, [*placed, *offered_by_files])
    matched = match_labels(_count_labels([*placed, *offered_by_files], offered), target.round_, labels)
    sorter.notes += _describe_unused(labels, [*placed, *offered_by_files])
    placed, dropped = _relabel(placed, matched)
    drafts = sort_drafts(placed, dropped, contents, sorter, left_out)
    _check_any_found(drafts or dropped, contents.annotations or contents.answers, sorter, target)
    new_sets, by_id = _match_predictions(round_id, _relabel(offered_by_files, matched)[0], offered)
    _add_decisions({each.session_id: each for each in drafts}, contents, by_id)
    made = collect(
        drafts,
        lambda draft: make_submission(draft, round_id=round_id, annotator=annotator, offered=by_id, now=now),
    )
    settled, kept = _Settled(), _find_kept(found)
    for answer, history in target.with_histories([each for each in made if each], on_progress):
        _settle(settled, answer, history.answers, history.rejected, kept, now=now, supersede=supersede)
    sorter.notes += _describe_orphans(placed, by_id)
    sorter.notes += _describe_predictions(contents)
    report = _report(found, sorter, matched, dropped, noun="answer", **settled.count())
    return ImportPlan(
        round_id=round_id,
        report=report,
        boxes=show_boxes(
            ((answer.session_id, box) for answer in settled.new for box in answer.annotations),
            target.sessions,
            target.recordings,
        ),
        guesses=contents.guesses,
        open_labels=matched.open,
        superseding=settled.superseding,
        sets=tuple(new_sets),
        answers=tuple(settled.new),
        recording_ids={each.session_id: target.sessions[each.session_id].recording_id for each in settled.new},
    )


def _report(
    found: Found, sorter: Sorter, matched: MatchedLabels, dropped: Sequence[Placed], **counts: Any
) -> ImportReport:
    return ImportReport(
        notes=(*found.contents.notes, *sorter.notes, *sorter.describe_cut(), *sorter.describe_low()),
        formats=found.guessed,
        left_out=(*found.contents.left_out, *sorter.left_out),
        new_labels=matched.new,
        ignored=Counter(each.box.label for each in dropped),
        **counts,
    )


def _count_labels(placed: Iterable[Placed], offered: Offered) -> Counter[str]:
    """Count boxes by label; those that carry the label of a prediction that the round has are no question."""
    if isinstance(placed, PlacedColumns):
        return Counter(placed.boxes.label)
    counts: Counter[str] = Counter()
    for each in placed:
        prediction = offered.get((each.session.id, each.box.prediction_id)) if each.box.prediction_id else None
        if prediction is None or prediction.label != each.box.label:
            counts[each.box.label] += 1
    return counts


def _relabel(placed: Sequence[Placed], matched: MatchedLabels) -> tuple[Sequence[Placed], Sequence[Placed]]:
    """Give boxes the labels that were chosen; those that are left out come second."""
    if isinstance(placed, PlacedColumns):
        named = placed.relabelled(matched.becomes)
        is_kept = [each != LEFT_OUT for each in named.boxes.label]
        return (named, ()) if all(is_kept) else (named.take(is_kept), placed.take(not each for each in is_kept))
    kept, dropped = [], []
    for each in placed:
        wanted = matched.becomes.get(each.box.label, each.box.label)
        if wanted == LEFT_OUT:
            dropped.append(each)
        else:
            kept.append(each if wanted == each.box.label else replace(each, box=replace(each.box, label=wanted)))
    return kept, dropped


def _find_kept(found: Found) -> Kept:
    """Find what all formats of the files keep of a box."""
    used = [READABLE[name] for name in found.formats]
    return Kept(
        notes=tuple(name for name in NOTES if all(name in each.notes for each in used)),
        has_bands=all(each.has_bands and not each.only_calls for each in used),
        has_labels=not any(each.only_calls for each in used),
        digits=min((each.digits for each in used), default=DIGITS),
    )


def _match_predictions(
    round_id: str, placed: Sequence[Placed], by_id: Offered
) -> tuple[list[PredictionSet], dict[tuple[str, str], Prediction]]:
    """Find the predictions of the files in the round; models with any that are not there get a new set."""
    missing = {
        each.box.model
        for each in placed
        if (found := by_id.get((each.session.id, each.box.prediction_id))) is None or not is_prediction(found, each)
    }
    new_sets, offered = make_prediction_sets(round_id, [each for each in placed if each.box.model in missing], "")
    return new_sets, {**by_id, **offered}


def _add_decisions(drafts: dict[str, Draft], contents: Contents, by_id: Offered) -> None:
    """Add the predictions that the files call rejected or not reviewed; a kept one is not passed over as well."""
    for (session_id, prediction_id), prediction in by_id.items():
        draft = drafts.get(session_id)
        if draft is None:
            continue
        if prediction_id in contents.rejected:
            draft.rejected.append(prediction)
        elif prediction_id in contents.unreviewed and prediction_id not in {box.prediction_id for box in draft.boxes}:
            draft.unreviewed.append(prediction)


def _settle(
    settled: _Settled,
    answer: Submission,
    history: Sequence[Submission],
    rejected: Container[str],
    kept: Kept,
    *,
    now: datetime,
    supersede: bool,
) -> None:
    """Place an answer in its session's history; one that was exported from here and edited since counts from now."""
    is_known = any(is_same_answer(answer, each, kept) for each in history)
    is_edited = not is_known and any(each.submitted_at == answer.submitted_at for each in history)
    if is_edited:
        answer = replace(answer, base_revision=len(history), submitted_at=now)
    counting = find_counting(history, rejected)
    if (
        counting is None
        or counting.id in rejected  # a new answer is what the session waits for
        or counting.submitted_at > answer.submitted_at
        or is_same_answer(answer, counting, kept)
    ):
        if is_known:
            settled.known += 1
        else:
            settled.new.append(answer)
        return
    settled.superseding[counting.annotator] += 1
    if supersede and not counting.is_gold:
        # Under an id of its own: the same answer may be there already, beside this one.
        settled.superseded[counting.annotator] += 1
        again = f"import-{digest(answer.id, counting.id)}"
        settled.new.append(replace(answer, id=again, base_revision=len(history)))
    elif is_known:
        settled.known += 1
    else:
        settled.beside[counting.annotator] += 1
        settled.new.append(replace(answer, beside=True))


def _describe_orphans(placed: Iterable[Placed], by_id: Offered) -> list[str]:
    orphans = sum(
        bool(each.box.prediction_id) and (each.session.id, each.box.prediction_id) not in by_id for each in placed
    )
    if not orphans:
        return []
    return [
        f"Kept as new ones: {count_of(orphans, 'annotation')} of predictions that are not in this round. To keep "
        f"their origin, import them together with predictions.csv of the same export."
    ]


def _describe_unused(labels: LabelChoice, placed: Iterable[Placed]) -> list[str]:
    """Say for which labels something was decided though nothing has them: they may be misspelt."""
    unused = sorted(set(labels.becomes) - {each.box.label for each in placed}) if labels.becomes else []
    if not unused:
        return []
    return [f"No box has the label {name_some(unused)}: the mapping for it has no effect."]


def _describe_predictions(contents: Contents) -> list[str]:
    """Say how to import files that hold predictions only: nothing in them is a person's answer."""
    if contents.annotations or contents.answers or not contents.predictions:
        return []
    return [
        f"These files hold {count_of(len(contents.predictions), 'prediction')} and no annotations. Import them as "
        "predictions (import-predictions, or Predictions on Data)."
    ]


def _check_any_found(found: Sized, named: Sized, sorter: Sorter, target: Target) -> None:
    """Refuse files of which nothing belongs to the round: most likely they are another round's."""
    if found or not named or not sorter.left_out:
        return
    reasons = Counter(each.why for each in sorter.left_out)
    told = ", ".join(f"{why} ({count_of(count, 'row')})" for why, count in reasons.items())
    names = name_some(dict.fromkeys(parse_name(each.name).file or each.session_id for each in sorter.left_out), most=5)
    details = [f" {each.where}: {each.detail}." for each in sorter.left_out if each.detail][:1]
    here = target.describe_sessions(3)
    raise InvalidInput(
        f"Nothing in these files belongs to round {target.round_.id}. They name {names}; its sessions: {here}. "
        f"Why: {told}.{''.join(details)}"
    )
