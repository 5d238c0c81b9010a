"""Where a file lies that is not on this machine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Place:
    """A file far away: its URL, and how it is opened with this workspace's settings. A local file is a path (str)."""

    url: str
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self.url
