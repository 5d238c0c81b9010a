import numpy as np
import pytest

from podcast_core.audio.grid import Grid, Scale
from podcast_core.audio.rows import pool_rows


@pytest.mark.parametrize(
    ("scale", "low_hz", "high_hz"),
    [("linear", 0, 24_000), ("linear", 3000, 23_999), ("mel", 0, 24_000), ("log", 24, 2e4)],
)
def test_a_row_is_the_mean_of_the_line_through_the_bins(scale: Scale, low_hz: float, high_hz: float) -> None:
    rate, bins = 48_000, 1025
    grid = Grid(width_px=1, height_px=100, end_s=1.0, low_hz=low_hz, high_hz=high_hz, scale=scale)
    power = (np.random.default_rng(0).random((3, bins)) * [[1e-9], [1.0], [1e6]]).astype(np.float32)
    found = pool_rows(power, grid, rate)
    edges = grid.row_edges_hz() * (bins - 1) / (rate / 2)
    at = np.arange(bins)
    coarse = np.flatnonzero(np.diff(edges) >= 1)
    assert len(coarse) > 30
    for row in coarse:
        places = np.linspace(edges[row], edges[row + 1], 20_001)
        means = [np.interp((places[1:] + places[:-1]) / 2, at, each).mean() for each in power]
        np.testing.assert_allclose(found[:, row], 10 * np.log10(means), atol=0.001)
