"""Audio files: what is in them, and their samples, exactly and without loading a whole file."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from podcast_core.audio.containers import AUDIO_CHUNKS, list_chunks, measure_size, open_bytes
from podcast_core.audio.decoders import Source, open_source
from podcast_core.audio.limits import FEWEST_FRAMES, Limits
from podcast_core.audio.media import Samples
from podcast_core.audio.playback import resample
from podcast_core.audio.split import to_frames
from podcast_core.errors import InvalidInput, StorageUnavailable
from podcast_core.remote.places import Place

# Headers of lossy files may count the codec's lead-in, up to 0.1 s; a file that was cut misses more.
LENGTH_TOLERANCE_S = 0.2
HASH_BLOCK_BYTES = 1 << 20
STREAM_BYTES = 8 << 20  # from far away
DEFAULT_LIMITS = Limits()
LONGEST_OGG_PAGE = 27 + 255 + 255 * 255


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What `inspect_audio` found. ``encoding`` is container and codec, such as ``"WAV/PCM_16"``."""

    sha256: str
    sample_rate_hz: int
    channel_count: int
    frame_count: int
    encoding: str
    size_bytes: int


def inspect_audio(uri: str | Place, *, limits: Limits = DEFAULT_LIMITS) -> AudioInfo:
    """Find out what is in an audio file, and prove that all of it can be read.

    Parameters
    ----------
    uri
        A path, or a place far away, which is read once: what has to be decoded to be proven is kept meanwhile in a
        temporary file.
    limits
        Refuse what goes beyond, by its header where that tells, or else as soon as so much has been decoded.

    Notes
    -----
    A WAV header that was never completed (sizes 0 or 0xFFFFFFFF: the recorder lost power, or wrote to a pipe)
    promises nothing, so its audio reaches to the end of the file. A header that promises more than is there
    belongs to a file that was cut, and that is refused. Compressed audio is decoded once in blocks.

    Raises
    ------
    NotFound
        When there is no such file.
    InvalidInput
        With the reason as a sentence: empty, not audio, without samples, truncated, damaged, a folder, too long.
    StorageUnavailable
        When the disk or the network fails.
    """
    with open_bytes(uri) as file:
        size_bytes = measure_size(file)
        _check_bytes(file, size_bytes)
        is_plain = bool(list_chunks(file))
        if isinstance(uri, Place) and not (is_plain and _is_proven(uri)):
            return _inspect_copy(file, size_bytes, limits)
        sha256 = _digest(file, HASH_BLOCK_BYTES if isinstance(uri, str) else STREAM_BYTES)
    return _describe(uri, sha256, size_bytes, limits)


def _inspect_copy(file: BinaryIO, size_bytes: int, limits: Limits) -> AudioInfo:
    try:
        folder = tempfile.TemporaryDirectory(prefix="podcast-")
    except OSError as error:
        raise _no_space(error, size_bytes) from error
    with folder:
        path = os.path.join(folder.name, "audio")
        try:
            with open(path, "xb") as copy:
                sha256 = _digest(file, STREAM_BYTES, copy)
        except OSError as error:
            raise _no_space(error, size_bytes) from error
        return _describe(path, sha256, size_bytes, limits)


def _no_space(error: OSError, size_bytes: int) -> StorageUnavailable:
    return StorageUnavailable(
        f"A temporary copy of {size_bytes / 1e6:,.1f} MB cannot be made in {tempfile.gettempdir()}: {error}."
    )


def _is_proven(uri: str | Place) -> bool:
    with open_source(uri) as source:
        return source.is_proven


def _digest(file: BinaryIO, block_bytes: int, copy: BinaryIO | None = None) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(block_bytes):
        digest.update(block)
        if copy is not None:
            copy.write(block)
    return digest.hexdigest()


def _describe(uri: str | Place, sha256: str, size_bytes: int, limits: Limits) -> AudioInfo:
    with open_source(uri) as source:
        limits.check_form(source.channel_count, source.sample_rate_hz)
        limits.check_length(source.frame_count or 0, source.sample_rate_hz)
        frame_count = source.frame_count if source.is_proven else _count_frames(source, limits)
        if not frame_count:
            raise InvalidInput("The file has a header but no samples.")
        if frame_count < FEWEST_FRAMES:
            raise InvalidInput("The file holds a single sample: there is nothing to be heard or seen.")
        return AudioInfo(
            sha256=sha256,
            sample_rate_hz=source.sample_rate_hz,
            channel_count=source.channel_count,
            frame_count=frame_count,
            encoding=source.encoding,
            size_bytes=size_bytes,
        )


