"""Objects read by several threads, a few ahead of who uses them: a bucket takes its time for each."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

READERS = 8  # objects are small: what takes time is not their bytes
Found = TypeVar("Found")


def read_ahead(
    pool: ThreadPoolExecutor, read: Callable[[str], Found], keys: Iterable[str]
) -> Iterator[tuple[str, Found]]:
    """Read what is under keys, in their order; no more is in memory than the threads are about to read."""
    left = iter(keys)
    running: deque[tuple[str, Future[Found]]] = deque()
    try:
        while True:
            running.extend((key, pool.submit(read, key)) for key in islice(left, 2 * READERS - len(running)))
            if not running:
                return
            key, future = running.popleft()
            yield key, future.result()
    finally:
        for _, future in running:
            future.cancel()
