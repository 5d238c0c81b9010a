"""Audio files: what is in them, and their samples, exactly and without loading a whole file."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO

import numpy as np

from podcast_core.audio.containers import AUDIO_CHUNKS, Chunk, list_chunks, measure_size, open_bytes
from podcast_core.audio.decoders import Block, Source, layout_of, open_source
from podcast_core.audio.flac_frames import count_whole
from podcast_core.audio.layouts import Layout
from podcast_core.audio.limits import MIN_FRAMES, Limits
from podcast_core.audio.media import Samples
from podcast_core.audio.playback import resample
from podcast_core.audio.read_ahead import hash_alone, hash_far, hash_file
from podcast_core.audio.split import to_frames
from podcast_core.errors import InvalidInput, NoSpace, StorageUnavailable, is_full
from podcast_core.remote.places import Place

# Headers of lossy files may count the codec's lead-in, up to 0.1 s; a file that was cut misses more.
LENGTH_TOLERANCE_S = 0.2
LOOKED_AT_BYTES = 1 << 16  # of either end; chosen: what one request to a web server brings
DEFAULT_LIMITS = Limits()
ONE_SAMPLE = "The file holds a single sample: there is nothing to hear or see."
TAKE_CUT = 'To accept the intact part: "--take-cut", the checkbox on Data, or "take_cut" over HTTP.'


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What `inspect_audio` found. ``encoding`` is container and codec, such as ``"WAV/PCM_16"``.

    ``notes`` are sentences about what is wrong with the file.
    """

    sha256: str
    sample_rate_hz: int
    channel_count: int
    frame_count: int
    encoding: str
    size_bytes: int
    notes: tuple[str, ...] = ()


def inspect_audio(uri: str | Place, *, limits: Limits = DEFAULT_LIMITS, take_cut: bool = False) -> AudioInfo:
    """Find out what is in an audio file, and prove that all of it can be read.

    Parameters
    ----------
    uri
        A path, or a place far away, which is read once: what has to be decoded to be proven is kept meanwhile in a
        temporary file.
    limits
        Refuse what goes beyond, by its header where that tells, or else as soon as so much has been decoded.
    take_cut
        Take what is whole of a file that was cut, with a note, instead of refusing it.

    Notes
    -----
    What a header says about the length is compared with what is there (`layouts`). What is there is read, with a note
    where the header is wrong: it was never completed, gives no length, counts itself or too little. A header that
    promises more than is there belongs to a file that was cut. Compressed audio is decoded once in blocks, unless the
    checksums of FLAC frames prove that all are whole.

    Raises
    ------
    NotFound
        When there is no such file.
    InvalidInput
        With the reason as a sentence: empty, not audio, without samples, truncated, damaged, a folder, too long.
    StorageUnavailable
        When the disk or the network fails.
    """
    asked = _Asked(limits, take_cut)
    with open_bytes(uri) as file:
        size_bytes = measure_size(file)
        chunks = _check_bytes(file, size_bytes)
        layout = layout_of(uri, file)
        asked.check_cut(layout.cut)
        is_proven = bool(chunks) and _is_proven(uri)
        if isinstance(uri, Place) and not is_proven:
            return _inspect_copy(file, size_bytes, layout, asked)
        if is_proven:
            info = _describe(uri, "", size_bytes, layout, asked)
            return replace(info, sha256=hash_far(file) if isinstance(uri, Place) else hash_alone(file))
        # What has to be decoded is decoded meanwhile: the disk is asked once for what both read.
        with ThreadPoolExecutor(1, "sha-256") as pool:
            digest = pool.submit(hash_file, file)
            info = _describe(uri, "", size_bytes, layout, asked)
            return replace(info, sha256=digest.result())


