import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.storage.files import FileStore

MakeStore = Callable[[], FileStore]


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FileStore(str(tmp_path / "store"))
    return FileStore(f"memory://{tmp_path}")


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


def test_of_many_writers_of_one_object_exactly_one_wins(tmp_path: Path) -> None:
    files = FileStore(str(tmp_path / "store"))
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


def test_a_store_that_does_not_exist_is_explained() -> None:
    with pytest.raises(InvalidInput, match="PODCAST_STORAGE_URL"):
        FileStore("nosuchprotocol://x")
