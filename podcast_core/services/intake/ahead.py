"""Recordings that are indexed in threads, ahead of whoever adds them one after the other."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from podcast_core.domain.recording import Recording

MAX_THREADS = 4  # each holds some megabytes of its file
Index = Callable[[str], Recording]


class IndexedAhead:
    """What is in recordings, in any order that goes forward: of those that come next, a few are read meanwhile.

    Nothing is read before it is asked for the first time, so that a job which goes on after a break reads only what is
    left.
    """

    def __init__(self, index: Index, sources: Sequence[str], pool: ThreadPoolExecutor, depth: int) -> None:
        self._index, self._sources, self._pool, self._depth = index, sources, pool, depth
        self._places = {source: place for place, source in enumerate(sources)}
        self._coming: dict[int, Future[Recording]] = {}

    def get(self, source: str) -> Recording:
        """Get what is in one of the recordings, or raise what is wrong with it."""
        here = self._places[source]
        for place in range(here, min(here + 1 + self._depth, len(self._sources))):
            if place not in self._coming:
                self._coming[place] = self._pool.submit(self._index, self._sources[place])
        return self._coming.pop(here).result()


@contextmanager
def index_ahead(index: Index, sources: Sequence[str]) -> Iterator[IndexedAhead]:
    """Index recordings ahead until the block ends; what was begun ends first, what was not is not begun.

    As many at once as there are processors: hashing and decoding leave Python to other threads. At least two, since a
    file may come over a network.
    """
    threads = min(MAX_THREADS, max(2, os.cpu_count() or 1))
    pool = ThreadPoolExecutor(threads, "indexing")
    try:
        yield IndexedAhead(index, sources, pool, threads)
    finally:
        pool.shutdown(cancel_futures=True)
