"""From samples to the levels of a picture: by windows of one length or by constant-Q filters, and PCEN after them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from podcast_core.audio import constant_q, levels, spectrogram
from podcast_core.audio.grid import Grid
from podcast_core.audio.levels import Decibels
from podcast_core.audio.peaks import PeakMeter
from podcast_core.audio.spectrogram import OVERLAP, Plan, Samples
from podcast_core.domain.display import WindowType

RUN_UP_S = 5 * levels.PCEN_TIME_S  # what PCEN has to hear before what is shown: then 99 % of its background is known
RUN_UP_COLUMN_S = levels.PCEN_TIME_S / 8


class SampleSource(Protocol):
    """One channel of a session or a recording."""

    @property
    def rate_hz(self) -> int:
        """The native rate."""

    @property
    def frame_count(self) -> int:
        """How many samples there are."""

    def read(self, first: int, last: int) -> Iterable[Samples]:
        """Read the samples [first, last), or up to the end: blocks of shape (n,), float32, full scale is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """How samples become levels.

    Parameters
    ----------
    window_samples
        Length of the window; None where every row has its own: constant-Q.
    overlap
        Share of a window that the next one covers at least, 0 to below 1.
    window_type
        Shape of the window; of the filters for constant-Q.
    """

    window_samples: int | None
    overlap: float = OVERLAP
    window_type: WindowType = "hann"

    @property
    def is_constant_q(self) -> bool:
        """Tell whether every row has a window of its own."""
        return self.window_samples is None

    def plan(self, grid: Grid, rate_hz: int) -> Plan:
        """Plan the windows of a grid's columns."""
        return spectrogram.plan_picture(
            grid, rate_hz, window_samples=self.window_samples, overlap=self.overlap, window_type=self.window_type
        )


def compute_levels(
    grid: Grid,
    transform: Transform,
    source: SampleSource,
    *,
    bandwidth_hz: float | None = None,
    meter: PeakMeter | None = None,
) -> Decibels:
    """Compute what a grid shows.

    Parameters
    ----------
    grid
        What to show; its times count from the source's first sample.
    bandwidth_hz
        Bring every row to this noise bandwidth, so that noise keeps its level whatever the window; None: leave it.
    meter
        Watches all samples of the source in passing; not for constant-Q.

    Returns
    -------
    ndarray
        Shape (width, height), float32, lowest frequency first, in dB of a full-scale sine, -200 and up.
    """
    if transform.is_constant_q:
        decibels = constant_q.compute_constant_q(
            grid, source.rate_hz, source.frame_count, source.read, window_type=transform.window_type
        )
    else:
        decibels = _compute_windows(transform.plan(grid, source.rate_hz), source, meter)
    if bandwidth_hz is not None:
        decibels += (10 * np.log10(bandwidth_hz / _measure_bandwidth(grid, transform, source))).astype(np.float32)
    return decibels


def run_pcen(
    decibels: Decibels, grid: Grid, transform: Transform, source: SampleSource, *, bandwidth_hz: float | None = None
) -> Decibels:
    """Apply per-channel energy normalisation to what `compute_levels` gave for the same arguments.

    What was heard before the grid's start is computed in coarse columns, so that a part looks as it does in the whole.

    Returns
    -------
    ndarray
        Shape (width, height), float32, in dB above silence, 0 and up; see `levels.apply_pcen`.
    """
    before = None
    run_up_s = min(RUN_UP_S, grid.start_s)
    width_px = round(run_up_s / RUN_UP_COLUMN_S)
    if width_px:
        heard = replace(grid, start_s=grid.start_s - run_up_s, end_s=grid.start_s, width_px=width_px)
        coarse = compute_levels(heard, transform, source, bandwidth_hz=bandwidth_hz)
        before = levels.smooth_in_time(coarse, run_up_s / width_px)[-1]
    borders = levels.smooth_in_time(decibels, (grid.end_s - grid.start_s) / grid.width_px, before)
    return levels.apply_pcen(decibels, np.float32(0.5) * (borders[:-1] + borders[1:]))


def move_background(background: Decibels, known: Grid, wanted: Grid) -> Decibels:
    """Bring the background of a grid's rows to the rows of another grid: shape (height,), float32, in dB."""
    known_hz, wanted_hz = (np.convolve(grid.row_edges_hz(), [0.5, 0.5], "valid") for grid in (known, wanted))
    moved: Decibels = np.interp(wanted_hz, known_hz, background).astype(np.float32)
    return moved


def _compute_windows(plan: Plan, source: SampleSource, meter: PeakMeter | None) -> Decibels:
    if meter is None:
        return spectrogram.compute_decibels(plan, source.read(plan.first_frame, plan.last_frame))
    blocks = meter.watch(source.read(0, source.frame_count))
    return spectrogram.compute_decibels(plan, _skip(plan.first_frame, blocks))


def _skip(first: int, blocks: Iterable[Samples]) -> Iterator[Samples]:
    """Leave out the first frames."""
    for block in blocks:
        if first < len(block):
            yield block[first:]
        first = max(0, first - len(block))


def _measure_bandwidth(grid: Grid, transform: Transform, source: SampleSource) -> Decibels | float:
    if transform.window_samples is None:
        return constant_q.measure_bandwidths(grid, source.rate_hz, transform.window_type)
    return spectrogram.measure_bandwidth(transform.window_samples, source.rate_hz, transform.window_type)
