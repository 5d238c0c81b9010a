"""The rows of a sheet's table: filtered, sorted and taken in parts, without any sound being read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Box
from podcast_core.domain.sheet import Role
from podcast_core.errors import InvalidInput
from podcast_core.services.sheets.comparing import RELATIONS, Relation, Relations, compare
from podcast_core.services.sheets.sheet import Sheet, SheetTable
from podcast_core.workspace import Workspace

SORTS = ("file", "score", "label", "start", "length")


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows somebody wants to see, and in which order.

    ``least`` and ``most`` bound the score (a box without one counts as 1), ``text`` is looked for in file, label, model
    and comment. With ``against`` each row has its relation to that table, of which ``relation`` wants one only; the
    thresholds are those of `comparing`. ``table`` may be that other one, to see what only it has.
    """

    table: Role = Role.PREDICTIONS
    labels: Sequence[str] = ()
    recording: int | None = None
    text: str = ""
    least: float = 0.0
    most: float = 1.0
    sort: str = "file"
    descending: bool = False
    against: Role | None = None
    relation: Relation | None = None
    threshold: float = 0.0
    other_threshold: float = 0.0
    everywhere: bool = False

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            raise InvalidInput(f"Expected an order of {', '.join(SORTS)}, found {self.sort[:40]!r}.")
        if self.relation is not None and self.against is None:
            raise InvalidInput("A relation is one to another table: say against which, truth or other.")


@dataclass(frozen=True, slots=True)
class Row(Box):
    """A box as it is shown: seconds from the start of the recording, channel from 0.

    ``number`` is its place in the table, ``recording`` that of the recording in the sheet. ``relation`` and ``partner``
    (label and score of the box that it was matched with) are there where tables are compared.
    """

    number: int
    recording: int
    file_name: str
    channel: int
    label: str
    score: float | None
    model: str
    comment: str
    where: str
    relation: str
    partner_label: str
    partner_score: float | None


@dataclass(frozen=True, slots=True)
class SheetRecording:
    """A recording of a sheet; its length is known once a row has named it."""

    number: int
    file_name: str
    predictions: int
    duration_s: float | None


def list_rows(workspace: Workspace, sheet: Sheet, query: Query, *, limit: int, offset: int) -> tuple[list[Row], int]:
    """List the rows that are wanted, a part of them, and say how many there are in all.

    Raises
    ------
    NotFound
        When the sheet has no such table.
    """
    table = sheet.get_table(query.table)
    relations = _relate(workspace, sheet, query)
    is_wanted = _filter(table, query, sheet.names)
    kinds = partners = None
    if relations is not None:
        is_ours = query.table is Role.PREDICTIONS
        kinds = relations.ours if is_ours else relations.theirs
        partners = relations.our_partner if is_ours else relations.their_partner
        if query.relation is not None:
            is_wanted &= kinds == RELATIONS.index(query.relation)
    numbers = _sort(table, np.flatnonzero(is_wanted), query)
    other = (
        sheet.get_table(query.against if query.table is Role.PREDICTIONS else Role.PREDICTIONS)
        if query.against
        else None
    )
    shown = [
        _show(
            sheet,
            table,
            number,
            "" if kinds is None else RELATIONS[kinds[number]],
            None if partners is None or other is None or partners[number] < 0 else (other, int(partners[number])),
        )
        for number in numbers[offset : offset + limit].tolist()
    ]
    return shown, len(numbers)


def count_labels(sheet: Sheet, role: Role, threshold: float) -> dict[str, int]:
    """Count the boxes of each label from a score on."""
    table = sheet.get_table(role)
    is_kept = _scores(table) >= threshold
    counts = np.bincount(table.label[is_kept], minlength=len(table.labels)).tolist()
    return dict(zip(table.labels, counts, strict=True))


def list_recordings(sheet: Sheet, *, without: bool = False) -> list[SheetRecording]:
    """List the recordings of a sheet; ``without``: only those without a prediction."""
    counts = sheet.count_boxes().tolist()
    return [
        SheetRecording(number, sheet.names[number], count, each.duration_s if each.id in sheet.measured else None)
        for number, (each, count) in enumerate(zip(sheet.recordings, counts, strict=True))
        if not (without and count)
    ]


def _relate(workspace: Workspace, sheet: Sheet, query: Query) -> Relations | None:
    if query.against is None:
        return None
    if query.against is Role.PREDICTIONS or query.table not in (Role.PREDICTIONS, query.against):
        raise InvalidInput("Predictions are compared with the truth or with the other table; rows are of one of both.")
    compared = compare(workspace, sheet, query.against, everywhere=query.everywhere)
    return compared.relate(query.threshold, query.other_threshold)


def _filter(table: SheetTable, query: Query, names: Sequence[str]) -> NDArray[np.bool_]:
    score = _scores(table)
    is_wanted = (score >= query.least) & (score <= query.most)
    if query.labels:
        known = {label: index for index, label in enumerate(table.labels)}
        is_wanted &= np.isin(table.label, [known[each] for each in query.labels if each in known])
    if query.recording is not None:
        is_wanted &= table.recording == query.recording
    wanted = query.text.strip().casefold()
    if wanted:
        has_label = np.array([wanted in each.casefold() for each in table.labels], bool)
        has_file = np.array([wanted in each.casefold() for each in names], bool)
        has_note = np.fromiter(
            (wanted in f"{each.box.comment}\n{each.box.model}".casefold() for each in table.placed),
            bool,
            len(table.placed),
        )
        if len(table.placed):
            is_wanted &= has_label[table.label] | has_file[table.recording] | has_note
    return is_wanted


def _sort(table: SheetTable, numbers: NDArray[np.int64], query: Query) -> NDArray[np.int64]:
    """Sort by what is asked for, then by file and time; recordings and labels are numbered by name."""
    keys = {
        "file": table.recording,
        "score": _scores(table),
        "label": table.label,
        "start": table.start_s,
        "length": table.end_s - table.start_s,
    }
    first = keys[query.sort][numbers]
    order = np.lexsort((table.start_s[numbers], table.recording[numbers], -first if query.descending else first))
    sorted_numbers: NDArray[np.int64] = numbers[order]
    return sorted_numbers


def _scores(table: SheetTable) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = np.where(np.isnan(table.score), 1.0, table.score)
    return scores


def _show(sheet: Sheet, table: SheetTable, number: int, relation: str, partner: tuple[SheetTable, int] | None) -> Row:
    placed = table.placed[number]
    box = placed.box
    other = None if partner is None else partner[0].placed[partner[1]].box
    return Row(
        box.start_s,
        box.end_s,
        number,
        int(table.recording[number]),
        sheet.names[int(table.recording[number])],
        placed.session.channel,
        box.label,
        box.score,
        box.model,
        box.comment,
        box.where,
        relation,
        "" if other is None else other.label,
        None if other is None else other.score,
        low_hz=box.low_hz,
        high_hz=box.high_hz,
    )
