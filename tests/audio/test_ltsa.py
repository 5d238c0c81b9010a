"""Long-term spectral averages: levels in dB, times and bands are exact at every level, and power is kept."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import welch

from podcast_core.audio.ltsa import FACTOR, FLOOR_DB, STEP_DB, TILE_COLUMNS, Layout, Tile, compute_tiles, to_bytes

RATE_HZ = 2_000
CHIRP_S, CHIRP_HZ = 61 * 60 + 7.25, 600.0  # at a known minute
LENGTH_S = 5_000.3


def cut(samples: NDArray[np.float32], sizes: NDArray[np.int64]) -> list[NDArray[np.float32]]:
    return np.split(samples, np.cumsum(sizes)[:-1])


def join(tiles: list[Tile], level: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    chosen = [each for each in tiles if each.level == level]
    assert [each.number for each in chosen] == list(range(len(chosen)))
    assert all(len(each.weights) == TILE_COLUMNS for each in chosen[:-1])
    return np.concatenate([each.density for each in chosen]), np.concatenate([each.weights for each in chosen])


def test_a_chirp_is_in_the_right_pixel_at_every_level_and_power_is_kept() -> None:
    rng = np.random.default_rng(3)
    samples = rng.normal(0, 1e-3, int(LENGTH_S * RATE_HZ)).astype(np.float32)
    time_s = np.arange(int(0.5 * RATE_HZ)) / RATE_HZ
    chirp = 0.5 * np.sin(2 * np.pi * (CHIRP_HZ * time_s + 10 * time_s**2))  # 600 to 610 Hz
    begin = int(CHIRP_S * RATE_HZ)
    samples[begin : begin + len(chirp)] += chirp.astype(np.float32)
    layout = Layout(RATE_HZ, len(samples))
    sizes = rng.integers(1, 400_000, 1_000)
    sizes = sizes[np.cumsum(sizes) < len(samples)]
    tiles = list(compute_tiles(layout, cut(samples, np.append(sizes, len(samples) - sizes.sum()))))
    assert len(layout.column_counts) == 3
    low_hz, high_hz = layout.band_edges_hz
    finer = None
    for level, count in enumerate(layout.column_counts):
        density, weights = join(tiles, level)
        assert density.shape == (count, layout.band_count)
        column, band = np.unravel_index(density.argmax(), density.shape)
        assert column * layout.column_s(level) <= CHIRP_S + 0.25 < (column + 1) * layout.column_s(level)
        assert low_hz + band * (high_hz - low_hz) / layout.band_count <= 605
        assert low_hz + (band + 1) * (high_hz - low_hz) / layout.band_count >= 605
        mean = np.average(density, axis=0, weights=weights)
        if finer is not None:
            np.testing.assert_allclose(mean, finer, rtol=1e-4)
        finer = mean
    # The same as SciPy's, of all windows of a column.
    first, _ = join(tiles, 0)
    length, hop = layout.hops_per_column * layout.hop, layout.hop
    part = samples[5 * length - hop // 2 : 6 * length + hop // 2]
    _hz, expected = welch(part, RATE_HZ, "hann", layout.window, hop, detrend=False)
    np.testing.assert_allclose(first[5], expected[1:], rtol=1e-3)
    np.testing.assert_allclose(to_bytes(first) * STEP_DB + FLOOR_DB, 10 * np.log10(first), atol=0.351)


@pytest.mark.parametrize("frame_count", [2, 100, 250, 2_000, 2_001, 2_000 * TILE_COLUMNS])
def test_any_length_has_the_columns_that_are_promised(frame_count: int) -> None:
    layout = Layout(RATE_HZ, frame_count)
    tiles = list(compute_tiles(layout, [np.ones(frame_count, np.float32)]))
    for level, count in enumerate(layout.column_counts):
        assert len(join(tiles, level)[0]) == count
    assert layout.column_counts[-1] <= TILE_COLUMNS
    assert layout.choose_level(0, frame_count / RATE_HZ, 1) == len(layout.column_counts) - 1
    assert TILE_COLUMNS % FACTOR == 0


def test_what_is_no_number_does_not_spread() -> None:
    samples = np.full(4 * RATE_HZ, 0.1, np.float32)
    samples[100] = np.nan
    samples[3 * RATE_HZ] = 3e38
    (tile,) = compute_tiles(Layout(RATE_HZ, len(samples)), [samples])
    assert np.isfinite(tile.density).all()
