"""FFmpeg, which is used in a decoder process only: it opens one nameless file, and nothing that the file names.

A recording may be a playlist, a session description or a list of files at the same time, and may name others inside
a harmless container. So only the formats of `FORMATS` are tried, no protocol is there to reach anything else, and what
asks for another file is refused. No numpy here: a decoder process starts in a fifth of a second without it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

# Each holds its sound itself. Never here: hls, dash, concat, sdp, rtsp, image2, lavfi, and all that name other files.
FORMATS = (
    *("aac", "aiff", "asf", "au", "caf", "flac", "matroska", "mov", "mp3", "mpegts", "ogg", "rf64", "w64", "wav"),
    *("webm", "wv"),
)
CODECS = (
    *("aac", "aac_latm", "ac3", "alac", "eac3", "flac", "mp1", "mp2", "mp3", "opus", "vorbis", "wavpack"),
    *("wmav1", "wmav2", "wmapro", "wmalossless", "gsm_ms", "libopus", "libvorbis", "mp3float", "mp2float", "mp1float"),
    *("adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "adpcm_yamaha"),
)
PLAIN_CODECS = "pcm_"
PROBE_BYTES = 5_000_000  # FFmpeg's own
MAX_STREAMS = 16  # chosen: a recording has one
BUFFER_BYTES = 1 << 17  # read at once
BATCH_BYTES = 1 << 18  # sent on at once
RUN_UP_S = 1.0  # after a seek a decoder needs it before its samples are exact


class Refused(Exception):
    """The file cannot be read, with the reason as a part of a sentence."""


def list_codecs() -> list[str]:
    """List the decoders that may be used, of those that this FFmpeg has."""
    import av

    return sorted(name for name in av.codecs_available if name in CODECS or name.startswith(PLAIN_CODECS))


def refuse_to_open(url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    """Answer a file that wants another one opened; always PermissionError."""
    raise PermissionError(f"it names another file or address ({url[:80]!r})")


@contextmanager
def open_container(file: BinaryIO, wanted: str | None = None) -> Iterator[InputContainer]:
    """Open a file that has no name; ``wanted`` is one of `FORMATS`, None: whichever it is.

    Raises
    ------
    Refused
        When it is none or broken.
    """
    import av

    options = {
        "format_whitelist": ",".join(FORMATS),
        "codec_whitelist": ",".join(list_codecs()),
        "protocol_whitelist": "none",
        "probesize": str(PROBE_BYTES),
        "max_streams": str(MAX_STREAMS),
    }
    try:
        with av.open(
            _Nameless(file),
            "r",
            format=wanted,
            container_options=options,
            buffer_size=BUFFER_BYTES,
            io_open=refuse_to_open,
        ) as container:
            yield container
    except av.error.ArgumentError as error:  # what FFmpeg says of a format that is not in the list
        raise Refused("it is in none of the supported formats") from error
    except av.error.FFmpegError as error:
        raise Refused(error.strerror or "unknown fault") from error
    except (PermissionError, ValueError) as error:
        raise Refused(str(error)) from error


class _Nameless:
    """What FFmpeg sees of a file: bytes, and no name of which it could make something."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


class FileDecoder:
    """The first audio stream of a file."""

    def __init__(self, container: InputContainer) -> None:
        if not container.streams.audio:
            raise Refused(f"there is no sound in this file: {container.format.long_name}")
        self._container = container
        self._stream = container.streams.audio[0]
        self._codec_name = check_codec(self._stream.codec_context)
        # The frame itself knows best: some headers tell the rate of a core without its extension (HE-AAC).
        frame = next(container.decode(self._stream), None)
        if frame is None:
            raise Refused("it has a header but no samples")
        self._first_frame = frame

    def describe(self) -> dict[str, Any]:
        """Say what is in it."""
        return {
            "rate": self._first_frame.sample_rate,
            "channels": self._first_frame.layout.nb_channels,
            "family": self._container.format.name.split(",")[0],
            "codec": self._codec_name,
            "microseconds": self._container.duration,
        }

    def start(self, first_frame: int) -> tuple[int, Iterator[AudioFrame]]:
        """Decode from a known place before ``first_frame``: near it where time stamps count frames, else from 0.

        WebM, for example, has time stamps in whole milliseconds, which cannot say which frame is which.

        Raises
        ------
        Refused
            When it has no usable time stamps.
        """
        rate = self._first_frame.sample_rate
        target = first_frame - round(RUN_UP_S * rate)
        if target <= 0 or self._stream.time_base != Fraction(1, rate):
            return 0, self._check(chain([self._first_frame], self._container.decode(self._stream)))
        origin = self._first_frame.pts or 0
        self._container.seek(target + origin, stream=self._stream)
        found = next(self._container.decode(self._stream), None)
        if found is None or found.pts is None or not 0 <= found.pts - origin <= first_frame:
            raise Refused(f"it has no usable time stamps at {first_frame / rate:.2f} s")
        return found.pts - origin, self._check(chain([found], self._container.decode(self._stream)))

    def _check(self, frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
        expected = _shape(self._first_frame)
        for frame in frames:
            if _shape(frame) != expected:
                found = _shape(frame)
                raise Refused(
                    f"its format changes midway: {expected[0]} Hz and {expected[1]} channels, then {found[0]} Hz "
                    f"and {found[1]}"
                )
            yield frame


def _shape(frame: AudioFrame) -> tuple[int, int]:
    return frame.sample_rate, frame.layout.nb_channels


def check_codec(codec: AudioCodecContext) -> str:
    """Give the name of a decoder that may be used; Refused when it may not."""
    name = codec.name
    if name not in list_codecs():
        raise Refused(f"its sound is encoded as {name}, which is not supported")
    codec.thread_count = 1
    return name


def pack(frame: AudioFrame) -> bytes:
    """Give the samples of a frame as bytes, plane after plane, without the padding."""
    channels = frame.layout.nb_channels
    count = frame.samples * frame.format.bytes * (1 if frame.format.is_planar else channels)
    return b"".join(bytes(plane)[:count] for plane in frame.planes)


def batch(frames: Iterator[AudioFrame]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Pack frames of one shape together: fields and bytes."""
    sizes: list[int] = []
    parts: list[bytes] = []
    key: tuple[str, int] | None = None
    length = 0
    for frame in frames:
        found = (frame.format.name, frame.layout.nb_channels)
        if sizes and (found != key or length >= BATCH_BYTES):
            yield describe_batch(key, sizes), b"".join(parts)
            sizes, parts, length = [], [], 0
        key = found
        data = pack(frame)
        sizes.append(frame.samples)
        parts.append(data)
        length += len(data)
    if sizes:
        yield describe_batch(key, sizes), b"".join(parts)


def describe_batch(key: tuple[str, int] | None, sizes: list[int]) -> dict[str, Any]:
    """Say how the bytes of some frames are read."""
    assert key is not None
    return {"format": key[0], "channels": key[1], "sizes": sizes}


def warm_up() -> None:
    """Load everything that decoding needs, as long as files can be opened."""
    import av

    list_codecs()
    data = io.BytesIO()
    with av.open(data, "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=64)
        frame.sample_rate, frame.pts = 8000, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    data.seek(0)
    with open_container(data) as opened:
        list(batch(FileDecoder(opened).start(0)[1]))
    with suppress(Refused), open_container(io.BytesIO(b"\0" * 64)):
        pass
