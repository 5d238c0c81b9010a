"""Imports: a model's predictions and people's annotations, from files of other programs and other workspaces.

An import is all or nothing: one row that cannot be used refuses all files, with every reason. Names that the
round does not have are no such fault; they are listed in the report. Importing the same content again changes
nothing, because the ids of what is added are digests of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from podcast_core.domain import Prediction, PredictionSet, Session, Submission, utc_now
from podcast_core.errors import InvalidInput
from podcast_core.formats import READABLE, spans
from podcast_core.formats.assembly import (
    DIGITS,
    Draft,
    Kept,
    Offered,
    check_labels,
    is_prediction,
    is_same_answer,
    make_prediction_sets,
    make_submission,
    set_labels,
)
from podcast_core.formats.contents import NOTES, Contents, FileAnswer, FileBox, collect, refuse
from podcast_core.formats.placing import Placed, Places
from podcast_core.services.exchange.import_files import AUTO, Files, Found, Reading, read_annotations, read_predictions
from podcast_core.services.store import records
from podcast_core.storage import predictions, recordings, rounds, sessions, submissions
from podcast_core.storage.database import lock
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    ``unmatched`` counts the boxes and answers under names that the round does not have, ``formats`` the files by the
    format that they were read as.
    """

    noun: str
    added: int
    known: int
    sessions: int
    unmatched: dict[str, int]
    notes: tuple[str, ...]
    formats: Mapping[str, int] = field(default_factory=dict)

    @property
    def read_as(self) -> str:
        """How the files were read, for the person; empty where that was not in question."""
        return ", ".join(f"{READABLE[name].title} ({_count(count, 'file')})" for name, count in self.formats.items())

    @property
    def summary(self) -> str:
        """One sentence for the person."""
        known = f"; {_count(self.known, self.noun)} known before" if self.known else ""
        missed = sum(self.unmatched.values())
        lost = f"; {_count(missed, 'row')} of no session of this round left out" if missed else ""
        return f"{_count(self.added, self.noun)} added in {_count(self.sessions, 'session')}{known}{lost}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(slots=True)
class _Sorter:
    """Sorts boxes and answers into the sessions of a round, and remembers what found no place."""

    places: Places
    unmatched: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def place(self, boxes: Iterable[FileBox]) -> list[Placed]:
        """Find the sessions of boxes; InvalidInput with all reasons when some cannot be placed at all."""
        return [part for parts in collect(boxes, self._place_one) for part in parts]

    def find_sessions(self, answer: FileAnswer) -> list[Session]:
        """Find the sessions of an answer."""
        found = self.places.find_sessions(answer)
        if not found:
            self.unmatched[answer.session_id or answer.name] += 1
        return found

    def _place_one(self, box: FileBox) -> list[Placed]:
        found = self.places.place(box)
        if not found.parts:
            self.unmatched[box.name] += 1
        elif found.lost_s:
            self.notes.append(
                f"{box.where}: {found.lost_s:.3f} s of the box lie outside the sessions and were cut off."
            )
        return list(found.parts)


def import_predictions(
    workspace: Workspace,
    *,
    round_id: str,
    files: Files,
    model: str = "",
    label: str = "",
    reading: Reading | None = None,
) -> ImportReport:
    """Import a model's predictions: Pod.Cast's load documents, tables, and every format that boxes can be read from.

    Parameters
    ----------
    model
        The model's name. Empty: as each file says (``model_guid``, column ``model``), else ``imported``.
    label
        The label of boxes that name none; not needed when the round has just one label.
    reading
        The files' format and its options; default: find out.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        With every reason why a file cannot be used, or when nothing in them belongs to the round.
    """
    found = read_predictions(files, reading or Reading())
    boxes = found.contents.predictions
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        sorter = _Sorter(_read_places(connection, round_id))
        placed = set_labels(sorter.place(boxes), round_, label)
        _check_any_found(placed, boxes, sorter, connection, round_id)
        source = ", ".join(name for name, _ in files)[:400]
        new_sets, _ = make_prediction_sets(round_id, placed, source, model=model)
        known = [each for each in new_sets if predictions.has_prediction_set(connection, each.id)]
    added = [each for each in new_sets if each not in known]
    _keep(workspace, round_id, added, [])
    return ImportReport(
        noun="prediction",
        added=sum(len(each.predictions) for each in added),
        known=sum(len(each.predictions) for each in known),
        sessions=len({prediction.session_id for each in added for prediction in each.predictions}),
        unmatched=dict(sorter.unmatched),
        notes=(*found.contents.notes, *sorter.notes),
        formats=found.guessed,
    )


