"""Files far away that are read like local ones: only the bytes that are asked for, in blocks that are kept a while."""

import io
import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import BinaryIO, cast

from podcast_core.errors import StorageUnavailable
from podcast_core.remote.parts import PartReader

BLOCK_BYTES = 1 << 17  # a second of 16 bits at 64 kHz; chosen
MAX_AHEAD = 8  # blocks that are read at once where somebody reads on and on
BULK_BYTES = 1 << 22  # who asks for so much at once reads a whole file: nothing is kept of that
CACHE_BYTES = 64 << 20  # ten sessions of a minute at 48 kHz
FRESH_S = 30.0  # how long size and version of a file are believed
MAX_FILES = 512  # whose size is remembered; chosen


class WholeOnly(Exception):
    """The server does not send parts of files."""


@dataclass
class _File:
    """What is known about a file."""

    total: int = -1
    version: str = ""
    checked: float = -math.inf  # on the clock of `time.monotonic`
    lock: Lock = field(default_factory=Lock)


class BlockCache:
    """The blocks that were read last, of all files of a process."""

    def __init__(self, largest_bytes: int = CACHE_BYTES) -> None:
        self._largest_bytes = largest_bytes
        self._held_bytes = 0
        self._blocks: OrderedDict[tuple[str, str, int], bytes] = OrderedDict()
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._lock = Lock()

    def describe(self, url: str) -> _File:
        """Get what is known about a file, to be filled in."""
        with self._lock:
            known = self._files.setdefault(url, _File())
            self._files.move_to_end(url)
            while len(self._files) > MAX_FILES:
                self._files.popitem(last=False)
            return known

    def find(self, url: str, version: str, index: int) -> bytes | None:
        """Find a block."""
        key = (url, version, index)
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
            return self._blocks.get(key)

    def add(self, url: str, version: str, index: int, data: bytes) -> None:
        """Keep a block, and drop those that were not used for longest."""
        key = (url, version, index)
        with self._lock:
            self._held_bytes += len(data) - len(self._blocks.pop(key, b""))
            self._blocks[key] = data
            while self._held_bytes > self._largest_bytes:
                _, dropped = self._blocks.popitem(last=False)
                self._held_bytes -= len(dropped)


def open_parts(url: str, read_part: PartReader, cache: BlockCache, wait_s: float) -> BinaryIO:
    """Open a file of which parts can be read.

    Parameters
    ----------
    wait_s
        How long to wait for another thread that reads the same file; it may be reading what is wanted here.

    Raises
    ------
    WholeOnly
        When the server does not send parts.
    """
    return cast(BinaryIO, io.BufferedReader(_RemoteFile(url, read_part, cache, wait_s)))


class _RemoteFile(io.RawIOBase):
    """A file whose bytes are fetched when they are read. The more is read in a row, the more is fetched at once."""

    def __init__(self, url: str, read_part: PartReader, cache: BlockCache, wait_s: float) -> None:
        self._url, self._read_part, self._cache, self._wait_s = url, read_part, cache, wait_s
        self._position = 0
        self._expected = -1  # the block that comes next if somebody reads on
        self._ahead = 1
        self._known = cache.describe(url)
        if time.monotonic() - self._known.checked > FRESH_S:
            self._fetch(0, 1, is_first=True)
        self._total, self._version = self._known.total, self._known.version

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._total}[whence]
        if origin + offset < 0:
            raise ValueError(f"cannot seek to {origin + offset}")
        self._position = origin + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # that is what it gets
        wanted = min(len(buffer), self._total - self._position)
        if wanted <= 0:
            return 0
        data = self._read_bulk(wanted) if wanted >= BULK_BYTES else self._read_block(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _read_bulk(self, wanted: int) -> bytes:
        return self._get(self._position, self._position + wanted)

    def _read_block(self, wanted: int) -> bytes:
        index, offset = divmod(self._position, BLOCK_BYTES)
        block = self._cache.find(self._url, self._version, index)
        if block is None:
            in_time = self._known.lock.acquire(timeout=self._wait_s)
            try:
                block = self._cache.find(self._url, self._version, index)
                if block is None:
                    self._ahead = min(self._ahead * 2, MAX_AHEAD) if index == self._expected else 1
                    block = self._fetch(index, max(self._ahead, wanted // BLOCK_BYTES))
            finally:
                if in_time:
                    self._known.lock.release()
        return block[offset : offset + wanted]

    def _fetch(self, first: int, count: int, *, is_first: bool = False) -> bytes:
        """Fetch blocks, keep them, and return the first."""
        end = next((each for each in range(first + 1, first + count) if self._has(each)), first + count)
        data = self._get(first * BLOCK_BYTES, end * BLOCK_BYTES, is_first=is_first)
        for number in range(end - first):
            block = data[number * BLOCK_BYTES : (number + 1) * BLOCK_BYTES]
            if block:
                self._cache.add(self._url, self._known.version, first + number, block)
        self._expected = end
        return data[:BLOCK_BYTES]

    def _has(self, index: int) -> bool:
        return self._cache.find(self._url, self._version, index) is not None

    def _get(self, start: int, end: int, *, is_first: bool = False) -> bytes:
        part = self._read_part(start, end)
        if part is None and is_first:
            raise WholeOnly
        if part is None:
            raise StorageUnavailable(f"{self._url}: the server does not send parts of the file any more.")
        if is_first:
            self._known.total, self._known.version = part.total, part.version
        elif (part.total, part.version) != (self._total, self._version):
            self._known.checked = -math.inf
            raise StorageUnavailable(f"{self._url} was changed while it was read.")
        self._known.checked = time.monotonic()
        return part.data
