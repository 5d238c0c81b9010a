"""Room on disks: looked for before something large is written, and named when there is none."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from podcast_core.errors import NoSpace, is_full


def measure_free_bytes(path: str) -> int:
    """Say how much room is where a file or folder is, or is going to be."""
    place = os.path.abspath(path)
    while not os.path.exists(place):
        place = os.path.dirname(place)
    return shutil.disk_usage(place).free


def check_room(path: str, byte_count: int, least_free_bytes: int) -> None:
    """Look whether there is room for so many bytes more, and the reserve still.

    Raises
    ------
    NoSpace
        Saying what is free, what is kept free, what is wanted, and what can be done.
    """
    try:
        free = measure_free_bytes(path)
    except OSError:  # writing will say what is wrong there
        return
    if free - byte_count < least_free_bytes:
        raise NoSpace(
            f"There is not enough room on the disk of {path}: {show_bytes(byte_count)} are wanted and "
            f"{show_bytes(free)} free, of which {show_bytes(least_free_bytes)} are left for labels "
            "(PODCAST_LEAST_FREE_MB). Nothing was saved. Make room there, or move the data folder to a larger disk."
        )


@contextmanager
def naming_full_disks(what: str) -> Iterator[None]:
    """Say that there is no room where something is written (NoSpace); other failures stay what they are."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise NoSpace(f"{what} could not be kept: {error.strerror or error}.") from error
        raise


def show_bytes(count: float) -> str:
    """Write a number of bytes for people."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:,.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:,.1f} {unit}"
        count /= 1000
    raise AssertionError
