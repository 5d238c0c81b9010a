"""The outside of an audio file: its bytes, wherever they lie, and the chunks of chunked formats."""

import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.remote.places import Place

AUDIO_CHUNKS = frozenset({b"data", b"SSND"})
_UNKNOWN_SIZES = frozenset({0xFFFFFFFF, -1})  # "until the end": WAV and CAF written as a stream


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: four-byte name, position of its content and declared size in bytes (None: until the end)."""

    name: bytes
    start: int
    size: int | None


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a format writes its chunks."""

    first: int
    id_bytes: int
    size_format: str
    size_includes_header: bool = False
    alignment: int = 2


_RIFF = _Layout(first=12, id_bytes=4, size_format="<I")
_LAYOUTS = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"BW64": _RIFF,
    b"RIFX": _Layout(first=12, id_bytes=4, size_format=">I"),
    b"FORM": _Layout(first=12, id_bytes=4, size_format=">I"),
    b"riff": _Layout(first=40, id_bytes=16, size_format="<Q", size_includes_header=True, alignment=8),
    b"caff": _Layout(first=8, id_bytes=4, size_format=">q", alignment=1),
}


@contextmanager
def open_bytes(uri: str | Place) -> Iterator[BinaryIO]:
    """Open a path, or a place far away, for reading bytes.

    Raises
    ------
    NotFound
        When nothing is there.
    InvalidInput
        When it is a folder, may not be read, or is an address of which nobody said how it is reached.
    StorageUnavailable
        When the disk or the network fails, also later while reading.
    """
    with _open(uri) as file:
        try:
            yield file
        except OSError as error:
            raise StorageUnavailable(f"Reading {uri} failed: {error}") from error


def _open(uri: str | Place) -> BinaryIO:
    try:
        if isinstance(uri, Place):
            return uri.open()
        if "://" in uri:
            raise InvalidInput(f"{uri} is not a file of this machine.")
        return os.fdopen(open_regular(uri), "rb")
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {uri}.") from error
    except (IsADirectoryError, PermissionError) as error:  # Windows has "permission" for both
        raise InvalidInput(
            "This is a folder, not a file." if os.path.isdir(str(uri)) else f"No permission to read {uri}."
        ) from error
    except ValueError as error:
        raise InvalidInput(f"The address {str(uri)!r} cannot be opened: {error}") from error
    except OSError as error:
        raise StorageUnavailable(f"Opening {uri} failed: {error}") from error


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


def _check_regular(path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(path)
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"{path} is no file, but a pipe or a device: copy what comes out of it into a file first.")


def measure_size(file: BinaryIO) -> int:
    """Size in bytes; the position goes back to the start."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def list_chunks(file: BinaryIO) -> list[Chunk]:
    """List the chunks of WAV, RF64, BW64, RIFX, AIFF, W64 and CAF; none for any other format.

    Sizes are the declared ones, which a truncated file does not keep. The list ends at the first
    chunk that reaches beyond the end of the file, or has no name: what follows is not made of chunks.
    """
    size_bytes = measure_size(file)
    head = file.read(12)
    layout = _LAYOUTS.get(head[:4])
    if layout is None or len(head) < 12:
        return []
    header = struct.Struct(f"{layout.size_format[0]}{layout.id_bytes}s{layout.size_format[1]}")
    chunks: list[Chunk] = []
    long_size: int | None = None  # RF64 keeps the size of its data in a chunk of its own
    position = layout.first
    while position + header.size <= size_bytes:
        file.seek(position)
        name, size = header.unpack(file.read(header.size))
        name, start = name[:4], position + header.size
        if not name.isascii() or not name.strip(b"\0"):
            break
        if layout.size_includes_header:
            size -= header.size
        if name == b"ds64":
            long_size = struct.unpack("<8xQ", file.read(16))[0]
        if name == b"data" and size in _UNKNOWN_SIZES:
            size = long_size
        elif name == b"data" and size == 0 and _is_unfinished(head, size_bytes, start):
            size = None
        chunks.append(Chunk(name, start, size))
        if size is None or size < 0:
            break
        position = start + size + (-size % layout.alignment)
    return chunks


def _is_unfinished(head: bytes, size_bytes: int, data_start: int) -> bool:
    """Tell whether a WAV header was never completed: the recorder stopped without warning, or wrote to a pipe.

    Such a header declares no audio, and declares the whole file to be shorter than it is.
    """
    declared = struct.unpack("<I", head[4:8])[0] + 8
    return size_bytes > data_start and (declared < size_bytes or declared >= 0xFFFFFFFF)
