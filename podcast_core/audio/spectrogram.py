"""Spectrograms whose pixels map exactly to seconds and hertz, for a whole session or any part of it.

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
from PIL import Image

from podcast_core.audio.grid import Grid
from podcast_core.audio.levels import Levels
from podcast_core.audio.rows import find_bins, pool_rows
from podcast_core.audio.windows import make_window
from podcast_core.domain.display import WindowType

WIDTH_PX = 2400  # 40 columns a second of the usual minute; more than most screens are wide
HEIGHT_PX = 512  # chosen: about what a screen has room for; as a power of two, each row can be a bin
WINDOW_SAMPLES = (256, 4096)  # shortest and longest that are chosen by themselves for a whole session
MIN_WINDOW = 64  # for a part of it
OVERLAP = 0.5  # a Hann window then hears every sample equally
BLOCK_SAMPLES = 1 << 20  # in the spectra of the columns that are read at once: bounds the memory
STEP_SAMPLES = 1 << 16  # in the spectra of the columns that are transformed at once: stays in the processor's cache
VECTOR = 4  # transforms are made by so many, and what remains one by one
SHADED_COLUMNS = 128  # at once, for the same reason
ROUNDING = 1e-6  # of a frame: the tiles of a recording have the same number of frames per column
ENOUGH_FRAMES = 16  # per column: more overlap than half makes no difference to their mean
SMOOTH, MIN_FFT = 4, 2048  # a transform so many times its window is smooth: finer rows are interpolated

LOUDEST = np.float32(1e12)  # broken floating-point files hold more, and its square is infinite

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to compute, and which samples it takes."""

    grid: Grid
    sample_rate_hz: int
    window: int
    fft_size: int
    starts: NDArray[np.int64]
    """Sample of the session at which each frame starts, shape (width, frames per column); may be negative."""
    window_type: WindowType = "hann"

    @property
    def first_frame(self) -> int:
        """The first sample of the session that is needed."""
        return max(0, int(self.starts[0, 0]))

    @property
    def last_frame(self) -> int:
        """The end of what is needed; it may lie beyond the end of the session."""
        return int(self.starts[-1, -1]) + self.window

    def find_whole_columns(self, frame_count: int) -> NDArray[np.bool_]:
        """Tell which columns hear nothing beyond the ends of so many samples: shape (width,)."""
        is_whole: NDArray[np.bool_] = (self.starts.min(axis=1) >= 0) & (
            self.starts.max(axis=1) + self.window <= frame_count
        )
        return is_whole


def choose_window(
    duration_s: float,
    sample_rate_hz: int,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
    *,
    band_hz: float | None = None,
    shortest: int = WINDOW_SAMPLES[0],
) -> int:
    """Choose the length of the window in samples: a power of two.

    A window of w seconds smears a click over w and a tone over about 1.5 / w hertz. The choice makes both
    smears equally large on the picture, so that neither clicks nor tones look better than they should:
    21 ms for a minute at 48 kHz, 2 ms for two seconds at 500 kHz.
    """
    seconds = math.sqrt(1.5 * (height_px / (band_hz or sample_rate_hz / 2)) * (duration_s / width_px))
    wanted = 1 << max(0, round(math.log2(seconds * sample_rate_hz)))
    return min(max(wanted, shortest), WINDOW_SAMPLES[1])


def choose_window_for(grid: Grid, sample_rate_hz: int, *, shortest: int = WINDOW_SAMPLES[0]) -> int:
    """Choose the window for a grid: where its axis is not linear, for the rows in the middle of it."""
    middle = grid.height_px / 2
    row_hz = grid.to_hz(middle - 0.5) - grid.to_hz(middle + 0.5)
    return choose_window(
        grid.end_s - grid.start_s,
        sample_rate_hz,
        grid.width_px,
        grid.height_px,
        band_hz=row_hz * grid.height_px,
        shortest=shortest,
    )


