"""Every error that Pod.Cast raises on purpose.

PodcastError
├── NotFound            the thing that was named does not exist
├── Conflict            it exists already, or somebody else changed it first
├── InvalidInput        the caller's input cannot be used
├── Unauthenticated     a token is needed, and none that is valid came
├── Forbidden           whoever asks may not do this
├── StorageUnavailable  the database or the file store did not answer
└── ModelUnavailable    a model cannot be loaded or run here

A message says what is wrong, what was expected and what was found; it is shown to people as it is.
Errors of libraries are translated into these in the module that calls the library.
"""


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


class StorageUnavailable(PodcastError):
    """The database or the file store did not answer."""


class ModelUnavailable(PodcastError):
    """A model cannot be loaded or run here."""
