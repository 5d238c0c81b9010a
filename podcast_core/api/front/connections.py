"""How many pages may be open at a time: each holds a connection, a thread now and then, and memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from podcast_core.errors import Busy


class Connections:
    """Counts open connections; used by one event loop only."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def hold(self, key: str, *, most: int, most_of_one: int) -> Iterator[None]:
        """Count one connection for as long as it is open.

        Parameters
        ----------
        key
            Whose it is: a token's id, or an address where nobody needs one.

        Raises
        ------
        Busy
            When there are as many as there may be, in all or of one.
        """
        self.check(key, most=most, most_of_one=most_of_one)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            self._open += Counter()  # forget who has none

    def check(self, key: str, *, most: int, most_of_one: int) -> None:
        """Raise Busy when there is no place for one more."""
        if self._open[key] >= most_of_one:
            raise Busy(f"You have {most_of_one} pages of Pod.Cast open, which is the limit. Close some and reload.")
        if self._open.total() >= most:
            raise Busy(f"{most} pages of this Pod.Cast are open, which is the limit. Try again in a few minutes.")
