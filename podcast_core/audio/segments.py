"""Segments of a stream as samples, each at its true time: decoding, cutting, and joining without a shift."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from podcast_core.audio.decoders import Samples, to_samples
from podcast_core.audio.spans import EPOCH
from podcast_core.errors import InvalidInput

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

HOLE_S = 0.015  # time stamps that jump farther have lost something: an AAC frame at 48 kHz is 0.021 s
DRIFT_S = 0.05  # audio and playlist may differ by so much before a new recording begins at the playlist's time
EXACT_S = 0.002  # ... and by so much where the time stamps do not prove that nothing is missing
CODEC_FRAME = 1024  # samples of an AAC frame; an encoder that begins anew writes one before the first sample
_WRAP = 1 << 33  # MPEG-TS counts its 90 kHz with 33 bits: 26.5 hours


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples without a hole, shape (n, channels), and when the first one was taken.

    ``continues``: the time stamps prove that these samples follow those before. ``bits`` are those worth keeping.
    """

    started_at: datetime
    samples: Samples
    sample_rate_hz: int
    bits: int
    continues: bool

    @property
    def ended_at(self) -> datetime:
        """When the sample after the last one would have been taken."""
        return self.started_at + timedelta(seconds=len(self.samples) / self.sample_rate_hz)


class SegmentDecoder:
    """Decodes one segment after the other. The codec's state goes on where the time stamps do, as a player's would."""

    def __init__(self) -> None:
        self._codec: Any = None
        self._following_s: Fraction | None = None  # the time stamp that comes next when nothing is missing
        self._origin_s: Fraction | None = None  # the time stamp with which the next segment begins by the playlist

    def reset(self) -> None:
        """Forget the segments so far: the next one does not follow them."""
        self._codec = self._following_s = self._origin_s = None

    def warm_up(self, data: bytes) -> None:
        """Decode the segment before the first one that is wanted; when it is damaged, it is as if there were none."""
        with suppress(InvalidInput):
            self.decode(data, EPOCH, 0.0)
            self._origin_s = None

    def decode(self, data: bytes, started_at: datetime, duration_s: float) -> list[Piece]:
        """Decode a segment.

        Parameters
        ----------
        data
            The segment: MPEG-TS, or anything else that FFmpeg recognises.
        started_at, duration_s
            Its time and length by the playlist.

        Returns
        -------
        list of Piece
            One, or several where packets are damaged or missing inside.

        Raises
        ------
        InvalidInput
            When nothing in it can be decoded.
        """
        import av

        try:
            with av.open(BytesIO(data), "r", format="mpegts" if data[:1] == b"G" else None) as container:
                pieces = self._decode(container, started_at, duration_s)
        except av.error.FFmpegError as error:
            self.reset()
            raise InvalidInput(f"it cannot be decoded ({error.strerror})") from error
        if not pieces:
            self.reset()
            raise InvalidInput("it holds no audio")
        return _drop_padding(pieces, duration_s)

    def _decode(self, container: InputContainer, started_at: datetime, duration_s: float) -> list[Piece]:
        if not container.streams.audio:
            return []
        stream = container.streams.audio[0]
        origin_s: Fraction | None = None
        pieces: list[_Open] = []
        for packet in container.demux(stream):
            if not packet.size or packet.is_corrupt:
                continue
            stamp_s = None if packet.pts is None else packet.pts * packet.time_base
            jumped = self._jumps(stamp_s)
            if stamp_s is not None:
                origin_s = self._find_origin(stamp_s, duration_s) if origin_s is None else origin_s
                self._following_s = stamp_s
            for frame in self._decode_packet(packet, stream, anew=jumped):
                if jumped or not pieces or not pieces[-1].fits(frame):
                    offset_s = 0.0 if stamp_s is None or origin_s is None else float(stamp_s - origin_s)
                    pieces.append(_Open(started_at + timedelta(seconds=offset_s), frame, not (jumped or pieces)))
                    jumped = False
                else:
                    pieces[-1].blocks.append(to_samples(frame))
                if self._following_s is not None:
                    self._following_s += Fraction(frame.samples, frame.sample_rate)
        self._origin_s = None if origin_s is None else origin_s + Fraction(duration_s)
        return [each.close() for each in pieces]

    def _decode_packet(self, packet: Any, stream: AudioStream, *, anew: bool) -> list[AudioFrame]:
        import av

        if anew or self._codec is None:
            self._codec = av.CodecContext.create(stream.codec_context.name, "r")
            self._codec.extradata = stream.codec_context.extradata
        try:
            frames: list[AudioFrame] = self._codec.decode(packet)
        except av.error.FFmpegError:  # a damaged packet: the next time stamp tells how much is missing
            return []
        return frames

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
    """A piece that is being decoded."""

    def __init__(self, started_at: datetime, frame: AudioFrame, continues: bool) -> None:
        self._started_at, self._continues = started_at, continues
        self._rate, self._channels = frame.sample_rate, frame.layout.nb_channels
        # A lossy codec's floating point numbers were 16 bits once; integers of 32 bits hold a lossless 24.
        self._bits = 24 if frame.format.name.startswith("s32") else 16
        self.blocks = [to_samples(frame)]

    def fits(self, frame: AudioFrame) -> bool:
        return bool((frame.sample_rate, frame.layout.nb_channels) == (self._rate, self._channels))

    def close(self) -> Piece:
        return Piece(self._started_at, np.concatenate(self.blocks), self._rate, self._bits, self._continues)


