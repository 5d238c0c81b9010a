"""Opening a sheet: tables are read as imports read them, their rows find recordings, and what does not is named."""

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.sheet import Role
from podcast_core.domain.standing import SEARCHED
from podcast_core.errors import InvalidInput, count_of
from podcast_core.formats.contents import Contents, FileAnswer, FileBox, LeftOut, Why
from podcast_core.formats.names import Names
from podcast_core.formats.placing import Placed, Places
from podcast_core.services.access import Caller
from podcast_core.services.exchange.import_files import AUTO, Files, Found, Reading, read_annotations, read_predictions
from podcast_core.services.exchange.import_plan import ImportReport
from podcast_core.services.exchange.import_sorting import Sorter
from podcast_core.services.intake.folders import check_paths, resolve_path
from podcast_core.services.labels import independence
from podcast_core.services.learning.pieces import LabelledSession, read_rounds
from podcast_core.services.sheets.sheet import (
    Area,
    Sheet,
    SheetTable,
    Source,
    check_rows,
    find_sheet,
    hold,
    make_table,
    name_recordings,
)
from podcast_core.services.sheets.sounds import Sounds, Uploads, find_sounds, measure
from podcast_core.workspace import Workspace

MAX_TABLE_BYTES = 64_000_000  # chosen: some million rows
UNNAMED = "call"
WORDS = {Why.NO_FILE: "its recording is not here", Why.NOT_IN_ROUND: "in no session of the round"}
LENGTH_SLACK_S = 0.01  # lengths nearer to each other can be one recording's: some headers round


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """What somebody opens: files of predictions, maybe of another model and of the truth, and recordings.

    ``addresses`` are files and folders of this machine and URLs, ``uploads`` names and open files; ``round_id``: the
    recordings of a round. ``reading`` says how predictions are read; how a truth is, which is of another program, is
    found out. ``truth_round``: the answers of a round are the truth. ``label`` is that of boxes with none.
    """

    files: Files
    other: Files = ()
    truth: Files = ()
    reading: Reading = field(default_factory=Reading)
    label: str = ""
    addresses: Sequence[str] = ()
    uploads: Uploads = ()
    round_id: str = ""
    truth_round: str = ""


def open_sheet(workspace: Workspace, request: SheetRequest, *, caller: Caller) -> Sheet:
    """Open tables with their recordings; nothing is added to the workspace.

    Raises
    ------
    InvalidInput
        With every reason why a table cannot be read, or when there are no recordings.
    Forbidden
        When the caller may not name these places: folders and addresses are for administrators.
    NotFound
        When there is no such round.
    NoSpace
        When there is no room for what was sent.
    """
    if request.addresses:
        caller.need("admin")
        check_paths(workspace, caller, request.addresses)
    if not request.files:
        raise InvalidInput("Expected a table of predictions, found none.")
    files = {
        role: _read_all(each) for role, each in zip(Role, (request.files, request.other, request.truth), strict=True)
    }
    sounds = find_sounds(
        workspace,
        addresses=[resolve_path(each) for each in request.addresses],
        uploads=request.uploads,
        round_id=request.round_id,
    )
    pieces: list[LabelledSession] = []
    if request.truth_round:
        with workspace.database.reading() as connection:
            independence.get_round(connection, request.truth_round)
        pieces = read_rounds(workspace, [request.truth_round])[0]
    sheet_id = _identify(request, files, sounds, pieces, caller.person or "")
    known = find_sheet(workspace, sheet_id)
    if known is not None:
        return known
    made = _make(workspace, request, files, sounds, pieces, sheet_id, caller.person or "")
    hold(workspace, made)
    return made


def say_why(why: Why) -> str:
    """Say why a row is left out: there may be no round of which a recording is missing."""
    return WORDS.get(why, str(why))


