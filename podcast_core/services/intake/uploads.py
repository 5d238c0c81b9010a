"""Recordings that people upload: kept in the file store, from where they are ingested as any others."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from podcast_core.audio.files import inspect_audio
from podcast_core.audio.limits import Limits
from podcast_core.errors import InvalidInput
from podcast_core.services.intake.ingest import STORED, SUFFIXES
from podcast_core.workspace import Workspace

BLOCK_BYTES = 1 << 20
LONGEST_NAME = 120

__all__ = ["SUFFIXES", "keep_upload", "take_upload", "take_uploads"]


def take_uploads(workspace: Workspace, files: Sequence[tuple[str, BinaryIO]]) -> list[str]:
    """Keep what somebody sends, names and open files: all of it, or nothing.

    Returns
    -------
    list of str
        Their addresses, see `keep_upload`.

    Raises
    ------
    InvalidInput
        With name and reason: empty, not audio, truncated, damaged, or longer than the settings allow.
    StorageUnavailable
        When it cannot be kept.
    """
    for name, file in files:
        _check(workspace, name, file)
    return [keep_upload(workspace, name=name, file=file) for name, file in files]


def take_upload(workspace: Workspace, *, name: str, file: BinaryIO) -> str:
    """Keep one file that somebody sends; errors as `take_uploads`."""
    return take_uploads(workspace, [(name, file)])[0]


def _check(workspace: Workspace, name: str, file: BinaryIO) -> None:
    limits = Limits.of(workspace.settings, longest_s=workspace.settings.longest_upload_hours * 3600)
    with TemporaryDirectory(prefix="podcast-") as folder:
        path = Path(folder, "audio")
        file.seek(0)
        with path.open("xb") as copy:
            while block := file.read(BLOCK_BYTES):
                copy.write(block)
        try:
            inspect_audio(str(path), limits=limits)
        except InvalidInput as error:
            raise InvalidInput(f"{name[:LONGEST_NAME]}: {error}") from error


def keep_upload(workspace: Workspace, *, name: str, file: BinaryIO) -> str:
    """Keep a recording in the file store, block by block, whatever it is. The same bytes are kept once.

    Parameters
    ----------
    name
        The file's name; start times are read from it.
    file
        The open file.

    Returns
    -------
    str
        Its address for an ingest, ``store:uploads/DIGEST/NAME``.

    Raises
    ------
    InvalidInput
        When the file is empty.
    StorageUnavailable
        When it cannot be kept.
    """
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
    if not file.tell():
        raise InvalidInput(f"{name}: the file is empty.")
    known = workspace.files.list(f"uploads/{digest.hexdigest()}")
    if known:  # perhaps under another name
        return f"{STORED}{known[0]}"
    key = f"uploads/{digest.hexdigest()}/{_clean(name)}"
    file.seek(0)
    workspace.files.add_file(key, file)
    return f"{STORED}{key}"


def _clean(name: str) -> str:
    """Make the last part of a key of a name, as much like it as every file system allows."""
    cleaned = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|%#]', "_", name).strip(". ")
    return cleaned[-LONGEST_NAME:].lstrip(".~ ") or "recording"
