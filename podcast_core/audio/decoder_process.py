"""A process that decodes what strangers send, and can do nothing else.

It is started by `media`; `sandbox` says what is taken from it. It asks for the bytes of the one file over a pipe, and
answers with samples.
"""

from collections.abc import Iterator
from typing import BinaryIO

from podcast_core.audio.ffmpeg import FileDecoder, Refused, batch, open_container, warm_up
from podcast_core.audio.ffmpeg_segments import SegmentsDecoder
from podcast_core.sandbox import Fields, give_up, receive, send, take_pipes


def main() -> None:
    """Serve one parent until it closes the pipe."""
    asking, answering = take_pipes()
    try:
        fields, _ = receive(asking)
        warm_up()
        give_up(memory_bytes=fields["memory_bytes"], cpu_s=fields["cpu_s"])
        segments = SegmentsDecoder()
        while True:
            fields, payload = receive(asking)
            for answer in _answer(asking, answering, segments, fields, payload):
                send(answering, *answer)
    except (EOFError, BrokenPipeError):
        return


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