def _make(
    workspace: Workspace,
    request: SheetRequest,
    files: Mapping[Role, Sequence[tuple[str, bytes]]],
    sounds: Sounds,
    pieces: Sequence[LabelledSession],
    sheet_id: str,
    person: str,
) -> Sheet:
    truth_reading = replace(request.reading, format_name=AUTO, columns=None)  # it comes from another program
    read = {
        role: read_annotations(given, truth_reading) if role is Role.TRUTH else read_predictions(given, request.reading)
        for role, given in files.items()
        if given
    }
    check_rows(sum(len(each.contents.annotations) + len(each.contents.predictions) for each in read.values()))
    known_ids = {each.id for each in sounds.recordings}
    read = {role: replace(each, contents=_forget_ids(each.contents, known_ids)) for role, each in read.items()}
    names = Names(sounds.recordings)
    named = {each for found in read.values() for each in _find_named(found.contents, names)}
    named |= {each for piece in pieces for each in names.find(_name_of(piece.recording))}
    before = sounds.recordings
    sounds = measure(workspace, sounds, named)
    order = {each.id: number for number, each in enumerate(sounds.recordings)}
    tables: dict[Role, SheetTable] = {}
    for role, found in read.items():
        name = ", ".join(os.path.basename(each) for each, _ in files[role])[:200]
        tables[role] = _place(found, sounds, order, name, request.label, _name_failed(before, sounds), role)
    if pieces:
        tables[Role.TRUTH] = _take_answers(pieces, sounds, order, request.truth_round)
    source = Source(
        tuple(files[Role.PREDICTIONS]),
        request.reading,
        request.label,
        tuple(each.uri for each in sounds.recordings)
        if request.round_id
        else tuple(map(resolve_path, request.addresses)),
        sounds.uploads,
    )
    return Sheet(
        sheet_id,
        person,
        sounds.recordings,
        name_recordings(sounds.recordings),
        {each.id: each for each in sounds.sessions},
        frozenset(each.recording_id for each in sounds.sessions),
        sounds.unreadable or {},
        tables,
        source,
    )


def _read_all(files: Files) -> list[tuple[str, bytes]]:
    """Read files whole: a sheet keeps them to be able to become a round."""
    read, size = [], 0
    for name, content in files:
        if isinstance(content, bytes):
            data = content
        else:
            content.seek(0)
            data = content.read(MAX_TABLE_BYTES + 1)
        size += len(data)
        if size > MAX_TABLE_BYTES:
            raise InvalidInput(
                f"Expected tables of at most {MAX_TABLE_BYTES // 1_000_000} MB to be looked at, found more. Import "
                "them into a round instead."
            )
        read.append((name, data))
    return read


def _identify(
    request: SheetRequest,
    files: Mapping[Role, Sequence[tuple[str, bytes]]],
    sounds: Sounds,
    pieces: Sequence[LabelledSession],
    person: str,
) -> str:
    """Name a sheet by all that it is made of, and by whom."""
    digest = hashlib.sha256()
    told = (
        [(role.value, name, hashlib.sha256(data).hexdigest()) for role, each in files.items() for name, data in each],
        [(each.sha256, each.uri, each.file_name, each.original_name) for each in sounds.recordings],
        [each.id for each in sounds.sessions],
        [(each.session.id, each.answer.id) for each in pieces],
        (asdict(request.reading), request.label, request.truth_round, person),
    )
    digest.update(repr(told).encode(errors="surrogatepass"))
    return digest.hexdigest()[:32]


def _forget_ids(contents: Contents, known: set[str]) -> Contents:
    """Leave out the ids of recordings and sessions that a table has: of files that nobody has read they say nothing."""

    def forget(each: FileBox) -> FileBox:
        is_known = each.recording_id in known
        return each if is_known or not (each.recording_id or each.session_id) else _without_ids(each)

    def forget_answer(each: FileAnswer) -> FileAnswer:
        return each if each.recording_id in known or not each.name else replace(each, recording_id="", session_id="")

    return replace(
        contents,
        annotations=tuple(map(forget, contents.annotations)),
        predictions=tuple(map(forget, contents.predictions)),
        answers=tuple(map(forget_answer, contents.answers)),
    )


def _without_ids(box: FileBox) -> FileBox:
    return replace(box, recording_id="", session_id="") if box.name else box


def _find_named(contents: Contents, names: Names) -> set[str]:
    """Find the recordings that a table may speak of."""
    heard = {each.name for each in (*contents.annotations, *contents.predictions)}
    heard |= {each.name for each in contents.answers}
    return {found for name in heard for found in names.find(name)}


def _name_of(recording: Recording) -> str:
    return recording.original_name or recording.file_name


def _name_failed(before: Iterable[Recording], sounds: Sounds) -> tuple[Names, Mapping[str, str]]:
    """Make what cannot be read known by its names, with the reasons."""
    refused = sounds.unreadable or {}
    failed = [each for each in before if _name_of(each) in refused]
    return Names(failed), {each.id: refused[_name_of(each)] for each in failed}


