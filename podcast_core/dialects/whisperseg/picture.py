"""Colour pictures for clients of WhisperSeg's audio backend: log-mel and constant-Q, from a moment on.

A column shows ``hop_length`` samples. Where the hop is longer than the window, a column is the mean over all of its
frames, so that an overview of many minutes does not miss a short call. Black and white come from levels of the whole
file, so that the picture does not flicker while somebody scrolls.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from plotly.colors import get_colorscale, sample_colorscale

from podcast_core.audio.constant_q import Read, choose_filters
from podcast_core.audio.constant_q import compute_constant_q as transform
from podcast_core.audio.grid import Grid
from podcast_core.audio.levels import Decibels
from podcast_core.audio.spectrogram import Samples, compute_decibels, plan_picture
from podcast_core.errors import InvalidInput

METHODS = ("log-mel", "constant-q")
ROWS = 300  # the interface's own, as the next two
COLUMNS = 1000
MIN_CQT_HZ = 50.0
FIRST_ROWS, FIRST_LOWEST_CQT_HZ = 200, 100.0  # of the interface's first version
MIN_FFT = 5  # chosen: fewer samples are no window
MAX_COLUMNS, MAX_FFT, MAX_HOP = 10_000, 1 << 17, 10_000_000  # chosen: larger ones would take all memory
# WhisperSeg's window by sample rate, as its models have.
FFT_BY_RATE_HZ = ((32_000, 512), (80_000, 1024), (150_000, 2048), (300_000, 4096))
MAX_DEFAULT_FFT = 8192
COLOR_MAPS = ("viridis", "plasma", "inferno", "magma", "cividis", "gray")
DARK_PERCENTILE, BRIGHT_PERCENTILE = 5.0, 99.9  # chosen, of the whole file
RANGE_DB = 80.0  # librosa's power_to_db


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """How a picture is computed, with the names of the original; None: to be chosen."""

    spec_cal_method: str | None = None
    n_fft: int | None = None
    bins_per_octave: int | None = None
    hop_length: int | None = None
    num_spec_columns: int | None = None
    sampling_rate: int | None = None
    min_frequency: int | None = None
    max_frequency: int | None = None


def choose_fft(sample_rate_hz: int) -> int:
    """Choose the length of the window by the sample rate."""
    return next((size for rate, size in FFT_BY_RATE_HZ if sample_rate_hz <= rate), MAX_DEFAULT_FFT)


def choose_bins_per_octave(low_hz: float, high_hz: float, at_least: int | None, rows: int = ROWS) -> int:
    """Choose the smallest number of bins per octave with which all rows lie below the upper frequency."""
    return max(math.ceil(rows / math.log2(high_hz / low_hz)), at_least or 0)


def complete(asked: Configuration, sample_rate_hz: int, frame_count: int, *, rows: int = ROWS) -> Configuration:
    """Fill in what was left open, and bring the rest into what is possible.

    Parameters
    ----------
    sample_rate_hz, frame_count
        Of the recording; without a hop, all of it fills the columns.

    Raises
    ------
    InvalidInput
        When a value cannot be used.
    """
    method = asked.spec_cal_method or METHODS[0]
    if method not in METHODS:
        raise InvalidInput(f"spec_cal_method: expected one of {', '.join(METHODS)}, found {method!r}.")
    if rows not in (FIRST_ROWS, ROWS):
        raise InvalidInput(f"spec_height: expected {FIRST_ROWS} or {ROWS} rows, found {rows}.")
    rate = asked.sampling_rate or sample_rate_hz
    columns = COLUMNS if asked.num_spec_columns is None else asked.num_spec_columns
    shown = round(frame_count * rate / sample_rate_hz)
    hop = max(1, shown // max(columns, 1)) if asked.hop_length is None else asked.hop_length
    limits = (("sampling_rate", rate, 100, 2_000_000), ("num_spec_columns", columns, 1, MAX_COLUMNS))
    for name, value, least, most in (*limits, ("hop_length", hop, 1, MAX_HOP)):
        if not least <= value <= most:
            raise InvalidInput(f"{name}: expected {least} to {most}, found {value}.")
    high = rate // 2
    if asked.max_frequency is not None and 0 < asked.max_frequency < high:
        high = asked.max_frequency
    low = asked.min_frequency or 0
    bins = None
    if method == "constant-q":
        lowest_hz = FIRST_LOWEST_CQT_HZ if rows == FIRST_ROWS else MIN_CQT_HZ
        low = low if low > 0 else int(min(lowest_hz, high / 4))
    low = max(low, 0)
    if low >= high:
        raise InvalidInput(f"min_frequency: expected less than {high} Hz, found {low}.")
    if method == "constant-q":
        bins = choose_bins_per_octave(low, high, asked.bins_per_octave, rows)
    fft = min(max(asked.n_fft or choose_fft(rate), MIN_FFT), MAX_FFT)
    return Configuration(
        spec_cal_method=method,
        n_fft=fft,
        bins_per_octave=bins if bins is not None else asked.bins_per_octave,
        hop_length=hop,
        num_spec_columns=columns,
        sampling_rate=rate,
        min_frequency=low,
        max_frequency=high,
    )


def list_frequencies(configuration: Configuration, rows: int = ROWS) -> list[float]:
    """List the frequency of each row in Hz, lowest first: the middle of what the row shows."""
    if configuration.spec_cal_method == "constant-q":
        assert configuration.min_frequency is not None
        assert configuration.bins_per_octave is not None
        return [configuration.min_frequency * 2 ** (row / configuration.bins_per_octave) for row in range(rows)]
    grid = make_grid(configuration, rows)
    return [grid.to_hz(rows - row - 0.5) for row in range(rows)]


def make_grid(configuration: Configuration, rows: int = ROWS) -> Grid:
    """Make the place of the picture; its time counts from the clip's start."""
    assert configuration.hop_length is not None
    assert configuration.num_spec_columns is not None
    assert configuration.sampling_rate is not None
    duration_s = configuration.hop_length * configuration.num_spec_columns / configuration.sampling_rate
    return Grid(
        width_px=configuration.num_spec_columns,
        height_px=rows,
        end_s=duration_s,
        low_hz=float(configuration.min_frequency or 0),
        high_hz=float(configuration.max_frequency or 0),
        scale="mel",
    )