def _drop_padding(pieces: list[Piece], duration_s: float) -> list[Piece]:
    """Drop the frame that an encoder writes before its first sample, where each segment has an encoder of its own.

    Such a segment decodes to more than its playlist says. In an archive of one encoder it does not, and the delay of
    its one frame is part of the time from the folder's stamp to the first sample.
    """
    first = pieces[0]
    excess = len(first.samples) - round(duration_s * first.sample_rate_hz)
    if first.continues or len(pieces) > 1 or not CODEC_FRAME <= excess < 3 * CODEC_FRAME:
        return pieces
    return [replace(first, samples=first.samples[CODEC_FRAME:])]


def cut_piece(piece: Piece, from_at: datetime, to_at: datetime) -> Piece | None:
    """Cut a piece to [from, to), to the sample; None when nothing is left."""
    rate = piece.sample_rate_hz
    first = max(0, _count_frames(from_at - piece.started_at, rate))
    last = min(len(piece.samples), _count_frames(to_at - piece.started_at, rate))
    if last <= first:
        return None
    if first == 0:
        return replace(piece, samples=piece.samples[:last])
    started_at = piece.started_at + timedelta(seconds=first / rate)
    return replace(piece, started_at=started_at, samples=piece.samples[first:last])


def _count_frames(span: timedelta, rate: int) -> int:
    """Count the samples in a span that begins with one; a microsecond's rounding adds none."""
    return math.ceil(Fraction(span // timedelta(microseconds=1), 1_000_000) * rate - Fraction(1, 10))


def mark_runs(pieces: Iterable[Piece]) -> Iterator[tuple[bool, Piece]]:
    """Tell where a new recording begins: True with its first piece.

    Within a recording no sample is lost, doubled or moved by more than `DRIFT_S` from the time that its segment has by
    the playlist. Padding at the end of a segment that an encoder of its own made is dropped.
    """
    last: Piece | None = None
    is_new = True
    run_at, run_frames = None, 0
    for piece in pieces:
        if last is None or run_at is None:
            last, run_at = piece, piece.started_at
            continue
        rate = last.sample_rate_hz
        end_at = run_at + timedelta(seconds=(run_frames + len(last.samples)) / rate)
        late_s = (piece.started_at - end_at).total_seconds()
        surplus = round(-late_s * rate)
        if not piece.continues and 0 < surplus < min(2 * CODEC_FRAME, len(last.samples)):
            last, late_s = replace(last, samples=last.samples[:-surplus]), 0.0
        yield is_new, last
        run_frames += len(last.samples)
        tolerance_s = DRIFT_S if piece.continues else EXACT_S
        same = (piece.sample_rate_hz, piece.samples.shape[1]) == (rate, last.samples.shape[1])
        is_new = not same or abs(late_s) > tolerance_s
        if is_new:
            run_at, run_frames = piece.started_at, 0
        last = piece
    if last is not None:
        yield is_new, last
