"""What is passed between those who fetch and those who want bytes."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a file, the size of the whole file, and what changes when the file does (an ETag)."""

    data: bytes
    total: int
    version: str


class PartReader(Protocol):
    """Reads parts of one file."""

    def __call__(self, start: int, end: int) -> Part | None:
        """Read bytes [start, end), or less where the file ends; None when only the whole file can be had."""


class Sink(Protocol):
    """Takes a file piece by piece."""

    def restart(self, total: int | None) -> None:
        """Begin (again), with the size of the file if that is known."""

    def add(self, piece: bytes) -> None:
        """Take the next piece; what goes wrong here is a PodcastError."""
