"""A table of sounds becomes a collection: a row names audio, what it is called and its subset, as in hover's guide.

Each file is added to a round as any recording is. What a table calls raw rows is kept, too: hover drops it. A row whose
audio is not there stays as a clip with the reason, and the others go in.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from podcast_core.domain.checks import check_text
from podcast_core.domain.clip import Subset
from podcast_core.domain.collection import Collection, Unit
from podcast_core.domain.limits import DEFAULT_EMBEDDER
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput, PodcastError, StorageUnavailable, name_some
from podcast_core.formats import tables
from podcast_core.services.access import needs
from podcast_core.services.explore.collections import add_collection
from podcast_core.services.explore.places import Place, make_place
from podcast_core.services.intake import ingest
from podcast_core.services.intake.folders import is_address, resolve_path
from podcast_core.services.intake.indexing import AS_ALWAYS, index_audio, locate_source
from podcast_core.services.jobs.running import RunningJob
from podcast_core.services.labels import rounds as label_lists
from podcast_core.services.store import collection_records, records
from podcast_core.services.store.source_names import name_source, split_address
from podcast_core.storage import clips, collections, recordings, rounds, sessions
from podcast_core.workspace import Workspace

ABSTAIN = "ABSTAIN"  # hover's word for a row without a label
ONE_SESSION_S = 86_400.0  # a file is one session
MAX_URL_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table's columns are called; those of hover by default."""

    audio: str = "audio"
    label: str = "label"
    subset: str = "SUBSET"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: the address or path of audio, what it is called (or nothing), and its subset."""

    audio: str
    label: str = ""
    subset: Subset = Subset.RAW


@dataclass(frozen=True, slots=True)
class _Kept:
    """What of a table is in the store until its clips are found."""

    columns: Columns
    entries: Sequence[Entry] = field(default_factory=tuple)


AS_HOVER = Columns()


def read_entries(name: str, data: bytes, columns: Columns = AS_HOVER, *, folder: str | Path = ".") -> list[Entry]:
    """Read the rows of a CSV, TSV, Parquet or JSON table; relative paths count from ``folder``.

    Raises
    ------
    InvalidInput
        With the first row that cannot be used, and why.
    """
    if data[:1] in (b"[", b"{"):
        return make_entries(_read_json(name, data), columns, folder=folder)
    found = tables.read_sheet(tables.read_rows(name, data, required=[(columns.audio,)]))
    return make_entries([row.cells for row in found], columns, folder=folder)


def _read_json(name: str, data: bytes) -> list[Mapping[str, Any]]:
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{name} is not valid JSON: {error}.") from error
    if isinstance(rows, Mapping) and all(_is_rows(several) for several in rows.values()):
        # by subset, as hover's own constructor takes it
        rows = [{**row, "SUBSET": subset} for subset, several in rows.items() for row in several]
    if not _is_rows(rows):
        raise InvalidInput(f"{name}: expected a list of rows with names and values.")
    found: list[Mapping[str, Any]] = rows
    return found


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)


def make_entries(
    rows: Iterable[Mapping[str, Any]], columns: Columns = AS_HOVER, *, folder: str | Path = "."
) -> list[Entry]:
    """Make entries of rows by column name, such as those of a DataFrame (``frame.to_dict("records")``).

    Raises
    ------
    InvalidInput
        For rows without audio or with times that cannot be.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        if columns.audio not in row:
            raise InvalidInput(
                f"Row {number} has no column {columns.audio!r} (an address or path); found {name_some(map(str, row))}."
            )
        audio, label, subset = (_to_text(row.get(each)) for each in (columns.audio, columns.label, columns.subset))
        try:
            found.append(Entry(_resolve(audio, folder), _check_label(label), _to_subset(subset)))
        except InvalidInput as error:
            raise InvalidInput(f"Row {number}: {error}") from error
    if not found:
        raise InvalidInput("The table has no rows.")
    return found


def _to_text(value: Any) -> str:
    """Read a cell; what pandas has for nothing is nothing."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return str(value).strip()


def _resolve(audio: str, folder: str | Path) -> str:
    if len(audio) > MAX_URL_LENGTH:
        raise InvalidInput(f"an address can have at most {MAX_URL_LENGTH:,} characters, found {len(audio):,}.")
    if not audio or is_address(audio):
        return audio
    return resolve_path(str(Path(folder) / Path(audio).expanduser()))


def _check_label(label: str) -> str:
    if not label or label == ABSTAIN:
        return ""
    check_text(label, "A label", 80)
    return label


def _to_subset(text: str) -> Subset:
    known = {"": Subset.RAW, "unlabeled": Subset.RAW, "validation": Subset.DEV, "val": Subset.DEV}
    try:
        return known.get(text.lower()) or Subset(text.lower())
    except ValueError:
        raise InvalidInput(f"a subset is one of {', '.join(Subset)}, found {text[:40]!r}.") from None


@needs("admin")
def add_table(
    workspace: Workspace,
    *,
    round_name: str,
    name: str,
    entries: Sequence[Entry],
    columns: Columns = AS_HOVER,
    embedder: str = DEFAULT_EMBEDDER,
    who: str = "",
    collection_id: str = "",
) -> Collection:
    """Make a collection of a table; its job adds the audio to a round and describes it.

    Parameters
    ----------
    round_name
        Name or id of the round; one that is not there is made, with the table's labels.
    entries
        See `read_entries` and `make_entries`.

    Raises
    ------
    InvalidInput
        When there are no rows, or names cannot be used.
    """
    if not entries:
        raise InvalidInput("The table has no rows.")
    labels = sorted({each.label for each in entries} - {""})
    with workspace.database.reading() as connection:
        known = rounds.find_named(connection, round_name)
    round_ = ingest.open_round(workspace, round_name, labels if known is None else ())
    missing = [label for label in labels if round_.name_now(label) not in round_.label_names]
    if missing:
        label_lists.add_labels(workspace, round_id=round_.id, names=missing)
    made = add_collection(
        workspace,
        round_id=round_.id,
        name=name,
        unit=Unit.SESSION,
        embedder=embedder,
        who=who,
        collection_id=collection_id,
    )
    rows = [[each.audio, each.label, each.subset.value] for each in entries]
    document = records.encode("table", {"columns": asdict(columns), "rows": rows})
    workspace.files.add(table_key(made.id), document)
    return made


def table_key(collection_id: str) -> str:
    """Name the object of a collection's table."""
    return f"{collection_records.FOLDER}/{collection_id}/table.json"


