"""The cache has a limit that holds, whoever writes how much into it, and never gives half of anything."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from podcast_core.errors import NotFound
from podcast_core.storage.cache import BLOCK_BYTES, LEDGER, Cache
from tests.serving import ROOT

MOST = 64 * BLOCK_BYTES


def size_of(folder: Path) -> int:
    """What lies on the disk, whatever the cache says."""
    sizes = [each.stat().st_size for each in folder.rglob("*") if each.is_file() and each.name != LEDGER]
    return sum(-(-size // BLOCK_BYTES) * BLOCK_BYTES for size in sizes)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a thousand files at once
    return Cache(tmp_path / "cache", most_bytes=MOST)


def test_what_was_written_is_read_and_what_was_not_used_for_longest_goes(cache: Cache, tmp_path: Path) -> None:
    cache.write("a/loved", b"loved")
    cache.write("a/forgotten", b"forgotten")
    assert cache.read("a/loved") == b"loved"
    for number in range(300):
        cache.write(f"b/{number}", bytes(100))
        if number % 20 == 0:
            assert cache.read("a/loved") == b"loved"
            assert size_of(tmp_path / "cache") <= MOST
    assert cache.read("b/299") == bytes(100)
    assert 0.5 * MOST < cache.measure_bytes() == size_of(tmp_path / "cache") <= MOST
    with pytest.raises(NotFound, match="forgotten"):
        cache.read("a/forgotten")


def test_looking_through_the_cache_is_rare(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []
    sweep = cache._sweep

    def count(most: int) -> None:
        swept.append(1)
        sweep(most)

    monkeypatch.setattr(cache, "_sweep", count)
    for number in range(600):
        cache.write(f"{number}", bytes(10))
    assert len(swept) < 600 / (64 / 8)  # after each eighth of the limit, once it is full
    for _ in range(100):
        cache.write("the same", bytes(10))
    assert cache.read("the same") == bytes(10)


def test_a_cache_of_before_with_another_limit_shrinks_by_itself(cache: Cache, tmp_path: Path) -> None:
    for number in range(60):
        cache.write(f"{number}", bytes(10))
    smaller = Cache(tmp_path / "cache", most_bytes=MOST // 4)
    smaller.write("new", b"new")
    assert smaller.read("new") == b"new"
    assert size_of(tmp_path / "cache") <= MOST // 4
    (tmp_path / "cache" / LEDGER).unlink()  # nobody knows any more how much there is
    smallest = Cache(tmp_path / "cache", most_bytes=MOST // 16)
    smallest.write("newest", b"newest")
    assert size_of(tmp_path / "cache") <= MOST // 16


def test_pictures_give_way_where_the_disk_is_nearly_full_or_none_are_wanted(cache: Cache, tmp_path: Path) -> None:
    for reserve, most in ((1 << 60, MOST), (0, 0)):
        for number in range(10):
            cache.write(f"{number}", bytes(10))
        Cache(tmp_path / "cache", most_bytes=most, least_free_bytes=reserve).write("one more", bytes(10))
        assert size_of(tmp_path / "cache") == 0
    cache.write("0", b"0")
    assert cache.read("0") == b"0"


def test_several_processes_share_one_limit(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from podcast_core.storage.cache import Cache\n"
        "os.fsync = lambda _: None\n"
        f"cache = Cache(Path(sys.argv[1]), most_bytes={MOST})\n"
        "for number in range(150):\n    cache.write(f'{os.getpid()}/{number}', bytes(400))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "cache")]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [each.wait(60) for each in processes] == [0, 0, 0]
    assert size_of(tmp_path / "cache") <= MOST + 3 * BLOCK_BYTES  # what was just being written
    last = Cache(tmp_path / "cache", most_bytes=MOST)
    last.write("last", bytes(10))
    assert 0.5 * MOST < size_of(tmp_path / "cache") <= MOST


def test_who_reads_gets_all_of_it_or_nothing_while_others_write_and_remove(cache: Cache) -> None:
    wrong: list[bytes] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            for number in range(20):
                try:
                    data = cache.read(f"{number}")
                except NotFound:
                    continue
                if data != bytes([number]) * 60_000:
                    wrong.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(15):
        for number in range(20):
            cache.write(f"{number}", bytes([number]) * 60_000)
    is_over.set()
    reader.join()
    assert wrong == []


def test_where_nothing_can_be_kept_nothing_fails(tmp_path: Path, cache: Cache) -> None:
    cache.write("huge", bytes(2 * MOST))
    full = Cache(tmp_path / "full", most_bytes=MOST, least_free_bytes=1 << 60)
    full.write("a", b"a")
    (tmp_path / "file").write_text("in the way")
    blocked = Cache(tmp_path / "file", most_bytes=MOST)
    blocked.write("a", b"a")
    none = Cache(tmp_path / "none", most_bytes=0)
    none.write("a", b"a")
    for each in (cache, full, blocked, none):
        with pytest.raises(NotFound):
            each.read("a")
        assert each.measure_bytes() == 0


@pytest.mark.parametrize("key", ["../../x", "/etc/passwd", "a//b", ""])
def test_a_key_never_leaves_the_folder(cache: Cache, tmp_path: Path, key: str) -> None:
    cache.write(key, b"here")
    assert cache.read(key) == b"here"
    assert {each.name for each in tmp_path.iterdir()} == {"cache"}
