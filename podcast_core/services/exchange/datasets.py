"""Exports: a round as files, in a format that other programs read.

Exported is the answer that counts of each session (the newest that is more than a skip) and, so that nothing can be
mistaken for silence, the outcome of every session. A session whose answer a review rejected is as if nobody had
answered it, unless it is asked for; the table of outcomes says the verdict in either case. The same facts always give
the same bytes.
"""

import csv
import io
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.review import Review
from podcast_core.domain.round import Round
from podcast_core.domain.standing import LEAVE_OUT, REJECTED, REJECTED_CHOICES, describe
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import InvalidInput, StorageUnavailable, count_of
from podcast_core.formats import FORMATS, session_tables
from podcast_core.formats.contents import NOTES, Batch, Entry, make_batch
from podcast_core.formats.format import Format
from podcast_core.formats.tables import read_rows
from podcast_core.services.exchange.chosen_answers import ALL, COUNTING, AnswerChoice, list_answers, list_people
from podcast_core.services.exchange.packing import pack
from podcast_core.services.labels import independence
from podcast_core.storage import measurements, predictions, recordings, reviews, sessions
from podcast_core.workspace import Workspace

README = "README.md"
TITLE = "# Pod.Cast export"  # also the mark by which an earlier export is told from somebody's own folder
DELIMITERS = {".csv": ",", ".tsv": "\t", ".selections.txt": "\t"}


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of the main file of an export: as rows where it is a table, always as text."""

    file_name: str
    text: str
    rows: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Export:
    """Files by name.

    ``notes`` say what this format leaves out; ``counts`` are of sessions by standing, ``main`` is the file that is
    shown first.
    """

    name: str
    files: Mapping[str, bytes]
    notes: tuple[str, ...]
    counts: Mapping[str, int]
    main: str = ""

    @property
    def summary(self) -> str:
        """How many sessions count for what, as in ``3 labelled, 1 rejected in review``."""
        return ", ".join(f"{count} {describe(standing)}" for standing, count in sorted(self.counts.items()))

    def to_zip(self) -> bytes:
        """Pack the files into a folder in a ZIP archive."""
        return b"".join(self.stream_zip())

    def stream_zip(self) -> Iterator[bytes]:
        """Pack them while they are sent."""
        return pack(self.name, self.files.items())

    def preview(self, rows: int = 10) -> Preview:
        """Show the first rows of the largest file of annotations."""
        beside = (README, session_tables.SESSIONS, session_tables.PREDICTIONS)
        main = [name for name, data in self.files.items() if data and name not in beside] or [session_tables.SESSIONS]
        name = self.main or max(main, key=lambda each: len(self.files[each]))
        if name.endswith(".parquet"):
            found = read_rows(name, self.files[name], required=())[:rows]
            lines = ["\t".join(row.cells.values()) for row in found]
            return Preview(name, "\n".join(lines), [dict(row.cells) for row in found])
        text = self.files[name].decode()
        delimiter = next((sign for suffix, sign in DELIMITERS.items() if name.endswith(suffix)), None)
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter) if delimiter else ()
        return Preview(name, "\n".join(text.splitlines()[: rows + 1]), list(islice(table, rows)))


def list_formats() -> Mapping[str, Format]:
    """List the formats by name, with a title and a sentence each."""
    return FORMATS


def get_format(format_name: str) -> Format:
    """Get a format by name; InvalidInput with all names when there is none."""
    if format_name not in FORMATS:
        raise InvalidInput(f"There is no format {format_name[:80]!r}; expected one of {', '.join(FORMATS)}.")
    return FORMATS[format_name]


def export_round(
    workspace: Workspace,
    *,
    round_id: str,
    format_name: str,
    negatives: bool = False,
    rejected: str = LEAVE_OUT,
    answers: str = COUNTING,
    session_ids: Sequence[str] | None = None,
) -> Export:
    """Make the files of a round, or of some of its sessions.

    Parameters
    ----------
    negatives
        In the Pod.Cast TSVs, write a row ``0.0 0.0`` for each empty session.
    rejected
        ``leave-out`` answers that a review rejected, or ``keep`` them as they are.
    answers
        ``counting``, ``gold``, ``all`` or ``annotator:NAME``: see `chosen_answers`.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When there is no such format, it has no such rows, or there is no such choice.
    """
    chosen = get_format(format_name)
    if negatives and not chosen.has_negatives:
        able = ", ".join(name for name, each in FORMATS.items() if each.has_negatives)
        raise InvalidInput(f"Rows for empty sessions exist in {able} only, not in {format_name}.")
    if rejected not in REJECTED_CHOICES:
        raise InvalidInput(f"Rejected answers: expected {' or '.join(REJECTED_CHOICES)}, found {rejected[:40]!r}.")
    choice = AnswerChoice(answers)
    with workspace.database.reading() as connection:
        round_ = independence.get_round(connection, round_id)
        read = _Reader(connection, round_, negatives, rejected, session_ids)
        told = list_answers(connection, round_id, session_ids, choice)
        batch = read.make_batch(told)
        parts = {"": batch}
        if choice.name == ALL and not chosen.has_people:
            parts = {f"{folder}/": read.make_batch(theirs) for folder, theirs in list_people(told).items()}
    counts = Counter(entry.standing for entry in batch.entries)
    notes = _describe_losses(chosen, batch)
    readme = _make_readme(chosen, batch.round_, (choice.describe(), *notes), counts)
    written = {f"{folder}{name}": data for folder, part in parts.items() for name, data in chosen.write(part).items()}
    files = {README: readme, **dict(sorted(written.items()))}
    return Export(f"{round_id}-{format_name}{choice.suffix}", files, notes, counts, chosen.main)


def write_export(export: Export, folder: Path, *, replace: bool = False) -> None:
    """Write an export into a folder: all of it or nothing.

    A folder with anything in it is refused. With ``replace``, the folder of an earlier export is replaced as a
    whole, so that no file of it stays behind; any other folder is refused still.

    Raises
    ------
    InvalidInput
        When the folder cannot be used; nothing was written then.
    StorageUnavailable
        When the disk fails; the folder is as it was.
    """
    folder = folder.absolute()
    _check_folder(folder, replace)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
            new, old = Path(beside, "new"), Path(beside, "old")
            new.mkdir()
            for name, data in export.files.items():
                (new / name).parent.mkdir(exist_ok=True)
                (new / name).write_bytes(data)
            if folder.exists():
                folder.rename(old)
            try:
                new.rename(folder)
            except OSError:
                if old.exists():
                    old.rename(folder)
                raise
    except OSError as error:
        raise StorageUnavailable(f"The export cannot be written to {folder}: {error}") from error


def _check_folder(folder: Path, replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is a file; expected a folder.")
    if not folder.exists() or not any(folder.iterdir()):
        return
    readme = folder / README
    is_export = readme.is_file() and readme.read_text(encoding="utf-8", errors="replace").startswith(TITLE)
    if not is_export:
        raise InvalidInput(f"{folder} has other files in it. Choose a new folder; nothing was written.")
    if not replace:
        raise InvalidInput(f"{folder} holds an earlier export. Choose a new folder or ask to replace it.")


def read_batch(
    connection: Connection, round_: Round, rejected: str = LEAVE_OUT, session_ids: Sequence[str] | None = None
) -> Batch:
    """Read all that an export tells of the answers that count."""
    told = list_answers(connection, round_.id, session_ids, AnswerChoice())
    return _Reader(connection, round_, False, rejected, session_ids).make_batch(told)


class _Reader:
    """Reads all that an export tells; predictions are those on the page and those that an answer speaks of."""

    def __init__(
        self,
        connection: Connection,
        round_: Round,
        negatives: bool,
        rejected: str,
        session_ids: Sequence[str] | None,
    ) -> None:
        self._round, self._negatives, self._rejected = round_, negatives, rejected
        if session_ids is None:
            self._sessions = sessions.list_sessions(connection, round_.id)
            on_page = predictions.list_predictions(connection, round_.id)
            self._predictions = predictions.list_all_predictions(connection, round_.id)
        else:
            self._sessions = sessions.list_named(connection, round_.id, session_ids)
            self._sessions.sort(key=lambda each: (each.position, each.id))
            on_page = predictions.list_shown(connection, round_.id, session_ids)
            self._predictions = predictions.list_all_of(connection, round_.id, session_ids)
        self._shown = {prediction.id for prediction in on_page}
        wanted = {each.recording_id for each in self._sessions}
        self._recordings = {each.id: each for each in recordings.list_recordings(connection, wanted)}
        self._connection, self._is_part = connection, session_ids is not None

    def make_batch(self, answers: Mapping[str, Sequence[Submission]]) -> Batch:
        """Make an entry for each answer, by session, and one for each session without any."""
        told = [each for listed in answers.values() for each in listed]
        shown = self._shown | {prediction_id for answer in told for prediction_id in _list_judged(answer)}
        offered: dict[str, list[Prediction]] = defaultdict(list)
        for prediction in self._predictions:
            if prediction.id in shown:
                offered[prediction.session_id].append(prediction)
        judged: dict[str, list[Review]] = defaultdict(list)
        named = [answer.id for answer in told] if self._is_part else None
        for review in reviews.list_reviews(self._connection, self._round.id, named):
            judged[review.submission_id].append(review)
        wants = self._round.display.measurements
        measured = measurements.list_values(self._connection, [each.id for each in told]) if wants else {}
        entries = []
        for session in self._sessions:
            these: Sequence[Submission | None] = answers.get(session.id) or (None,)
            for answer in these:
                verdicts = tuple(judged[answer.id]) if answer is not None else ()
                recording = self._recordings[session.recording_id]
                of_boxes = measured.get(answer.id, {}) if answer is not None else {}
                entry = Entry(recording, session, tuple(offered[session.id]), answer, verdicts, of_boxes)
                is_left_out = self._rejected == LEAVE_OUT and entry.standing == REJECTED
                entries.append(replace(entry, submission=None) if is_left_out else entry)
        return make_batch(self._round, entries, negatives=self._negatives)


def _list_judged(answer: Submission) -> list[str]:
    kept = [box.prediction_id for box in answer.annotations if box.prediction_id is not None]
    return kept + [prediction.id for prediction in (*answer.rejected, *answer.unreviewed)]


def _describe_losses(chosen: Format, batch: Batch) -> tuple[str, ...]:
    """Say what of this very round the format cannot hold."""
    notes = _describe_rejected(batch, chosen.outcomes_in)
    labels = {box.label for entry in batch.entries for box in entry.annotations}
    if chosen.only_calls and len(labels) > 1:
        notes.append(
            f"This format knows one class: the {count_of(len(labels), 'label')} and all frequencies are left out."
        )
    in_part = (Outcome.UNSURE, Outcome.VERIFIED)  # what these do not mark may be a call all the same
    left_out = sum(entry.outcome in in_part and bool(entry.annotations) for entry in batch.entries)
    if chosen.only_calls and left_out:
        notes.append(
            f"The annotations of {count_of(left_out, 'session')} with outcome unsure or verified are left out: "
            "programs that read this format take everything unmarked as silence."
        )
    boxes = [box for entry in batch.entries for box in entry.annotations]
    banded = sum(box.high_hz is not None for box in boxes)
    if not chosen.has_bands and not chosen.only_calls and banded:
        notes.append(f"This format has no frequencies: the bands of {count_of(banded, 'box', 'es')} are left out.")
    unknown = sum(not entry.measured for entry in batch.entries if entry.annotations)
    if unknown and chosen.has_measurements and batch.round_.display.measurements:
        notes.append(
            f"The annotations of {count_of(unknown, 'session')} are not measured: their cells are empty. "
            "Measure them on the Annotations page."
        )
    lost = [name for name in NOTES if name not in chosen.notes and any(getattr(box, name) for box in boxes)]
    if lost:
        noted = sum(any(getattr(box, name) for name in lost) for box in boxes)
        words = ", ".join(name.replace("_", " ") for name in lost)
        notes.append(f"This format cannot hold all notes: {words} are left out ({count_of(noted, 'box', 'es')}).")
    if chosen.loss and boxes:
        notes.append(chosen.loss)
    notes += chosen.find_missing(batch)
    return tuple(notes)


def _describe_rejected(batch: Batch, table: str) -> list[str]:
    """Say what became of answers that a review rejected."""
    rejected = [entry for entry in batch.entries if entry.standing == REJECTED]
    if not rejected:
        return []
    told = f"Answers that were rejected in review ({table}, column review): {len(rejected)}."
    if any(entry.submission is not None for entry in rejected):
        return [f"{told} They are included in these files like all others."]
    return [f"{told} They are left out, as if these sessions had not been answered."]


def _make_readme(chosen: Format, round_: Round, notes: tuple[str, ...], counts: Mapping[str, int]) -> bytes:
    outcomes = [f"- {count} {describe(standing)}" for standing, count in sorted(counts.items())]
    lines = [
        TITLE,
        "",
        f"Round {round_.id} ({round_.name}), {chosen.title}. Schema version 1.",
        "",
        chosen.sentence,
        *notes,
        "",
        f"{chosen.outcomes_in} has the outcome of every session, {session_tables.PREDICTIONS} every prediction and "
        "what became of it.",
        "Times are in seconds, frequencies in Hz, points in time in UTC unless a column says otherwise.",
        "The column channel counts from 0; pages of Pod.Cast, names of files (.ch2) and Raven's tables count from 1.",
        "A session without an answer (unreviewed) or with outcome skipped or unsure is not silent; only empty "
        "sessions are.",
        "An answer rejected in review does not count: its session is unreviewed here unless rejected answers were "
        "requested.",
        "Outcome verified: the predictions were judged one by one, the rest of the session was not searched.",
        "A prediction that is not reviewed was hidden below score_threshold or not judged, so it is neither right "
        "nor wrong.",
        "",
        f"Sessions: {sum(counts.values())}",
        "",
        *outcomes,
    ]
    return ("\n".join(lines) + "\n").encode()
