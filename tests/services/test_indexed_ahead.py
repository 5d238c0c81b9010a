"""Recordings are indexed ahead of whoever adds them: several at once, in their order, and not more than needed."""

import threading

import pytest

from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput
from podcast_core.services.intake.ahead import MAX_THREADS, index_ahead
from tests.building import make_recording

SOURCES = [f"{letter}.wav" for letter in "abcdefghijklmnop"]


class Indexing:
    """Indexes what is only a name, and remembers which."""

    def __init__(self, failing: str = "") -> None:
        self.begun: list[str] = []
        self._failing = failing
        self._guard = threading.Lock()

    def __call__(self, source: str) -> Recording:
        with self._guard:
            self.begun.append(source)
        if source == self._failing:
            raise InvalidInput(f"{source} is damaged.")
        return make_recording(source, 1)


def test_several_are_indexed_at_once() -> None:
    together = threading.Barrier(2, timeout=30)

    def index(source: str) -> Recording:
        if source in SOURCES[:2]:
            together.wait()
        return make_recording(source, 1)

    with index_ahead(index, SOURCES[:2]) as indexed:
        assert [indexed.get(each).file_name for each in SOURCES[:2]] == SOURCES[:2]


def test_each_is_indexed_once_and_what_is_wrong_is_said_in_its_turn() -> None:
    index = Indexing(failing="c.wav")
    with index_ahead(index, SOURCES) as indexed:
        assert [indexed.get(each).file_name for each in SOURCES[:2]] == SOURCES[:2]
        with pytest.raises(InvalidInput, match="c.wav is damaged"):
            indexed.get("c.wav")
        assert [indexed.get(each).file_name for each in SOURCES[3:]] == SOURCES[3:]
    assert sorted(index.begun) == SOURCES


def test_a_job_that_goes_on_reads_what_is_left_and_not_far_ahead() -> None:
    index = Indexing()
    with index_ahead(index, SOURCES) as indexed:
        assert index.begun == []
        assert indexed.get("i.wav").file_name == "i.wav"
    assert not {*index.begun} & {*SOURCES[:8]}
    assert len(index.begun) <= 1 + MAX_THREADS


def test_whoever_leaves_waits_for_what_was_begun_and_nothing_else_is() -> None:
    started, go_on, index = threading.Event(), threading.Event(), Indexing()

    def slow(source: str) -> Recording:
        if source != "a.wav":
            started.set()
            assert go_on.wait(30)
        return index(source)

    with index_ahead(slow, SOURCES) as indexed:
        indexed.get("a.wav")
        assert started.wait(30)
        go_on.set()
    assert len(index.begun) <= 1 + MAX_THREADS
    assert not [each for each in threading.enumerate() if each.name.startswith("indexing")]
