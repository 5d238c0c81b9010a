"""How much is in a FLAC file, by its frames: the header of a stream is written before them, and may be wrong.

A frame begins with 14 bits that are always the same, tells its number, and ends with a checksum of itself (RFC 9639,
sections 9.1 and 9.3). So the last whole one is found from the end of the file, and all of them can be proven to be
whole without a decoder, in a fraction of its time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from fastcrc import crc8, crc16

from podcast_core.audio.containers import measure_size, skip_id3

# Where the last frame is looked for: most frames are shorter than the first, few longer than the second.
TAIL_BYTES = (1 << 16, 1 << 20)
_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_STREAMINFO_BYTES = 34  # RFC 9639, 8.2
_COUNT_MASK = (1 << 36) - 1  # 36 bits of samples
_MIN_FRAME_BYTES, _MAX_FRAME_BYTES = 8, 1 << 24  # header and checksum alone; STREAMINFO counts with 24 bits
_HEADER_BYTES = 16  # at most
_BLOCK_BYTES = 1 << 20  # read at once


@dataclass(frozen=True, slots=True)
class FlacLength:
    """What the header says and what is there, in samples of one channel (None: the header says nothing).

    ``end`` is where the last whole frame ends; ``head`` the bytes of the header as far as it tells the length, with
    the length that is there, and ``start`` where they belong. ``is_whole``: the last frame is not cut.
    """

    declared: int | None
    found: int
    sample_rate_hz: int
    start: int
    end: int
    head: bytes
    is_whole: bool


def measure_flac(file: BinaryIO) -> FlacLength | None:
    """Compare the length in the header with the last frame; None where it is no FLAC, or no frame is found."""
    size_bytes = measure_size(file)
    start = skip_id3(file)
    file.seek(start)
    head = file.read(8 + _STREAMINFO_BYTES)
    if head[:4] != b"fLaC" or len(head) < 8 + _STREAMINFO_BYTES or head[4] & 0x7F:
        return None
    info = head[8:]
    block_size = int.from_bytes(info[:2], "big")
    packed = int.from_bytes(info[10:18], "big")  # 20 bits of rate, 3 of channels, 5 of bits, 36 of samples
    declared = packed & _COUNT_MASK
    rate = packed >> 44
    end = size_bytes
    file.seek(max(0, size_bytes - 128))
    if file.read(3) == b"TAG":
        end -= 128
    found = _find_last(file, start + len(head), end, block_size)
    if found is None or not rate:
        return None
    position, last, is_whole = found
    right = info[:10] + (packed - declared + last).to_bytes(8, "big") + info[18:]
    return FlacLength(declared or None, last, rate, start, position, head[:8] + right, is_whole)


def count_whole(file: BinaryIO, on_block: Callable[[], None]) -> int | None:
    """Count the samples of one channel in a FLAC file that is nothing but whole frames, by their checksums.

    Parameters
    ----------
    file
        All of it is read.
    on_block
        Called for each block that was read; what it raises ends the count.

    Returns
    -------
    int or None
        None where anything is missing, damaged, added or changes within the file: a decoder will say what.
    """
    stream = _find_stream(file)
    if stream is None:
        return None
    file.seek(stream.start)
    data, at, count, is_end = b"", 0, 0, False
    while not is_end:
        on_block()
        block = file.read(_BLOCK_BYTES)
        is_end = not block
        data = data[at:] + block
        walked = _walk(data, count, stream, 0 if is_end else _HEADER_BYTES)
        if walked is None or len(data) - walked[0] > _MAX_FRAME_BYTES:
            return None
        at, count = walked
    last = _read_frame_header(data, at, stream.block_size)
    is_whole = last is not None and count + last[1] == stream.count and crc16.umts(data[at:]) == 0
    return stream.count if is_whole else None


@dataclass(frozen=True, slots=True)
class _Stream:
    """Where the first frame starts, what all have in common, how long the shortest is, and how many samples there are.

    ``block_size`` is that of all frames but the last, where they are numbered.
    """

    start: int
    sync: bytes
    form: bytes
    least_bytes: int
    block_size: int
    count: int


def _find_stream(file: BinaryIO) -> _Stream | None:
    position = skip_id3(file)
    file.seek(position)
    head = file.read(8 + _STREAMINFO_BYTES)
    if head[:4] != b"fLaC":
        return None
    position, is_last = position + 4, False
    while not is_last:
        file.seek(position)
        block = file.read(4)
        if len(block) < 4:
            return None
        is_last = block[0] >> 7 == 1
        position += 4 + int.from_bytes(block[1:], "big")
    file.seek(position)
    first = file.read(4)
    if len(first) < 4 or not _SYNC.match(first):
        return None
    return _Stream(
        start=position,
        sync=first[:2],
        form=_read_form(first),
        least_bytes=max(_MIN_FRAME_BYTES, int.from_bytes(head[12:15], "big")),
        block_size=int.from_bytes(head[8:10], "big"),
        count=int.from_bytes(head[18:26], "big") & _COUNT_MASK,
    )


def _read_form(header: bytes) -> bytes:
    """Read what must not change from frame to frame: rate, number of channels, bits of a sample."""
    channels = header[3] >> 4
    return bytes((header[2] & 0xF, 1 if 8 <= channels <= 10 else channels, header[3] & 0xE))


def _walk(data: bytes, count: int, stream: _Stream, margin: int) -> tuple[int, int] | None:
    """Walk from frame to frame, from the first byte, which so many samples are before, up to ``margin`` from the end.

    Returns where the frame starts whose end is not in sight, and how many samples are before it; None at a wrong frame.
    """
    at = 0
    header = _read_frame_header(data, at, stream.block_size)
    while header is not None and header[0] == count and _read_form(data[at : at + 4]) == stream.form:
        following, place = None, at + stream.least_bytes - 1
        while following is None:
            place = data.find(stream.sync, place + 1, len(data) - margin)
            if place < 0:
                return at, count
            following = _read_frame_header(data, place, stream.block_size)
            if following and (following[0] != count + header[1] or crc16.umts(data[at:place])):
                following = None  # chance
        at, count, header = place, count + header[1], following
    return None


def _find_last(file: BinaryIO, first: int, end: int, block_size: int) -> tuple[int, int, bool] | None:
    """Find where the last whole frame ends, how many samples there are until then, and whether it is the last."""
    for tail_bytes in TAIL_BYTES:
        start = max(first, end - tail_bytes)
        file.seek(start)
        tail = file.read(end - start)
        boundary, is_whole = len(tail), True
        for match in reversed(list(_SYNC.finditer(tail))):
            header = _read_frame_header(tail, match.start(), block_size)
            if header is None:
                continue
            end_of_frame = _find_end(tail, match.start(), boundary)
            if end_of_frame is not None:
                return start + end_of_frame, header[0] + header[1], is_whole
            # Either chance, or a frame that was cut: what is before it may be whole.
            boundary, is_whole = match.start(), False
        if start == first:
            return None
    return None


def _read_frame_header(data: bytes, at: int, fixed_block: int) -> tuple[int, int] | None:
    """Read the number of the first sample of a frame and its count of samples; None when it is no frame."""
    header = data[at : at + 16]
    if len(header) < 6 or header[3] & 1 or header[2] >> 4 == 0 or header[2] & 0xF == 0xF:
        return None
    number, position = _read_number(header)
    if number is None:
        return None
    code = header[2] >> 4
    if code == 6:
        count, position = header[position] + 1 if position < len(header) else 0, position + 1
    elif code == 7:
        count, position = int.from_bytes(header[position : position + 2], "big") + 1, position + 2
    else:
        count = 192 if code == 1 else 576 << (code - 2) if code < 6 else 256 << (code - 8)
    position += {12: 1, 13: 2, 14: 2}.get(header[2] & 0xF, 0)
    if position >= len(header) or crc8.smbus(header[:position]) != header[position]:
        return None
    return (number if header[1] & 1 else number * fixed_block), count


def _read_number(header: bytes) -> tuple[int | None, int]:
    """Read a number that is coded as a character of UTF-8, of up to seven bytes; and where it ends."""
    lead = header[4]
    if lead < 0x80:
        return lead, 5
    length = 8 - (lead ^ 0xFF).bit_length()
    rest = header[5 : 4 + length]
    if not 2 <= length <= 7 or len(rest) < length - 1 or any(each >> 6 != 2 for each in rest):
        return None, 0
    number = lead & (0x7F >> length)
    for each in rest:
        number = number << 6 | each & 0x3F
    return number, 4 + length


def _find_end(data: bytes, start: int, end: int) -> int | None:
    """Find where a frame ends: with its checksum the sum becomes 0, at ``end`` or before what somebody added."""
    if crc16.umts(data[start:end]) == 0 and end - start > _MIN_FRAME_BYTES:
        return end
    value, found = 0, None
    for position in range(start, end):
        value = crc16.umts(data[position : position + 1], value)
        if value == 0 and position - start >= _MIN_FRAME_BYTES:
            found = position + 1
    return found