def look_at_audio(uri: str | Place, *, limits: Limits = DEFAULT_LIMITS) -> tuple[AudioInfo, str]:
    """Find out what is in an audio file without reading all of it, as far as its header tells.

    Of a file whose header gives no length, everything is decoded, as by `inspect_audio`.

    Returns
    -------
    AudioInfo
        Without ``sha256``. What is damaged further on is not noticed, and a file that was cut is taken with a note.
    str
        A digest of both ends of the file, in hex digits.

    Raises
    ------
    NotFound, InvalidInput, StorageUnavailable
        As `inspect_audio`.
    """
    with open_bytes(uri) as file:
        size_bytes = measure_size(file)
        _check_bytes(file, size_bytes)
        layout = layout_of(uri, file)
        file.seek(0)
        ends = hashlib.sha256(file.read(LOOKED_AT_BYTES))
        file.seek(max(size_bytes - LOOKED_AT_BYTES, 0))
        ends.update(file.read(LOOKED_AT_BYTES))
    with open_source(uri) as source:
        rate, count = source.sample_rate_hz, source.frame_count or 0
        if not count:
            return _describe(uri, "", size_bytes, layout, _Asked(limits, take_cut=True)), ends.hexdigest()
        limits.check_form(source.channel_count, rate)
        limits.check_length(count, rate)
        if count < MIN_FRAMES:
            raise InvalidInput(ONE_SAMPLE)
        notes = (*layout.notes, *([f"Truncated: {layout.cut}."] if layout.cut else []))
        return AudioInfo("", rate, source.channel_count, count, source.encoding, size_bytes, notes), ends.hexdigest()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the caller takes."""

    limits: Limits
    take_cut: bool

    def check_cut(self, cut: str) -> None:
        """Refuse a file that was cut, unless those are taken."""
        if cut and not self.take_cut:
            raise InvalidInput(f"The file is truncated: {cut}. Was it copied completely? {TAKE_CUT}")


def _inspect_copy(file: BinaryIO, size_bytes: int, layout: Layout, asked: _Asked) -> AudioInfo:
    try:
        folder = tempfile.TemporaryDirectory(prefix="podcast-")
    except OSError as error:
        raise _no_space(error, size_bytes) from error
    with folder:
        path = os.path.join(folder.name, "audio")
        try:
            with open(path, "xb") as copy:
                sha256 = hash_far(file, copy)
        except OSError as error:
            raise _no_space(error, size_bytes) from error
        with open_bytes(path) as copied:
            whole = layout_of(path, copied)
        asked.check_cut(whole.cut)
        if whole.parts != layout.parts:  # a place far away is looked at at its ends only
            raise InvalidInput(
                "The file's header is wrong in a way that can only be repaired for a local file: download it first. "
                f"{' '.join(whole.notes)}"
            )
        return _describe(path, sha256, size_bytes, whole, asked)


def _no_space(error: OSError, size_bytes: int) -> StorageUnavailable:
    kind = NoSpace if is_full(error) else StorageUnavailable
    return kind(f"A temporary copy of {size_bytes / 1e6:,.1f} MB cannot be made in {tempfile.gettempdir()}: {error}.")


def _is_proven(uri: str | Place) -> bool:
    with open_source(uri) as source:
        return source.is_proven


def _describe(uri: str | Place, sha256: str, size_bytes: int, layout: Layout, asked: _Asked) -> AudioInfo:
    with open_source(uri) as source:
        rate, promised = source.sample_rate_hz, source.frame_count or 0
        asked.limits.check_form(source.channel_count, rate)
        asked.limits.check_length(promised, rate)
        frame_count = promised if source.is_proven else _count_frames(uri, source, layout, asked.limits)
        notes = layout.notes
        if (promised - frame_count) / rate > LENGTH_TOLERANCE_S:
            told = f"{promised / rate:.2f} s", f"{frame_count / rate:.2f} s"
            asked.check_cut(f"its header promises {told[0]} of audio, found {told[1]}")
            notes = (*notes, f"Truncated: the header promises {told[0]}, {told[1]} are there.")
        if frame_count and not source.is_proven and not source.is_read_once:
            _check_end(source, frame_count)
        if not frame_count:
            raise InvalidInput("The file has a header but no samples.")
        if frame_count < MIN_FRAMES:
            raise InvalidInput(ONE_SAMPLE)
        return AudioInfo(
            sha256=sha256,
            sample_rate_hz=rate,
            channel_count=source.channel_count,
            frame_count=frame_count,
            encoding=source.encoding,
            size_bytes=size_bytes,
            notes=notes,
        )


def _check_end(source: Source, frame_count: int) -> None:
    """Refuse a damaged file that can be decoded in order only: pieces of it would be other sound, or none."""
    if next(source.read(frame_count - 1), None) is None:
        raise InvalidInput("The file is damaged: its end cannot be found.")


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
            _to_samples(block, samples[position : position + len(block)])
            position += len(block)
        return resample(samples, source.sample_rate_hz, sample_rate_hz or source.sample_rate_hz)


def read_pcm(uri: str | Place, *, channel: int, start_s: float, end_s: float) -> bytes | None:
    """Read a piece of one channel as 16-bit samples, as a WAV file has them; None where the file has other ones.

    The bytes are those of `playback.encode_pcm` for what `read_samples` gives, in a fifth of the time.
    """
    with open_source(uri) as source:
        blocks = _read_channel(source, channel, *to_frames(start_s, end_s, source.sample_rate_hz))
        first = next(blocks)
        if first.dtype != np.int16:
            return None
        return b"".join(block.astype("<i2", copy=False).tobytes() for block in chain([first], blocks))


def read_blocks(uri: str | Place, *, channel: int, start_s: float, end_s: float) -> Iterator[Samples]:
    """Read as `read_samples` does, but one block after the other, for pieces that are too long for the memory."""
    with open_source(uri) as source:
        first, last = to_frames(start_s, end_s, source.sample_rate_hz)
        for block in _read_channel(source, channel, first, last):
            yield _to_samples(block, np.empty(len(block), np.float32))


def _to_samples(block: Block, samples: Samples) -> Samples:
    """Fill samples with a block of one channel: 16-bit integers exactly, and nothing that is not finite."""
    if block.dtype.kind == "i":
        return np.multiply(block, np.float32(2**-15), out=samples, dtype=np.float32)
    samples[:] = block
    return samples if np.isfinite(samples).all() else np.nan_to_num(samples, False, 0.0, 1.0, -1.0)


def _read_channel(source: Source, channel: int, first: int, last: int) -> Iterator[Block]:
    if not 0 <= channel < source.channel_count:
        raise InvalidInput(f"There is no channel {channel}: the file has {source.channel_count}, counted from 0.")
    if not 0 <= first < last:
        raise InvalidInput(f"Expected 0 <= start < end, found frames {first} to {last}.")
    position = first
    for block in source.read(first):
        samples = block[: last - position, channel]
        position += len(samples)
        yield samples
        if position == last:
            return
    rate = source.sample_rate_hz
    raise InvalidInput(f"The audio ends at {position / rate:.3f} s: expected samples until {last / rate:.3f} s.")


def _check_bytes(file: BinaryIO, size_bytes: int) -> list[Chunk]:
    """Refuse what cannot be complete audio, before any decoder is asked; gives its chunks, where it has any."""
    if not size_bytes:
        raise InvalidInput("The file is empty (0 bytes).")
    head = file.read(256)
    if _is_text(head):
        raise InvalidInput(f"The file is text, not audio: it begins with {head[:40].decode(errors='replace')!r}.")
    chunks = list_chunks(file)
    is_endless = any(chunk.name in AUDIO_CHUNKS and chunk.size is None for chunk in chunks)
    if head[:4] == b"RIFF" and size_bytes > 2**32 + 8 and not is_endless:
        raise InvalidInput(
            f"The header of a WAV file cannot describe more than 4 GiB, found {size_bytes:,} bytes. "
            "Recorders write such files as RF64 or W64."
        )
    return chunks


def _is_text(head: bytes) -> bool:
    try:
        text = head[:-3].decode() if len(head) > 3 else head.decode()  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)


def _count_frames(uri: str | Place, source: Source, layout: Layout, limits: Limits) -> int:
    """Count what can be decoded, within the limits: FLAC by its checksums, and where they fail, by decoding all."""
    began = limits.start()
    if source.encoding.startswith("FLAC/") and not layout.parts:
        with open_bytes(uri) as file:
            proven = count_whole(file, lambda: limits.check_time(began))
        if proven is not None and proven == source.frame_count:
            return proven
    count = 0
    for block in source.read(0):
        count += len(block)
        limits.check_length(count, source.sample_rate_hz)
        limits.check_time(began)
    return count
