"""The links of an Ogg file: stream recorders write several streams one after the other into one file (RFC 3533)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from podcast_core.audio.containers import measure_size

MAX_PAGE_LENGTH = 27 + 255 + 255 * 255  # RFC 3533, 6: head, table of segments, segments
_HEAD = struct.Struct("<4sBBqIIIB")
_BEGINS, _ENDS = 2, 4  # flags of a page's head, RFC 3533, 6
_BLOCK_BYTES = 1 << 20  # read at once


@dataclass(frozen=True, slots=True)
class OggLinks:
    """Where each link begins and ends. ``end`` is the end of the last whole page.

    ``missing_bytes`` are those that the last page lacks. ``has_end``: the last page says that it is the last one.
    """

    links: tuple[tuple[int, int], ...]
    end: int
    missing_bytes: int
    has_end: bool


@dataclass(frozen=True, slots=True)
class _Page:
    start: int
    end: int
    begins: bool = False
    ends: bool = False
    granule: int = -1  # what was decoded at its end; a link with none of it above 0 has no sound


def find_links(file: BinaryIO) -> OggLinks | None:
    """Find the links of an Ogg file; None when it is none."""
    size_bytes = measure_size(file)
    if file.read(4) != b"OggS":
        return None
    return _join(list(_walk(file, size_bytes)), size_bytes)


def _join(pages: list[_Page], size_bytes: int) -> OggLinks | None:
    whole = [page for page in pages if page.end <= size_bytes]
    if not whole:
        return None
    # Streams that begin together are one link: sound with pictures. A link begins where sound was before.
    links: list[list[_Page]] = []
    for before, page in zip([None, *whole], whole, strict=False):
        if before is None or (page.begins and not before.begins):
            links.append([])
        links[-1].append(page)
    with_sound = [link for link in links if any(page.granule > 0 for page in link)] or links[:1]
    missing = max(0, pages[-1].end - size_bytes)
    spans = tuple((link[0].start, link[-1].end) for link in with_sound)
    return OggLinks(spans, whole[-1].end, missing, whole[-1].ends)


def _walk(file: BinaryIO, size_bytes: int) -> Iterator[_Page]:
    """Go from page to page; what lies between is passed over. The last page may reach beyond the end."""
    position = 0
    while position < size_bytes:
        file.seek(position)
        data = file.read(_HEAD.size + 255)
        if data[:4] != b"OggS":
            found = _find_mark(file, position, size_bytes)
            if found is None:
                return
            position = found
            continue
        if len(data) < _HEAD.size:
            yield _Page(position, position + MAX_PAGE_LENGTH)
            return
        _, version, flags, granule, _, _, _, count = _HEAD.unpack(data[: _HEAD.size])
        if version:  # these four bytes are sound
            position += 4
            continue
        if len(data) < _HEAD.size + count:
            yield _Page(position, position + MAX_PAGE_LENGTH)
            return
        end = position + _HEAD.size + count + sum(data[_HEAD.size : _HEAD.size + count])
        yield _Page(position, end, bool(flags & _BEGINS), bool(flags & _ENDS), granule)
        position = end


def _find_mark(file: BinaryIO, position: int, size_bytes: int) -> int | None:
    while position < size_bytes:
        file.seek(position)
        block = file.read(_BLOCK_BYTES)
        at = block.find(b"OggS")
        if at >= 0:
            return position + at
        position += max(1, len(block) - 3)
        if len(block) < 4:
            return None
    return None
