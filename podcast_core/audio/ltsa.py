"""Long-term spectral averages (LTSA): mean power spectral densities of about a second, and of ever longer stretches.

Welch's method: Hann windows that overlap by half. Of each level four columns make one of the next, until a whole
recording fits one tile. All is done while samples are read, in memory that does not grow with the recording.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.media import Samples
from podcast_core.audio.spectrogram import tame
from podcast_core.audio.windows import make_window

FACTOR = 4  # columns of a level that become one of the next
TILE_COLUMNS = 1024  # chosen: a tile is half a megabyte; a multiple of FACTOR
LONGEST_WINDOW, SHORTEST_WINDOW = 1024, 64  # 512 bands: as many as a page has rows of pixels for
COLUMN_S = 1.0  # as usual for LTSAs that are looked at by eye; finer is what spectrograms are for
FLOOR_DB, STEP_DB = -180.0, 0.7  # of what is kept in a byte, in dB re full scale²/Hz: up to -1.5
QUIETEST = 1e-30  # zeros have a level, too


@dataclass(frozen=True, slots=True)
class Layout:
    """How a recording is laid out in columns and bands: follows from its rate and length alone."""

    sample_rate_hz: int
    frame_count: int

    @property
    def window(self) -> int:
        """Length of the window in samples: 1,024, less below 4,096 Hz, so that a second has 8 windows at least."""
        wanted = 1 << max(0, (self.sample_rate_hz // 4).bit_length() - 1)
        return min(max(wanted, SHORTEST_WINDOW), LONGEST_WINDOW)

    @property
    def hop(self) -> int:
        """Samples from one window to the next."""
        return self.window // 2

    @property
    def hops_per_column(self) -> int:
        """Windows whose mean is a column of the finest level."""
        return max(1, round(COLUMN_S * self.sample_rate_hz / self.hop))

    @property
    def band_count(self) -> int:
        """Bands of a column: the bins of the transform without that of 0 Hz, which is no sound."""
        return self.window // 2

    @property
    def band_edges_hz(self) -> tuple[float, float]:
        """Where the lowest band begins and the highest one ends: a bin reaches half a bin to either side."""
        width_hz = self.sample_rate_hz / self.window
        return 0.5 * width_hz, (self.band_count + 0.5) * width_hz

    @property
    def column_counts(self) -> tuple[int, ...]:
        """Columns of each level, the finest first; those of the last one fit one tile."""
        hops = max(1, self.frame_count // self.hop)
        counts = [-(-hops // self.hops_per_column)]
        while counts[-1] > TILE_COLUMNS:
            counts.append(-(-counts[-1] // FACTOR))
        return tuple(counts)

    def column_s(self, level: int) -> float:
        """Say how long a column of a level is, in seconds; the last one of a recording is often shorter."""
        return self.hops_per_column * self.hop / self.sample_rate_hz * float(FACTOR**level)

    def choose_level(self, start_s: float, end_s: float, most_columns: int) -> int:
        """Choose the finest level that shows a span in so many columns at most; the coarsest where none does."""
        counts = self.column_counts
        fitting = (n for n in range(len(counts)) if (end_s - start_s) / self.column_s(n) <= most_columns)
        return next(fitting, len(counts) - 1)


@dataclass(frozen=True, slots=True)
class Tile:
    """Up to 1,024 columns of a level.

    ``density`` is the mean power spectral density in full scale²/Hz, one-sided, float32 of shape (columns, bands),
    lowest band first; ``weights`` are the windows that each column is the mean of.
    """

    level: int
    number: int
    density: NDArray[np.float32]
    weights: NDArray[np.float32]


def compute_tiles(layout: Layout, blocks: Iterable[Samples]) -> Iterator[Tile]:
    """Compute all tiles of a recording while it is read.

    Parameters
    ----------
    layout
        Of the recording.
    blocks
        All samples of one channel, in blocks of any length; full scale is 1.

    Yields
    ------
    Tile
        As they get ready: those of a level in order.
    """
    top = len(layout.column_counts) - 1
    levels = [_Level(layout, n) for n in range(top + 1)]
    for density, weight in _compute_columns(layout, blocks):
        yield from _add(levels, 0, density[None], np.array([weight], np.float32))
    for level in range(top + 1):
        yield from _end_tile(levels, level)


def to_bytes(density: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Bring densities to levels in steps of 0.7 dB above -180 dB re full scale²/Hz: the same shape."""
    decibels = 10 * np.log10(np.maximum(density, QUIETEST))
    return np.clip(np.rint((decibels - FLOOR_DB) / STEP_DB), 0, 255).astype(np.uint8)


