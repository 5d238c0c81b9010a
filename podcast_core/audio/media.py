"""The one place where Pod.Cast has media decoded that libsndfile does not know: in a process of its own.

FFmpeg knows hundreds of formats, some of which name other files and addresses, and its decoders are large. So it never
sees a path, and never runs in the process that knows the labels: see `decoder_process` for what is taken from it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.containers import measure_size
from podcast_core.errors import InvalidInput, PodcastError, StorageUnavailable
from podcast_core.sandbox import Fields, receive, send, spawn
from podcast_core.settings import read_settings

Samples = NDArray[np.float32]

_TYPES = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "s64": np.int64, "flt": np.float32, "dbl": np.float64}
# Containers whose headers count; other durations are guesses from the bit rate.
COUNTING_CONTAINERS = frozenset({"mov", "matroska"})


class DecoderProcess:
    """A process that decodes one file, or the segments of one stream. Use as a context manager."""

    def __init__(self) -> None:
        settings = read_settings()
        self._cpu_s, self._memory_mb = settings.decode_s, settings.decode_memory_mb
        self._process = spawn("podcast_core.audio.decoder_process")
        self._failure: PodcastError | OSError | None = None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asking: IO[bytes] = self._process.stdin
        self._answering: IO[bytes] = self._process.stdout
        self._send({"memory_bytes": self._memory_mb * 1_000_000, "cpu_s": int(self._cpu_s)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """False when it gave up: a limit was reached, or a decoder crashed."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        for pipe in (self._asking, self._answering):
            with suppress(OSError):
                pipe.close()
        self._process.wait()

    def ask(
        self, fields: Fields, payload: bytes = b"", *, file: BinaryIO | None = None
    ) -> Iterator[tuple[Fields, bytes]]:
        """Ask for something, and give the answers as they come; ``file`` is the one whose bytes it may read.

        Raises
        ------
        InvalidInput
            With the reason, when it cannot be decoded within the limits.
        StorageUnavailable, NotFound
            When the file cannot be read.
        """
        self._send(fields, payload)
        while True:
            answer, data = self._receive()
            match answer.get("kind"):
                case "bytes":
                    self._serve(file, answer)
                case "refused":
                    self._raise_failure()
                    raise InvalidInput(str(answer.get("reason"))[:300])
                case "end":
                    self._raise_failure()
                    return
                case _:
                    yield answer, data

    def tell(self, fields: Fields) -> None:
        """Answer what the process waits for."""
        self._send(fields)

    def _serve(self, file: BinaryIO | None, answer: Fields) -> None:
        data = b""
        try:
            if file is not None and self._failure is None:
                file.seek(max(0, int(answer["at"])))
                data = file.read(min(max(0, int(answer["count"])), 1 << 24))
        except (PodcastError, OSError) as error:
            self._failure = error
        self._send({"failed": self._failure is not None}, data)

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if isinstance(failure, OSError):
            raise StorageUnavailable(f"Reading the audio failed: {failure}") from failure
        if failure is not None:
            raise failure

    def _send(self, fields: Fields, payload: bytes = b"") -> None:
        try:
            send(self._asking, fields, payload)
        except OSError as error:
            raise self._explain_end() from error

    def _receive(self) -> tuple[Fields, bytes]:
        try:
            return receive(self._answering)
        except (EOFError, OSError, ValueError) as error:
            raise self._explain_end() from error

    def _explain_end(self) -> InvalidInput:
        """Say why the process has ended; a negative code is the number of a signal."""
        self._process.kill()
        code = self._process.wait()
        signals = {-24: f"decoding it takes more than {self._cpu_s:g} s of computing time (PODCAST_DECODE_S)"}
        return InvalidInput(
            signals.get(code, f"decoding failed: it is damaged, or needs more than {self._memory_mb} MB of memory")
        )


class MediaSource:
    """A file that a decoder process decodes: the first audio stream of a container. It is read once."""

    def __init__(self, process: DecoderProcess, file: BinaryIO) -> None:
        self._process = process
        self._answers = process.ask({"ask": "file", "size_bytes": measure_size(file)}, file=file)
        head, _ = next(self._answers)
        self.sample_rate_hz, self.channel_count = int(head["rate"]), int(head["channels"])
        self.encoding = f"{head['family']}/{head['codec']}"[:40]
        self.is_proven, self.is_read_once = False, True
        microseconds = head["microseconds"] if head["family"] in COUNTING_CONTAINERS else None
        self.frame_count = None if microseconds is None else int(microseconds) * self.sample_rate_hz // 1_000_000

    def read(self, first_frame: int) -> Iterator[Samples]:
        """Decode from a frame to the end in blocks of shape (n, channels)."""
        self._process.tell({"first_frame": first_frame})
        started, _ = next(self._answers)
        position = int(started["position"])
        for fields, data in self._answers:
            block = to_samples(fields, data)
            yield from skip(block, first_frame - position)
            position += len(block)


@contextmanager
def open_media(file: BinaryIO) -> Iterator[MediaSource]:
    """Open a file of any format that `ffmpeg.FORMATS` names.

    Raises
    ------
    InvalidInput
        When it holds no audio that can be decoded, or needs more than a decoder may have; also later, while reading.
    StorageUnavailable, NotFound
        When it cannot be read.
    """
    with DecoderProcess() as process:
        try:
            yield MediaSource(process, file)
        except InvalidInput as error:
            head = describe_head(file)
            raise InvalidInput(f"The file cannot be decoded as audio ({error}); it begins with {head}.") from error


def describe_head(file: BinaryIO) -> str:
    """Show the first bytes of a file."""
    file.seek(0)
    head = file.read(8)
    return f"{head.hex(' ')} ({head.decode('ascii', errors='replace')!r})"


def skip(block: NDArray[Any], count: int) -> Iterator[NDArray[Any]]:
    """Give a block (frames, channels) without its first ``count`` frames, or nothing when that is all of it."""
    if count < len(block):
        yield block[max(count, 0) :]


def to_samples(fields: Fields, data: bytes) -> Samples:
    """Make samples, shape (n, channels), float32, of the bytes of some frames in any of FFmpeg's sample formats."""
    name, channels, sizes = fields["format"], int(fields["channels"]), fields["sizes"]
    is_planar = name.endswith("p")
    values: NDArray[Any] = np.frombuffer(data, _TYPES[name.removesuffix("p")])
    if is_planar:
        ends = np.cumsum(sizes) * channels
        if len(set(sizes)) == 1:
            values = values.reshape(len(sizes), channels, sizes[0]).transpose(0, 2, 1).reshape(-1, channels)
        else:
            pieces = np.split(values, ends[:-1])
            values = np.concatenate([piece.reshape(channels, -1).T for piece in pieces])
    else:
        values = values.reshape(-1, channels)
    samples: Samples = values.astype(np.float32)
    if values.dtype == np.uint8:  # 128 is silence
        samples = (samples - np.float32(128)) / np.float32(128)
    elif values.dtype.kind == "i":
        samples /= np.float32(2 ** (8 * values.dtype.itemsize - 1))
    return samples