def compute_mel(configuration: Configuration, blocks: Iterable[Samples], rows: int = ROWS) -> Decibels:
    """Compute the levels of a clip on a mel axis: shape (columns, rows), float32, lowest first.

    ``blocks`` hold the clip's samples at ``sampling_rate``, as many as its columns show.
    """
    assert configuration.sampling_rate is not None
    assert configuration.n_fft is not None
    plan = plan_picture(
        make_grid(configuration, rows),
        configuration.sampling_rate,
        window_samples=configuration.n_fft,
        overlap=0.0,
    )
    return compute_decibels(plan, blocks)


def make_constant_q_grid(configuration: Configuration, start_s: float, rows: int = ROWS) -> Grid:
    """Make the place of a constant-Q picture: its times count from the recording's start."""
    assert configuration.bins_per_octave is not None
    low_hz, per_octave = float(configuration.min_frequency or MIN_CQT_HZ), configuration.bins_per_octave
    return replace(
        make_grid(configuration, rows),
        start_s=start_s,
        end_s=start_s + make_grid(configuration).end_s,
        low_hz=low_hz * 2 ** (-0.5 / per_octave),
        high_hz=low_hz * 2 ** ((rows - 0.5) / per_octave),
        scale="log",
    )


def compute_constant_q(
    configuration: Configuration,
    sample_rate_hz: int,
    frame_count: int,
    read: Read,
    *,
    start_s: float,
    rows: int = ROWS,
) -> Decibels:
    """Compute the levels of a clip by a constant-Q transform: shape (columns, rows), float32, lowest first.

    As in the original, noise that is equally strong at all frequencies is equally bright in all rows: each row is
    brought to the same bandwidth.

    Parameters
    ----------
    sample_rate_hz, frame_count
        Of the recording.
    read
        Reads the recording's samples [first, last).
    start_s
        Of the clip, in the recording.
    """
    grid = make_constant_q_grid(configuration, start_s, rows)
    _, widths_hz = choose_filters(grid, sample_rate_hz)
    decibels = transform(grid, sample_rate_hz, frame_count, read)
    decibels -= (10 * np.log10(widths_hz)).astype(np.float32)
    return decibels


def choose_range(levels: Decibels) -> tuple[float, float]:
    """Choose the levels of black and white of a file, from its overview."""
    floor_db, ceiling_db = np.percentile(levels, (DARK_PERCENTILE, BRIGHT_PERCENTILE))
    ceiling_db = max(float(ceiling_db), float(floor_db) + 1)
    return max(float(floor_db), ceiling_db - RANGE_DB), ceiling_db


def paint(
    levels: Decibels, levels_db: tuple[float, float], *, color_map: str, brightness: float = 1.0, contrast: float = 1.0
) -> bytes:
    """Paint levels of shape (columns, rows) as an RGB JPEG file, highest frequency on top.

    Brightness multiplies the grey values; contrast moves them away from their mean.
    """
    floor_db, ceiling_db = levels_db
    grey = np.clip((levels - floor_db) * (255 / (ceiling_db - floor_db)), 0, 255).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(grey.T[::-1]))
    image = ImageEnhance.Brightness(image).enhance(max(brightness, 0.0))
    image = ImageEnhance.Contrast(image).enhance(max(contrast, 0.0))
    colors = _read_colors(color_map if color_map in COLOR_MAPS else "inferno")
    file = BytesIO()
    Image.fromarray(colors[np.asarray(image)]).save(file, "JPEG", quality=85)
    return file.getvalue()


def _read_colors(name: str) -> NDArray[np.uint8]:
    """Make a table of 256 colours, shape (256, 3), from Plotly's scales."""
    if name == "gray":
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    colors: list[tuple[float, float, float]] = sample_colorscale(
        get_colorscale(name), np.linspace(0, 1, 256).tolist(), colortype="tuple"
    )
    table: NDArray[Any] = np.rint(255 * np.array(colors))
    return table.astype(np.uint8)
