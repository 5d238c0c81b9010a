"""What goes into an export, and what comes out of a file.

Out: an `Entry` is one session with its recording and the answer that counts; a `Batch` is a round of them.
In: a file speaks of boxes (`FileBox`) and of whole sessions (`FileAnswer`) under names that are not yet
matched to a round; `formats.placing` does that. ``where`` says where a thing was read, for messages.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import chain, compress
from pathlib import PurePath
from typing import overload

from podcast_core.domain.annotation import MAX_NOTE_LENGTH, Annotation
from podcast_core.domain.box import Box
from podcast_core.domain.checks import check_box, check_comment, check_optional_text, check_score
from podcast_core.domain.measurement import Values
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.standing import REJECTED, find_standing
from podcast_core.domain.submission import UNREVIEWED, Outcome, Submission
from podcast_core.errors import InvalidInput
from podcast_core.formats.findings import NOT_USED as NOT_USED
from podcast_core.formats.findings import Guess as Guess
from podcast_core.formats.findings import LeftOut as LeftOut
from podcast_core.formats.findings import Why as Why
from podcast_core.formats.findings import collect as collect
from podcast_core.formats.findings import file_of as file_of
from podcast_core.formats.findings import refuse as refuse

NOTES = ("comment", "unsure", "individual", "call_type")  # what a person may note about a box
UNSAFE_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
CHANNEL = re.compile(r"\.ch([1-9]\d*)$")
RECORDING_ID = re.compile(r"\.([0-9a-f]{16})$")
SESSION_NAME = re.compile(r"([A-Za-z0-9._-]+)@([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class Entry:
    """A session with its recording, its predictions, the answer that counts and that answer's reviews.

    Where an answer that a review rejected is left out, its reviews are here without it. ``measured`` is what was
    measured of its annotations, by their places.
    """

    recording: Recording
    session: Session
    predictions: tuple[Prediction, ...] = ()
    submission: Submission | None = None
    reviews: tuple[Review, ...] = ()
    measured: Mapping[Box, Values] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """The answer's outcome, or ``unreviewed``."""
        return UNREVIEWED if self.submission is None else self.submission.outcome.value

    @property
    def standing(self) -> str:
        """What the session counts for, see `podcast_core.domain.standing`."""
        verdict = self.reviews[-1].verdict if self.reviews else None
        if self.submission is None and verdict is Verdict.REJECT:
            return REJECTED
        return find_standing(self.outcome, verdict)

    @property
    def annotations(self) -> list[Annotation]:
        """The answer's boxes by time, then frequency, then label, then all the rest."""
        boxes = () if self.submission is None else self.submission.annotations
        return sorted(boxes, key=_order)

    def list_measured(self, box: Annotation, names: Sequence[str]) -> dict[str, float | None]:
        """Give what was measured of an annotation; None for what is not known."""
        values = self.measured.get(Box(box.start_s, box.end_s, low_hz=box.low_hz, high_hz=box.high_hz), {})
        return {name: values.get(name) for name in names}

    @property
    def wav_name(self) -> str:
        """The session as a file name, as Pod.Cast's own data sets have it: the session id with ``.wav``."""
        return f"{self.session.id}.wav"

    def time_at(self, recording_s: float) -> datetime | None:
        """When (UTC) a second of the recording was, if the recording knows when it began."""
        started_at = self.recording.started_at
        return None if started_at is None else started_at + timedelta(seconds=recording_s)


def _order(box: Annotation) -> tuple[object, ...]:
    shape = (box.start_s, box.end_s, box.low_hz or 0, box.high_hz or 0, box.label)
    return (*shape, box.prediction_id or "", *(getattr(box, name) for name in NOTES), box.high_hz is None)


@dataclass(frozen=True, slots=True)
class Batch:
    """A round to export. ``entries`` are sorted by file name, recording, channel and start.

    ``negatives`` asks the Pod.Cast TSVs to say *empty* by a row ``0.0 0.0``.
    """

    round_: Round
    entries: tuple[Entry, ...]
    negatives: bool = False


def make_batch(round_: Round, entries: Iterable[Entry], *, negatives: bool = False) -> Batch:
    """Sort the entries of a round into a batch."""
    in_order = sorted(
        entries,
        key=lambda entry: (
            entry.recording.file_name,
            entry.recording.id,
            entry.session.channel,
            entry.session.start_s,
            entry.session.id,
        ),
    )
    return Batch(round_, tuple(in_order), negatives)


def name_tables(batch: Batch) -> dict[str, str]:
    """Give each recording (by id) a name for its files: its stem, with its id where the stem alone will not do."""
    recordings = {entry.recording.id: entry.recording for entry in batch.entries}
    stems = {recording.id: PurePath(recording.file_name).stem for recording in recordings.values()}
    counts = Counter(stem.casefold() for stem in stems.values())
    names = {}
    for recording_id, stem in stems.items():
        clean = UNSAFE_IN_NAMES.sub("_", stem)
        is_clear = clean == stem and counts[stem.casefold()] == 1 and not RECORDING_ID.search(stem)
        names[recording_id] = clean if is_clear else f"{clean}.{recording_id}"
    return names


