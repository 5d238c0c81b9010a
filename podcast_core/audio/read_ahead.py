"""Files, read from their beginning to their end while what was read before is worked on."""

import hashlib
import mmap
import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader
from typing import BinaryIO, cast

BLOCK_BYTES = 8 << 20  # from far away
DIRECT_BYTES = 4 << 20  # chosen: what a disk reads in some milliseconds
PAGE_BYTES = 4096


def read_ahead(file: BinaryIO, block_bytes: int = BLOCK_BYTES) -> Generator[bytes, None, None]:
    """Read a file block by block; another thread reads the next one meanwhile, where there is one.

    The network then never waits for the processor, nor it for the network: reading and hashing both leave Python to
    other threads.
    """
    file.seek(0)
    block = file.read(block_bytes)
    if len(block) < block_bytes:  # nothing to be gained, for most recordings of a minute
        while block:
            yield block
            block = file.read(block_bytes)
        return
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        while block:
            following = pool.submit(file.read, block_bytes)
            yield block
            block = following.result()


def hash_file(file: BinaryIO) -> str:
    """Compute the SHA-256 of a file on this machine, in hex digits: the system reads ahead of who reads in order."""
    file.seek(0)
    return hashlib.file_digest(cast(BufferedReader, file), "sha256").hexdigest()


def hash_alone(file: BinaryIO) -> str:
    """Compute the SHA-256 of a file on this machine that nobody else reads, in hex digits.

    It is read past the system's memory, unless it lies there already: taking it through there costs more of a processor
    than hashing it, and what people listen to would make room for it.
    """
    try:
        digest = _hash_direct(file.fileno())
    except OSError:  # not every file system can; if the disk fails, it fails again
        digest = None
    return digest or hash_file(file)


def _hash_direct(number: int) -> str | None:
    flag, size = getattr(os, "O_DIRECT", 0), os.fstat(number).st_size
    if not flag or size <= DIRECT_BYTES or _is_in_memory(number, size):
        return None
    digest = hashlib.sha256()
    direct = os.open(f"/proc/self/fd/{number}", os.O_RDONLY | flag)
    with os.fdopen(direct, "rb", buffering=0) as file, ThreadPoolExecutor(1, "read-ahead") as pool:
        here, following = (mmap.mmap(-1, DIRECT_BYTES) for _ in range(2))  # at addresses that disks can write to
        count = file.readinto(here)
        left = size - count
        while left > 0 and count == DIRECT_BYTES:
            coming = pool.submit(file.readinto, following)
            digest.update(here)
            here, following = following, here
            count = coming.result()
            left -= count
        digest.update(memoryview(here)[:count])
    return None if left else digest.hexdigest()  # somebody writes to it


def _is_in_memory(number: int, size: int) -> bool:
    """Tell whether three places of a file lie in the system's memory."""
    try:
        for quarter in (1, 2, 3):
            os.preadv(number, [bytearray(PAGE_BYTES)], size * quarter // 4, os.RWF_NOWAIT)
    except OSError:  # one would have to wait
        return False
    return True


def hash_far(file: BinaryIO, copy: BinaryIO | None = None) -> str:
    """Compute the SHA-256 of a file far away, in hex digits; what is read is written into ``copy`` too."""
    digest = hashlib.sha256()
    for block in read_ahead(file):
        digest.update(block)
        if copy is not None:
            copy.write(block)
    return digest.hexdigest()
