"""Imports: a model's predictions and people's annotations, from files of other programs and other workspaces.

An import is all or nothing: one row that cannot be used refuses all files, with every reason. Names that the
round does not have are no such fault; they are listed in the report. Importing the same content again changes
nothing, because the ids of what is added are digests of it.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePath
from zipfile import BadZipFile, ZipFile

from sqlalchemy import Connection

from podcast_core.domain import Prediction, PredictionSet, Session, Submission, utc_now
from podcast_core.errors import InvalidInput
from podcast_core.formats import FORMATS, Format, podcast_json, predictions_table, session_tables
from podcast_core.formats.assembly import (
    Draft,
    Offered,
    check_labels,
    is_prediction,
    is_same_answer,
    make_prediction_sets,
    make_submission,
    set_labels,
)
from podcast_core.formats.contents import Contents, FileAnswer, FileBox, collect, join, refuse
from podcast_core.formats.placing import Placed, Places
from podcast_core.services import records
from podcast_core.services.datasets import get_format
from podcast_core.storage import predictions, recordings, rounds, sessions, submissions
from podcast_core.storage.database import lock
from podcast_core.workspace import Workspace

Files = Sequence[tuple[str, bytes]]  # (name, bytes), as uploaded or read from the disk
PREDICTION_SUFFIXES = (".json", ".tsv", ".csv", ".txt", ".zip")
ANNOTATION_SUFFIXES = tuple(sorted({".csv", ".zip", *(each.suffix for each in FORMATS.values())}))
LARGEST_ZIP = 2**30  # bytes when unpacked; so many rows are no work of human hands, but maybe an attack


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; ``unmatched`` counts the boxes and answers under names that the round does not have."""

    noun: str
    added: int
    known: int
    sessions: int
    unmatched: dict[str, int]
    notes: tuple[str, ...]

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
        parts, lost_s = self.places.place(box)
        if not parts:
            self.unmatched[box.name] += 1
        elif lost_s:
            self.notes.append(f"{box.where}: {lost_s:.3f} s of the box lie outside the sessions and were cut off.")
        return parts


def read_files(paths: Iterable[Path], suffixes: Sequence[str]) -> Files:
    """Read files, and of folders all files with one of the suffixes (also in folders below).

    Raises
    ------
    InvalidInput
        When a path is missing or unreadable, or there is no such file.
    """
    files = []
    for path in paths:
        found = sorted(each for each in path.rglob("*") if _fits(each.name, suffixes)) if path.is_dir() else [path]
        try:
            files += [(str(each), each.read_bytes()) for each in found]
        except OSError as error:
            raise InvalidInput(f"{error.filename} cannot be read: {error.strerror}") from error
    if not files:
        raise InvalidInput(f"Expected files ending in {', '.join(suffixes)}, found none.")
    return files


def _fits(name: str, suffixes: Sequence[str]) -> bool:
    return name.lower().endswith(tuple(suffixes)) and not name.startswith(".")