def import_annotations(
    workspace: Workspace,
    *,
    round_id: str,
    files: Files,
    annotator: str,
    format_name: str = AUTO,
    label: str = "",
    reading: Reading | None = None,
) -> ImportReport:
    """Import people's answers, one submission per session that the files speak of.

    A session's outcome is what the files say (``sessions.csv`` of an export may be among them), else labelled.
    The annotator and the time in the files are kept; ``annotator`` stands for those that name nobody. So an
    older answer from elsewhere becomes an older revision, and does not push a newer one aside.

    Parameters
    ----------
    format_name
        One of `import_files.list_formats`; ``auto`` finds out for each file.
    reading
        Instead of ``format_name``: the format and its options.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        With every reason why a file cannot be used, or when nothing in them belongs to the round.
    """
    found = read_annotations(files, reading or Reading(format_name))
    contents = found.contents
    kept = _find_kept(found)
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        sorter = _Sorter(_read_places(connection, round_id))
        placed = set_labels(sorter.place(contents.annotations), round_, label)
        offered_by_files = set_labels(sorter.place(contents.predictions), round_, label)
        drafts = _sort_drafts(placed, contents, sorter)
        _check_any_found(drafts, contents.annotations or contents.answers, sorter, connection, round_id)
        offered = predictions.list_all_predictions(connection, round_id)
        history = defaultdict(list)
        for submission in submissions.list_submissions(connection, round_id):
            history[submission.session_id].append(submission)
    new_sets, by_id = _match_predictions(round_id, offered_by_files, offered)
    check_labels(placed, round_, by_id)
    _add_decisions(drafts, contents, by_id)
    now = utc_now()
    made = collect(
        drafts.values(),
        lambda draft: make_submission(draft, round_id=round_id, annotator=annotator, offered=by_id, now=now),
    )
    answers = [answer for answer in made if answer is not None]
    new = [
        _date(answer, history[answer.session_id], now)
        for answer in answers
        if not any(is_same_answer(answer, each, kept) for each in history[answer.session_id])
    ]
    _keep(workspace, round_id, new_sets, new)
    return ImportReport(
        noun="answer",
        added=len(new),
        known=len(answers) - len(new),
        sessions=len({answer.session_id for answer in new}),
        unmatched=dict(sorter.unmatched),
        notes=(*contents.notes, *sorter.notes, *_describe_orphans(placed, by_id)),
        formats=found.guessed,
    )


def _sort_drafts(placed: Iterable[Placed], contents: Contents, sorter: _Sorter) -> dict[str, Draft]:
    """Bring together what the files say about each session."""
    drafts: dict[str, Draft] = {}
    for each in placed:
        drafts.setdefault(each.session.id, Draft(each.session.id)).boxes.append(each.box)
    problems = []
    pieces: dict[str, tuple[Session, list[FileAnswer]]] = {}
    for answer in contents.answers:
        for session in sorter.find_sessions(answer):
            if answer.start_s is not None:
                pieces.setdefault(session.id, (session, []))[1].append(answer)
                continue
            draft = drafts.setdefault(session.id, Draft(session.id))
            try:
                draft.answer = answer if draft.answer is None else draft.answer.merge(answer)
            except InvalidInput as error:
                problems.append(str(error))
    refuse(problems)
    in_part = [session.id for session, parts in pieces.values() if not _add_pieces(drafts, session, parts)]
    if in_part:
        sorter.notes.append(
            f"The files' clips cover {_count(len(in_part), 'session')} in part only (e.g. {in_part[0]}): those with "
            "boxes count as verified, since the rest was not searched, and those without as unreviewed."
        )
    return drafts


def _add_pieces(drafts: dict[str, Draft], session: Session, parts: Sequence[FileAnswer]) -> bool:
    """Add what is said of pieces of a session; tells whether they cover it."""
    draft = drafts.setdefault(session.id, Draft(session.id))
    answer, is_covered = spans.combine(session, parts, has_boxes=bool(draft.boxes))
    draft.answer = answer if draft.answer is None else draft.answer.merge(answer)
    return is_covered


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
    round_id: str, placed: Sequence[Placed], known: Sequence[Prediction]
) -> tuple[list[PredictionSet], dict[tuple[str, str], Prediction]]:
    """Find the predictions of the files in the round; models with any that are not there get a new set."""
    by_id = {(prediction.session_id, prediction.id): prediction for prediction in known}
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


def _date(answer: Submission, history: Sequence[Submission], now: datetime) -> Submission:
    """Place an answer in the session's history: one that was exported from here and edited since counts from now."""
    is_edited = any(each.submitted_at == answer.submitted_at for each in history)
    return replace(answer, base_revision=len(history), submitted_at=now if is_edited else answer.submitted_at)


def _describe_orphans(placed: Iterable[Placed], by_id: Offered) -> list[str]:
    orphans = sum(
        bool(each.box.prediction_id) and (each.session.id, each.box.prediction_id) not in by_id for each in placed
    )
    if not orphans:
        return []
    return [
        f"{orphans} annotations came from predictions that this round does not have, and are kept as new ones. "
        "Import them together with predictions.csv of the same export to keep where they came from."
    ]


def _keep(
    workspace: Workspace, round_id: str, new_sets: Sequence[PredictionSet], answers: Sequence[Submission]
) -> None:
    """Keep everything in the file store, then everything in the database, at once."""
    for each in new_sets:
        records.save_prediction_set(workspace.files, each)
    with workspace.database.reading() as connection:
        places = (
            {each.id: each.recording_id for each in sessions.list_sessions(connection, round_id)} if answers else {}
        )
    stored = [
        records.save_submission(workspace.files, answer, recording_id=places[answer.session_id]) for answer in answers
    ]
    with workspace.database.writing() as connection:
        lock(connection, f"round/{round_id}")
        for each in new_sets:
            if not predictions.has_prediction_set(connection, each.id):
                predictions.add_prediction_set(connection, each)
        for answer in stored:
            if submissions.find_submission(connection, answer.id) is None:
                submissions.add_submission(connection, answer)


def _read_places(connection: Connection, round_id: str) -> Places:
    in_round = sessions.list_sessions(connection, round_id)
    return Places(in_round, recordings.list_recordings(connection, {each.recording_id for each in in_round}))


def _check_any_found(found: Sized, named: Sized, sorter: _Sorter, connection: Connection, round_id: str) -> None:
    """Refuse files of which nothing belongs to the round: most likely they are another round's."""
    if found or not named:
        return
    names = ", ".join(list(sorter.unmatched)[:5])
    here = ", ".join(session.id for session in sessions.list_sessions(connection, round_id)[:3]) or "none yet"
    raise InvalidInput(f"Nothing in these files belongs to round {round_id}. They name {names}; its sessions: {here}.")
