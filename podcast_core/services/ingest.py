"""Ingest: index recordings where they lie and cut them into the sessions of a round.

Audio is never copied. Each file is one database transaction after its objects in the file store, so an ingest that
is killed loses at most the file it was at, and running it again completes it. The same audio again, by its SHA-256,
changes nothing.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from sqlalchemy import Connection

from podcast_core.audio.files import inspect_audio
from podcast_core.audio.metadata import find_start
from podcast_core.audio.split import split_frames
from podcast_core.domain import Recording, Round, Session, make_id
from podcast_core.errors import InvalidInput, PodcastError, StorageUnavailable
from podcast_core.services import records
from podcast_core.services.rounds import add_round
from podcast_core.storage import recordings, rounds, sessions
from podcast_core.storage.database import analyze, lock
from podcast_core.workspace import Workspace

# What is looked for in folders; a file that is named itself is tried whatever it is called.
SUFFIXES = frozenset(
    (
        *(".wav", ".wave", ".w64", ".rf64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc"),
        *(".caf", ".au", ".m4a", ".mp4", ".aac", ".wma", ".webm", ".mka"),
    )
)
DEFAULT_LABELS = ("call",)
MANY = 20  # recordings after which the database is told how much there is

Progress = Callable[[int, int, str], None]


def _tell_nobody(_done: int, _total: int, _name: str) -> None:
    """Take progress that nobody wants to see."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """One file's result. ``reason`` says why it failed, or as what it was known already."""

    path: str
    session_count: int = 0
    duration_s: float = 0.0
    reason: str = ""


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
    zone: str | None = None,
    on_progress: Progress = _tell_nobody,
) -> IngestReport:
    """Add files and folder trees to a round, which is made when there is none of that name.

    Parameters
    ----------
    paths
        Files, or folders that are searched for audio (hidden ones are left out).
    round_name
        Name or id of the round.
    session_length_s
        Length of a session in seconds; a tail shorter than a quarter of it joins the session before.
    labels
        Label names of a new round (default: "call"). For a round that exists they must be its own.
    site
        Where the recorder was.
    zone
        Time zone of start times that are written without one, see `podcast_core.audio.metadata.find_start`.
    on_progress
        Called with files done, files in all, and the name of the one that is next.

    Raises
    ------
    InvalidInput
        When the session length, the zone or the labels cannot be used. What is wrong with a file goes into the
        report instead, and the others go in.
    """
    split_frames(1_000_000, 1000, session_length_s)  # a bad length is one error, not one per file
    found, failed = find_sources(paths)
    round_ = open_round(workspace, round_name, labels)
    added: list[Ingested] = []
    unchanged: list[Ingested] = []
    for done, path in enumerate(found):
        on_progress(done, len(found), path.name)
        try:
            result, is_new = _ingest_file(workspace, path, round_, session_length_s, site, zone)
        except StorageUnavailable:
            raise  # the next file would fail as well
        except PodcastError as error:
            failed.append(Ingested(str(path), reason=str(error)))
        else:
            (added if is_new else unchanged).append(result)
    if len(added) >= MANY:
        with workspace.database.writing() as connection:
            analyze(connection)
    on_progress(len(found), len(found), "")
    return IngestReport(round_.id, tuple(added), tuple(unchanged), tuple(failed))


def find_sources(paths: Iterable[str | Path]) -> tuple[list[Path], list[Ingested]]:
    """Find the files that are meant by files and folders, each once, and what is not there."""
    found: dict[Path, None] = {}
    failed = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = list(_walk(path))
            found.update(dict.fromkeys(inside))
            if not inside:
                failed.append(Ingested(str(path), reason="The folder holds no audio file."))
        elif path.exists():
            found[path.resolve()] = None
        else:
            failed.append(Ingested(str(path), reason="There is no such file or folder."))
    return list(found), failed


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder.resolve()):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and PurePath(name).suffix.lower() in SUFFIXES:
                yield Path(parent, name)


def open_round(workspace: Workspace, name: str, labels: Sequence[str]) -> Round:
    """Get the round of a name or id, or make it; InvalidInput when it exists with other labels."""
    with workspace.database.reading() as connection:
        known = rounds.find_round(connection, name) or rounds.find_round(connection, make_id(name))
    if known is None:
        return add_round(workspace, name=name, labels=labels or DEFAULT_LABELS)
    asked = [label.strip() for label in labels]
    if asked and set(asked) != set(known.label_names):
        raise InvalidInput(
            f"Round {known.id!r} exists with the labels {', '.join(known.label_names)}; found {', '.join(asked)}. "
            "Leave --labels out, or choose another round."
        )
    return known


def _ingest_file(
    workspace: Workspace, path: Path, round_: Round, session_length_s: float, site: str, zone: str | None
) -> tuple[Ingested, bool]:
    info = inspect_audio(str(path))
    start = find_start(str(path), zone=zone)
    recording = Recording(
        sha256=info.sha256,
        uri=str(path),
        file_name=path.name,
        sample_rate_hz=info.sample_rate_hz,
        channel_count=info.channel_count,
        frame_count=info.frame_count,
        encoding=info.encoding,
        started_at=start.started_at,
        start_method=start.method,
        site=site,
    )
    return add_recording(workspace, recording, round_, session_length_s)


def add_recording(
    workspace: Workspace, recording: Recording, round_: Round, session_length_s: float
) -> tuple[Ingested, bool]:
    """Add one recording and its sessions to a round; False when the round had it already."""
    with workspace.database.writing() as connection:
        # Places in the queue and ids follow from what is there.
        lock(connection, f"round/{round_.id}", f"recording/{recording.id}")
        known = recordings.find_recording(connection, recording.id)
        if known is None:
            records.save_recording(workspace.files, recording)
            recordings.add_recording(connection, recording)
        elif _is_gone(known.uri):
            recordings.move_recording(connection, recording.id, recording.uri)  # the folder was moved
        if sessions.has_recording(connection, round_.id, recording.id):
            reason = "" if known is None else f"The round has this audio already, as {known.file_name}."
            return Ingested(recording.uri, reason=reason), False
        made = _make_sessions(connection, known or recording, round_, session_length_s)
        records.save_sessions(workspace.files, made)
        sessions.add_sessions(connection, made)
    return Ingested(recording.uri, len(made), recording.duration_s * recording.channel_count), True


def _make_sessions(
    connection: Connection, recording: Recording, round_: Round, session_length_s: float
) -> list[Session]:
    pieces = split_frames(recording.frame_count, recording.sample_rate_hz, session_length_s)
    position = sessions.next_position(connection, round_.id)
    places = [(span, channel) for span in enumerate(pieces) for channel in range(recording.channel_count)]

    def name(stem: str) -> list[str]:
        return [_name(stem, channel, index, recording.channel_count, len(pieces)) for (index, _), channel in places]

    stem = _make_stem(recording)
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


def _is_gone(uri: str) -> bool:
    """Tell whether a local file is not where it was; what lies elsewhere (``s3://``, ``store:``) is not looked for."""
    return "://" not in uri and not uri.startswith("store:") and not Path(uri).exists()


def _make_stem(recording: Recording) -> str:
    try:
        return make_id(PurePath(recording.file_name).stem)
    except InvalidInput:  # a name without any letter or digit
        return recording.id


def _name(stem: str, channel: int, index: int, channel_count: int, piece_count: int) -> str:
    """Name a session as Pod.Cast does: the stem, and a hexadecimal number where there are several."""
    middle = f"_ch{channel + 1}" if channel_count > 1 else ""
    return f"{stem}{middle}" if piece_count == 1 else f"{stem}{middle}_{index:04x}"
