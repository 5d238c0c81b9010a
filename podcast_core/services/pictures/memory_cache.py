"""What was computed last, in memory up to a number of bytes; what was not used for longest goes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Held(Generic[T]):
    """Values by key, shared by the threads of a process.

    Parameters
    ----------
    largest_bytes
        How much they may take together.
    measure
        Says how many bytes a value takes.
    """

    def __init__(self, largest_bytes: int, measure: Callable[[T], int]) -> None:
        self._largest_bytes = largest_bytes
        self._measure = measure
        self._held: OrderedDict[Hashable, T] = OrderedDict()
        self._held_bytes = 0
        self._lock = Lock()

    def find(self, key: Hashable) -> T | None:
        """Find a value, and remember that it is used."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def add(self, key: Hashable, value: T) -> None:
        """Hold a value."""
        with self._lock:
            self._forget(key)
            self._held[key] = value
            self._held_bytes += self._measure(value)
            while self._held_bytes > self._largest_bytes:
                _, dropped = self._held.popitem(last=False)
                self._held_bytes -= self._measure(dropped)

    def drop(self, key: Hashable) -> None:
        """Hold a value no longer."""
        with self._lock:
            self._forget(key)

    def _forget(self, key: Hashable) -> None:
        if key in self._held:
            self._held_bytes -= self._measure(self._held.pop(key))
