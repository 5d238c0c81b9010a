"""What only the first visitor after a start would wait for, done in the background once the server listens."""

from threading import Thread

import numpy as np

from podcast_core.audio.grid import Grid
from podcast_core.audio.levels import choose_levels
from podcast_core.audio.spectrogram import compute_decibels, encode_jpeg, plan_picture, quantise
from podcast_core.figures import spectrogram_axes

RATE_HZ = 8000


def start_warming() -> None:
    """Warm up in a thread; nobody waits for it, and who comes before it has ended waits as if there were none."""
    Thread(target=warm_up, name="warming", daemon=True).start()


def warm_up() -> None:
    """Draw a second of silence and its axes: most of what a claim imports and makes once is for those."""
    grid = Grid(width_px=64, height_px=64, end_s=1.0, high_hz=RATE_HZ / 2)
    decibels = compute_decibels(plan_picture(grid, RATE_HZ), [np.zeros(RATE_HZ, np.float32)])
    encode_jpeg(quantise(decibels, choose_levels(decibels)))
    spectrogram_axes(grid.end_s, grid.low_hz, grid.high_hz)
