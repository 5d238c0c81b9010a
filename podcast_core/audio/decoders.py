"""Decoding: libsndfile for what it knows, FFmpeg for the rest, behind one small interface.

libsndfile reads WAV, RF64, W64, CAF, AIFF, FLAC, OGG and MP3 in this process: it opens nothing but the one file that it
gets as a number, allocates by at most 1,024 channels, and yields blocks of a fixed size. FFmpeg reads M4A, WebM, MP4
and more in a process of its own (`media`).
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, Protocol, cast

import soundfile as sf
from numpy.typing import NDArray

from podcast_core.audio.containers import measure_size, open_bytes, skip_id3
from podcast_core.audio.layouts import Layout, find_layout
from podcast_core.audio.media import open_media, skip
from podcast_core.errors import InvalidInput, PodcastError
from podcast_core.plain_files import open_regular
from podcast_core.remote.places import Place

BLOCK_FRAMES = 1 << 16  # decoded at once; chosen: about a second, a few hundred kB
# Where the number of bytes proves the number of frames, nothing has to be decoded to know it.
PLAIN_FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "AU"})
PLAIN_CODECS = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")
# A decoder needs a run-up after a seek before its samples are bit-exact. libsndfile (1.2.2) also answers a seek into
# the last page of an Ogg file with samples from another place; a page is far shorter than a minute.
RUN_UP_S = 1.0
LAST_OGG_PAGE_S = 60.0
_ENDLESS = 1 << 62  # libsndfile's "length unknown" is above this
_UNRECOGNISED, _UNSUPPORTED = 1, 4  # libsndfile's error codes for "another program may know this"

MAX_LAYOUTS = 1000  # that are remembered; chosen: more recordings than are heard in turn

_lock = threading.Lock()
_layouts: dict[tuple[object, ...], Layout] = {}


Block = NDArray[Any]
"""float32, full scale is 1, or int16."""


class Source(Protocol):
    """An open audio file. ``frame_count`` is what the header says, None when it says nothing.

    ``is_proven``: the number of bytes proves it. ``is_read_once``: `read` can be called a single time.
    """

    sample_rate_hz: int
    channel_count: int
    frame_count: int | None
    encoding: str
    is_proven: bool
    is_read_once: bool

    def read(self, first_frame: int) -> Iterator[Block]:
        """Decode from a frame to the end in blocks of shape (n, channels)."""


@contextmanager
def open_source(uri: str | Place) -> Iterator[Source]:
    """Open a path, or a place far away, for decoding: what is there, whatever its header says.

    Raises
    ------
    NotFound, InvalidInput, StorageUnavailable
        When it cannot be opened or holds no audio that can be decoded; also later, while reading.
    """
    with ExitStack() as stack:
        file = stack.enter_context(open_bytes(uri))
        layout = layout_of(uri, file)
        if not layout.parts:
            # A number instead of a path: libsndfile looks beside a path for other files, and takes hints from its end.
            yield _open_part(stack, file, open_regular(uri) if isinstance(uri, str) else None)
            return
        sources = [_open_part(stack, cast(BinaryIO, view)) for view in layout.open(file)]
        source = sources[0] if len(sources) == 1 else _Chain(sources)
        if layout.name:
            source.encoding = f"{layout.name}/{source.encoding.partition('/')[2]}"
        yield source


def layout_of(uri: str | Place, file: BinaryIO) -> Layout:
    """Find the layout of an open file; it is remembered for as long as the file is the same."""
    is_far = isinstance(uri, Place)
    key: tuple[object, ...]
    if is_far:
        key = (str(uri), measure_size(file))
    else:
        status = os.fstat(file.fileno())
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    with _lock:
        known = _layouts.get(key)
    if known is None:
        known = find_layout(file, is_far=is_far)
        with _lock:
            if len(_layouts) >= MAX_LAYOUTS:
                _layouts.clear()
            _layouts[key] = known
    return known


def _open_part(stack: ExitStack, file: BinaryIO, number: int | None = None) -> Source:
    """Open a file, or a part of one, with libsndfile, or else with FFmpeg; ``number`` is the same file once more."""
    reader = _CallbackReader(file)
    file.seek(0)
    sound = _open_sound_file(reader if number is None else number, reader)
    if sound is not None:
        stack.callback(sound.close)
        if _is_length_known(sound, file):
            return _SoundFileSource(sound, reader)
    file.seek(0)
    return stack.enter_context(open_media(file))


class _Chain:
    """Sources one after the other, as one."""

    def __init__(self, sources: Sequence[Source]) -> None:
        first = sources[0]
        for number, source in enumerate(sources, start=1):
            if (source.sample_rate_hz, source.channel_count) != (first.sample_rate_hz, first.channel_count):
                raise InvalidInput(
                    f"The file is a chain of {len(sources)} streams that do not match: number 1 has "
                    f"{first.sample_rate_hz} Hz and {first.channel_count} channels, number {number} "
                    f"{source.sample_rate_hz} Hz and {source.channel_count}. Part them into files of their own."
                )
        self._sources = sources
        self.sample_rate_hz, self.channel_count = first.sample_rate_hz, first.channel_count
        self.encoding, self.is_proven = first.encoding, False
        self.is_read_once = any(source.is_read_once for source in sources)
        counts = [source.frame_count for source in sources]
        self.frame_count = None if None in counts else sum(count or 0 for count in counts)

    def read(self, first_frame: int) -> Iterator[Block]:
        """Decode from a frame to the end in blocks of shape (n, channels)."""
        for source in self._sources:
            if source.frame_count is not None and first_frame >= source.frame_count:
                first_frame -= source.frame_count
                continue
            yield from source.read(first_frame)
            first_frame = 0


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
    """Open with libsndfile; None when FFmpeg should try."""
    try:
        sound = sf.SoundFile(source)
    except sf.LibsndfileError as error:
        reader.check()
        reader.seek(0)
        is_ogg = reader.read(4) == b"OggS"  # libsndfile knows some of the codecs in it
        if is_ogg or error.code in (_UNRECOGNISED, _UNSUPPORTED):
            return None
        raise InvalidInput(f"The file is damaged or truncated ({_in_words(error)}).") from error
    return sound


def _in_words(error: sf.LibsndfileError) -> str:
    """Say what libsndfile found, unless it speaks of its own insides."""
    text = str(error.error_string).strip(" .")
    is_inside = any(word in text.lower() for word in ("internal", "psf", "sf_info", "bug", "assert"))
    return "its header or its data is invalid" if is_inside else text


def _is_length_known(sound: sf.SoundFile, file: BinaryIO) -> bool:
    """Tell whether libsndfile knows where the audio ends; where it guesses, it stops there and loses the rest.

    It fails at the end of a FLAC stream without a length, and takes the first frame's bit rate for that of the whole
    MP3 file unless a length header says otherwise.
    """
    if sound.format != "MP3":
        return bool(0 < sound.frames < _ENDLESS)
    position = file.tell()  # libsndfile may read through the same object
    file.seek(skip_id3(file))
    first_frame = file.read(512)
    file.seek(position)
    return any(name in first_frame for name in (b"Xing", b"Info", b"VBRI"))


class _SoundFileSource:
    """Audio that libsndfile decodes."""

    def __init__(self, sound: sf.SoundFile, reader: _CallbackReader) -> None:
        self._sound, self._reader = sound, reader
        self.sample_rate_hz: int = sound.samplerate
        self.channel_count: int = sound.channels
        self.frame_count: int | None = sound.frames
        self.encoding = f"{sound.format}/{sound.subtype}"
        self.is_read_once = False
        self.is_proven = sound.format in PLAIN_FORMATS and sound.subtype.startswith(PLAIN_CODECS)
        # Whoever scales these gets libsndfile's own floating-point numbers, in a quarter of the time.
        self._dtype = "int16" if sound.subtype == "PCM_16" else "float32"

    def read(self, first_frame: int) -> Iterator[Block]:
        """Decode from a frame to the end in blocks of shape (n, channels)."""
        position = self._find_seek_target(first_frame)
        try:
            if self._sound.tell() != position:
                self._sound.seek(position)
            while len(block := self._sound.read(BLOCK_FRAMES, dtype=self._dtype, always_2d=True)):
                self._reader.check()
                yield from skip(block, first_frame - position)
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
