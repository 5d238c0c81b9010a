"""How much is in a FLAC file, by its last frame: the header of a stream is written before, and may be wrong.

A frame begins with 14 bits that are always the same, tells its number, and ends with a checksum of itself (RFC 9639,
sections 9.1 and 9.3), so the last whole one is found from the end of the file.
"""

import re
from dataclasses import dataclass
from typing import BinaryIO

from podcast_core.audio.containers import measure_size, skip_id3

TAIL_BYTES = (1 << 16, 1 << 20)
_SYNC = re.compile(rb"\xff[\xf8\xf9]")
_STREAMINFO_BYTES = 34
_MIN_FRAME_BYTES = 8


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
    declared = packed & ((1 << 36) - 1)
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
    if position >= len(header) or _checksum_8(header[:position]) != header[position]:
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


def _make_table(polynomial: int, bits: int) -> tuple[int, ...]:
    table = []
    for value in range(256):
        remainder = value << (bits - 8)
        for _ in range(8):
            remainder = remainder << 1 ^ (polynomial if remainder >> (bits - 1) & 1 else 0)
        table.append(remainder & ((1 << bits) - 1))
    return tuple(table)


_TABLE_8, _TABLE_16 = _make_table(0x07, 8), _make_table(0x8005, 16)


def _checksum_8(data: bytes) -> int:
    value = 0
    for each in data:
        value = _TABLE_8[value ^ each]
    return value


def _find_end(data: bytes, start: int, end: int) -> int | None:
    """Find where a frame ends: with its checksum the sum becomes 0, at ``end`` or before what somebody added."""
    value, found = 0, None
    for position in range(start, end):
        value = (value << 8 & 0xFFFF) ^ _TABLE_16[value >> 8 ^ data[position]]
        if value == 0 and position - start >= _MIN_FRAME_BYTES:
            found = position + 1
    return found
