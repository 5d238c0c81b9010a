"""Spectrograms as grey pictures whose pixels map exactly and linearly to seconds and hertz.

Every column is made from frames that are centred on fractions of *its own* span of time, instead of being
cut from a regular grid of frames and resized. So a picture has the width that was asked for, whatever the
sample rate and duration, and no call is off by a fraction of a frame.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

WIDTH_PX = 2400
HEIGHT_PX = 512
WINDOW_SAMPLES = (256, 4096)  # shortest and longest that are chosen by themselves
BLOCK_SAMPLES = 1 << 19  # in the frames of one step: bounds the memory, and stays in the processor's cache

SILENCE_DB = -200.0
LOUDEST = np.float32(1e12)  # broken floating-point files hold more, and its square is infinite
FLOOR_PERCENTILE, CEILING_PERCENTILE = 20.0, 99.0
EVENT_DB = 12.0  # above a row's background: more than the flutter of noise
FILTERED_DB = 40.0  # below the other rows: more than the slope of natural noise
SMALLEST_RANGE_DB, LARGEST_RANGE_DB = 40.0, 75.0

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Grid:
    """The way between pixels, seconds and hertz. Pixel (0, 0) is the top left corner: time 0 and ``high_hz``.

    x and y are continuous: column c covers x from c to c + 1.
    """

    width_px: int
    height_px: int
    duration_s: float
    low_hz: float
    high_hz: float

    def to_x(self, seconds: float) -> float:
        """Pixels from the left edge, from seconds from the start."""
        return seconds / self.duration_s * self.width_px

    def to_s(self, x: float) -> float:
        """Seconds from the start, from pixels from the left edge."""
        return x / self.width_px * self.duration_s

    def to_y(self, hertz: float) -> float:
        """Pixels from the top edge, from hertz."""
        return (self.high_hz - hertz) / (self.high_hz - self.low_hz) * self.height_px

    def to_hz(self, y: float) -> float:
        """Hertz, from pixels from the top edge."""
        return self.high_hz - y / self.height_px * (self.high_hz - self.low_hz)


@dataclass(frozen=True, slots=True)
class Picture:
    """A spectrogram: ``pixels`` is uint8 (height, width); 0 is ``floor_db``, 255 is ``ceiling_db`` (of full scale)."""

    pixels: NDArray[np.uint8]
    grid: Grid
    floor_db: float
    ceiling_db: float


def choose_window(duration_s: float, sample_rate_hz: int, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> int:
    """Choose the length of the window in samples: a power of two.

    A window of w seconds smears a click over w and a tone over about 1.5 / w hertz. The choice makes both
    smears equally large on the picture, so that neither clicks nor tones look better than they should:
    21 ms for a minute at 48 kHz, 2 ms for two seconds at 500 kHz.
    """
    seconds = math.sqrt(1.5 * (height_px / (sample_rate_hz / 2)) * (duration_s / width_px))
    shortest, longest = WINDOW_SAMPLES
    return min(max(1 << max(0, round(math.log2(seconds * sample_rate_hz))), shortest), longest)


def compute_picture(
    samples: Samples,
    sample_rate_hz: int,
    *,
    window_s: float | None = None,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
) -> Picture:
    """Compute the spectrogram of samples that are in memory; see `compute_picture_of_blocks`."""
    return compute_picture_of_blocks(
        [samples], len(samples), sample_rate_hz, window_s=window_s, width_px=width_px, height_px=height_px
    )


def compute_picture_of_blocks(
    blocks: Iterable[Samples],
    frame_count: int,
    sample_rate_hz: int,
    *,
    window_s: float | None = None,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
) -> Picture:
    """Compute the spectrogram of blocks of samples, in memory that does not grow with the duration.

    Parameters
    ----------
    blocks
        Arrays of shape (n,), float32, one after the other.
    frame_count
        Samples in all blocks together, at least 1.
    sample_rate_hz
        The native rate: the picture shows 0 Hz to half of it.
    window_s
        Length of the Hann window in seconds; None: `choose_window`.
    width_px, height_px
        Size of the picture. A session with fewer samples than columns gets one column per sample.

    Returns
    -------
    Picture
        Spans exactly [0, duration] and [0, half the sample rate].
    """
    duration_s = frame_count / sample_rate_hz
    width_px = min(width_px, frame_count)
    window = choose_window(duration_s, sample_rate_hz) if window_s is None else round(window_s * sample_rate_hz)
    decibels = _compute_decibels(blocks, frame_count, max(window, 2), width_px, height_px)
    floor_db, ceiling_db = choose_range(decibels)
    decibels -= floor_db
    decibels *= 255 / (ceiling_db - floor_db)
    pixels = np.clip(decibels, 0, 255).round().astype(np.uint8)
    return Picture(
        pixels=np.ascontiguousarray(pixels.T[::-1]),
        grid=Grid(width_px, height_px, duration_s, 0.0, sample_rate_hz / 2),
        floor_db=floor_db,
        ceiling_db=ceiling_db,
    )


def choose_range(decibels: NDArray[np.float32]) -> tuple[float, float]:
    """Choose the levels of black and white: (floor_db, ceiling_db).

    Both come from how a row compares with its own background, the quarter of the time when it is quietest.
    The floor is the background of the quieter rows, so a call that rises just above it is seen; rows that the
    recorder or a codec filtered away are left out, and so is digital silence. The ceiling is what the loud
    moments reach, so neither a steady hum nor a single splash darkens the calls.
    """
    columns = decibels[:: max(1, len(decibels) // 800), ::2]
    columns = columns[columns.max(axis=1) > SILENCE_DB]
    if not columns.size:
        return SILENCE_DB, SILENCE_DB + SMALLEST_RANGE_DB
    background = np.percentile(columns, 25, axis=0)
    is_kept = background >= np.percentile(background, 75) - FILTERED_DB
    floor_db = float(np.percentile(background[is_kept], FLOOR_PERCENTILE))
    events = columns[columns > background + EVENT_DB]
    loud_db = float(np.percentile(events, CEILING_PERCENTILE)) if events.size else floor_db
    return floor_db, min(max(loud_db, floor_db + SMALLEST_RANGE_DB), floor_db + LARGEST_RANGE_DB)


def encode_jpeg(pixels: NDArray[np.uint8], quality: int = 88) -> bytes:
    """Encode grey pixels, uint8 (height, width), as a JPEG file."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def _compute_decibels(
    blocks: Iterable[Samples], frame_count: int, window: int, width_px: int, height_px: int
) -> NDArray[np.float32]:
    """Levels of shape (width_px, height_px), float32, lowest frequency first, in dB of a full-scale sine."""
    from scipy.fft import rfft

    fft_size = 2 * height_px * math.ceil(window / (2 * height_px))
    shape = np.hanning(window + 1)[:-1].astype(np.float32)
    shape *= 2 / shape.sum()
    frames_per_column = max(1, math.ceil(frame_count / width_px / (window / 2)))  # no sample between two windows
    centres = (np.arange(width_px * frames_per_column) + 0.5) * (frame_count / (width_px * frames_per_column))
    starts = np.floor(centres).astype(np.int64).reshape(width_px, frames_per_column)
    power = np.empty((width_px, height_px), np.float32)
    for columns, stretch in _cut(blocks, starts, window):
        offsets = starts[columns] - starts[columns.start, 0]
        frames = np.lib.stride_tricks.sliding_window_view(stretch, window)[offsets.ravel()]
        frames *= shape
        spectra = rfft(frames, fft_size, overwrite_x=True)
        bins = np.square(spectra.real)
        bins += np.square(spectra.imag)
        per_column = bins.reshape(*offsets.shape, -1).mean(axis=1)
        power[columns] = _pool_bins(per_column, height_px)
    np.maximum(power, 10 ** (SILENCE_DB / 10), out=power)
    np.log10(power, out=power)
    power *= 10
    return power


