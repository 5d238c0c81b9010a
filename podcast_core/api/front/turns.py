"""Turns at computing: so many requests compute at the same time, of one token fewer, and the others wait or go.

They wait without a thread, so that what costs nothing is answered meanwhile. A turn ends when the answer begins: what
is computed while it is sent goes at the pace of who listens.
"""

import os
import time
from collections import Counter
from threading import Lock

import anyio

from podcast_core.errors import Busy

LONG_AT_ONCE, LONG_EACH = 2, 1  # in all, and of one person; chosen: quick requests go on beside two long ones
MAX_WAITING, MAX_WAITING_EACH = 200, 60  # in all, and of one person; chosen: a page asks for dozens of pictures at once
MAX_WAIT_S = 30.0  # chosen: less than what proxies wait for (60 s, mostly)
LOOK_S = 0.05  # chosen: nobody notices so long a wait


class Turns:
    """``most`` at the same time, ``most_each`` of one token."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most, self._most_each = most, most_each
        self._running: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._lock = Lock()

    async def take(self, key: str) -> None:
        """Wait for a turn.

        Raises
        ------
        Busy
            When too many wait already, or it takes too long.
        """
        if self._begin(key):
            return
        with self._lock:
            if self._waiting.total() >= MAX_WAITING or self._waiting[key] >= MAX_WAITING_EACH:
                raise Busy(
                    "This server is at full capacity and many requests are already waiting. Try again in a minute."
                )
            self._waiting[key] += 1
        try:
            until = time.monotonic() + MAX_WAIT_S
            while not self._begin(key):
                if time.monotonic() > until:
                    raise Busy(
                        f"This server is at full capacity: the request waited {MAX_WAIT_S:.0f} s for others, or for "
                        f"your earlier ones. Try again in a minute."
                    )
                await anyio.sleep(LOOK_S)
        finally:
            with self._lock:
                self._waiting -= Counter({key: 1})

    def give_back(self, key: str) -> None:
        """End a turn."""
        with self._lock:
            self._running -= Counter({key: 1})

    def _begin(self, key: str) -> bool:
        with self._lock:
            if self._running.total() >= self._most or self._running[key] >= self._most_each:
                return False
            self._running[key] += 1
            return True


class Turn:
    """The turn of one request, if it needs one."""

    def __init__(self) -> None:
        self._taken: tuple[Turns, str] | None = None

    async def take(self, turns: Turns, key: str) -> None:
        """Wait for it; errors as `Turns.take`."""
        await turns.take(key)
        self._taken = turns, key

    def end(self) -> None:
        """End it, if it was taken and has not ended."""
        if self._taken is not None:
            turns, key = self._taken
            self._taken = None
            turns.give_back(key)


def make_turns() -> dict[str, Turns]:
    """Make the turns of a server: ``long`` is what computes for seconds, ``short`` the rest."""
    most = max(4, 2 * (os.cpu_count() or 1))
    return {"short": Turns(most, most - 1), "long": Turns(LONG_AT_ONCE, LONG_EACH)}
