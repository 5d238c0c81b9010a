"""Pictures of bat calls: four pixels for each millisecond, 300 pixels high, what sounds all the time taken away.

The choices are those of bats_ai's spectrograms: a window of 1 ms rounded up to a power of two, Hamming, 5 to 200 kHz
with 2 kHz more on both sides, each frequency's median over time subtracted, and the weaker half of what is left set to
black; then each column is averaged with its neighbours, as scaling to a picture does there (1 : 2 : 1).
Unlike there every column is made from the frame around its own time, so no pixel is off by more than one, a
picture of any length is made tile by tile in bounded memory, and the band that is stated is the one that is shown.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.grid import Grid
from podcast_core.audio.levels import Decibels, read_quantile, sort_rows
from podcast_core.audio.spectrogram import Plan, Samples, compute_decibels, plan_picture
from podcast_core.errors import InvalidInput

PX_PER_MS = 4.0
HEIGHT_PX = 300
WINDOW_S = 0.001
OVERLAP = 0.75
LOW_HZ, PADDING_HZ = 5_000.0, 2_000.0
HIGH_HZ = {200: 200_000.0, 120: 120_000.0}
MAX_TILE_PX = 50_000  # a JPEG file may have 65,535
SHADED_COLUMNS = 128  # at once: what lies between levels and pixels stays in the processor's cache
RANGE_DB = 80.0  # below the loudest
SAMPLE_PX, STRETCHES = 20_000, 50  # how much of a long recording the levels are taken from, and in how many places
ENOUGH_PX = 2_000  # columns for a median
EDGE_PX = 8  # a recorder that is switched on or off clicks: that does not darken the calls

ReadSamples = Callable[[int, int], Iterable[Samples]]
"""Reads the frames [first, last) of one channel in blocks."""


@dataclass(frozen=True, slots=True)
class UltrasoundScale:
    """What all tiles of a picture share: the background of each row and what is black and white above it."""

    background_db: NDArray[np.float32]
    """Shape (height,), lowest frequency first."""
    spread_db: NDArray[np.float32]
    """Median distance from the background in each row (MAD), shape (height,)."""
    floor_db: float
    """Levels below this, 80 dB below the loudest, are raised to it."""
    black_db: float
    """Above the background: what is not louder is black."""
    white_db: float


@dataclass(frozen=True, slots=True)
class UltrasoundTile:
    """Columns [first_px, first_px + width) of a picture in dB above the background of each row, lowest row first."""

    first_px: int
    above: Decibels
    """Shape (width, height), float32."""
    padded: Decibels
    """The same, with a column of each neighbour where there is one."""


@dataclass(frozen=True, slots=True)
class UltrasoundPicture:
    """The geometry of a recording's picture; `tile_grid` gives that of each tile.

    Parameters
    ----------
    frame_count, sample_rate_hz
        Of the recording, at its native rate.
    band_khz
        200 or 120: upper end of the band.
    """

    frame_count: int
    sample_rate_hz: int
    band_khz: int = 200

    def __post_init__(self) -> None:
        if self.band_khz not in HIGH_HZ:
            raise InvalidInput(f"band: expected 120 or 200 (kHz), found {self.band_khz}.")
        if self.high_hz <= self.low_hz:
            raise InvalidInput(
                f"A picture from {self.low_hz / 1000:g} kHz up needs a sample rate above {2 * self.low_hz:g} Hz; "
                f"this recording has {self.sample_rate_hz} Hz."
            )

    @property
    def duration_ms(self) -> float:
        """Length in milliseconds."""
        return 1000 * self.frame_count / self.sample_rate_hz

    @property
    def width_px(self) -> int:
        """Pixels of all tiles together: four per millisecond, the last one may be begun."""
        return max(1, int(np.ceil(PX_PER_MS * self.duration_ms - 1e-6)))

    @property
    def low_hz(self) -> float:
        """Lower edge of the picture: 2 kHz below the band."""
        return LOW_HZ - PADDING_HZ

    @property
    def high_hz(self) -> float:
        """Upper edge of the picture: 2 kHz above the band, or what the sample rate can hold."""
        return min(HIGH_HZ[self.band_khz] + PADDING_HZ, self.sample_rate_hz / 2)

    @property
    def window(self) -> int:
        """Samples of the window: 1 ms rounded up to a power of two."""
        return max(16, 1 << int(np.ceil(np.log2(int(WINDOW_S * self.sample_rate_hz)))))

    @property
    def hop(self) -> int:
        """Samples between the frames of the original; here a column has a frame of its own."""
        return self.window // 4

    @property
    def tiles_px(self) -> list[tuple[int, int]]:
        """First column and width of each tile."""
        count = -(-self.width_px // MAX_TILE_PX)
        edges = [round(self.width_px * index / count) for index in range(count + 1)]
        return [(first, last - first) for first, last in zip(edges[:-1], edges[1:], strict=True)]

    def to_ms(self, x_px: float) -> float:
        """Milliseconds of the recording, from pixels from the left edge."""
        return x_px / PX_PER_MS

    def grid(self, first_px: int, width_px: int) -> Grid:
        """Place of some columns."""
        return Grid(
            width_px=width_px,
            height_px=HEIGHT_PX,
            start_s=self.to_ms(first_px) / 1000,
            end_s=self.to_ms(first_px + width_px) / 1000,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
        )

    def band_rows(self) -> NDArray[np.bool_]:
        """Tell which rows, shape (height,), lowest first, belong to the band itself; the padding is shown black."""
        edges = self.grid(0, 1).row_edges_hz()
        rows: NDArray[np.bool_] = (edges[1:] > LOW_HZ) & (edges[:-1] < HIGH_HZ[self.band_khz])
        return rows


def compute_levels(picture: UltrasoundPicture, read: ReadSamples, first_px: int, width_px: int) -> Decibels:
    """Compute some columns: shape (width, height), float32, lowest frequency first, dB of a full-scale sine."""
    plan = plan_picture(
        picture.grid(first_px, width_px),
        picture.sample_rate_hz,
        window_samples=picture.window,
        overlap=OVERLAP,
        window_type="hamming",
    )
    return compute_decibels(plan, _read(picture, read, plan))


def compute_above(picture: UltrasoundPicture, read: ReadSamples) -> tuple[UltrasoundScale, Iterator[UltrasoundTile]]:
    """Compute a whole picture.

    Returns
    -------
    scale, tiles
        What all tiles share, and the tiles. A tile is computed when it is asked for, so memory does not grow with the
        duration.
    """
    if picture.width_px <= SAMPLE_PX:  # nothing is computed twice
        levels = compute_levels(picture, read, 0, picture.width_px)
        scale = measure_scale(picture, levels)
        above = _subtract_background(levels, scale)
        return scale, iter([UltrasoundTile(0, above, above)])
    parts = [compute_levels(picture, read, *part) for part in _choose_stretches(picture.width_px)]
    scale = measure_scale(picture, np.concatenate(parts))
    return scale, (_compute_tile(picture, read, scale, *place) for place in picture.tiles_px)


def _compute_tile(
    picture: UltrasoundPicture, read: ReadSamples, scale: UltrasoundScale, first_px: int, width_px: int
) -> UltrasoundTile:
    begin, end = max(first_px - 1, 0), min(first_px + width_px + 1, picture.width_px)
    padded = _subtract_background(compute_levels(picture, read, begin, end - begin), scale)
    return UltrasoundTile(first_px, padded[first_px - begin :][:width_px], padded)


def measure_scale(picture: UltrasoundPicture, levels: Decibels) -> UltrasoundScale:
    """Measure what all tiles share, from (columns, height) levels of the whole picture or of stretches of it."""
    ends = (levels[:EDGE_PX], levels[-EDGE_PX:]) if len(levels) > 4 * EDGE_PX else ()
    inner = levels[EDGE_PX:-EDGE_PX] if ends else levels
    loudest = inner.max(axis=0)
    floor_db = float(max(each.max() for each in (loudest, *ends))) - RANGE_DB
    every = max(1, len(levels) // ENOUGH_PX)
    rows = sort_rows(np.maximum(levels[::every], np.float32(floor_db)))
    background = read_quantile(rows, 0.5)
    rows -= background[:, None]
    spread = read_quantile(np.sort(np.abs(rows)), 0.5)
    upper = np.sort(rows[:, rows.shape[1] // 2 :], axis=None)  # no value before it is above its row's median
    positive = upper[np.searchsorted(upper, 0, "right") :]
    black_db = float(read_quantile(positive[None], 0.5)[0]) if positive.size else 0.0
    in_band = picture.band_rows()
    white_db = float((loudest - background)[in_band].max()) if in_band.any() else 0.0
    return UltrasoundScale(background, spread, floor_db, black_db, max(white_db, black_db + 1.0))


def _subtract_background(levels: Decibels, scale: UltrasoundScale) -> Decibels:
    """Bring levels, which are overwritten, to dB above the background of their row."""
    for first in range(0, len(levels), SHADED_COLUMNS):
        part = levels[first : first + SHADED_COLUMNS]
        np.maximum(part, np.float32(scale.floor_db), out=part)
        part -= scale.background_db
    return levels


def shade(picture: UltrasoundPicture, tile: UltrasoundTile, scale: UltrasoundScale) -> NDArray[np.uint8]:
    """Bring a tile to grey pixels of shape (height, width)."""
    (in_band,) = np.nonzero(picture.band_rows())
    rows = slice(in_band[0], in_band[-1] + 1) if len(in_band) else slice(0, 0)
    width_px, height_px = tile.above.shape
    lead = tile.first_px - max(tile.first_px - 1, 0)
    pixels = np.zeros((height_px, width_px), np.uint8)
    black_db, white_db = np.float32(scale.black_db), np.float32(scale.white_db)
    for first in range(0, width_px, SHADED_COLUMNS):
        columns = slice(first, min(first + SHADED_COLUMNS, width_px))
        places = np.arange(columns.start - 1, columns.stop + 1) + lead
        above = tile.padded[places.clip(0, len(tile.padded) - 1), rows]  # an end of the picture is its own neighbour
        above *= (above > black_db).astype(np.float32)
        np.minimum(above, white_db, out=above)
        above *= np.float32(255 / 4 / scale.white_db)
        smooth = above[1:-1] * np.float32(2)
        smooth += above[:-2]
        smooth += above[2:]
        smooth += np.float32(0.5)
        pixels[::-1][rows, columns] = smooth.astype(np.uint8).T
    return pixels


def _choose_stretches(width_px: int) -> Iterator[tuple[int, int]]:
    if width_px <= SAMPLE_PX:
        yield 0, width_px
        return
    length = SAMPLE_PX // STRETCHES
    for index in range(STRETCHES):
        yield round((width_px - length) * index / (STRETCHES - 1)), length


def _read(picture: UltrasoundPicture, read: ReadSamples, plan: Plan) -> Iterable[Samples]:
    """Read what a plan needs; the last column may begin beyond the last sample."""
    last = min(plan.last_frame, picture.frame_count)
    return read(min(plan.first_frame, last - 1), last)
