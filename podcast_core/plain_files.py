"""Files of this machine that somebody names: files only, no pipes and no devices, which may wait or never end."""

import os
import stat

from podcast_core.errors import InvalidInput


def open_regular(path: str) -> int:
    """Open a file and give its number; a pipe, a device or a socket is refused, and never waited for.

    Raises
    ------
    OSError
        As `os.open`.
    InvalidInput
        When it is no regular file.
    """
    _check_regular(path, os.stat(path).st_mode)  # to open a device may already do something
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _check_regular(path, os.fstat(number).st_mode)
    except (InvalidInput, OSError):
        os.close(number)
        raise
    return number


def read_regular(path: str, most_bytes: int = -1) -> bytes:
    """Read a file as a whole, or so many bytes of it; errors as `open_regular`."""
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read(most_bytes)


def _check_regular(path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(path)
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"{path} is no file, but a pipe or a device: copy what comes out of it into a file first.")
