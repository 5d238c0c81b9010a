"""Decoding: libsndfile for what it knows, FFmpeg for the rest, behind one small interface.

libsndfile reads WAV, RF64, W64, CAF, AIFF, FLAC, OGG and MP3 in this process: it opens nothing but the one file that it
gets as a number, allocates by at most 1,024 channels, and yields blocks of a fixed size. FFmpeg reads M4A, WebM, MP4
and more in a process of its own (`media`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Protocol

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from podcast_core.audio.containers import open_bytes, open_regular
from podcast_core.audio.media import Samples, open_media, skip
from podcast_core.errors import InvalidInput, PodcastError
from podcast_core.remote.places import Place

BLOCK_FRAMES = 1 << 16
# Where the number of bytes proves the number of frames, nothing has to be decoded to know it.
PLAIN_FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "AU"})
PLAIN_CODECS = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")
# A decoder needs a run-up after a seek before its samples are bit-exact. libsndfile (1.2.2) also answers a seek into
# the last page of an Ogg file with samples from another place; a page is far shorter than a minute.
RUN_UP_S = 1.0
LAST_OGG_PAGE_S = 60.0
_ENDLESS = 1 << 62  # libsndfile's "length unknown" is above this
_UNRECOGNISED, _UNSUPPORTED = 1, 4  # libsndfile's error codes for "another program may know this"


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
        # A number instead of a path: libsndfile looks beside a path for other files, and takes hints from its ending.
        sound = _open_sound_file(open_regular(uri) if isinstance(uri, str) else reader, reader)
        if sound is not None:
            with sound:
                if _is_length_known(sound, file):
                    yield _SoundFileSource(sound, reader)
                    return
        file.seek(0)
        with open_media(file) as media:
            yield media


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


def _open_sound_file(source: int | _CallbackReader, reader: _CallbackReader) -> sf.SoundFile | None:
    """Open with libsndfile; None when PyAV should try."""
    try:
        sound = sf.SoundFile(source)
    except sf.LibsndfileError as error:
        reader.check()
        if error.code in (_UNRECOGNISED, _UNSUPPORTED):
            return None
        raise InvalidInput(f"The file is damaged or truncated ({_in_words(error)}).") from error
    return sound


def _in_words(error: sf.LibsndfileError) -> str:
    """Say what libsndfile found, unless it speaks of its own insides."""
    text = str(error.error_string).strip(" .")
    is_inside = any(word in text.lower() for word in ("internal", "psf", "sf_info", "bug", "assert"))
    return "its header or its data make no sense" if is_inside else text


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
                yield from skip(_scale(block), first_frame - position)
                position += len(block)
            self._reader.check()
        except sf.LibsndfileError as error:
            self._reader.check()
            at_s = position / self.sample_rate_hz
            raise InvalidInput(
                f"The file is damaged or truncated: decoding failed at {at_s:.2f} s ({_in_words(error)})."
            ) from error

    def _find_seek_target(self, first_frame: int) -> int:
        """Find a frame from which decoding forward gives bit-exact samples at ``first_frame``."""
        if self.is_proven or self._sound.format == "FLAC":
            return first_frame
        target = first_frame - round(RUN_UP_S * self.sample_rate_hz)
        if self._sound.format == "OGG":
            target = min(target, self._sound.frames - round(LAST_OGG_PAGE_S * self.sample_rate_hz))
        return max(0, target)


def _scale(block: NDArray[Any]) -> Samples:
    """Bring 16-bit integers to -1 to 1, exactly; floating-point numbers are there already."""
    if block.dtype.kind == "f":
        return block
    samples: Samples = np.multiply(block, np.float32(2**-15), dtype=np.float32)
    return samples
