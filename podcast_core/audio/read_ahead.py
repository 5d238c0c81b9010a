"""Files, read from their beginning to their end while what was read before is worked on."""

import hashlib
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader
from typing import BinaryIO, cast

BLOCK_BYTES = 8 << 20  # from far away


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


def hash_far(file: BinaryIO, copy: BinaryIO | None = None) -> str:
    """Compute the SHA-256 of a file far away, in hex digits; what is read is written into ``copy`` too."""
    digest = hashlib.sha256()
    for block in read_ahead(file):
        digest.update(block)
        if copy is not None:
            copy.write(block)
    return digest.hexdigest()
