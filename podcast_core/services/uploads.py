"""Recordings that people upload: kept in the file store, from where they are ingested as any others."""

import hashlib
import re
from typing import BinaryIO

from podcast_core.errors import InvalidInput
from podcast_core.services.ingest import STORED, SUFFIXES
from podcast_core.workspace import Workspace

BLOCK_BYTES = 1 << 20
LONGEST_NAME = 120

__all__ = ["SUFFIXES", "keep_upload"]


def keep_upload(workspace: Workspace, *, name: str, file: BinaryIO) -> str:
    """Keep an uploaded recording in the file store, block by block. The same bytes are kept once.

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
