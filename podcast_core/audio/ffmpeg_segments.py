"""Segments of a stream, decoded one after the other with FFmpeg; as `ffmpeg`, in a decoder process only."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any

from podcast_core.audio.ffmpeg import Refused, check_codec, describe_batch, open_container, pack

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

HOLE_S = 0.015  # time stamps that jump farther have lost something: an AAC frame at 48 kHz is 0.021 s
_WRAP = 1 << 33  # MPEG-TS counts its 90 kHz with 33 bits: 26.5 hours

Part = tuple[dict[str, Any], bytes]


class SegmentsDecoder:
    """The codec's state goes on from segment to segment where the time stamps do, as a player's would."""

    def __init__(self) -> None:
        self._codec: Any = None
        self._following_s: Fraction | None = None  # the time stamp that comes next when nothing is missing
        self._origin_s: Fraction | None = None  # the time stamp with which the next segment begins by the playlist

    def reset(self) -> None:
        """Forget the segments so far: the next one does not follow them."""
        self._codec = self._following_s = self._origin_s = None

    def forget_origin(self) -> None:
        """Take the time stamp with which the next segment begins as it comes."""
        self._origin_s = None

    def decode(self, data: bytes, duration_s: float) -> list[Part]:
        """Decode a segment: one part, or several where packets are damaged or missing inside.

        A part says how its bytes are read (as `ffmpeg.batch` does), how late it begins in the segment, and whether the
        time stamps prove that it follows what was before.
        """
        try:
            with open_container(BytesIO(data), "mpegts" if data[:1] == b"G" else None) as container:
                return self._decode(container, duration_s)
        except Refused:
            self.reset()
            raise

    def _decode(self, container: InputContainer, duration_s: float) -> list[Part]:
        if not container.streams.audio:
            return []
        stream = container.streams.audio[0]
        name, extradata = check_codec(stream.codec_context), stream.codec_context.extradata
        origin_s: Fraction | None = None
        parts: list[_Open] = []
        for packet in container.demux(stream):
            if not packet.size or packet.is_corrupt:
                continue
            stamp_s = None if packet.pts is None else packet.pts * packet.time_base
            jumped = self._jumps(stamp_s)
            if stamp_s is not None:
                origin_s = self._find_origin(stamp_s, duration_s) if origin_s is None else origin_s
                self._following_s = stamp_s
            for frame in self._decode_packet(packet, name, extradata, anew=jumped):
                if jumped or not parts or not parts[-1].fits(frame):
                    offset_s = 0.0 if stamp_s is None or origin_s is None else float(stamp_s - origin_s)
                    parts.append(_Open(offset_s, frame, not (jumped or parts)))
                    jumped = False
                else:
                    parts[-1].add(frame)
                if self._following_s is not None:
                    self._following_s += Fraction(frame.samples, frame.sample_rate)
        self._origin_s = None if origin_s is None else origin_s + Fraction(duration_s)
        return [each.close() for each in parts]

    def _decode_packet(self, packet: Any, name: str, extradata: bytes | None, *, anew: bool) -> Iterator[AudioFrame]:
        import av

        if anew or self._codec is None:
            self._codec = av.CodecContext.create(name, "r")
            self._codec.extradata = extradata
            self._codec.thread_count = 1
        try:
            yield from self._codec.decode(packet)
        except av.error.FFmpegError:  # a damaged packet: the next time stamp tells how much is missing
            return

    def _find_origin(self, stamp_s: Fraction, duration_s: float) -> Fraction:
        """Find the time stamp of a segment's beginning: its first one, unless the packets before that are lost."""
        if self._origin_s is None or not HOLE_S < stamp_s - self._origin_s < duration_s:
            return stamp_s
        return self._origin_s

    def _jumps(self, stamp_s: Fraction | None) -> bool:
        """Tell whether a time stamp is another one than expected; the first one ever is."""
        if self._following_s is None:
            return True
        if stamp_s is None:
            return False
        half = _WRAP // 2
        off = (round((stamp_s - self._following_s) * 90_000) + half) % _WRAP - half
        return abs(off) > HOLE_S * 90_000


class _Open:
    """A part that is being decoded."""

    def __init__(self, offset_s: float, frame: AudioFrame, continues: bool) -> None:
        self._offset_s, self._continues = offset_s, continues
        self._rate, self._key = frame.sample_rate, (frame.format.name, frame.layout.nb_channels)
        self._sizes: list[int] = []
        self._bytes: list[bytes] = []
        self.add(frame)

    def fits(self, frame: AudioFrame) -> bool:
        """Tell whether a frame has the same rate and form."""
        return (frame.sample_rate, (frame.format.name, frame.layout.nb_channels)) == (self._rate, self._key)

    def add(self, frame: AudioFrame) -> None:
        """Add a frame."""
        self._sizes.append(frame.samples)
        self._bytes.append(pack(frame))

    def close(self) -> Part:
        """Give what was decoded."""
        form = describe_batch(self._key, self._sizes)
        fields = {**form, "rate": self._rate, "offset_s": self._offset_s, "continues": self._continues}
        return fields, b"".join(self._bytes)
