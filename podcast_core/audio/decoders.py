"""Decoding: libsndfile for what it knows, PyAV (FFmpeg) for the rest, behind one small interface.

libsndfile reads WAV, RF64, W64, CAF, AIFF, FLAC, OGG and MP3. PyAV reads M4A, WebM, MP4 and many more,
and WAV files whose header was never completed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from podcast_core.audio.containers import open_bytes
from podcast_core.errors import InvalidInput, PodcastError
from podcast_core.remote.places import Place

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

BLOCK_FRAMES = 1 << 16
# Where the number of bytes proves the number of frames, nothing has to be decoded to know it.
PLAIN_FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "AU"})
PLAIN_CODECS = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")
# A decoder needs a run-up after a seek before its samples are bit-exact. libsndfile (1.2.2) also answers a seek into
# the last page of an Ogg file with samples from another place; a page is far shorter than a minute.
RUN_UP_S = 1.0
LAST_OGG_PAGE_S = 60.0
# Containers whose headers count; other durations are guesses from the bit rate.
COUNTING_CONTAINERS = frozenset({"mov", "matroska"})
_ENDLESS = 1 << 62  # libsndfile's "length unknown" is above this
_UNRECOGNISED, _UNSUPPORTED = 1, 4  # libsndfile's error codes for "another program may know this"

Samples = NDArray[np.float32]


class Source(Protocol):
    """An open audio file. ``frame_count`` is what the header says, None when it says nothing."""

    sample_rate_hz: int
    channel_count: int
    frame_count: int | None
    encoding: str
    is_proven: bool

    def read(self, first_frame: int) -> Iterator[Samples]:
        """Decode from a frame to the end in blocks of shape (n, channels)."""


@contextmanager
def open_source(uri: str | Place) -> Iterator[Source]:
    """Open a path, or a place far away, for decoding.

    Raises
    ------
    NotFound, InvalidInput, StorageUnavailable
        When it cannot be opened or holds no audio that can be decoded; also later, while reading.
    """
    with open_bytes(uri) as file:
        reader = _CallbackReader(file)
        sound = _open_sound_file(uri if isinstance(uri, str) else reader, reader)
        if sound is not None:
            with sound:
                if _is_length_known(sound, file):
                    yield _SoundFileSource(sound, reader)
                    return
        file.seek(0)
        with _open_container(file) as container:
            yield _AvSource(container)


class _CallbackReader:
    """A file for libsndfile, which cannot pass errors on: what failed is kept, and raised when it has returned."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._failure: PodcastError | OSError | None = None

    def read(self, size: int = -1) -> bytes:
        if self._failure is None:
            try:
                return self._file.read(size)
            except (PodcastError, OSError) as error:
                self._failure = error
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def check(self) -> None:
        """Raise what failed since the last check."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure


def _open_sound_file(source: str | _CallbackReader, reader: _CallbackReader) -> sf.SoundFile | None:
    """Open with libsndfile; None when PyAV should try."""
    try:
        sound = sf.SoundFile(source)
    except sf.LibsndfileError as error:
        reader.check()
        if error.code in (_UNRECOGNISED, _UNSUPPORTED):
            return None
        raise InvalidInput(f"The file is damaged or truncated ({error.error_string}).") from error
    return sound


def _is_length_known(sound: sf.SoundFile, file: BinaryIO) -> bool:
    """Tell whether libsndfile knows where the audio ends; where it guesses, it stops there and loses the rest.

    It reads nothing from a WAV file whose header was never completed, fails at the end of a FLAC stream, and
    takes the first frame's bit rate for that of the whole MP3 file unless a length header says otherwise.
    """
    if sound.format != "MP3":
        return bool(0 < sound.frames < _ENDLESS)
    file.seek(0)
    head = file.read(10)
    tag_bytes = 0
    if head[:3] == b"ID3":  # its size is written with seven bits per byte
        tag_bytes = 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(tag_bytes)
    first_frame = file.read(512)
    return any(name in first_frame for name in (b"Xing", b"Info", b"VBRI"))


@contextmanager
def _open_container(file: BinaryIO) -> Iterator[InputContainer]:
    import av

    try:
        with av.open(file, "r") as container:
            yield container
    except av.error.FFmpegError as error:
        head = _describe_head(file)
        raise InvalidInput(f"The file cannot be decoded as audio ({error.strerror}); it begins with {head}.") from error


def _describe_head(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(8)
    return f"{head.hex(' ')} ({head.decode('ascii', errors='replace')!r})"


class _SoundFileSource:
    """Audio that libsndfile decodes."""

    def __init__(self, sound: sf.SoundFile, reader: _CallbackReader) -> None:
        self._sound, self._reader = sound, reader
        self.sample_rate_hz: int = sound.samplerate
        self.channel_count: int = sound.channels
        self.frame_count: int | None = sound.frames
        self.encoding = f"{sound.format}/{sound.subtype}"
        self.is_proven = sound.format in PLAIN_FORMATS and sound.subtype.startswith(PLAIN_CODECS)
        # The same values as libsndfile's own floating-point numbers, in a quarter of the time.
        self._dtype = "int16" if sound.subtype == "PCM_16" else "float32"

    def read(self, first_frame: int) -> Iterator[Samples]:
        """Decode from a frame to the end in blocks of shape (n, channels)."""
        position = self._find_seek_target(first_frame)
        try:
            if position:
                self._sound.seek(position)
            while len(block := self._sound.read(BLOCK_FRAMES, dtype=self._dtype, always_2d=True)):
                self._reader.check()
                yield from _skip(_scale(block), first_frame - position)
                position += len(block)
            self._reader.check()
        except sf.LibsndfileError as error:
            self._reader.check()
            at_s = position / self.sample_rate_hz
            raise InvalidInput(
                f"The file is damaged or truncated: decoding failed at {at_s:.2f} s ({error})."
            ) from error

    def _find_seek_target(self, first_frame: int) -> int:
        """Find a frame from which decoding forward gives bit-exact samples at ``first_frame``."""
        if self.is_proven or self._sound.format == "FLAC":
            return first_frame
        target = first_frame - round(RUN_UP_S * self.sample_rate_hz)
        if self._sound.format == "OGG":
            target = min(target, self._sound.frames - round(LAST_OGG_PAGE_S * self.sample_rate_hz))
        return max(0, target)


class _AvSource:
    """Audio that PyAV decodes: the first audio stream of a container."""

    def __init__(self, container: InputContainer) -> None:
        if not container.streams.audio:
            raise InvalidInput(f"There is no sound in this file ({container.format.long_name}).")
        self._container = container
        self._stream = container.streams.audio[0]
        # The frame itself knows best: some headers tell the rate of a core without its extension (HE-AAC).
        frame = next(container.decode(self._stream), None)
        if frame is None:
            raise InvalidInput("The file has a header but no samples.")
        self._first_frame = frame
        self.sample_rate_hz = frame.sample_rate
        self.channel_count = frame.layout.nb_channels
        family = container.format.name.split(",")[0]
        self.encoding = f"{family}/{self._stream.codec_context.name}"
        self.is_proven = False
        microseconds = container.duration if family in COUNTING_CONTAINERS else None
        self.frame_count = None if microseconds is None else microseconds * self.sample_rate_hz // 1_000_000

    def read(self, first_frame: int) -> Iterator[Samples]:
        """Decode from a frame to the end in blocks of shape (n, channels)."""
        position, frames = self._start_decoding(first_frame)
        for frame in frames:
            block = to_samples(frame)
            yield from _skip(block, first_frame - position)
            position += len(block)

    def _start_decoding(self, first_frame: int) -> tuple[int, Iterator[AudioFrame]]:
        """Decode from a known place before ``first_frame``: near it where time stamps count frames, else from 0.

        WebM, for example, has time stamps in whole milliseconds, which cannot say which frame is which.
        """
        target = first_frame - round(RUN_UP_S * self.sample_rate_hz)
        if target <= 0 or self._stream.time_base != Fraction(1, self.sample_rate_hz):
            return 0, chain([self._first_frame], self._container.decode(self._stream))
        origin = self._first_frame.pts or 0
        self._container.seek(target + origin, stream=self._stream)
        found = next(self._container.decode(self._stream), None)
        if found is None or found.pts is None or not 0 <= found.pts - origin <= first_frame:
            raise InvalidInput(f"The file has no usable time stamps at {first_frame / self.sample_rate_hz:.2f} s.")
        return found.pts - origin, chain([found], self._container.decode(self._stream))


def _skip(block: Samples, count: int) -> Iterator[Samples]:
    """Give the block without its first ``count`` frames, or nothing when that is all of it."""
    if count < len(block):
        yield block[max(count, 0) :]


def _scale(block: NDArray[Any]) -> Samples:
    """Bring 16-bit integers to -1 to 1, exactly; floating-point numbers are there already."""
    if block.dtype.kind == "f":
        return block
    samples: Samples = np.multiply(block, np.float32(2**-15), dtype=np.float32)
    return samples


def to_samples(frame: AudioFrame) -> Samples:
    """Shape (n, channels), float32, from any of FFmpeg's sample formats."""
    values: NDArray[Any] = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(-1, frame.layout.nb_channels)
    samples: Samples = values.astype(np.float32)
    if values.dtype == np.uint8:  # 128 is silence
        samples = (samples - np.float32(128)) / np.float32(128)
    elif values.dtype.kind == "i":
        samples /= np.float32(2 ** (8 * values.dtype.itemsize - 1))
    return samples