def read_samples(
    uri: str | Place, *, channel: int, start_s: float, end_s: float, sample_rate_hz: int | None = None
) -> Samples:
    """Read a piece of one channel.

    Parameters
    ----------
    uri
        A path, or a place far away, of which only the bytes that are needed are fetched.
    channel
        Counted from 0.
    start_s, end_s
        Seconds from the start of the file, rounded to the nearest frame; the end is not included.
    sample_rate_hz
        Resample to this rate. None: the file's own rate, untouched.

    Returns
    -------
    Samples
        Shape (n,), float32, finite, -1 to 1 (files with floating-point samples may go beyond).

    Raises
    ------
    NotFound, InvalidInput, StorageUnavailable
        As `inspect_audio`; also when the file has no such channel, or ends before ``end_s``.
    """
    with open_source(uri) as source:
        first, last = to_frames(start_s, end_s, source.sample_rate_hz)
        samples = np.empty(max(last - first, 0), np.float32)
        position = 0
        for block in _read_channel(source, channel, first, last):
            samples[position : position + len(block)] = block
            position += len(block)
        return resample(samples, source.sample_rate_hz, sample_rate_hz or source.sample_rate_hz)


def read_blocks(uri: str | Place, *, channel: int, start_s: float, end_s: float) -> Iterator[Samples]:
    """Read as `read_samples` does, but one block after the other, for pieces that are too long for the memory."""
    with open_source(uri) as source:
        first, last = to_frames(start_s, end_s, source.sample_rate_hz)
        yield from _read_channel(source, channel, first, last)


def _read_channel(source: Source, channel: int, first: int, last: int) -> Iterator[Samples]:
    if not 0 <= channel < source.channel_count:
        raise InvalidInput(f"There is no channel {channel}: the file has {source.channel_count}, counted from 0.")
    if not 0 <= first < last:
        raise InvalidInput(f"Expected 0 <= start < end, found frames {first} to {last}.")
    position = first
    for block in source.read(first):
        samples = block[: last - position, channel]
        position += len(samples)
        yield samples if np.isfinite(samples).all() else np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        if position == last:
            return
    rate = source.sample_rate_hz
    raise InvalidInput(f"The audio ends at {position / rate:.3f} s: expected samples until {last / rate:.3f} s.")


def _check_bytes(file: BinaryIO, size_bytes: int) -> None:
    """Refuse what cannot be complete audio, before any decoder is asked."""
    if not size_bytes:
        raise InvalidInput("The file is empty (0 bytes).")
    head = file.read(256)
    if _is_text(head):
        raise InvalidInput(f"The file is text, not audio: it begins with {head[:40].decode(errors='replace')!r}.")
    for chunk in list_chunks(file):
        if chunk.name not in AUDIO_CHUNKS or chunk.size is None:
            continue
        found = size_bytes - chunk.start
        if chunk.size > found:
            raise InvalidInput(
                f"The file is truncated: its header promises {chunk.size:,} bytes of audio, found {found:,}. "
                "Was it copied completely?"
            )
        if head[:4] == b"RIFF" and size_bytes > 2**32 + 8:
            raise InvalidInput(
                f"The header of a WAV file cannot describe more than 4 GiB, found {size_bytes:,} bytes. "
                "Recorders write such files as RF64 or W64."
            )
    if head[:4] == b"OggS":
        _check_last_ogg_page(file, size_bytes)


def _is_text(head: bytes) -> bool:
    try:
        text = head[:-3].decode() if len(head) > 3 else head.decode()  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)


def _check_last_ogg_page(file: BinaryIO, size_bytes: int) -> None:
    """Refuse an Ogg file whose last page is cut: libsndfile would read what is left without a word."""
    file.seek(max(0, size_bytes - LONGEST_OGG_PAGE))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    segment_count = page[26] if len(page) > 26 else 0
    needed = 27 + segment_count + sum(page[27 : 27 + segment_count])
    if len(page) < needed:
        raise InvalidInput(
            f"The file is truncated: its last page needs {needed:,} bytes, found {len(page):,}. "
            "Was it copied completely?"
        )


def _count_frames(source: Source, limits: Limits) -> int:
    """Decode everything once, in blocks, within the limits."""
    count = 0
    began = limits.start()
    for block in source.read(0):
        count += len(block)
        limits.check_length(count, source.sample_rate_hz)
        limits.check_time(began)
    missing_s = ((source.frame_count or 0) - count) / source.sample_rate_hz
    if missing_s > LENGTH_TOLERANCE_S:
        rate = source.sample_rate_hz
        raise InvalidInput(
            f"The file is truncated: its header promises {(source.frame_count or 0) / rate:.2f} s of audio, "
            f"found {count / rate:.2f} s. Was it copied completely?"
        )
    return count
