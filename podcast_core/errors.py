"""Every error that Pod.Cast raises on purpose.

PodcastError
├── NotFound            the thing that was named does not exist
├── Conflict            it exists already, or somebody else changed it first
├── InvalidInput        the caller's input cannot be used
├── Unauthenticated     a token is needed, and none that is valid came
├── Forbidden           whoever asks may not do this
├── Busy                there is no room for it now
├── StorageUnavailable  the database or the file store did not answer
│   └── NoSpace         there is no room: the disk is full, or what may be kept is used up
└── ModelUnavailable    a model cannot be loaded or run here

A message says what is wrong, what was expected and what was found; it is shown to people as it is.
Errors of libraries are translated into these in the module that calls the library.
"""

import errno
from collections.abc import Iterable

MAX_SHOWN_LENGTH = 40  # characters of a name in a message


class PodcastError(Exception):
    """Base of all errors raised on purpose."""


class NotFound(PodcastError):
    """The thing that was named does not exist."""


class Conflict(PodcastError):
    """It exists already with other content, or somebody else changed it first."""


class InvalidInput(PodcastError):
    """The caller's input cannot be used."""


class Unauthenticated(PodcastError):
    """A token is needed, and none that is valid came."""


class Forbidden(PodcastError):
    """Whoever asks may not do this."""


class Busy(PodcastError):
    """There is no room for this now; later there may be."""


class StorageUnavailable(PodcastError):
    """The database or the file store did not answer."""


class NoSpace(StorageUnavailable):
    """There is no room to keep this: on the disk, or within what a person or all together may keep."""


class ModelUnavailable(PodcastError):
    """A model cannot be loaded or run here."""


def is_full(error: BaseException | None) -> bool:
    """Tell whether a system's error says that a disk, or what may be kept on it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def name_some(names: Iterable[str], most: int = 10) -> str:
    """Name things in a message: the first of them, each cut where it is long, and how many more there are.

    A list may have thousands of labels, and no message is longer than a screen.
    """
    listed = list(names)
    shown = ", ".join(
        each if len(each) <= MAX_SHOWN_LENGTH else f"{each[:MAX_SHOWN_LENGTH]}…" for each in listed[:most]
    )
    return f"{shown} and {len(listed) - most:,} more" if len(listed) > most else shown


def count_of(number: int, noun: str, plural: str = "s") -> str:
    """Write a number with its noun, in the plural unless it is 1."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{plural}"