def _unpack(files: Files, suffixes: Sequence[str]) -> list[tuple[str, bytes]]:
    """Replace ZIP archives by the files in them that have one of the suffixes."""
    unpacked: list[tuple[str, bytes]] = []
    for name, data in files:
        if not name.lower().endswith(".zip"):
            unpacked.append((name, data))
            continue
        try:
            with ZipFile(BytesIO(data)) as archive:
                members = [each for each in archive.infolist() if _fits(PurePath(each.filename).name, suffixes)]
                if sum(each.file_size for each in members) > LARGEST_ZIP:
                    raise InvalidInput(f"{name}: expected less than 1 GiB when unpacked")
                unpacked += [(f"{name}/{each.filename}", archive.read(each)) for each in members]
        except (BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:  # RuntimeError: it has a password
            raise InvalidInput(f"{name}: expected a ZIP archive, found something else ({error})") from error
    return unpacked


def import_predictions(
    workspace: Workspace, *, round_id: str, files: Files, model: str = "", label: str = ""
) -> ImportReport:
    """Import a model's predictions from Pod.Cast load documents (JSON) and tables (TSV or CSV).

    Parameters
    ----------
    model
        The model's name. Empty: as each file says (``model_guid``, column ``model``), else ``imported``.
    label
        The label of boxes that name none; not needed when the round has just one label.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        With every reason why a file cannot be used, or when nothing in them belongs to the round.
    """
    unpacked = _unpack(files, PREDICTION_SUFFIXES)
    boxes = [box for part in collect(unpacked, lambda file: _read_predictions(*file)) for box in part]
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        sorter = _Sorter(_read_places(connection, round_id))
        placed = set_labels(sorter.place(boxes), round_, label)
        _check_any_found(placed, boxes, sorter, connection, round_id)
        named = [Placed(each.session, replace(each.box, model=model or each.box.model)) for each in placed]
        new_sets, _ = make_prediction_sets(round_id, named, ", ".join(name for name, _ in files)[:400])
        known = [each for each in new_sets if predictions.has_prediction_set(connection, each.id)]
    added = [each for each in new_sets if each not in known]
    _keep(workspace, round_id, added, [])
    return ImportReport(
        noun="prediction",
        added=sum(len(each.predictions) for each in added),
        known=sum(len(each.predictions) for each in known),
        sessions=len({prediction.session_id for each in added for prediction in each.predictions}),
        unmatched=dict(sorter.unmatched),
        notes=tuple(sorter.notes),
    )


def _read_predictions(name: str, data: bytes) -> Sequence[FileBox]:
    if name.lower().endswith(".json"):
        return podcast_json.read_document(name, data).boxes
    beside = session_tables.find_contents(name, data)
    return predictions_table.read(name, data) if beside is None else beside.predictions


def import_annotations(
    workspace: Workspace, *, round_id: str, format_name: str, files: Files, annotator: str, label: str = ""
) -> ImportReport:
    """Import people's answers, one submission per session that the files speak of.

    A session's outcome is what the files say (``sessions.csv`` of an export may be among them), else labelled.
    The annotator and the time in the files are kept; ``annotator`` stands for those that name nobody. So an
    older answer from elsewhere becomes an older revision, and does not push a newer one aside.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        With every reason why a file cannot be used, or when nothing in them belongs to the round.
    """
    chosen = get_format(format_name)
    unpacked = _unpack(files, (chosen.suffix, ".csv"))
    contents = join(collect(unpacked, lambda file: session_tables.find_contents(*file) or chosen.read(*file)))
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        sorter = _Sorter(_read_places(connection, round_id))
        placed = set_labels(sorter.place(contents.annotations), round_, label)
        drafts = _sort_drafts(placed, contents, sorter)
        _check_any_found(drafts, contents.annotations or contents.answers, sorter, connection, round_id)
        offered = predictions.list_all_predictions(connection, round_id)
        history = defaultdict(list)
        for submission in submissions.list_submissions(connection, round_id):
            history[submission.session_id].append(submission)
    new_sets, by_id = _match_predictions(round_id, sorter.place(contents.predictions), offered)
    check_labels(placed, round_, by_id)
    _add_decisions(drafts, contents, by_id)
    now = utc_now()
    made = collect(
        drafts.values(),
        lambda draft: make_submission(draft, round_id=round_id, annotator=annotator, offered=by_id, now=now),
    )
    answers = [answer for answer in made if answer is not None]
    new = [
        _date(answer, history[answer.session_id], now) for answer in answers if not _is_known(answer, history, chosen)
    ]
    _keep(workspace, round_id, new_sets, new)
    return ImportReport(
        noun="answer",
        added=len(new),
        known=len(answers) - len(new),
        sessions=len({answer.session_id for answer in new}),
        unmatched=dict(sorter.unmatched),
        notes=(*sorter.notes, *_describe_orphans(placed, by_id)),
    )


def _sort_drafts(placed: Iterable[Placed], contents: Contents, sorter: _Sorter) -> dict[str, Draft]:
    """Bring together what the files say about each session."""
    drafts: dict[str, Draft] = {}
    for each in placed:
        drafts.setdefault(each.session.id, Draft(each.session.id)).boxes.append(each.box)
    problems = []
    for answer in contents.answers:
        for session in sorter.find_sessions(answer):
            draft = drafts.setdefault(session.id, Draft(session.id))
            try:
                draft.answer = answer if draft.answer is None else draft.answer.merge(answer)
            except InvalidInput as error:
                problems.append(str(error))
    refuse(problems)
    return drafts


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


def _is_known(answer: Submission, history: Mapping[str, Sequence[Submission]], source: Format) -> bool:
    return any(is_same_answer(answer, each, notes=source.has_notes) for each in history[answer.session_id])


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
