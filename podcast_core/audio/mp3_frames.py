"""How much is in an MP3 file, by its frames: the length in its first frame (Xing, Info) may be wrong."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from podcast_core.audio.containers import measure_size, skip_id3

_KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)  # Hz of MPEG-1, in the order of its header's two bits
_BLOCK_BYTES = 1 << 20  # read at once
NEAR_BYTES = 4096  # what taggers add behind the sound


@dataclass(frozen=True, slots=True)
class Mp3Length:
    """What the first frame says and what is there, in frames.

    ``start`` is the first frame, ``end`` the end of the last whole one; ``head`` is the first frame with the count that
    is there.
    """

    declared: int
    found: int
    frame_s: float
    start: int
    end: int
    head: bytes


@dataclass(frozen=True, slots=True)
class _Frame:
    size: int
    seconds: float
    side_bytes: int


def measure_mp3(file: BinaryIO, *, is_thorough: bool) -> Mp3Length | None:
    """Compare the count in the first frame with the frames; None where there is none, or nothing looks wrong.

    Unless it is thorough, the frames are counted only where the number of bytes in the first frame is wrong.
    """
    size_bytes = measure_size(file)
    start = skip_id3(file)
    file.seek(start)
    data = file.read(4096)
    frame = _read_frame(data, 0)
    if frame is None:
        return None
    tag = 4 + frame.side_bytes
    if data[tag : tag + 4] not in (b"Xing", b"Info") or len(data) < tag + 16:
        return None
    flags = int.from_bytes(data[tag + 4 : tag + 8], "big")
    if not flags & 1:
        return None
    declared = int.from_bytes(data[tag + 8 : tag + 12], "big")
    promised = int.from_bytes(data[tag + 12 : tag + 16], "big") if flags & 2 else None
    is_near = promised is not None and 0 <= size_bytes - start - promised < NEAR_BYTES
    if is_near and not is_thorough:
        return None
    found, end = _count(file, start + frame.size, size_bytes)
    if found == declared:
        return None
    right = struct.pack(">I", found) + (struct.pack(">I", end - start) if flags & 2 else b"")
    head = data[: tag + 8] + right + data[tag + 8 + len(right) : frame.size]
    return Mp3Length(declared, found, frame.seconds, start, end, head)


def _count(file: BinaryIO, position: int, size_bytes: int) -> tuple[int, int]:
    """Count whole frames from a position on, and say where the last one ends; what is no frame is passed over."""
    count, end = 0, position
    base, block = position, b""
    while position + 4 <= size_bytes:
        if position + 4 > base + len(block):
            file.seek(position)
            base, block = position, file.read(_BLOCK_BYTES)
            if len(block) < 4:
                break
        frame = _read_frame(block, position - base)
        if frame is None:
            mark = block.find(b"\xff", position - base + 1)
            position = base + mark if mark >= 0 else base + max(len(block) - 3, position - base + 1)
            continue
        if position + frame.size > size_bytes:
            break
        position += frame.size
        count, end = count + 1, position
    return count, end


def _read_frame(data: bytes, at: int) -> _Frame | None:
    """Read the header of a frame of layer 3; None when there is none."""
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:  # the last: layer 3
        return None
    version = data[at + 1] >> 3 & 3  # 0: 2.5, 2: 2, 3: 1
    bit_rate, rate = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or bit_rate in (0, 15) or rate == 3:
        return None
    is_first = version == 3
    hz = _RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    samples = 1152 if is_first else 576
    size = samples // 8 * _KBITS[1 if is_first else 2][bit_rate] * 1000 // hz + (data[at + 2] >> 1 & 1)
    is_mono = data[at + 3] >> 6 == 3
    side = (17 if is_mono else 32) if is_first else (9 if is_mono else 17)
    return _Frame(size, samples / hz, side)
