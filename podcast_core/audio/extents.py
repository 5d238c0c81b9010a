"""How much sound is in a chunked file, whatever its header says: WAV, RF64, BW64, RIFX, W64, AIFF, CAF and AU.

A header is written before the sound, and is often wrong: the recorder lost power, wrote to a pipe, counted its own
header, or the file was cut afterwards. What is there is found out from what follows the sound: other chunks, nothing
at all, or more sound.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from podcast_core.audio.containers import AUDIO_CHUNKS, Chunk, begins_chunk, list_chunks, measure_size

# What programs write when they cannot know: sox's AIFF 0x7F000008, its WAV 0x7FFFF000, arecord 0x80000000, FFmpeg the
# greatest number.
_PLACEHOLDERS = ((0x7F000000, 0x7F000010), (0x7FFF0000, 0x80000000), (0xFFFF0000, 0xFFFFFFFF))
_OTHER_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS", b"<?xml", b"<html")
_AU_BYTES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}
_PLAIN_AIFC = (
    b"NONE",
    b"sowt",
    b"twos",
    b"fl32",
    b"FL32",
    b"fl64",
    b"FL64",
    b"ulaw",
    b"alaw",
    b"raw ",
    b"in24",
    b"in32",
)


@dataclass(frozen=True, slots=True)
class Extent:
    """The sound in a file: its bytes from ``start`` on, and a head with which they are a file that tells the truth.

    ``note`` says in a sentence what is wrong with the file's own header; ``cut`` that the file was cut, where it was.
    The head is empty where the file's own is right.
    """

    start: int
    size: int
    head: bytes = b""
    note: str = ""
    cut: str = ""


@dataclass(frozen=True, slots=True)
class _Form:
    """What a header says about the sound: where it is, its declared size, and how its bytes are counted."""

    start: int
    declared: int | None
    block_bytes: int
    bytes_per_s: float
    write_head: Callable[[int], bytes]
    declared_frames: int | None = None
    header_bytes: int = 8  # of a chunk


def find_extent(file: BinaryIO) -> Extent | None:
    """Find the sound of a chunked file; None where it is in another format, or is not made of plain blocks."""
    chunks = list_chunks(file)
    form = _read_form(file, chunks)
    if form is None:
        return None
    end = measure_size(file)
    behind = [chunk for chunk in chunks if chunk.start > form.start]
    if behind:
        end = behind[0].start - form.header_bytes
    size, note, cut = _judge(file, form, max(0, end - form.start), is_followed=bool(behind))
    size -= size % form.block_bytes
    if not note and not cut and form.declared_frames not in (None, size // form.block_bytes):
        note = f"The header says {_count(form.declared_frames, form)}, {_seconds(size, form)} are there."
    is_right = not note and not cut
    return Extent(form.start, size, b"" if is_right else form.write_head(size), note, cut)


def _judge(file: BinaryIO, form: _Form, there: int, *, is_followed: bool) -> tuple[int, str, str]:
    """Say how many bytes of sound there are, with a note or with what was cut off; other chunks may follow."""
    declared = form.declared
    if declared is None or (declared > there and _is_placeholder(declared)):
        found = _seconds(there, form)
        return there, f"The header gives no length (written to a pipe, or never completed): {found} are there.", ""
    slips = [slip for slip in (44, form.start, form.start - 8, 8, 36) if declared >= slip]
    if declared <= there:
        return _judge_rest(file, form, declared, there)
    if declared - there in slips:
        return there, f"The header counts {declared - there} bytes too many: all {_seconds(there, form)} are there.", ""
    if is_followed:
        return there, f"The header says {_seconds(declared, form)}, {_seconds(there, form)} are there.", ""
    cut = f"its header promises {declared:,} bytes of audio, found {there:,}"
    return there, f"Truncated: the header promises {_seconds(declared, form)}, {_seconds(there, form)} are there.", cut


def _judge_rest(file: BinaryIO, form: _Form, declared: int, there: int) -> tuple[int, str, str]:
    """Judge a file with something behind the declared sound: what some program added, or more sound."""
    rest = there - declared
    if rest < max(form.block_bytes, 8):
        return declared, "", ""
    if declared and begins_chunk(file, form.start + declared):
        return declared, "Truncated: data after the sound is incomplete; the sound itself is complete.", ""
    file.seek(form.start + declared)
    sample = file.read(1 << 16)
    is_sound = not sample.lstrip(b"\0").startswith(_OTHER_TAGS) and any(sample)
    if declared and not is_sound:
        return declared, f"{rest:,} bytes after the sound are ignored.", ""
    found = _seconds(there, form)
    if not declared:
        return there, f"The header gives no length (written to a pipe, or never completed): {found} are there.", ""
    if _seconds(declared, form) == found:  # what differs is too short for seconds
        return there, f"The header says {declared:,} bytes of audio, {there:,} are there: {found}.", ""
    return there, f"The header says {_seconds(declared, form)}, {found} are there.", ""


def _is_placeholder(size: int) -> bool:
    return size >= 1 << 62 or any(first <= size <= last for first, last in _PLACEHOLDERS)


def _seconds(size: int, form: _Form) -> str:
    return f"{size / form.bytes_per_s:,.2f} s"


def _count(frames: int | None, form: _Form) -> str:
    return _seconds((frames or 0) * form.block_bytes, form)


def _read_form(file: BinaryIO, chunks: list[Chunk]) -> _Form | None:
    file.seek(0)
    magic = file.read(4)
    by_name = {chunk.name: chunk for chunk in reversed(chunks)}
    if magic == b".snd":
        return _read_au(file)
    audio = next((chunk for chunk in chunks if chunk.name in AUDIO_CHUNKS), None)
    if audio is None:
        return None
    if magic == b"FORM":
        return _read_aiff(file, by_name, audio)
    if magic == b"caff":
        return _read_caf(file, by_name, audio)
    return _read_wav(file, magic, by_name, audio)


def _read(file: BinaryIO, chunk: Chunk | None, most: int = 4096) -> bytes:
    if chunk is None:
        return b""
    file.seek(chunk.start)
    return file.read(min(chunk.size or 0, most))


def _read_wav(file: BinaryIO, magic: bytes, chunks: dict[bytes, Chunk], audio: Chunk) -> _Form | None:
    form = _read(file, chunks.get(b"fmt "))
    order = ">" if magic == b"RIFX" else "<"
    if len(form) < 16:
        return None
    _, channels, rate, per_s, block, bits = struct.unpack(f"{order}HHIIHH", form[:16])
    if not channels or not rate or not block:
        return None

    def write_head(size: int) -> bytes:
        parts = struct.pack(f"{order}4sI", b"fmt ", len(form)) + form + b"\0" * (len(form) % 2)
        if len(parts) + size + 64 < 1 << 32:
            name = b"RIFX" if order == ">" else b"RIFF"
            whole = struct.pack(f"{order}4sI4s", name, 4 + len(parts) + 8 + size, b"WAVE")
            return whole + parts + struct.pack(f"{order}4sI", b"data", size)
        sizes = struct.pack("<4sIQQQI", b"ds64", 28, 4 + 36 + len(parts) + 8 + size, size, size // block, 0)
        return b"RF64\xff\xff\xff\xffWAVE" + sizes + parts + struct.pack("<4sI", b"data", 0xFFFFFFFF)

    twice = _read_long_size(file, magic, chunks, audio)
    return _Form(
        audio.start,
        _positive(audio.size),
        block,
        _per_s(per_s, rate, block, bits),
        write_head,
        None if twice is None else twice // block,
        24 if magic == b"riff" else 8,
    )


def _read_long_size(file: BinaryIO, magic: bytes, chunks: dict[bytes, Chunk], audio: Chunk) -> int | None:
    """Read the other size of an RF64 file that gives two: decoders differ in which one they believe."""
    file.seek(audio.start - 4)
    if magic not in (b"RF64", b"BW64") or file.read(4) == b"\xff\xff\xff\xff":
        return None
    ds64 = _read(file, chunks.get(b"ds64"))
    return int.from_bytes(ds64[8:16], "little") if len(ds64) >= 16 else None


def _per_s(per_s: int, rate: int, block: int, bits: int) -> float:
    """Take the bytes of a second from what plain samples need; for others the header says it."""
    return float(rate * block if bits >= 8 or not per_s else per_s)


def _positive(size: int | None) -> int | None:
    return None if size is None else max(0, size)


def _read_aiff(file: BinaryIO, chunks: dict[bytes, Chunk], audio: Chunk) -> _Form | None:
    common, version = _read(file, chunks.get(b"COMM")), _read(file, chunks.get(b"FVER"))
    file.seek(8)
    kind = file.read(4)
    head = _read(file, Chunk(b"SSND", audio.start, 8))
    if len(common) < 18 or len(head) < 8 or (kind == b"AIFC" and common[18:22] not in _PLAIN_AIFC):
        return None
    channels, frames, bits = struct.unpack(">hIh", common[:8])
    rate = _read_extended(common[8:18])
    block = channels * ((bits + 7) // 8)
    if block <= 0 or rate <= 0:
        return None
    offset = struct.unpack(">I", head[:4])[0]

    def write_head(size: int) -> bytes:
        right = common[:2] + struct.pack(">I", size // block) + common[6:]
        parts = b"".join(
            struct.pack(">4sI", name, len(data)) + data + b"\0" * (len(data) % 2)
            for name, data in ((b"FVER", version), (b"COMM", right))
            if data
        )
        whole = struct.pack(">4sI4s", b"FORM", min(4 + len(parts) + 16 + size, 0xFFFFFFFF), kind)
        return whole + parts + struct.pack(">4sIII", b"SSND", min(8 + size, 0xFFFFFFFF), 0, 0)

    declared = None if audio.size is None else max(0, audio.size - 8 - offset)
    return _Form(audio.start + 8 + offset, declared, block, block * rate, write_head, frames)


def _read_extended(data: bytes) -> float:
    """Read a floating-point number of 80 bits, as AIFF has its sample rate."""
    exponent, mantissa = struct.unpack(">HQ", data)
    return float(mantissa) * 2.0 ** ((exponent & 0x7FFF) - 16383 - 63) if exponent & 0x7FFF < 16383 + 64 else 0.0


def _read_caf(file: BinaryIO, chunks: dict[bytes, Chunk], audio: Chunk) -> _Form | None:
    description = _read(file, chunks.get(b"desc"))
    if len(description) < 32:
        return None
    rate, kind, _, packet_bytes, packet_frames, _, _ = struct.unpack(">d4sIIIII", description[:32])
    if kind not in (b"lpcm", b"ulaw", b"alaw") or not packet_bytes or packet_frames != 1 or not 0 < rate < 1e10:
        return None
    file.seek(0)
    start = file.read(8)

    def write_head(size: int) -> bytes:
        return start + struct.pack(">4sq", b"desc", 32) + description[:32] + struct.pack(">4sqI", b"data", 4 + size, 0)

    declared = None if audio.size is None or audio.size < 0 else max(0, audio.size - 4)
    return _Form(audio.start + 4, declared, packet_bytes, packet_bytes * rate, write_head, header_bytes=12)


def _read_au(file: BinaryIO) -> _Form | None:
    head = file.read(20)
    if len(head) < 20:
        return None
    start, size, encoding, rate, channels = struct.unpack(">IIIII", head)
    block = _AU_BYTES.get(encoding, 0) * channels
    if not block or not rate or start < 24:
        return None

    def write_head(size: int) -> bytes:
        return struct.pack(">4sIIIII", b".snd", 24, size, encoding, rate, channels)

    return _Form(start, None if size == 0xFFFFFFFF else size, block, float(block * rate), write_head)
