"""Reading ahead: the next block is read while one is worked on, and nothing is lost."""

import hashlib
import os
import random
import threading
from io import BytesIO
from pathlib import Path

import pytest

from podcast_core.audio.read_ahead import DIRECT_BYTES, hash_alone, hash_far, hash_file, read_ahead

DATA = bytes(range(256)) * 10


class Watched(BytesIO):
    """A file that tells how often it was read, and fails where it shall."""

    def __init__(self, data: bytes, fails_at: int = 99) -> None:
        super().__init__(data)
        self._fails_at, self.count = fails_at, 0
        self.begun = [threading.Event() for _ in range(50)]

    def read(self, size: int | None = -1) -> bytes:
        self.count += 1
        if self.count > self._fails_at:
            raise OSError("the disk is gone")
        self.begun[self.count].set()
        return super().read(size)


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 200, len(DATA)])
def test_all_bytes_come_in_their_order(size: int) -> None:
    file = BytesIO(DATA[:size])
    file.seek(size // 2)
    assert b"".join(read_ahead(file, 100)) == DATA[:size]
    copy, sha256 = BytesIO(), hashlib.sha256(DATA[:size]).hexdigest()
    assert hash_file(file) == hash_far(file) == hash_far(file, copy) == sha256
    assert copy.getvalue() == DATA[:size]


def test_the_next_block_is_read_while_one_is_worked_on_and_no_more() -> None:
    file = Watched(DATA)
    blocks = read_ahead(file, 100)
    next(blocks)
    next(blocks)
    assert file.begun[3].wait(30)  # without being asked for it
    assert file.count == 3
    blocks.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("read-ahead")]


def test_what_fails_is_raised_when_its_turn_comes() -> None:
    blocks = read_ahead(Watched(DATA, fails_at=2), 100)
    assert next(blocks) + next(blocks) == DATA[:200]
    with pytest.raises(OSError, match="the disk is gone"):
        next(blocks)


@pytest.mark.parametrize("more", [-1, 0, 1, 4095, DIRECT_BYTES])
def test_a_file_that_is_not_in_memory_has_the_same_hash(tmp_path: Path, more: int) -> None:
    path = tmp_path / "recording"
    path.write_bytes(random.Random(more).randbytes(DIRECT_BYTES + more))
    with path.open("rb") as file:
        os.fsync(file.fileno())
        assert hash_alone(file) == hash_file(file)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        assert hash_alone(file) == hash_file(file)
