"""Segments of a stream as samples, each at its true time: decoding, cutting, and joining without a shift."""

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Self

from podcast_core.audio.media import DecoderProcess, Samples, to_samples
from podcast_core.errors import InvalidInput
from podcast_core.sandbox import Fields

DRIFT_S = 0.05  # audio and playlist may differ by so much before a new recording begins at the playlist's time
EXACT_S = 0.002  # ... and by so much where the time stamps do not prove that nothing is missing
CODEC_FRAME = 1024  # samples of an AAC frame; an encoder that begins anew writes one before the first sample


@dataclass(frozen=True, slots=True)
class SampleBlock:
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
    """Decodes one segment after the other, in a process of its own. Use as a context manager."""

    def __init__(self) -> None:
        self._process: DecoderProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def reset(self) -> None:
        """Forget the segments so far: the next one does not follow them."""
        if self._process is not None:
            with suppress(InvalidInput):
                list(self._process.ask({"ask": "reset"}))

    def warm_up(self, data: bytes) -> None:
        """Decode the segment before the first one that is wanted; when it is damaged, it is as if there were none."""
        with suppress(InvalidInput):
            self._ask(data, 0.0, is_run_up=True)

    def decode(self, data: bytes, started_at: datetime, duration_s: float) -> list[SampleBlock]:
        """Decode a segment.

        Parameters
        ----------
        data
            The segment: MPEG-TS, or anything else that `ffmpeg.FORMATS` names.
        started_at, duration_s
            Its time and length by the playlist.

        Returns
        -------
        list of SampleBlock
            One, or several where packets are damaged or missing inside.

        Raises
        ------
        InvalidInput
            When nothing in it can be decoded.
        """
        try:
            parts = self._ask(data, duration_s)
        except InvalidInput as error:
            self.reset()
            raise InvalidInput(f"it cannot be decoded ({error})") from error
        if not parts:
            self.reset()
            raise InvalidInput("it holds no audio")
        return _drop_padding([_to_piece(fields, each, started_at) for fields, each in parts], duration_s)

    def _ask(self, data: bytes, duration_s: float, *, is_run_up: bool = False) -> list[tuple[Fields, bytes]]:
        if self._process is None or not self._process.is_running:
            self.close()
            self._process = DecoderProcess()
        fields = {"ask": "segment", "duration_s": duration_s, "is_run_up": is_run_up}
        return list(self._process.ask(fields, data))


def _to_piece(fields: Fields, data: bytes, started_at: datetime) -> SampleBlock:
    # A lossy codec's floating point numbers were 16 bits once; integers of 32 bits hold a lossless 24.
    bits = 24 if fields["format"].startswith("s32") else 16
    start = started_at + timedelta(seconds=fields["offset_s"])
    return SampleBlock(start, to_samples(fields, data), int(fields["rate"]), bits, bool(fields["continues"]))


def _drop_padding(pieces: list[SampleBlock], duration_s: float) -> list[SampleBlock]:
    """Drop the frame that an encoder writes before its first sample, where each segment has an encoder of its own.

    Such a segment decodes to more than its playlist says. In an archive of one encoder it does not, and the delay of
    its one frame is part of the time from the folder's stamp to the first sample.
    """
    first = pieces[0]
    excess = len(first.samples) - round(duration_s * first.sample_rate_hz)
    if first.continues or len(pieces) > 1 or not CODEC_FRAME <= excess < 3 * CODEC_FRAME:
        return pieces
    return [replace(first, samples=first.samples[CODEC_FRAME:])]


def cut_piece(piece: SampleBlock, from_at: datetime, to_at: datetime) -> SampleBlock | None:
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


def mark_runs(pieces: Iterable[SampleBlock]) -> Iterator[tuple[bool, SampleBlock]]:
    """Tell where a new recording begins: True with its first piece.

    Within a recording no sample is lost, doubled or moved by more than `DRIFT_S` from the time that its segment has by
    the playlist. Padding at the end of a segment that an encoder of its own made is dropped.
    """
    last: SampleBlock | None = None
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
