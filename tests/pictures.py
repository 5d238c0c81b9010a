"""Spectrograms of samples in memory, and where in a picture something has to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.grid import Grid, warp
from podcast_core.audio.levels import Levels, choose_levels
from podcast_core.audio.spectrogram import (
    HEIGHT_PX,
    WIDTH_PX,
    Samples,
    choose_window,
    compute_decibels,
    plan_picture,
    quantise,
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A spectrogram: ``pixels`` is uint8 (height, width); `Levels` says what a grey value stands for."""

    pixels: NDArray[np.uint8]
    grid: Grid
    levels: Levels


def compute_picture(samples: Samples, sample_rate_hz: int, **options: Any) -> Picture:
    """Compute the spectrogram of samples, shape (n,)."""
    return compute_picture_of_blocks([samples], len(samples), sample_rate_hz, **options)


def compute_picture_of_blocks(
    blocks: Iterable[Samples],
    frame_count: int,
    sample_rate_hz: int,
    *,
    window_samples: int | None = None,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
) -> Picture:
    """Compute the spectrogram of all of a session, in memory that does not grow with its duration.

    Parameters
    ----------
    blocks
        Arrays of shape (n,), float32, one after the other.
    frame_count
        Samples in all blocks together, at least 1.
    sample_rate_hz
        The native rate: the picture shows 0 Hz to half of it.
    window_samples
        Length of the Hann window; None: `choose_window`.
    width_px, height_px
        Size of the picture. A session with fewer samples than columns gets one column per sample.
    """
    grid = whole_grid(frame_count, sample_rate_hz, width_px=width_px, height_px=height_px)
    window = window_samples or choose_window(grid.end_s, sample_rate_hz, grid.width_px, height_px)
    decibels = compute_decibels(plan_picture(grid, sample_rate_hz, window_samples=window), blocks)
    levels = choose_levels(decibels)
    return Picture(quantise(decibels, levels), grid, levels)


def whole_grid(frame_count: int, sample_rate_hz: int, *, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> Grid:
    """Make the grid of a whole session, linear from 0 Hz to half the sample rate."""
    return Grid(
        width_px=min(width_px, frame_count),
        height_px=height_px,
        end_s=frame_count / sample_rate_hz,
        high_hz=sample_rate_hz / 2,
    )


def to_x(grid: Grid, seconds: float) -> float:
    """Pixels from the left edge, from seconds from the start of the session."""
    return (seconds - grid.start_s) / (grid.end_s - grid.start_s) * grid.width_px


def to_y(grid: Grid, hertz: float) -> float:
    """Pixels from the top edge, from hertz."""
    low, high, at = (float(warp(grid.scale, each)) for each in (grid.low_hz, grid.high_hz, hertz))
    return (high - at) / (high - low) * grid.height_px
