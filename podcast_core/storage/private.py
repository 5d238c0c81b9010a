"""New folders and files that only their owner can read: sound, labels and access belong to a group, not to a machine.

What is there already keeps the mode that somebody gave it.
"""

import os
from pathlib import Path


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it, unless it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Make an empty file unless there is one; SQLite takes over its mode for the files beside it."""
    make_private_folder(path.parent)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