def _pool_bins(power: NDArray[np.float32], height_px: int) -> NDArray[np.float32]:
    """Bring (n, bins) to (n, height_px): a row lies between two bins, and is the mean of the bins it touches."""
    between: NDArray[np.float32] = (power[:, :-1] + power[:, 1:]) * np.float32(0.5)
    if between.shape[1] != height_px:
        between = between.reshape(len(between), height_px, -1).mean(axis=2, dtype=np.float32)
    return between


def _cut(blocks: Iterable[Samples], starts: NDArray[np.int64], window: int) -> Iterator[tuple[slice, Samples]]:
    """Cut blocks of any length into the stretches that some columns need.

    Beyond both ends the first and the last sample go on: zeros would make a click of a recorder's offset.
    """
    source = iter(blocks)
    stretch = next(source)
    stretch = np.pad(stretch, (window // 2, 0), mode="edge")
    position = 0
    step = max(1, BLOCK_SAMPLES // (starts.shape[1] * window))
    for first in range(0, len(starts), step):
        columns = slice(first, min(first + step, len(starts)))
        begin, end = int(starts[columns.start, 0]), int(starts[columns.stop - 1, -1]) + window
        pieces, held = [stretch[begin - position :]], len(stretch) - (begin - position)
        while held < end - begin:
            block = next(source, None)
            if block is None:
                block = np.full(end - begin - held, pieces[-1][-1])
            pieces.append(block)
            held += len(block)
        stretch, position = np.concatenate(pieces), begin
        yield columns, np.nan_to_num(stretch[: end - begin], nan=0.0).clip(-LOUDEST, LOUDEST)
