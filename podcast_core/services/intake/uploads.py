"""Recordings that people upload: kept in the file store, from where they are ingested as any others."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from podcast_core.audio.files import AudioInfo, inspect_audio
from podcast_core.audio.limits import Limits
from podcast_core.audio.read_ahead import hash_file
from podcast_core.errors import InvalidInput, NoSpace
from podcast_core.services.access import needs
from podcast_core.services.intake.ingest import SUFFIXES
from podcast_core.services.store import room
from podcast_core.services.store.source_names import clean_path, make_address, make_key_name
from podcast_core.storage.space import check_room, naming_full_disks
from podcast_core.workspace import Workspace

BLOCK_BYTES = 1 << 20
MAX_REASONS = 20

__all__ = ["SUFFIXES", "Taken", "keep_upload", "take_upload", "take_uploads"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the files that somebody sent: the addresses of those that were kept, and why others were not."""

    addresses: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]

    def check_any(self) -> None:
        """Raise InvalidInput when no file was kept."""
        if not self.addresses:
            raise InvalidInput("\n\n".join(f"{name}: {reason}" for name, reason in self.refused[:MAX_REASONS]))


@needs("admin")
def take_uploads(
    workspace: Workspace,
    files: Iterable[tuple[str, BinaryIO]],
    *,
    person: str | None = None,
    take_cut: bool = False,
) -> Taken:
    """Keep what somebody sends, names and open files; a file that is no whole audio is refused, and fails no other.

    With ``take_cut`` a file that was cut is kept too, if its beginning can be read.

    Raises
    ------
    NoSpace
        When there is no room for any, on the disk or for this person (None: nobody needs a token).
    StorageUnavailable
        When it cannot be kept.
    """
    kept: list[str] = []
    refused: list[tuple[str, str]] = []
    full: NoSpace | None = None
    for name, file in files:
        try:
            info = _inspect(workspace, file, take_cut=take_cut)
            kept.append(keep_upload(workspace, name=name, file=file, person=person, sha256=info.sha256))
        except InvalidInput as error:
            refused.append((clean_path(name), str(error)))
        except NoSpace as error:  # there may be room for a smaller one
            refused.append((clean_path(name), str(error)))
            full = error
    if full is not None and not kept:
        raise full
    return Taken(tuple(dict.fromkeys(kept)), tuple(refused))


def take_upload(
    workspace: Workspace,
    *,
    name: str,
    file: BinaryIO,
    person: str | None = None,
    check: Callable[[AudioInfo], None] | None = None,
) -> str:
    """Keep one file that somebody sends; ``check`` may still refuse it (InvalidInput), and then nothing is kept.

    Returns
    -------
    str
        Its address, see `keep_upload`.

    Raises
    ------
    InvalidInput
        With name and reason: empty, not audio, truncated, damaged, or longer than the settings allow.
    StorageUnavailable
        When it cannot be kept.
    """
    try:
        info = _inspect(workspace, file, take_cut=False)
    except InvalidInput as error:
        raise InvalidInput(f"{clean_path(name)}: {error}") from error
    if check is not None:
        check(info)
    return keep_upload(workspace, name=name, file=file, person=person, sha256=info.sha256)


def _inspect(workspace: Workspace, file: BinaryIO, *, take_cut: bool) -> AudioInfo:
    limits = Limits.of(workspace.settings, longest_s=workspace.settings.longest_upload_hours * 3600)
    size = file.seek(0, os.SEEK_END)
    workspace.files.check_room(size)
    with TemporaryDirectory(prefix="podcast-") as folder, naming_full_disks("What was sent"):
        check_room(folder, size, 0)
        path = Path(folder, "audio")
        file.seek(0)
        with path.open("xb") as copy:
            while block := file.read(BLOCK_BYTES):
                copy.write(block)
        return inspect_audio(str(path), limits=limits, take_cut=take_cut)


def keep_upload(workspace: Workspace, *, name: str, file: BinaryIO, person: str | None = None, sha256: str = "") -> str:
    """Keep a recording in the file store, block by block, whatever it is. The same bytes are kept once.

    Parameters
    ----------
    name
        The file's name, with its folders where they are known; start times are read from it.
    file
        The open file.
    person
        Whose token it is; None where nobody needs one.
    sha256
        Of its bytes, where it is known.

    Returns
    -------
    str
        Its address for an ingest, ``store:uploads/DIGEST/NAME``, with the name that it was sent under (`names`).

    Raises
    ------
    InvalidInput
        When the file is empty.
    NoSpace
        When there is no room for it, on the disk or for this person.
    StorageUnavailable
        When it cannot be kept.
    """
    byte_count = file.seek(0, os.SEEK_END)
    if not byte_count:
        raise InvalidInput("The file is empty (0 bytes).")
    folder = f"uploads/{sha256 or hash_file(file)}"
    known = workspace.files.list(folder)
    if known:  # perhaps under another name
        return make_address(known[0], name)
    key = f"{folder}/{make_key_name(name)}"
    file.seek(0)
    with room.keeping(workspace, person=person, kind="recordings", byte_count=byte_count):
        workspace.files.add_file(key, file)
    return make_address(key, name)