class _Level:
    """The tile of a level that is being filled."""

    def __init__(self, layout: Layout, level: int) -> None:
        self.level, self.number, self.held = level, 0, 0
        self.density = np.zeros((TILE_COLUMNS, layout.band_count), np.float32)
        self.weights = np.zeros(TILE_COLUMNS, np.float32)


def _add(
    levels: list[_Level], level: int, density: NDArray[np.float32], weights: NDArray[np.float32]
) -> Iterator[Tile]:
    """Add columns to a level; they never reach beyond its tile, which holds a multiple of what comes at once."""
    into = levels[level]
    part = slice(into.held, into.held + len(density))
    into.density[part], into.weights[part] = density, weights
    into.held += len(density)
    if into.held == TILE_COLUMNS:
        yield from _end_tile(levels, level)


def _end_tile(levels: list[_Level], level: int) -> Iterator[Tile]:
    """Give what a level holds, and its means to the next one."""
    full = levels[level]
    if not full.held:
        return
    tile = Tile(level, full.number, full.density[: full.held].copy(), full.weights[: full.held].copy())
    full.number, full.held = full.number + 1, 0
    yield tile
    if level + 1 < len(levels):
        yield from _add(levels, level + 1, *_coarsen(tile))


def _coarsen(tile: Tile) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Average the power of four columns each, by their weights."""
    starts = np.arange(0, len(tile.weights), FACTOR)
    weights = np.add.reduceat(tile.weights, starts)
    power = np.add.reduceat(tile.density * tile.weights[:, None], starts, axis=0)
    return np.asarray(power / weights[:, None], np.float32), np.asarray(weights, np.float32)


def _compute_columns(layout: Layout, blocks: Iterable[Samples]) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Compute the columns of the finest level, and of how many windows each is the mean.

    The middle of a window lies in the middle of its hop: so a column hears its own samples, and a quarter of a window
    on each side. Beyond both ends of the recording there is silence.
    """
    hop, per_column = layout.hop, layout.hops_per_column
    length, welch = hop * per_column, _Welch(layout)
    held = np.zeros(hop // 2, np.float32)
    count, columns = 0, 0
    for block in blocks:
        count += len(block)
        held = np.concatenate([held, block])
        done = 0
        while len(held) - done >= length + hop:
            yield welch.average(held[done : done + length + hop]), per_column
            done += length
            columns += 1
        held = held[done:]
    rest = max(1, count // hop) - columns * per_column
    if rest > 0:
        last = np.zeros(rest * hop + hop, np.float32)
        held = held[: len(last)]
        last[: len(held)] = held
        yield welch.average(last), rest


class _Welch:
    """Mean densities by Welch's method, with room for the windows of one column."""

    def __init__(self, layout: Layout) -> None:
        self.hop = layout.hop
        shape = make_window("hann", layout.window)
        density = np.sqrt(2 / (layout.sample_rate_hz * np.square(shape).sum()))  # one-sided
        self._shape = (shape * density).astype(np.float32)
        self._room = np.empty((layout.hops_per_column, layout.window), np.float32)

    def average(self, samples: Samples) -> NDArray[np.float32]:
        """Average the density of windows that begin at each hop: shape (bands,)."""
        density = self._average(samples)
        if not np.isfinite(density).all():  # broken floating-point files: see `tame`
            density = self._average(tame(samples))
        return density

    def _average(self, samples: Samples) -> NDArray[np.float32]:
        from scipy.fft import rfft

        halves = samples.reshape(-1, self.hop)
        windows = self._room[: len(halves) - 1]
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(halves[:-1], self._shape[: self.hop], out=windows[:, : self.hop])
            np.multiply(halves[1:], self._shape[self.hop :], out=windows[:, self.hop :])
            parts = rfft(windows).view(np.float32)
            squares = np.einsum("fk,fk->k", parts, parts)
            power: NDArray[np.float32] = (squares[2::2] + squares[3::2]) / np.float32(len(windows))
        power[-1] /= 2  # the highest bin has no negative frequency
        return power