def name_recordings(batch: Batch) -> dict[str, str]:
    """Give each recording (by id) the file name by which a table names it, with its id where the name is not clear."""
    stems = name_tables(batch)
    names = {entry.recording.id: PurePath(entry.recording.file_name) for entry in batch.entries}
    return {
        recording_id: name.name if stems[recording_id] == name.stem else f"{stems[recording_id]}{name.suffix}"
        for recording_id, name in names.items()
    }


def name_sessions(batch: Batch) -> dict[str, str]:
    """Give each session (by id) the name of its sound: its id with ``.wav``, unless recordings are called so, too.

    Then it is ``SESSION@RECORDING.wav``, as `placing` knows it.
    """
    called = defaultdict(set)
    for entry in batch.entries:
        for name in (entry.recording.file_name, entry.recording.original_name):
            called[PurePath(name).stem.casefold()].add(entry.recording.id)
    names = {}
    for entry in batch.entries:
        session, others = entry.session, called[entry.session.id.casefold()]
        is_whole = session.channel == 0 and session.start_s == 0
        is_clear = not others or (others == {entry.recording.id} and is_whole)
        names[session.id] = f"{session.id}.wav" if is_clear else f"{session.id}@{entry.recording.id}.wav"
    return names


def parse_session_name(stem: str) -> tuple[str, str]:
    """Take a name made by `name_sessions` apart into session and recording id; both are empty for another name."""
    found = SESSION_NAME.fullmatch(stem)
    return (found[1], found[2]) if found else ("", "")


def group_tracks(batch: Batch, suffix: str) -> dict[str, list[Entry]]:
    """Group sessions by channel of a recording, each under a file's name: ``STEM[.RECORDING ID][.chN]``."""
    stems = name_tables(batch)
    tracks: dict[str, list[Entry]] = defaultdict(list)
    for entry in batch.entries:
        stem = stems[entry.recording.id]
        several = entry.recording.channel_count > 1 or CHANNEL.search(stem)
        tracks[f"{stem}.ch{entry.session.channel + 1}{suffix}" if several else f"{stem}{suffix}"].append(entry)
    return dict(tracks)


def parse_track_name(name: str, suffix: str) -> tuple[str, str, int | None]:
    """Take a name made by `group_tracks` apart into stem, recording id and channel."""
    stem = name[: -len(suffix)] if name.lower().endswith(suffix.lower()) else name
    found = CHANNEL.search(stem)
    stem, recording_id = parse_table_name(CHANNEL.sub("", stem))
    return stem, recording_id, int(found[1]) - 1 if found else None


def parse_table_name(name: str) -> tuple[str, str]:
    """Take a name made by `name_tables` apart into stem and recording id (empty when there is none)."""
    found = RECORDING_ID.search(name)
    return (name[: found.start()], found[1]) if found else (name, "")


@dataclass(frozen=True, slots=True)
class FileBox(Box):
    """A box as a file has it.

    ``name`` is the recording's file name or stem, or a session's id (with or without ``.wav``). ``start_s``
    and ``end_s`` count from the start of what ``name`` names. ``session_id`` and ``recording_id`` are there
    when the file gives them beside the name. ``channel`` counts from 0. ``in_samples``: the file counts samples
    instead of seconds, and only the recording knows how many make a second. ``label_is_blank``: it has a place for the
    label, and nothing is in it.
    """

    name: str
    label: str = ""
    score: float | None = None
    model: str = ""
    origin: str = ""
    prediction_id: str = ""
    session_id: str = ""
    recording_id: str = ""
    channel: int | None = None
    comment: str = ""
    unsure: bool = False
    individual: str = ""
    call_type: str = ""
    in_samples: bool = False
    label_is_blank: bool = False
    where: str = ""

    def __post_init__(self) -> None:
        # A file may leave one side of the band open; only the recording knows how far up that goes.
        half_open = (self.low_hz is None) != (self.high_hz is None)
        check_box(self.start_s, self.end_s, *((None, None) if half_open else (self.low_hz, self.high_hz)))
        check_score(self.score)
        if self.channel is not None and self.channel < 0:
            raise InvalidInput(f"expected a channel from its first on, found {self.channel}")
        check_comment(self.comment, MAX_NOTE_LENGTH)
        check_optional_text(self.individual, "An individual", 80)
        check_optional_text(self.call_type, "A call type", 80)


