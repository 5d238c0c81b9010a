"""Pieces of recordings as files of their own: the same samples, at the same rate, FLAC or WAV.

Nothing is resampled, filtered or scaled. Sources with up to 16 bits keep every sample with 16 bits, wider integers with
24. Floating-point samples keep every bit in WAV; FLAC knows integers only and gets 24 bits. The same samples give the
same bytes: there is no time, name or random number in the files. WAV is written by hand because libsndfile puts the
time of day into floating-point WAV files.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from podcast_core.audio.containers import open_bytes
from podcast_core.audio.files import read_blocks
from podcast_core.audio.read_ahead import hash_far, hash_file
from podcast_core.errors import InvalidInput
from podcast_core.remote.places import Place

CONTAINERS = ("flac", "wav")
MAX_WAV_BYTES = 2**32 - 100  # a RIFF chunk counts with 32 bits, and has a head
MAX_FLAC_RATE_HZ = 655_350  # RFC 9639, 9.1.2: 16 bits in tens of hertz
_WIDE = ("PCM_24", "PCM_32", "FLOAT", "DOUBLE")
_FLOATS = ("PCM_32", "FLOAT", "DOUBLE")  # 32-bit integers are read as float32: what is left fits into it exactly


@dataclass(frozen=True, slots=True)
class PieceFile:
    """A piece of one channel as a file. ``clipped_count`` counts samples beyond full scale that were cut off."""

    data: bytes
    frame_count: int
    encoding: str
    clipped_count: int = 0


def choose_encoding(source_encoding: str, container: str) -> str:
    """Choose how samples are stored, such as ``FLAC/PCM_16``, from how the source stores them (``WAV/PCM_24``).

    Raises
    ------
    InvalidInput
        For another container.
    """
    if container not in CONTAINERS:
        raise InvalidInput(f"Audio can be written as {' or '.join(CONTAINERS)}, found {container[:40]!r}.")
    codec = source_encoding.rpartition("/")[2]
    if container == "wav" and codec in _FLOATS:
        return "WAV/FLOAT"
    return f"{container.upper()}/{'PCM_24' if codec in _WIDE else 'PCM_16'}"


def cut_piece(
    uri: str | Place, *, channel: int, start_s: float, end_s: float, sample_rate_hz: int, encoding: str
) -> PieceFile:
    """Read a piece of one channel and encode it.

    Parameters
    ----------
    uri
        A path, or a place far away.
    channel
        Counted from 0.
    start_s, end_s
        Seconds from the start of the file, rounded to the nearest frame; the end is not included.
    sample_rate_hz
        The file's own rate.
    encoding
        As `choose_encoding` says.

    Raises
    ------
    NotFound, InvalidInput, StorageUnavailable
        As `audio.files.read_samples`; InvalidInput also where the container cannot hold the piece.
    """
    container, _, codec = encoding.partition("/")
    blocks = _Quantized(read_blocks(uri, channel=channel, start_s=start_s, end_s=end_s), codec)
    if container == "FLAC":
        data = _encode_flac(blocks, sample_rate_hz, codec)
    else:
        data = _encode_wav(blocks, sample_rate_hz, codec)
    return PieceFile(data, blocks.frame_count, encoding, blocks.clipped_count)


class _Quantized:
    """Blocks of samples in a codec's own numbers, counted while they pass."""

    def __init__(self, blocks: Iterator[NDArray[np.float32]], codec: str) -> None:
        self._blocks = blocks
        self._codec = codec
        self.frame_count = 0
        self.clipped_count = 0

    def __iter__(self) -> Iterator[NDArray[Any]]:
        for block in self._blocks:
            self.frame_count += len(block)
            if self._codec == "FLOAT":
                yield block.astype("<f4")
                continue
            full = 2.0 ** (15 if self._codec == "PCM_16" else 23)
            scaled = np.rint(block.astype(np.float64) * full)
            self.clipped_count += int(np.count_nonzero((scaled < -full) | (scaled > full)))
            whole = np.clip(scaled, -full, full - 1).astype(np.int32)
            yield whole.astype(np.int16) if self._codec == "PCM_16" else whole


def _encode_flac(blocks: _Quantized, sample_rate_hz: int, codec: str) -> bytes:
    if sample_rate_hz > MAX_FLAC_RATE_HZ:
        raise InvalidInput(f"FLAC supports at most {MAX_FLAC_RATE_HZ} Hz, found {sample_rate_hz} Hz. Choose WAV.")
    file = BytesIO()
    with sf.SoundFile(file, "w", sample_rate_hz, 1, codec, format="FLAC") as sound:
        for block in blocks:
            sound.write(block if codec == "PCM_16" else np.left_shift(block, 8))  # libsndfile takes the upper 24 bits
    return file.getvalue()


def _encode_wav(blocks: _Quantized, sample_rate_hz: int, codec: str) -> bytes:
    width, tag = {"PCM_16": (2, 1), "PCM_24": (3, 1), "FLOAT": (4, 3)}[codec]
    body = b"".join(_to_bytes(block, codec) for block in blocks)
    if len(body) > MAX_WAV_BYTES:
        raise InvalidInput(
            f"A WAV file can hold 4.2 GB, found {len(body) / 1e9:.1f} GB. Choose FLAC or shorter sessions."
        )
    padding = b"\0" * (len(body) % 2)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, 1, sample_rate_hz, sample_rate_hz * width, width, 8 * width)
    fact = struct.pack("<4sII", b"fact", 4, blocks.frame_count) if codec == "FLOAT" else b""
    chunks = b"WAVE" + form + fact + struct.pack("<4sI", b"data", len(body))
    return struct.pack("<4sI", b"RIFF", len(chunks) + len(body) + len(padding)) + chunks + body + padding


def _to_bytes(block: NDArray[Any], codec: str) -> bytes:
    if codec == "PCM_24":  # the lower three of four bytes
        return block.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return block.astype("<f4" if codec == "FLOAT" else "<i2").tobytes()


def hash_audio(uri: str | Place) -> str:
    """Compute the SHA-256 of a file's bytes, in hex digits."""
    with open_bytes(uri) as file:
        return hash_far(file) if isinstance(uri, Place) else hash_file(file)


def is_constant(data: bytes) -> bool:
    """Tell whether an audio file made here holds one value only, as where a recorder failed."""
    samples, _ = sf.read(BytesIO(data), dtype="int32")
    return bool(len(samples) == 0 or (samples == samples[0]).all())
