import io
import os
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.remote.access import Remote
from podcast_core.remote.places import Place
from podcast_core.storage.files import FileStore
from tests.s3 import Bucket


@pytest.fixture(params=["folder", "memory", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FileStore(str(tmp_path / "store"))
    if request.param == "memory":
        return FileStore(f"memory://{tmp_path}")
    bucket: Bucket = request.getfixturevalue("bucket")
    return FileStore(bucket.url, Remote(bucket.settings))


def open_place(place: str | Place) -> BinaryIO:
    return place.open() if isinstance(place, Place) else open(place, "rb")


def test_what_is_written_is_read(files: FileStore) -> None:
    files.write("a/b.json", b"1")
    files.write("a/b.json", b"22")
    assert files.read("a/b.json") == b"22"
    assert files.exists("a/b.json")


def test_an_added_object_never_changes(files: FileStore) -> None:
    assert files.add("a/b.json", b"first") == b"first"
    assert files.add("a/b.json", b"second") == b"first"
    assert files.read("a/b.json") == b"first"


def test_a_missing_object_is_named(files: FileStore) -> None:
    assert not files.exists("a/b.json")
    with pytest.raises(NotFound, match=r"a/b\.json"):
        files.read("a/b.json")


def test_keys_are_listed_below_a_prefix(files: FileStore) -> None:
    for key in ("r/2.json", "r/1/x.json", "q.json"):
        files.write(key, b"")
    assert files.list("r") == ["r/1/x.json", "r/2.json"]
    assert files.list("nothing") == []


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a\\b", "."])
def test_a_key_cannot_leave_the_store(files: FileStore, key: str) -> None:
    with pytest.raises(InvalidInput, match="Not a key"):
        files.write(key, b"")


def test_what_another_machine_writes_is_seen_at_once(bucket: Bucket) -> None:
    ours, theirs = (FileStore(bucket.url, Remote(bucket.settings)) for _ in range(2))
    assert ours.list("a") == []
    assert not ours.exists("a/b.json")
    theirs.write("a/b.json", b"1")
    assert ours.list("a") == ["a/b.json"]
    assert ours.exists("a/b.json")
    theirs.write("a/b.json", b"22")
    assert ours.read("a/b.json") == b"22"


@pytest.mark.parametrize("key", ["spaces and ümläüts 鯨.json", "a?versionId=1", "a#b%20c+d&e=f.json", "[x]*"])
def test_any_name_is_a_key(files: FileStore, key: str) -> None:
    files.add(f"r/{key}", b"1")
    assert files.read(f"r/{key}") == b"1"
    assert files.exists(f"r/{key}")
    assert files.list("r") == [f"r/{key}"]


def test_a_large_file_is_added_once(files: FileStore) -> None:
    large = b"0123456789" * 3_500_000  # three parts of an upload to S3
    assert files.add_file("a/large.bin", io.BytesIO(large))
    assert not files.add_file("a/large.bin", io.BytesIO(b"x"))
    assert files.read("a/large.bin") == large
    with open_place(files.url("a/large.bin")) as file:
        file.seek(-3, os.SEEK_END)
        assert file.read() == b"789"


def test_of_many_writers_of_one_object_exactly_one_wins(files: FileStore) -> None:
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda data=b"%d" % number: results.append(files.add("x.json", data)))
        for number in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(results) == {files.read("x.json")}


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = FileStore(str(tmp_path / "store"))

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageUnavailable, match="No space left"):
        files.add("a/b.json", b"1")
    assert not files.exists("a/b.json")
    assert os.listdir(tmp_path / "store" / "a") == []


@pytest.mark.parametrize("url", ["nosuchprotocol://x", "s3://"])
def test_a_store_that_does_not_exist_is_explained(url: str) -> None:
    with pytest.raises(InvalidInput, match="PODCAST_STORAGE_URL"):
        FileStore(url)