def _place(
    found: Found,
    sounds: Sounds,
    order: Mapping[str, int],
    name: str,
    label: str,
    failed: tuple[Names, Mapping[str, str]],
    role: Role,
) -> SheetTable:
    """Find the recordings of a table's boxes; what finds none is told, as an import tells it."""
    contents = found.contents
    boxes = contents.annotations or contents.predictions if role is Role.TRUTH else contents.predictions
    places = Places(sounds.sessions, sounds.recordings)
    places.hear([*boxes, *contents.answers])
    sorter = Sorter(places)
    placed = sorter.place(boxes)
    placed = [_compose(each) for each in placed]
    unnamed = sum(not each.box.label for each in placed)
    if unnamed:
        meant = label or UNNAMED
        placed = [each if each.box.label else replace(each, box=replace(each.box, label=meant)) for each in placed]
        sorter.notes.append(f"{count_of(unnamed, 'box', 'es')} without a label: shown as {meant}.")
    areas, unsearched = _find_searched(placed, contents.answers, sorter, order) if role is Role.TRUTH else ((), ())
    left_out = [_explain(each, *failed) for each in (*contents.left_out, *sorter.left_out)]
    report = ImportReport(
        noun="box",
        added=len(placed),
        known=0,
        sessions=0,
        notes=(*contents.notes, *sorter.notes, *sorter.describe_cut(), *sorter.describe_low()),
        formats=found.formats,
        left_out=tuple(left_out),
    )
    return make_table(
        name,
        placed,
        order,
        read_as=report.read_as,
        notes=report.notes,
        left_out=tuple(report.groups),
        guesses=contents.guesses,
        areas=areas,
        unsearched=unsearched,
    )


def _compose(placed: Placed) -> Placed:
    """Spell a label in composed Unicode: macOS writes the same letters in another way, and no other label is meant."""
    label = unicodedata.normalize("NFC", placed.box.label)
    return placed if label == placed.box.label else replace(placed, box=replace(placed.box, label=label))


def _explain(left_out: LeftOut, failed: Names, reasons: Mapping[str, str]) -> LeftOut:
    """Say of a row whose recording is there and cannot be read that this is why."""
    if left_out.why is not Why.NO_FILE:
        return left_out
    ids = failed.find(left_out.name)
    return replace(left_out, why=Why.UNREADABLE, detail=reasons[ids[0]]) if ids else left_out


def _find_searched(
    placed: Sequence[Placed], answers: Sequence[FileAnswer], sorter: Sorter, order: Mapping[str, int]
) -> tuple[tuple[Area, ...], tuple[str, ...]]:
    """Find the channels of recordings in which a truth has all calls: those it speaks of, unless it says otherwise."""
    searched = {(each.session.recording_id, each.session.channel): each.session for each in placed}
    doubtful: Counter[str] = Counter()
    for answer in answers:
        for session in sorter.find_sessions(answer):
            if answer.outcome in SEARCHED:
                searched.setdefault((session.recording_id, session.channel), session)
            else:
                doubtful[session.recording_id] += 1
    areas = [
        Area(recording=order[recording_id], channel=channel, start_s=0.0, end_s=float("inf"))
        for recording_id, channel in searched
        if recording_id not in doubtful
    ]
    return tuple(sorted(areas, key=lambda each: (each.recording, each.channel))), tuple(doubtful)


def _take_answers(
    pieces: Sequence[LabelledSession], sounds: Sounds, order: Mapping[str, int], round_id: str
) -> SheetTable:
    """Take the answers of a round for the truth, in the sessions that were searched."""
    names, by_id = Names(sounds.recordings), {each.id: each for each in sounds.recordings}
    placed, areas, missing = [], [], Counter[str]()
    for piece in pieces:
        recording = by_id.get(piece.recording.id)
        if recording is None:
            ids = names.find(_name_of(piece.recording))
            recording = by_id[ids[0]] if len(ids) == 1 else None
        if recording is None or abs(recording.duration_s - piece.recording.duration_s) > LENGTH_SLACK_S:
            missing[piece.recording.file_name] += 1
            continue
        own = piece.session
        session = Session(
            round_id="none",
            id=own.id,
            recording_id=recording.id,
            channel=own.channel,
            start_s=own.start_s,
            end_s=own.end_s,
            position=own.position,
        )
        areas.append(Area(recording=order[recording.id], channel=own.channel, start_s=own.start_s, end_s=own.end_s))
        placed += [
            Placed(
                session,
                FileBox(
                    name=recording.file_name,
                    start_s=box.start_s,
                    end_s=box.end_s,
                    label=box.label,
                    low_hz=box.low_hz,
                    high_hz=box.high_hz,
                ),
            )
            for box in piece.answer.annotations
        ]
    notes = [f"{count_of(len(areas), 'session')} of round {round_id} were searched as a whole."]
    if missing:
        notes.append(f"The round's answers about {count_of(len(missing), 'recording')} are of no recording here.")
    ordered = sorted(areas, key=lambda each: (each.recording, each.channel, each.start_s))
    return make_table(round_id, placed, order, notes=tuple(notes), areas=tuple(ordered))
