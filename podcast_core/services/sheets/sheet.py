"""What a sheet is: predictions with the recordings that they speak of, as they were opened, and never changed.

A sheet is named by a digest of all that it was made of and of who opened it. So another file, a changed file, other
recordings or another person make another sheet, and whatever was asked about one can never be an answer about another.
Sheets are in memory only, for as long as there is room; whoever comes late opens the files again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Stretch
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.sheet import Role
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.formats.contents import Guess
from podcast_core.formats.placing import Placed
from podcast_core.services.exchange.import_files import Reading
from podcast_core.services.exchange.import_plan import LeftOutGroup
from podcast_core.services.pictures.memory_cache import Held
from podcast_core.services.store.source_names import show_source
from podcast_core.workspace import Workspace

MAX_BYTES = 512 << 20  # of all sheets in memory
ROW_BYTES, RECORDING_BYTES = 900, 1200  # measured, of what a row and a recording take
CHANNELS = 4096  # more than a recording can have


@dataclass(frozen=True, slots=True)
class Area(Stretch):
    """A stretch of a channel in which all calls are known; ``recording`` is its place in the sheet's list."""

    recording: int
    channel: int


@dataclass(frozen=True, slots=True)
class SheetTable:
    """The boxes of a table that have found their recordings, and what a person has to know about the rest.

    The arrays have one number for each box: ``recording`` is the place in the sheet's list, ``label`` that in
    ``labels``, and ``score`` is NaN where there is none. ``areas`` are those that a truth has searched, ``unsearched``
    the recordings that it speaks of and has not searched throughout.
    """

    name: str
    placed: tuple[Placed, ...]
    labels: tuple[str, ...]
    label: NDArray[np.int64]
    recording: NDArray[np.int64]
    channel: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    score: NDArray[np.float64]
    read_as: str = ""
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOutGroup, ...] = ()
    guesses: tuple[Guess, ...] = ()
    areas: tuple[Area, ...] = ()
    unsearched: tuple[str, ...] = ()

    @property
    def label_counts(self) -> dict[str, int]:
        """How many boxes each label has, the most frequent first."""
        counts = np.bincount(self.label, minlength=len(self.labels)).tolist()
        return dict(sorted(zip(self.labels, counts, strict=True), key=lambda item: (-item[1], item[0])))

    @property
    def score_range(self) -> tuple[float, float] | None:
        """The least and the greatest score; None where no box has one."""
        known = self.score[~np.isnan(self.score)]
        return (float(known.min()), float(known.max())) if len(known) else None


@dataclass(frozen=True, slots=True)
class Source:
    """What a sheet was made of, to keep it as a round: the files, how they were read, and where the sound is."""

    files: tuple[tuple[str, bytes], ...]
    reading: Reading
    label: str
    addresses: tuple[str, ...]
    uploads: tuple[tuple[str, str], ...]  # the name under which it was sent, and where it lies for now


@dataclass(frozen=True, slots=True)
class Sheet:
    """Tables and recordings, opened together. ``unreadable`` are recordings that cannot be read, with the reason.

    ``names`` are those of the recordings as people tell them apart: with the folder where several have one name.
    """

    id: str
    person: str
    recordings: tuple[Recording, ...]
    names: tuple[str, ...]
    sessions: Mapping[str, Session]
    measured: frozenset[str]
    unreadable: Mapping[str, str]
    tables: Mapping[Role, SheetTable]
    source: Source

    @property
    def name(self) -> str:
        """The names of the predictions' files."""
        return self.tables[Role.PREDICTIONS].name

    def count_boxes(self) -> NDArray[np.int64]:
        """Count the predictions of each recording."""
        return np.bincount(self.tables[Role.PREDICTIONS].recording, minlength=len(self.recordings))

    def get_table(self, role: Role) -> SheetTable:
        """Get a table; NotFound where the sheet has none in this role."""
        if role not in self.tables:
            raise NotFound(f"This sheet has no table of the kind {role.value!r}: open it together with one.")
        return self.tables[role]


def name_recordings(recordings: Sequence[Recording]) -> tuple[str, ...]:
    """Name recordings as people tell them apart; recorders of one kind give the same names on every site."""
    counts = Counter(each.file_name for each in recordings)
    return tuple(
        each.file_name
        if counts[each.file_name] == 1
        else "/".join(show_source(each.original_name or each.uri).split("/")[-2:])
        for each in recordings
    )


def make_table(name: str, placed: Sequence[Placed], order: Mapping[str, int], **told: object) -> SheetTable:
    """Make a table of placed boxes; ``order`` says where each recording (by id) is in the sheet's list."""
    labels = tuple(sorted({each.box.label for each in placed}))
    number = {label: index for index, label in enumerate(labels)}
    scores = [np.nan if each.box.score is None else each.box.score for each in placed]
    return SheetTable(
        name,
        tuple(placed),
        labels,
        np.array([number[each.box.label] for each in placed], np.int64),
        np.array([order[each.session.recording_id] for each in placed], np.int64),
        np.array([each.session.channel for each in placed], np.int64),
        np.array([each.box.start_s for each in placed], np.float64),
        np.array([each.box.end_s for each in placed], np.float64),
        np.array(scores, np.float64),
        **told,  # type: ignore[arg-type]  # the fields above
    )


def find_sheet(workspace: Workspace, sheet_id: str) -> Sheet | None:
    """Find a sheet that is open."""
    return _sheets.find((workspace.settings.resolved_storage_url, sheet_id))


def get_sheet(workspace: Workspace, *, sheet_id: str, person: str | None) -> Sheet:
    """Get a sheet for the person who opened it (None: nobody needs a token).

    Raises
    ------
    NotFound
        When there is none of that id, or another person opened it: nobody learns which.
    """
    found = find_sheet(workspace, sheet_id)
    if found is None or found.person != (person or ""):
        raise NotFound("This sheet is not open any more. Open its files again: nothing of it was kept.")
    return found


def check_rows(count: int, others_bytes: int = 0) -> None:
    """Refuse so many rows (with what else is kept) that hardly another sheet would find room (InvalidInput)."""
    if ROW_BYTES * count + others_bytes > MAX_BYTES // 2:
        raise InvalidInput(
            f"Expected at most {MAX_BYTES // 2 // ROW_BYTES:,} boxes to be looked at, found {count:,} in all tables. "
            "Leave out low scores, or import them into a round."
        )


def hold(workspace: Workspace, sheet: Sheet) -> None:
    """Keep a sheet in memory; those that were not used for longest make room.

    Raises
    ------
    InvalidInput
        When it is so large that hardly another one would find room.
    """
    rows = _count_rows(sheet)
    check_rows(rows, _measure(sheet) - ROW_BYTES * rows)
    _sheets.add((workspace.settings.resolved_storage_url, sheet.id), sheet)


def _count_rows(sheet: Sheet) -> int:
    return sum(len(each.placed) for each in sheet.tables.values())


def _measure(sheet: Sheet) -> int:
    files = sum(len(data) for _, data in sheet.source.files)
    return ROW_BYTES * _count_rows(sheet) + RECORDING_BYTES * len(sheet.recordings) + files


_sheets = Held[Sheet](MAX_BYTES, _measure)
