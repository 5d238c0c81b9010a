"""What can be computed again, kept on this machine as long as there is room: what was not used for longest goes.

It lies in the data folder, also where the file store is a bucket, and belongs to all processes that use the folder. How
much it holds is the length of one file, to which every write adds a byte per block; so nobody lists a hundred thousand
files to know it. Who finds that it is too long counts for once, and removes what was used least recently.
"""

import hashlib
import logging
import os
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from podcast_core.errors import NotFound
from podcast_core.storage.folder import Folder

BLOCK_BYTES = 4096  # a file takes whole blocks of the disk
KEPT_SHARE = 7 / 8  # of the limit, after a sweep: the next one comes after an eighth of it was written anew
LEDGER = "size"  # as long as there are blocks

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _File:
    used_at: float
    blocks: int
    path: str


class Cache:
    """Bytes by key (``a/b/c.jpg``) in a folder that is made when it is needed.

    Parameters
    ----------
    folder
        Where they lie; nothing else may.
    most_bytes
        How much they may take of the disk.
    least_free_bytes
        Nothing is kept where the disk would have less than that left.
    """

    def __init__(self, folder: Path, *, most_bytes: int, least_free_bytes: int = 0) -> None:
        self._folder = str(folder)
        self._ledger = os.path.join(self._folder, LEDGER)
        self._most_blocks = most_bytes // BLOCK_BYTES
        self._least_free_bytes = least_free_bytes
        self._objects = Folder()
        self._sweeping = threading.Lock()

    def read(self, key: str) -> bytes:
        """Read what is kept, and remember that it is used.

        Raises
        ------
        NotFound
            When it is not kept, or not any more.
        """
        path = self._path(key)
        try:
            data = self._objects.read(path)
        except OSError as error:  # whatever it is: the picture can be made again
            raise NotFound(f"There is no {key!r} in the cache.") from error
        with suppress(OSError):  # removed meanwhile
            os.utime(path)
        return data

    def holds(self, key: str) -> bool:
        """Tell whether something is kept; it may be gone a moment later."""
        return os.path.exists(self._path(key))

    def write(self, key: str, data: bytes) -> None:
        """Keep bytes, if there is room for them; whoever made them has them in any case."""
        blocks = _count_blocks(len(data))
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            if shutil.disk_usage(self._folder).free - len(data) < self._least_free_bytes:
                self._shrink(0)  # labels need the room
            elif blocks > self._most_blocks:
                self._shrink(self._most_blocks)
            else:
                self._objects.write(self._path(key), data)
                self._note(blocks)
                self._shrink(self._most_blocks)
        except OSError as error:
            _log.warning("A picture could not be kept in %s: %s", self._folder, error)

    def measure_bytes(self) -> int:
        """Count what is kept."""
        return sum(each.blocks for each in self._list()) * BLOCK_BYTES

    def _note(self, blocks: int) -> None:
        """Add blocks to the ledger; where there is none, so much that somebody counts. Appending is atomic."""
        is_new = not os.path.exists(self._ledger)
        with open(self._ledger, "ab") as ledger:
            ledger.write(b"." * (self._most_blocks + 1 if is_new else blocks))

    def _shrink(self, most_blocks: int) -> None:
        """Sweep when there is more than there may be."""
        with suppress(FileNotFoundError):
            if os.path.getsize(self._ledger) > most_blocks:
                self._sweep(most_blocks)

    def _sweep(self, most_blocks: int) -> None:
        """Remove what was used least recently, and write down how much there is.

        Two processes at once remove the same files, and what is written meanwhile is counted by either.
        """
        if not self._sweeping.acquire(blocking=False):
            return
        try:
            noted = os.path.getsize(self._ledger)
            files = sorted(self._list(), key=lambda each: each.used_at, reverse=True)
            left = sum(each.blocks for each in files)
            if left > most_blocks:
                while files and left > most_blocks * KEPT_SHARE:
                    oldest = files.pop()
                    with suppress(OSError):
                        os.unlink(oldest.path)
                    left -= oldest.blocks
            os.truncate(self._ledger, left + max(0, os.path.getsize(self._ledger) - noted))
        finally:
            self._sweeping.release()

    def _list(self) -> list[_File]:
        """List all files, those too that somebody was writing when they were killed."""
        found: list[_File] = []
        folders = [self._folder]
        while folders:
            with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.path != self._ledger:
                        with suppress(FileNotFoundError):
                            told = entry.stat(follow_symlinks=False)
                            found.append(_File(told.st_mtime, _count_blocks(told.st_size), entry.path))
        return found

    def _path(self, key: str) -> str:
        """Name the file of a key: no key can leave the folder, and there are 256 folders however many recordings."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        return os.path.join(self._folder, digest[:2], digest[2:])


def _count_blocks(byte_count: int) -> int:
    return max(1, -(-byte_count // BLOCK_BYTES))
