"""The outside of an audio file: its bytes, wherever they lie, and the chunks of chunked formats."""

import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.plain_files import open_regular
from podcast_core.remote.places import Place

AUDIO_CHUNKS = frozenset({b"data", b"SSND"})
# A recorder's texts behind the sound; chosen: a quarter of a megabyte, and real ones have kilobytes.
LAST_CHUNKS_BYTES = 1 << 18
_KNOWN_NAMES = re.compile(rb"LIST|list|guan|bext|wamd|iXML|_PMX|id3 |ID3 |cue |fact|PEAK|NAME|ANNO|AUTH|COMT")
UNKNOWN_SIZES = frozenset({0xFFFFFFFF, -1})  # "until the end": WAV and CAF written as a stream


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

    @property
    def size_bytes(self) -> int:
        """Bytes of a declared size."""
        return struct.calcsize(self.size_format)


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
            raise InvalidInput(f"{uri} is not a file on this machine.")
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


def measure_size(file: BinaryIO) -> int:
    """Size in bytes; the position goes back to the start."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def skip_id3(file: BinaryIO) -> int:
    """Find where a file begins behind its ID3 tags; their sizes are written with seven bits per byte."""
    position = 0
    while (head := _read_at(file, position, 10))[:3] == b"ID3" and len(head) == 10:
        position += 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return position


def list_chunks(file: BinaryIO) -> list[Chunk]:
    """List the chunks of WAV, RF64, BW64, RIFX, AIFF, W64 and CAF; none for any other format.

    Sizes are the declared ones, which a file that was cut does not keep (`extents` judges them). A chunk of an odd
    size may lack the byte that should follow it. The list ends at the first chunk that reaches beyond the end of the
    file, or has no name: what follows is not made of chunks.
    """
    size_bytes = measure_size(file)
    head = file.read(12)
    layout = _LAYOUTS.get(head[:4])
    if layout is None or len(head) < 12:
        return []
    chunks: list[Chunk] = []
    long_size: int | None = None  # RF64 keeps the size of its data in a chunk of its own
    found = _read_header(file, layout, layout.first)
    while found is not None:
        name, start, size = found
        if name == b"ds64":
            ds64 = file.read(16)
            long_size = struct.unpack("<8xQ", ds64)[0] if len(ds64) == 16 else None
        known: int | None = size
        if name == b"data" and size in UNKNOWN_SIZES:
            known = None if long_size in (None, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) else long_size
        chunks.append(Chunk(name, start, known))
        if known is None or known < 0 or start + known >= size_bytes:
            break
        found = _find_next(file, layout, start, known, size_bytes)
        if name in AUDIO_CHUNKS and found is not None and found[1] + found[2] > size_bytes:
            break  # what follows is sound that the header does not count
    if chunks and chunks[-1].name in AUDIO_CHUNKS:
        chunks += _find_last_chunks(file, layout, chunks[-1].start, size_bytes)
    return chunks


def _find_last_chunks(file: BinaryIO, layout: _Layout, start: int, size_bytes: int) -> list[Chunk]:
    """Find the chunks at the end of a file whose sound has a wrong size: those from which others lead to the end."""
    first = max(start, size_bytes - LAST_CHUNKS_BYTES)
    tail = _read_at(file, first, size_bytes - first)
    for match in _KNOWN_NAMES.finditer(tail):
        header = _read_header(file, layout, first + match.start())
        if header is None or not 0 < header[2] <= size_bytes - header[1]:
            continue
        if are_chunks(file, header[1], header[2]):
            chunks = [Chunk(*header)]
            while (found := _find_next(file, layout, chunks[-1].start, chunks[-1].size or 0, size_bytes)) is not None:
                chunks.append(Chunk(*found))
            return chunks
    return []


def begins_chunk(file: BinaryIO, position: int) -> bool:
    """Tell whether a chunk of a well-known name begins at a position or after a byte of padding, whole or not."""
    data = _read_at(file, position, 5)
    return any(_KNOWN_NAMES.match(data, at) for at in (0, 1))


def are_chunks(file: BinaryIO, start: int, size: int) -> bool:
    """Tell whether there are chunks from the end of one to the end of the file, or nothing at all."""
    size_bytes = measure_size(file)
    layout = _LAYOUTS.get(file.read(4))
    if layout is None:
        return start + size >= size_bytes
    while size_bytes - start - size >= layout.id_bytes + layout.size_bytes:
        found = _find_next(file, layout, start, size, size_bytes)
        if found is None or found[1] + found[2] > size_bytes:
            return False
        _, start, size = found
    return not any(_read_at(file, start + size, layout.alignment))


def _find_next(
    file: BinaryIO, layout: _Layout, start: int, size: int, size_bytes: int
) -> tuple[bytes, int, int] | None:
    """Find the chunk after one with so many bytes from ``start``: behind its padding, or without one."""
    places = sorted({start + size, start + size + (-size % layout.alignment)}, reverse=True)
    found = [each for each in (_read_header(file, layout, place) for place in places) if each is not None]
    fitting = [each for each in found if 0 <= each[2] <= size_bytes - each[1]]
    return next(iter(fitting or found), None)


def _read_header(file: BinaryIO, layout: _Layout, position: int) -> tuple[bytes, int, int] | None:
    """Read name, position of the content and declared size of a chunk; None where there is none."""
    header = struct.Struct(f"{layout.size_format[0]}{layout.id_bytes}s{layout.size_format[1]}")
    data = _read_at(file, position, header.size)
    if len(data) < header.size:
        return None
    name, size = header.unpack(data)
    if not all(0x20 <= each < 0x7F for each in name[:4]) or not name[:4].strip():
        return None
    file.seek(position + header.size)
    return name[:4], position + header.size, size - (header.size if layout.size_includes_header else 0)


def _read_at(file: BinaryIO, position: int, count: int) -> bytes:
    file.seek(position)
    return file.read(count)
