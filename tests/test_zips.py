"""Archives that lie, and archives that unpack to a flood."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.zips import FREE_BYTES, MAX_DIRECTORY_BYTES, check_sizes, open_zip, read_member


def pack(*members: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def read(data: bytes) -> bytes:
    with open_zip(data, "expected a zip archive") as archive:
        return read_member(archive, archive.infolist()[0], 1 << 40)


def lie(data: bytes, size: int) -> bytes:
    """Claim another unpacked size, in both places."""
    changed = bytearray(data)
    struct.pack_into("<I", changed, 22, size)
    struct.pack_into("<I", changed, changed.index(b"PK\1\2") + 24, size)
    return bytes(changed)


def flood(kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    return pack(("a", bytes(FREE_BYTES + 1)), kind=kind)


PLAIN = pack(("a", b"hello"))
END = PLAIN.rindex(b"PK\5\6")


def with_directory(size: int) -> bytes:
    return PLAIN[: END + 12] + struct.pack("<I", size) + PLAIN[END + 16 :]


def with_wide_directory(size: int) -> bytes:
    wide = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, 0)
    place = struct.pack("<4sLQL", b"PK\6\7", 0, END, 1)
    return PLAIN[:END] + wide + place + PLAIN[END:]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (flood, "a: it would be 67,108,865 bytes, unpacked of .*: expected at most 67,108,864"),
        (lambda: lie(flood(), 100), "larger than the archive says|found something else"),
        (lambda: flood(zipfile.ZIP_BZIP2), "unpacked of|packed in a way"),
        (lambda: lie(flood(zipfile.ZIP_BZIP2), 100), "packed in a way that is not read here"),
        (lambda: lie(flood(zipfile.ZIP_LZMA), 100), "packed in a way that is not read here"),
        (lambda: with_directory(MAX_DIRECTORY_BYTES + 1), "too many files"),
        (lambda: with_directory(0xFFFFFFFF), "too many files"),
        (lambda: with_wide_directory(MAX_DIRECTORY_BYTES + 1), "too many files"),
        (lambda: with_directory(int.from_bytes(b"PK\5\6", "little")), "too many files"),
        (lambda: PLAIN + b"PK\5\6", "found something else"),
        (bytes, "expected a zip archive, found something else"),
    ],
)
def test_what_is_no_honest_archive_is_refused_with_little_memory(make: Callable[[], bytes], reason: str) -> None:
    data = make()  # here: what is made on import is made, and kept, in each process of tests
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput, match=reason):
            read(data)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_members_that_share_their_bytes_are_not_counted_twice() -> None:
    """A file of kilobytes that lists one member thousands of times: each is small, all of them are a flood."""
    reason = r"67,108,864,000 bytes, unpacked of .*: expected at most 67,108,864"
    with open_zip(pack(("a", bytes(FREE_BYTES))), "") as archive, pytest.raises(InvalidInput, match=reason):
        check_sizes(archive, archive.infolist() * 1000, 1 << 40)


def test_an_honest_archive_is_read() -> None:
    assert read(PLAIN) == b"hello"
    assert read(pack(("a", b"x" * 1000), kind=zipfile.ZIP_STORED)) == b"x" * 1000
