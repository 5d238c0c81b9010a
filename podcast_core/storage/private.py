"""New folders and files that only their owner can read: sound, labels and access belong to a group, not to a machine.

What is there already keeps the mode that somebody gave it.
"""

import os
from contextlib import suppress
from pathlib import Path


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it, unless it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Make an empty file unless there is one; SQLite takes over its mode for the files beside it.

    A file that is there is never opened: closing it would take from SQLite all locks that this process has on it, and
    another process would then clear away what this one still reads (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    make_private_folder(path.parent)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
