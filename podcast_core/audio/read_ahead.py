"""Files, read from their beginning to their end while what was read before is worked on."""

import hashlib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

BLOCK_BYTES = 2 << 20


def read_ahead(file: BinaryIO, block_bytes: int = BLOCK_BYTES) -> Generator[bytes, None, None]:
    """Read a file block by block; another thread reads the next one meanwhile, where there is one.

    Disks and networks then never wait for the processor, nor it for them: reading and hashing both leave Python to
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


def hash_file(file: BinaryIO, block_bytes: int = BLOCK_BYTES, copy: BinaryIO | None = None) -> str:
    """Compute the SHA-256 of an open file, in hex digits; what is read is written into ``copy`` too."""
    digest = hashlib.sha256()
    for block in read_ahead(file, block_bytes):
        digest.update(block)
        if copy is not None:
            copy.write(block)
    return digest.hexdigest()