def plan_picture(
    grid: Grid,
    sample_rate_hz: int,
    *,
    window_samples: int | None = None,
    overlap: float = OVERLAP,
    window_type: WindowType = "hann",
) -> Plan:
    """Plan the picture of a grid.

    Parameters
    ----------
    grid
        What to show; its times count from the start of the session.
    sample_rate_hz
        The native rate.
    window_samples
        Length of the window; None: `choose_window` for what the grid shows.
    overlap
        Share of a window that the next one covers at least, 0 to below 1.
    window_type
        Shape of the window, periodic as for all spectra.
    """
    duration_s = grid.end_s - grid.start_s
    window = max(window_samples or choose_window_for(grid, sample_rate_hz, shortest=MIN_WINDOW), 2)
    step = duration_s * sample_rate_hz / grid.width_px
    at_half = math.ceil(step / (window / 2) - ROUNDING)
    as_asked = math.ceil(step / (window * (1 - overlap)) - ROUNDING)
    per_column = max(1, min(as_asked, max(at_half, ENOUGH_FRAMES)))
    centres = (np.arange(grid.width_px * per_column) + 0.5) * (step / per_column) + grid.start_s * sample_rate_hz
    starts = np.floor(centres).astype(np.int64).reshape(grid.width_px, per_column) - window // 2
    return Plan(grid, sample_rate_hz, window, _choose_fft_size(grid, sample_rate_hz, window), starts, window_type)


def measure_bandwidth(window_samples: int, sample_rate_hz: int, window_type: WindowType = "hann") -> float:
    """Measure how much noise a bin hears, as the width in Hz of an ideal filter: 1.5 bins for a Hann window."""
    shape = make_window(window_type, window_samples)
    return float(sample_rate_hz * np.square(shape).sum() / shape.sum() ** 2)


def _choose_fft_size(grid: Grid, sample_rate_hz: int, window: int) -> int:
    """Choose how finely the spectrum is computed: a bin per row, or fine enough to be interpolated."""
    if grid.covers_all_of(sample_rate_hz) and grid.height_px & (grid.height_px - 1) == 0:
        return 2 * grid.height_px * math.ceil(window / (2 * grid.height_px))
    wanted = sample_rate_hz / float(np.diff(grid.row_edges_hz()).min())
    size = max(window, min(wanted, max(SMOOTH * window, MIN_FFT)))
    return 1 << math.ceil(math.log2(size))


def compute_decibels(plan: Plan, blocks: Iterable[Samples]) -> NDArray[np.float32]:
    """Compute the levels of a plan.

    Parameters
    ----------
    plan
        From `plan_picture`.
    blocks
        The session's samples from ``plan.first_frame``, at least to ``plan.last_frame`` or the session's end.

    Returns
    -------
    ndarray
        Shape (width, height), float32, lowest frequency first, in dB of a full-scale sine.
    """
    per_column = plan.starts.shape[1]
    shape = make_window(plan.window_type, plan.window)
    shape = (shape * (2 / shape.sum() / math.sqrt(per_column))).astype(np.float32)  # so a column's sum is its mean
    is_refined = per_column > 1 and plan.fft_size > 2 * plan.window
    fft_size = 2 * plan.window if is_refined else plan.fft_size
    decibels = np.empty((len(plan.starts), plan.grid.height_px), np.float32)
    for columns, stretch in _cut(blocks, plan, fft_size):
        shown = decibels[columns]
        with np.errstate(over="ignore", invalid="ignore"):
            _transform(stretch, plan, columns, shape, fft_size, shown)
        if not np.isfinite(shown.max()):  # broken samples are looked for in the result: there is less of it
            _transform(tame(stretch), plan, columns, shape, fft_size, shown)
    return decibels


