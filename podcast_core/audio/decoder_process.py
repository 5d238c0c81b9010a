"""A process that decodes what strangers send, and can do nothing else.

It is started by `media` with no environment. Before it sees a byte of a file, the system takes from it what a
recording could misuse: it can open no file, no address and no process, write nothing to a disk, and has so much memory
and computing time. It asks for the bytes of the one file over a pipe, and answers with samples. Where a system has no
such limits (Windows), what `ffmpeg` refuses is what is left.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from podcast_core.audio.ffmpeg import FileDecoder, Refused, batch, open_container, warm_up
from podcast_core.audio.ffmpeg_segments import SegmentsDecoder
from podcast_core.audio.messages import Fields, receive, send


def main() -> None:
    """Serve one parent until it closes the pipe."""
    asking, answering = _take_pipes()
    try:
        fields, _ = receive(asking)
        warm_up()
        limit(fields["memory_bytes"], fields["cpu_s"])
        segments = SegmentsDecoder()
        while True:
            fields, payload = receive(asking)
            for answer in _answer(asking, answering, segments, fields, payload):
                send(answering, *answer)
    except (EOFError, BrokenPipeError):
        return


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input and output for messages; what a library prints goes nowhere."""
    asking, answering = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return asking, answering


def limit(memory_bytes: int, cpu_s: int) -> None:
    """Give up what decoding does not need; a limit that the system does not know is passed over."""
    try:
        import resource
    except ImportError:
        return
    # RLIMIT_NOFILE is about numbers of files that are opened from now on, sockets among them.
    limits = {
        "RLIMIT_NOFILE": (0, 0),
        "RLIMIT_FSIZE": (0, 0),
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_NPROC": (0, 0),
        "RLIMIT_AS": (memory_bytes, memory_bytes),
        "RLIMIT_CPU": (cpu_s, cpu_s + 1),
    }
    for name, values in limits.items():
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), values)


def _answer(
    asking: BinaryIO, answering: BinaryIO, segments: SegmentsDecoder, fields: Fields, payload: bytes
) -> Iterator[tuple[Fields, bytes]]:
    try:
        match fields["ask"]:
            case "file":
                yield from _decode_file(_Served(asking, answering, fields["size_bytes"]), asking)
            case "segment":
                for part in segments.decode(payload, fields["duration_s"]):
                    yield {"kind": "part", **part[0]}, part[1]
                if fields["is_run_up"]:
                    segments.forget_origin()
            case "reset":
                segments.reset()
    except Refused as error:
        yield {"kind": "refused", "reason": str(error)}, b""
    except MemoryError:
        yield {"kind": "refused", "reason": "it needs more memory than decoding may have"}, b""
    else:
        yield {"kind": "end"}, b""


def _decode_file(file: "_Served", asking: BinaryIO) -> Iterator[tuple[Fields, bytes]]:
    """Say what is in a file; then wait for the frame from which it is wanted."""
    import av

    # The file object gives what PyAV asks of one.
    with open_container(file) as container:  # type: ignore[arg-type]
        decoder = FileDecoder(container)
        yield {"kind": "head", **decoder.describe()}, b""
        wanted, _ = receive(asking)
        try:
            position, frames = decoder.start(wanted["first_frame"])
            yield {"kind": "start", "position": position}, b""
            for form, data in batch(frames):
                yield {"kind": "samples", **form}, data
        except av.error.FFmpegError as error:
            raise Refused(error.strerror or "unknown fault") from error


class _Served:
    """A file whose bytes the parent reads."""

    def __init__(self, asking: BinaryIO, answering: BinaryIO, size_bytes: int) -> None:
        self._asking, self._answering = asking, answering
        self._size_bytes = size_bytes
        self._position = 0

    def read(self, count: int = -1) -> bytes:
        count = self._size_bytes - self._position if count < 0 else count
        send(self._answering, {"kind": "bytes", "at": self._position, "count": count})
        fields, data = receive(self._asking)
        if fields.get("failed"):
            raise OSError("the file cannot be read")
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._position, self._size_bytes)[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position