@dataclass(frozen=True, slots=True, eq=False)
class BoxColumns(Sequence[FileBox]):
    """Boxes by columns of equal length; each `FileBox` is made when it is asked for."""

    name: Sequence[str]
    start_s: Sequence[float]
    end_s: Sequence[float]
    low_hz: Sequence[float | None]
    high_hz: Sequence[float | None]
    label: Sequence[str]
    score: Sequence[float | None]
    model: Sequence[str]
    channel: Sequence[int | None]
    label_is_blank: Sequence[bool]
    file: Sequence[str]  # of the table, for each box
    where: Sequence[str]

    @classmethod
    def join(cls, parts: Sequence["BoxColumns"]) -> "BoxColumns":
        """Put the boxes of several files together."""
        if len(parts) == 1:
            return parts[0]
        return cls(*(list(chain.from_iterable(getattr(part, name) for part in parts)) for name in BOX_COLUMNS))

    def __len__(self) -> int:
        return len(self.name)

    @overload
    def __getitem__(self, at: int) -> FileBox: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[FileBox, ...]: ...
    def __getitem__(self, at: int | slice) -> FileBox | tuple[FileBox, ...]:
        if isinstance(at, slice):
            return tuple(self[each] for each in range(*at.indices(len(self))))
        return FileBox(**{name: getattr(self, name)[at] for name in BOX_COLUMNS if name != "file"})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    @classmethod
    def of(cls, boxes: Sequence[FileBox]) -> "BoxColumns":
        """Give boxes by columns: what these have no place for is left out."""
        columns = {name: [getattr(each, name) for each in boxes] for name in BOX_COLUMNS if name != "file"}
        return cls(**columns, file=[file_of(each.where) for each in boxes])

    def take(self, wanted: Sequence[bool]) -> "BoxColumns":
        """Give those of them that are wanted."""
        return BoxColumns(*(list(compress(getattr(self, name), wanted)) for name in BOX_COLUMNS))

    def list_names(self) -> Iterator[FileBox]:
        """Give one box for each name in each file."""
        return (
            self[at] for at in dict(zip(zip(self.name, self.file, strict=True), range(len(self)), strict=True)).values()
        )


BOX_COLUMNS = tuple(each.name for each in fields(BoxColumns))


def list_named(boxes: Sequence[FileBox]) -> Iterable[FileBox]:
    """List boxes so that each name of each file is among them; of columns, once."""
    return boxes.list_names() if isinstance(boxes, BoxColumns) else boxes


ANSWER_FIELDS = (
    *("outcome", "annotator", "submitted_at", "comment"),
    *("score_threshold", "active_s", "action_count"),
)
NOTHING = (None, "")


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What a file says about a whole session, or about all sessions of a recording (``name`` alone).

    With ``start_s`` and ``end_s`` it speaks of that piece of the recording only (see `formats.spans`). A guess
    (``is_guess``) is made from something else than an outcome; where another place says an outcome outright, that
    one counts.
    """

    name: str
    outcome: str
    session_id: str = ""
    recording_id: str = ""
    channel: int | None = None
    annotator: str = ""
    submitted_at: datetime | None = None
    comment: str = ""
    score_threshold: float | None = None
    active_s: float | None = None
    action_count: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    is_guess: bool = False
    where: str = ""

    def __post_init__(self) -> None:
        allowed = [outcome.value for outcome in Outcome] + [UNREVIEWED]
        if self.outcome not in allowed:
            raise InvalidInput(f"expected an outcome ({', '.join(allowed)}), found {self.outcome[:80]!r}")

    def merge(self, other: "FileAnswer") -> "FileAnswer":
        """Join with what another place says about the same session.

        Raises
        ------
        InvalidInput
            When the two contradict each other.
        """
        if self.is_guess and not other.is_guess:
            return other.merge(self)
        filled = self
        for name in ANSWER_FIELDS:
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine not in NOTHING and theirs not in NOTHING and mine != theirs and not other.is_guess:
                raise InvalidInput(
                    f"{other.where}: {name} of {self.session_id or self.name} is {str(theirs)[:80]!r}, "
                    f"but {self.where} says {str(mine)[:80]!r}"
                )
            if mine in NOTHING and theirs not in NOTHING:
                filled = replace(filled, **{name: theirs})
        return filled


@dataclass(frozen=True, slots=True)
class Contents:
    """All that one or more files say.

    ``rejected`` are ids of predictions that a person removed, ``unreviewed`` of those that nobody judged. ``notes``
    tell the person what was converted, ``left_out`` is what of the file has no place here, ``guesses`` what nobody
    said.
    """

    annotations: Sequence[FileBox] = ()
    predictions: Sequence[FileBox] = ()
    rejected: frozenset[str] = frozenset()
    unreviewed: frozenset[str] = frozenset()
    answers: tuple[FileAnswer, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    guesses: tuple[Guess, ...] = ()


def join(parts: Sequence[Contents]) -> Contents:
    """Put the contents of several files together."""
    return Contents(
        annotations=_join_boxes([part.annotations for part in parts]),
        predictions=_join_boxes([part.predictions for part in parts]),
        rejected=frozenset().union(*(part.rejected for part in parts)),
        unreviewed=frozenset().union(*(part.unreviewed for part in parts)),
        answers=tuple(answer for part in parts for answer in part.answers),
        notes=tuple(note for part in parts for note in part.notes),
        left_out=tuple(each for part in parts for each in part.left_out),
        guesses=tuple(each for part in parts for each in part.guesses),
    )


def _join_boxes(parts: Iterable[Sequence[FileBox]]) -> Sequence[FileBox]:
    filled = [part for part in parts if part]
    columns = [part for part in filled if isinstance(part, BoxColumns)]
    if columns and len(columns) == len(filled):
        return BoxColumns.join(columns)
    return tuple(chain.from_iterable(filled))
