"""Objects in a local folder: written beside their final name, and renamed when they are on the disk."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import BinaryIO

from podcast_core.plain_files import read_regular

_TEMPORARY = ".tmp-"


class Folder:
    """A local folder; paths are absolute."""

    def exists(self, path: str) -> bool:
        """Tell whether there is an object."""
        return os.path.isfile(path)

    def read(self, path: str) -> bytes:
        """Read an object."""
        return read_regular(path)

    def write(self, path: str, data: bytes) -> None:
        """Write or replace an object."""
        with _written_beside(path, BytesIO(data)) as temporary:
            os.replace(temporary, path)

    def add(self, path: str, data: bytes) -> None:
        """Write an object; FileExistsError when there is one."""
        self.add_file(path, BytesIO(data))

    def add_file(self, path: str, file: BinaryIO) -> None:
        """Write an object from an open file; FileExistsError when there is one."""
        with _written_beside(path, file) as temporary:
            _link(temporary, path)

    def remove(self, path: str) -> None:
        """Remove an object, and the folders that are empty then."""
        os.unlink(path)
        with suppress(OSError):  # something is in them
            for _ in range(2):
                path = os.path.dirname(path)
                os.rmdir(path)

    def list(self, path: str) -> list[str]:
        """List the objects below a folder, not what is being written."""
        return [
            f"{parent.replace(os.sep, '/')}/{name}"
            for parent, _, names in os.walk(path, onerror=_fail_unless_missing)
            for name in names
            if not name.startswith(_TEMPORARY)
        ]

    def place(self, path: str) -> str:
        """Name an object: it is a file."""
        return path


def _fail_unless_missing(error: OSError) -> None:
    """Let a folder be empty that is not there, and no other: half a list looks like lost labels."""
    if not isinstance(error, FileNotFoundError):
        raise error


@contextmanager
def _written_beside(path: str, source: BinaryIO) -> Iterator[str]:
    """Write a temporary file in the same folder and make sure that it is on the disk; it goes when all is done."""
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f"{_TEMPORARY}{name[:60]}-{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def _link(temporary: str, path: str) -> None:
    """Give the temporary file its final name unless the name is taken (FileExistsError)."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links (FAT): nearly as good, but two writers may both win
        if os.path.exists(path):
            raise FileExistsError(path) from None
        os.replace(temporary, path)