def _transform(
    stretch: Samples, plan: Plan, columns: slice, shape: Samples, fft_size: int, shown: NDArray[np.float32]
) -> None:
    """Fill some columns with the levels of the stretch that they need."""
    from scipy.fft import rfft

    windows = np.lib.stride_tricks.sliding_window_view(stretch, plan.window)
    offsets = plan.starts[columns] - plan.starts[columns.start, 0]
    per_column = offsets.shape[1]
    step = max(VECTOR, STEP_SAMPLES // (per_column * fft_size) // VECTOR * VECTOR)
    frames = np.zeros((min(step, len(offsets)) * per_column, fft_size), np.float32)
    bins = find_bins(plan.grid, plan.sample_rate_hz, fft_size) if fft_size == plan.fft_size else slice(None)
    powers = np.zeros((min(step, len(offsets)), fft_size // 2 + 1), np.float32)
    for first in range(0, len(offsets), step):
        part = slice(first, first + step)
        places = offsets[part].ravel()
        np.multiply(windows[places], shape, out=frames[: len(places), : plan.window])
        power = powers[: len(places) // per_column]
        _sum_power(rfft(frames[: len(places)])[:, bins], per_column, power[:, bins])
        if fft_size < plan.fft_size:
            power = _refine(power, plan.fft_size)
        pool_rows(power, plan.grid, plan.sample_rate_hz, out=shown[part])


def _sum_power(spectra: NDArray[np.complex64], per_column: int, out: NDArray[np.float32]) -> None:
    """Sum the power of so many spectra each: (n * per_column, bins) becomes (n, bins)."""
    if per_column == 1:
        np.square(spectra.real, out=out)
        out += np.square(spectra.imag)
        return
    # Real and imaginary parts are added last, when there are fewest of them.
    parts = spectra.view(np.float32).reshape(-1, per_column, 2 * spectra.shape[1])
    squares = np.einsum("nfk,nfk->nk", parts, parts)
    np.add(squares[:, 0::2], squares[:, 1::2], out=out)


def quantise(decibels: NDArray[np.float32], levels: Levels) -> NDArray[np.uint8]:
    """Bring levels of shape (width, height), which are overwritten, to grey pixels of shape (height, width)."""
    width_px, height_px = decibels.shape
    pixels = np.empty((height_px, width_px), np.uint8)
    grey_per_db = 255 / (levels.grey_ceiling_db - levels.grey_floor_db)
    offset = np.float32(0.5 - levels.grey_floor_db * grey_per_db)
    for first in range(0, width_px, SHADED_COLUMNS):
        columns = slice(first, first + SHADED_COLUMNS)
        grey = decibels[columns]
        grey *= np.float32(grey_per_db)
        grey += offset
        pixels[::-1, columns] = np.clip(grey, 0, 255, out=grey).astype(np.uint8).T
    return pixels


def encode_jpeg(pixels: NDArray[np.uint8], quality: int = 88) -> bytes:
    """Encode grey pixels, uint8 (height, width), as a JPEG file."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode grey pixels, uint8 (height, width), as a PNG file, without loss."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _refine(power: NDArray[np.float32], fft_size: int) -> NDArray[np.float32]:
    """Compute power spectra of longer transforms than were made, exactly.

    A power spectrum with twice as many points as its window is the transform of the whole autocorrelation, so
    zeros can be added after the mean over frames instead of in every frame.
    """
    from scipy.fft import irfft, rfft

    lags = irfft(power.astype(np.float64))  # float32 would hide what is 70 dB below the loudest bin
    half = lags.shape[1] // 2
    longer = np.zeros((len(lags), fft_size))
    longer[:, :half] = lags[:, :half]
    longer[:, -half:] = lags[:, -half:]
    refined: NDArray[np.float32] = np.maximum(rfft(longer, overwrite_x=True).real, 0).astype(np.float32)
    return refined


def _cut(blocks: Iterable[Samples], plan: Plan, fft_size: int) -> Iterator[tuple[slice, Samples]]:
    """Cut blocks of any length into the stretches that some columns need.

    Beyond both ends of the session the first and the last sample go on: zeros would make a click of a
    recorder's offset.
    """
    source = iter(blocks)
    starts = plan.starts - plan.starts[0, 0]
    beginning = next(source)
    pieces = [np.full(plan.first_frame - int(plan.starts[0, 0]), beginning[0]), beginning]
    position, held = 0, sum(map(len, pieces))  # where the pieces begin and end
    step = max(1, BLOCK_SAMPLES // (starts.shape[1] * fft_size))
    for first in range(0, len(starts), step):
        columns = slice(first, min(first + step, len(starts)))
        begin, end = int(starts[columns.start, 0]), int(starts[columns.stop - 1, -1]) + plan.window
        while held < end:
            block = next(source, None)
            pieces.append(np.full(end - held, pieces[-1][-1]) if block is None else block)
            held += len(pieces[-1])
        while len(pieces[0]) <= begin - position:
            position += len(pieces.pop(0))
        parts = pieces[:]
        parts[-1] = parts[-1][: len(parts[-1]) - (held - end)]
        parts[0] = parts[0][begin - position :]
        yield columns, np.concatenate(parts) if len(parts) > 1 else parts[0]


def tame(samples: Samples) -> Samples:
    """Replace what is not a number by silence, and bound what is too loud to be squared: shape (n,) stays."""
    is_tame = samples.min() >= -LOUDEST and samples.max() <= LOUDEST  # both are NaN when one sample is
    return samples if is_tame else np.nan_to_num(samples, nan=0.0).clip(-LOUDEST, LOUDEST)
