"""A file as a decoder should see it: a head that tells the truth, and then a part of the real file."""

import os
from typing import BinaryIO


class View:
    """Bytes of a file from ``start`` on, behind a head of its own. Not closed with the file."""

    def __init__(self, file: BinaryIO, start: int, size: int, head: bytes = b"") -> None:
        self._file, self._start, self._head = file, start, head
        self._size = len(head) + size
        self._position = 0

    def read(self, count: int = -1) -> bytes:
        """Read as a file does."""
        left = max(0, self._size - self._position)
        count = left if count < 0 else min(count, left)
        own = self._head[self._position : self._position + count]
        rest = b""
        if count > len(own):
            self._file.seek(self._start + self._position + len(own) - len(self._head))
            rest = self._file.read(count - len(own))
        self._position += len(own) + len(rest)
        return own + rest

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move as a file does."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Say where it is."""
        return self._position
