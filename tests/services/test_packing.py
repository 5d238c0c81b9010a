import io
import zipfile
from collections.abc import Iterator

import pytest

from podcast_core.errors import StorageUnavailable
from podcast_core.services.exchange.packing import pack


def test_an_archive_is_given_file_by_file() -> None:
    read = []

    def list_files() -> Iterator[tuple[str, bytes]]:
        for number in range(3):
            read.append(number)
            yield f"{number}.flac" if number else "notes/0.txt", bytes([number]) * 10_000

    parts = pack("set-1", list_files())
    first = next(parts)
    assert read == [0]
    data = b"".join([first, *parts])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["set-1/notes/0.txt", "set-1/1.flac", "set-1/2.flac"]
        kinds = [each.compress_type for each in archive.infolist()]
        assert archive.read("set-1/2.flac") == b"\2" * 10_000
    assert kinds == [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_STORED]
    assert b"".join(pack("set-1", list_files())) == data


def test_what_fails_in_the_midst_leaves_no_whole_archive() -> None:
    def list_files() -> Iterator[tuple[str, bytes]]:
        yield "a.txt", b"a"
        raise StorageUnavailable("b.txt has changed")

    parts = pack("set-1", list_files())
    first = next(parts)
    with pytest.raises(StorageUnavailable, match=r"b\.txt"):
        next(parts)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(first))
