"""The recordings of a sheet: found where they lie, and of those that a row names the header is read, no more.

What is uploaded lies in a folder of its own (``sheets`` in the data folder) under its digest. That folder holds no more
than pictures may take together, and what nobody used for half a day goes.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

from podcast_core.audio.decoders import open_source
from podcast_core.audio.files import inspect_audio
from podcast_core.audio.limits import Limits
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput, NoSpace, PodcastError
from podcast_core.remote.access import is_url
from podcast_core.services.intake.indexing import locate_source
from podcast_core.services.intake.ingest import find_sources
from podcast_core.services.store.source_names import clean_path, show_source, split_address, split_name
from podcast_core.storage import recordings, rounds, sessions
from podcast_core.storage.private import make_private_folder
from podcast_core.storage.space import check_room, naming_full_disks, show_bytes
from podcast_core.workspace import Workspace

FOLDER = "sheets"
UNUSED_S = 12 * 3600.0  # chosen: half a day
BLOCK_BYTES = 1 << 20
AT_ONCE = 8  # headers that are read at a time, where they come over the network
MAX_RECORDINGS = 100_000

Uploads = Sequence[tuple[str, BinaryIO]]


@dataclass(frozen=True, slots=True)
class Sounds:
    """Recordings that were found. Of those without sessions nobody knows yet how long they are."""

    recordings: tuple[Recording, ...]
    sessions: tuple[Session, ...] = ()
    unreadable: Mapping[str, str] | None = None
    uploads: tuple[tuple[str, str], ...] = ()


def find_sounds(
    workspace: Workspace, *, addresses: Sequence[str] = (), uploads: Uploads = (), round_id: str = ""
) -> Sounds:
    """Find recordings by name: below folders and addresses, sent along, or those of a round.

    Raises
    ------
    InvalidInput
        When there is no recording, or there are too many.
    NotFound
        When there is no such round.
    NoSpace
        When there is no room for what was sent.
    """
    if round_id:
        with workspace.database.reading() as connection:
            rounds.get_round(connection, round_id)
            of_round = tuple(sessions.list_sessions(connection, round_id))
            heard = recordings.list_recordings(connection, {each.recording_id for each in of_round})
        return Sounds(tuple(sorted(heard, key=lambda each: (each.file_name, each.id))), of_round)
    found, failed = find_sources(workspace, addresses)
    kept = [(clean_path(name), *keep_sound(workspace, file)) for name, file in uploads]
    provisional = [_name_recording(*split_address(source)) for source in found]
    provisional += [_name_recording(path, name, sha256) for name, path, sha256 in kept]
    unreadable = {show_source(each.path): each.reason for each in failed}
    if not provisional:
        why = "; ".join(f"{name}: {reason}" for name, reason in unreadable.items())
        raise InvalidInput(f"Expected recordings to look at: a folder, an address, or files; found none. {why}".strip())
    if len(provisional) > MAX_RECORDINGS:
        raise InvalidInput(f"Expected at most {MAX_RECORDINGS:,} recordings, found {len(provisional):,}.")
    return Sounds(tuple(_tell_apart(provisional)), (), unreadable, tuple((name, path) for name, path, _ in kept))


def _tell_apart(provisional: Iterable[Recording]) -> Iterator[Recording]:
    """Give the same audio under a second name an id of its own: rows may name either. Under the same name it is one."""
    seen, told = set[str](), set[str]()
    for each in provisional:
        other = f"{each.sha256} {each.original_name or each.file_name}"
        if other not in told:
            yield replace(each, sha256=hashlib.sha256(other.encode()).hexdigest()) if each.id in seen else each
        seen.add(each.id)
        told.add(other)


def measure(workspace: Workspace, sounds: Sounds, wanted: Iterable[str]) -> Sounds:
    """Read the headers of wanted recordings (by id); what cannot be read goes, with the reason."""
    chosen = set(wanted)
    if sounds.sessions:
        return sounds

    def look(each: Recording) -> Recording | str:
        if each.id not in chosen:
            return each
        try:
            return _measure(workspace, each)
        except PodcastError as error:
            return str(error)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        looked = list(zip(sounds.recordings, pool.map(look, sounds.recordings), strict=True))
    known = tuple(after for _, after in looked if isinstance(after, Recording))
    refused = {before.original_name or before.file_name: after for before, after in looked if isinstance(after, str)}
    pieces = [
        Session(
            round_id="none",
            id=f"{recording.id}-{channel}",
            recording_id=recording.id,
            channel=channel,
            start_s=0.0,
            end_s=recording.duration_s,
            position=number,
        )
        for number, (before, recording) in enumerate(looked)
        if isinstance(recording, Recording) and before.id in chosen
        for channel in range(recording.channel_count)
    ]
    return replace(
        sounds, recordings=known, sessions=tuple(pieces), unreadable={**(sounds.unreadable or {}), **refused}
    )


def keep_sound(workspace: Workspace, file: BinaryIO) -> tuple[str, str]:
    """Keep what somebody sends for half a day; return where it lies, and its digest.

    Raises
    ------
    NoSpace
        When it is larger than all of it may be, or the disk has no room.
    """
    settings = workspace.settings
    size, most = file.seek(0, os.SEEK_END), settings.largest_cache_mb * 1_000_000
    if size > most:
        raise NoSpace(
            f"A recording of {show_bytes(size)} is larger than what is kept to be looked at, {show_bytes(most)} "
            "(PODCAST_LARGEST_CACHE_MB). Name the folder where it lies, or add it to a round."
        )
    folder = settings.data_dir / FOLDER
    make_private_folder(folder)
    check_room(str(folder), size, settings.least_free_mb * 1_000_000)
    file.seek(0)
    with naming_full_disks("What was sent"), NamedTemporaryFile(dir=folder, delete=False) as copy:
        try:
            sha256 = _copy(file, copy)
            path = folder / sha256
            os.replace(copy.name, path)
        except BaseException:
            Path(copy.name).unlink(missing_ok=True)
            raise
    sweep(folder, most, kept=path)
    return str(path), sha256


def sweep(folder: Path, most_bytes: int, *, kept: Path | None = None) -> None:
    """Remove what was not used for half a day and, of what is more than there may be, the oldest."""
    found = []
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                status = entry.stat()
                found.append((status.st_mtime, status.st_size, Path(entry.path)))
    left = sum(size for _, size, _ in found)
    for used_at, size, path in sorted(found):
        if path != kept and (left > most_bytes or used_at < time.time() - UNUSED_S):
            path.unlink(missing_ok=True)
            left -= size


def touch(recording: Recording) -> None:
    """Remember that a recording which was sent is used."""
    if Path(recording.uri).parent.name == FOLDER:
        with suppress(OSError):
            os.utime(recording.uri)


def _copy(file: BinaryIO, copy: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for block in _read_blocks(file.read):
        digest.update(block)
        copy.write(block)
    return digest.hexdigest()


def _read_blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while block := read(BLOCK_BYTES):
        yield block


def _name_recording(uri: str, name: str, sha256: str = "") -> Recording:
    """Name a recording of which only the place is known: a second of sound, until somebody reads the header."""
    file_name, original_name = split_name(clean_path(name))
    return Recording(sha256 or _identify(uri), uri, file_name, 1, 1, 1, "unknown", original_name=original_name)


def _identify(uri: str) -> str:
    """Tell a file from others, and from what it was before: no digest of its samples, which are not read for this."""
    told: tuple[object, ...] = (uri,)
    if not is_url(uri):
        with suppress(OSError):
            status = os.stat(uri)
            told = (uri, status.st_size, status.st_mtime_ns)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _measure(workspace: Workspace, recording: Recording) -> Recording:
    place, limits = locate_source(workspace, recording.uri), Limits.of(workspace.settings)
    with open_source(place) as source:
        limits.check_form(source.channel_count, source.sample_rate_hz)
        frames, rate_hz, channels = source.frame_count, source.sample_rate_hz, source.channel_count
    if frames is None:  # the header does not say: it is decoded once
        frames = inspect_audio(place, limits=limits, take_cut=True).frame_count
    if is_url(recording.uri):  # the same address may have another file tomorrow
        sha256 = hashlib.sha256(f"{recording.sha256} {frames} {rate_hz}".encode()).hexdigest()
        recording = replace(recording, sha256=sha256)
    return replace(recording, frame_count=frames, sample_rate_hz=rate_hz, channel_count=channels)
