"""Ingest: index recordings where they lie and cut them into the sessions of a round.

Audio is never copied, and each file is read once, several at a time; they are added in their order. Each file is one
database transaction after its objects in the file store, so an ingest that is killed loses at most the file it was at,
and running it again completes it. The same audio again, by its SHA-256,
changes nothing.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import NoReturn

from sqlalchemy import Connection

from podcast_core.audio.split import split_frames
from podcast_core.domain.ids import make_id
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput, NotFound, PodcastError, StorageUnavailable, name_some
from podcast_core.progress import Progress, tell_nobody
from podcast_core.remote.access import is_url, name_file
from podcast_core.remote.addresses import check_url
from podcast_core.services.intake.ahead import IndexedAhead, index_ahead
from podcast_core.services.intake.indexing import AS_ALWAYS, Manner, index_audio, locate_source
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.rounds import add_round
from podcast_core.services.store import in_use, records
from podcast_core.services.store.source_names import STORED, is_text, name_source, show_source, split_address
from podcast_core.storage import recordings, rounds, sessions
from podcast_core.storage.database import analyze
from podcast_core.workspace import Workspace

# What is looked for in folders; a file that is named itself is tried whatever it is called.
SUFFIXES = frozenset(
    (
        *(".wav", ".wave", ".w64", ".rf64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc"),
        *(".caf", ".au", ".m4a", ".mp4", ".aac", ".wma", ".webm", ".mka"),
    )
)
DEFAULT_LABELS = ("call",)
NOT_UTF_8 = "The name of this file or of a folder above it is not written in UTF-8. Please rename it."
MANY = 20  # recordings after which the database is told how much there is


@dataclass(frozen=True, slots=True)
class Ingested:
    """One file's result. ``reason`` says why it failed, or as what it was known already; ``notes`` what is odd."""

    path: str
    session_count: int = 0
    duration_s: float = 0.0
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of all files."""

    round_id: str
    added: tuple[Ingested, ...]
    unchanged: tuple[Ingested, ...]
    failed: tuple[Ingested, ...]


def ingest(
    workspace: Workspace,
    *,
    paths: Sequence[str | Path],
    round_name: str,
    session_length_s: float = 60.0,
    labels: Sequence[str] = (),
    site: str = "",
    manner: Manner = AS_ALWAYS,
    on_progress: Progress = tell_nobody,
) -> IngestReport:
    """Add files and folder trees to a round, which is made when there is none of that name.

    Parameters
    ----------
    paths
        Files, folders that are searched for audio (hidden ones are left out), ``https://`` URLs of files, ``s3://``
        URLs of files and folders, ``store:KEY`` for audio in the file store.
    round_name
        Name or id of the round.
    session_length_s
        Length of a session in seconds; a tail shorter than a quarter of it joins the session before.
    labels
        Label names of a new round (default: "call"). For a round that exists they must be its own.
    site
        Where the recorder was.
    manner
        How files and their start times are read.
    on_progress
        Called with files done, files in all, and the name of the one that is next.

    Raises
    ------
    InvalidInput
        When the session length or the labels cannot be used. What is wrong with a file goes into the report instead,
        and the others go in.
    """
    split_frames(1_000_000, 1000, session_length_s)  # a bad length is one error, not one per file
    found, failed = find_sources(workspace, paths)
    round_ = open_round(workspace, round_name, labels)
    with index_sources(workspace, found, site=site, manner=manner) as indexed:
        report = ingest_files(
            workspace, found, round_, indexed=indexed, session_length_s=session_length_s, on_progress=on_progress
        )
    analyze_if_many(workspace, len(report.added))
    return replace(report, failed=(*failed, *report.failed))


def ingest_files(
    workspace: Workspace,
    sources: Sequence[str],
    round_: Round,
    *,
    indexed: IndexedAhead,
    session_length_s: float,
    on_progress: Progress = tell_nobody,
) -> IngestReport:
    """Add files that `find_sources` has found to a round, see `ingest`; one that cannot be read stops no other.

    ``indexed`` is of `index_sources`, for these files and others that come later.

    Raises
    ------
    StorageUnavailable
        When a store of ours fails.
    """
    added: list[Ingested] = []
    unchanged: list[Ingested] = []
    failed: list[Ingested] = []
    for done, uri in enumerate(sources):
        on_progress(done, len(sources), name_source(uri))
        try:
            result, is_new = add_recording(workspace, indexed.get(uri), round_, session_length_s)
        except StorageUnavailable:
            raise  # the next file would fail as well
        except PodcastError as error:
            failed.append(Ingested(uri, reason=str(error)))
        else:
            (added if is_new else unchanged).append(result)
    on_progress(len(sources), len(sources), "")
    return IngestReport(round_.id, tuple(added), tuple(unchanged), tuple(failed))


def analyze_if_many(workspace: Workspace, added: int) -> None:
    """Tell the database how much there is, once many recordings were added."""
    if added >= MANY:
        with workspace.database.writing() as connection:
            analyze(connection)


def find_sources(workspace: Workspace, paths: Iterable[str | Path]) -> tuple[list[str], list[Ingested]]:
    """Find the files that are meant by paths and URLs of files and folders, each once, and what is not there."""
    found: dict[str, None] = {}
    failed: list[Ingested] = []
    for path in map(str, paths):
        try:
            for each in _find(workspace, path, failed):
                if is_text(each):
                    found[each] = None
                else:
                    failed.append(Ingested(show_source(each), reason=NOT_UTF_8))
        except StorageUnavailable:
            raise
        except PodcastError as error:
            failed.append(Ingested(path, reason=str(error)))
    return list(found), failed


def _find(workspace: Workspace, path: str, failed: list[Ingested]) -> list[str]:
    if path.startswith(STORED):
        if not workspace.files.exists(split_address(path)[0].removeprefix(STORED)):
            raise NotFound("There is no such object in the file store.")
        return [path]
    return _find_at_url(workspace, path) if is_url(path) else _find_at_path(Path(path), failed)


def _find_at_path(path: Path, failed: list[Ingested]) -> list[str]:
    if "\0" in str(path) or not path.exists():
        raise NotFound("There is no such file or folder.")
    if not path.is_dir():
        return [str(path.resolve())]
    known = len(failed)
    return [str(each) for each in _walk(path, failed)] or ([] if len(failed) > known else _no_audio())


def _find_at_url(workspace: Workspace, url: str) -> list[str]:
    """Find a file, or the audio below a folder of a bucket."""
    if check_url(url).scheme != "s3":
        return [url]
    if not url.endswith("/") and name_file(url) and workspace.remote.exists(url):
        return [url]
    inside = [each for each, _ in workspace.remote.list_files(url)]
    start = len(url.rstrip("/"))
    return [each for each in inside if "/." not in each[start:] and _is_audio(each)] or _no_audio()


def _no_audio() -> NoReturn:
    raise NotFound("The folder holds no audio file.")


def _is_audio(name: str) -> bool:
    return PurePath(name).suffix.lower() in SUFFIXES


def _walk(folder: Path, failed: list[Ingested]) -> Iterator[Path]:
    """Find audio below a folder; a folder that cannot be read is named, as what is in it is missing."""

    def tell(error: OSError) -> None:
        failed.append(
            Ingested(show_source(str(error.filename)), reason=f"This folder cannot be read: {error.strerror}.")
        )

    for parent, folders, names in os.walk(folder.resolve(), onerror=tell):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and _is_audio(name):
                yield Path(parent, name)


def open_round(workspace: Workspace, name: str, labels: Sequence[str]) -> Round:
    """Get the round of a name or id, or make it; InvalidInput when it exists with other labels."""
    with workspace.database.reading() as connection:
        known = rounds.find_named(connection, name)
        if known is not None:
            check_not_archived(connection, known)
    if known is None:
        return add_round(workspace, name=name, labels=labels or DEFAULT_LABELS)
    asked = [label.strip() for label in labels]
    if asked and set(map(known.name_now, asked)) != set(known.label_names):
        raise InvalidInput(
            f"Round {known.id!r} exists with the labels {name_some(known.label_names)}; found {name_some(asked)}. "
            "Leave --labels out, or choose another round."
        )
    return known


def index_sources(
    workspace: Workspace, sources: Sequence[str], *, site: str, manner: Manner
) -> AbstractContextManager[IndexedAhead]:
    """Index files that `find_sources` has found, several at once, ahead of whoever adds them."""

    def index(source: str) -> Recording:
        uri, name = split_address(source)
        try:
            place = locate_source(workspace, uri)
            return index_audio(workspace, place, uri=uri, name=name, site=site, manner=manner)
        except StorageUnavailable as error:
            if uri.startswith(("http://", "https://")):
                raise NotFound(str(error)) from error  # the next file may be on another server
            raise

    return index_ahead(index, sources)


def add_recording(
    workspace: Workspace, recording: Recording, round_: Round, session_length_s: float
) -> tuple[Ingested, bool]:
    """Add one recording and its sessions to a round; False when the round had it already."""
    with workspace.database.reading() as connection:
        known = recordings.find_recording(connection, recording.id)
    is_gone = known is not None and known.uri != recording.uri and _is_gone(workspace, known.uri)
    # Places in the queue and ids follow from what is there, which nobody else changes meanwhile.
    with workspace.database.holding(f"round/{round_.id}", f"recording/{recording.id}"):
        with workspace.database.reading() as connection:
            known = recordings.find_recording(connection, recording.id)
            is_in_round = known is not None and sessions.has_recording(connection, round_.id, recording.id)
        if known is None:
            recording = records.save_recording(workspace.files, recording)
        elif is_gone:
            records.save_place(workspace.files, recording.id, recording.uri)  # the folder was moved
        made = [] if is_in_round else _find_sessions(workspace, recording, round_)
        if not is_in_round and not made:
            with workspace.database.reading() as connection:
                made = _make_sessions(connection, known or recording, round_, session_length_s)
            records.save_sessions(workspace.files, made)
        with workspace.database.writing() as connection:
            if known is None:
                recordings.add_recording(connection, recording)
            elif is_gone:
                recordings.move_recording(connection, recording.id, recording.uri)
            sessions.add_sessions(connection, made)
    if is_in_round:
        reason = "" if known is None else f"The round has this audio already, as {known.file_name}."
        return Ingested(recording.uri, reason=reason, notes=_compare_starts(known, recording)), False
    return Ingested(
        recording.uri, len(made), recording.duration_s * recording.channel_count, notes=recording.notes
    ), True


def _compare_starts(known: Recording | None, found: Recording) -> tuple[str, ...]:
    """Say where the start of a known recording would be read otherwise now: what is known stays."""
    if known is None or known.started_at == found.started_at:
        return ()
    starts = [
        "unknown" if each.started_at is None else f"{each.started_at:%Y-%m-%d %H:%M:%S} UTC ({each.start_method})"
        for each in (known, found)
    ]
    return (f"It is already known and keeps its start, {starts[0]}; it would now be read as {starts[1]}.",)


def _find_sessions(workspace: Workspace, recording: Recording, round_: Round) -> list[Session]:
    """Find sessions that another machine, whose store this is too, has made and that people have answered there."""
    found = in_use.find_sessions_in_use(workspace.files, round_.id, recording.id)
    with workspace.database.reading() as connection:
        if any(sessions.find_session(connection, round_.id, each.id) for each in found):
            return []
    return list(found)


def _make_sessions(
    connection: Connection, recording: Recording, round_: Round, session_length_s: float
) -> list[Session]:
    pieces = split_frames(recording.frame_count, recording.sample_rate_hz, session_length_s)
    position = sessions.next_position(connection, round_.id)
    places = [(span, channel) for span in enumerate(pieces) for channel in range(recording.channel_count)]

    def name(stem: str) -> list[str]:
        return [_name(stem, channel, index, recording.channel_count, len(pieces)) for (index, _), channel in places]

    stem = make_id(PurePath(recording.file_name).stem, fallback=recording.id)
    ids = name(stem)
    if any(sessions.find_session(connection, round_.id, each) for each in (ids[0], ids[-1])):
        ids = name(f"{stem}-{recording.id[:6]}")  # another recording of that name
    return [
        Session(
            round_id=round_.id,
            id=session_id,
            recording_id=recording.id,
            channel=channel,
            start_s=first / recording.sample_rate_hz,
            end_s=last / recording.sample_rate_hz,
            position=position + number,
        )
        for number, (session_id, ((_, (first, last)), channel)) in enumerate(zip(ids, places, strict=True))
    ]


def _is_gone(workspace: Workspace, uri: str) -> bool:
    """Tell whether a recording is not where it was; what Pod.Cast keeps itself (``store:``) is not looked for."""
    if uri.startswith("store:"):
        return False
    if not is_url(uri):
        return not Path(uri).exists()
    try:
        workspace.remote.open(uri).close()
    except NotFound:
        return True
    except PodcastError:  # nobody can tell
        return False
    return False


def _name(stem: str, channel: int, index: int, channel_count: int, piece_count: int) -> str:
    """Name a session as Pod.Cast does: the stem, and a hexadecimal number where there are several."""
    middle = f"_ch{channel + 1}" if channel_count > 1 else ""
    return f"{stem}{middle}" if piece_count == 1 else f"{stem}{middle}_{index:04x}"