def has_table(workspace: Workspace, collection_id: str) -> bool:
    """Tell whether a collection was made of a table."""
    return workspace.files.exists(table_key(collection_id))


def _read_kept(workspace: Workspace, collection_id: str) -> _Kept:
    key = table_key(collection_id)
    with records.reading(key):
        fields = records.open_document(workspace.files.read(key), "table")
        entries = [Entry(audio, label, Subset(subset)) for audio, label, subset in fields["rows"]]
        return _Kept(Columns(**fields["columns"]), entries)


def find_places(workspace: Workspace, collection: Collection, run: RunningJob) -> list[Place]:
    """Add the audio of a table to its round, each file once, and make a clip of each row."""
    entries = _read_kept(workspace, collection.id).entries
    found: dict[str, tuple[Session, Recording] | str] = {}
    places: list[Place] = []
    for done, entry in enumerate(entries):
        run(done, len(entries), name_source(entry.audio))
        if entry.audio not in found:
            found[entry.audio] = _add_audio(workspace, collection.round_id, entry.audio)
        one = found[entry.audio]
        if isinstance(one, str):
            run.log(f"failed: {name_source(entry.audio)}: {one}")
            where: Place = ("", "", 0, 0.0, 0.0, None, None, "")
            error = one
        else:
            where, error = make_place(one[0], 0.0, one[1].duration_s)[:8], ""
        places.append((*where, entry.subset.value, entry.label, entry.audio, error))
    return places


def _add_audio(workspace: Workspace, round_id: str, audio: str) -> tuple[Session, Recording] | str:
    """Add a file to the round; returns its first session, or why there is none."""
    if not audio:
        return "The row names no audio."
    uri, name = split_address(audio)
    try:
        round_ = ingest.open_round(workspace, round_id, ())
        place = locate_source(workspace, uri)
        recording = index_audio(workspace, place, uri=uri, name=name, site="", manner=AS_ALWAYS)
        ingest.add_recording(workspace, recording, round_, ONE_SESSION_S)
    except StorageUnavailable as error:
        if not is_address(uri):
            raise  # the disk: the next file would fail as well
        return str(error)
    except PodcastError as error:
        return str(error)
    with workspace.database.reading() as connection:
        of_round = [s for s in sessions.list_sessions_of(connection, recording.id) if s.round_id == round_id]
    if not of_round:
        return "The recording is archived in this round."
    return of_round[0], recording


def export_table(
    workspace: Workspace, *, collection_id: str, as_json: bool = False, with_evicted: bool = False
) -> bytes:
    """Write a collection as a table with the columns that it came with, to be read again without losing a label.

    A clip that people labelled has their label, the others what the table said. Clips of a collection that came from no
    table have their times as well.
    """
    columns = _read_kept(workspace, collection_id).columns if has_table(workspace, collection_id) else Columns()
    with workspace.database.reading() as connection:
        known = collections.get_collection(connection, collection_id)
        names = ["url", "recording_id", "start_s", "end_s", "label", "given_label", "subset", "evicted"]
        found = clips.read_columns(connection, collection_id, names)
        uris = {each.id: each.uri for each in recordings.list_recordings(connection, set(found["recording_id"]))}
    rows: list[dict[str, Any]] = []
    for number in range(known.clip_count):
        row = {name: found[name][number] for name in names}
        if row["evicted"] and not with_evicted:
            continue
        audio = row["url"] or uris.get(row["recording_id"], "")
        values = {
            columns.audio: audio,
            columns.label: row["label"] or row["given_label"],
            columns.subset: row["subset"],
        }
        times = {} if row["url"] else {"start_s": float(row["start_s"]), "end_s": float(row["end_s"])}
        rows.append({**values, **times})
    if as_json:
        return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()
    header = [columns.audio, columns.label, columns.subset]
    header += ["start_s", "end_s"] if any("start_s" in row for row in rows) else []
    return tables.write_sheet(header, rows)
