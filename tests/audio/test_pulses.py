import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.audio.pulses import (
    Compressed,
    find_loud_columns,
    find_runs,
    find_runs_as_original,
    pad_and_unite,
)
from podcast_core.audio.ultrasound_picture import UltrasoundPicture, compute_above, shade

RATE = 250_000
Runs = list[tuple[int, int]]


def find(times_s: list[float], seconds: float = 1.0, loudness: float = 0.05) -> tuple[Runs, Runs]:
    """Runs by our rule and by the original's of sweeps of 4 ms in noise."""
    samples = 0.001 * np.random.default_rng(0).standard_normal(round(seconds * RATE))
    sweep_s = np.arange(RATE // 250) / RATE
    sweep = loudness * np.hanning(len(sweep_s)) * np.sin(2 * np.pi * (80_000 - 5e6 * sweep_s) * sweep_s)
    for each in times_s:
        first = round(each * RATE)
        samples[first : first + len(sweep)] += sweep[: len(samples) - first]
    picture = UltrasoundPicture(len(samples), RATE)
    scale, tiles = compute_above(picture, lambda first, last: [samples[first:last].astype(np.float32)])
    (tile,) = tiles
    loud = find_loud_columns(tile.above, scale.spread_db, picture.band_rows())
    peaks = shade(picture, tile, scale).max(axis=0).astype(np.float32)
    return pad_and_unite(find_runs(loud), picture.width_px), pad_and_unite(
        find_runs_as_original(peaks), picture.width_px
    )


def covers(runs: Runs, start_s: float, end_s: float) -> bool:
    return any(first <= 4000 * start_s and 4000 * end_s <= end for first, end in runs)


@pytest.mark.parametrize(
    "times_s",
    [[0.5], [0.2, 0.7], [0.3, 0.304], [0.3, 0.31, 0.9], [0.0, 0.996], [0.1, 0.3, 0.5, 0.7, 0.9]],
    ids=["one", "two", "touching", "touching and far", "at both ends", "five"],
)
def test_every_pulse_is_shown_by_both_rules(times_s: list[float]) -> None:
    for runs in find(times_s):
        assert all(covers(runs, each, min(each + 0.0039, 1.0)) for each in times_s)
        assert sum(end - first for first, end in runs) < 0.2 * 4000 * len(times_s)


def test_a_loud_click_does_not_hide_faint_calls() -> None:
    samples_with_faint = [0.2, 0.6]
    ours, _ = find(samples_with_faint, loudness=0.004)
    assert all(covers(ours, each + 0.001, each + 0.003) for each in samples_with_faint)


def test_noise_alone_and_silence_hold_nothing() -> None:
    assert find([])[0] == []
    assert find_runs_as_original(np.zeros(100, np.float32)) == []
    assert find_runs(np.zeros(100, np.bool_)) == []


def test_the_originals_threshold_falls_until_something_is_found() -> None:
    peaks = np.zeros(100, np.float32)
    peaks[[20, 50, 51, 52]] = [100, 30, 31, 30]  # a single bright column is removed by the median
    assert find_runs_as_original(peaks) == [(50, 53)]


INTERVALS = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 60)).map(lambda each: (each[0], sum(each))))


@given(INTERVALS)
def test_padding_unites_and_loses_nothing(runs: Runs) -> None:
    united = pad_and_unite(runs, 560, 40)
    shown = np.zeros(560, bool)
    for first, end in united:
        shown[first:end] = True
    wanted = np.zeros(560, bool)
    for first, end in runs:
        wanted[max(0, first - 40) : min(560, end + 40)] = True
    assert (shown == wanted).all()
    assert all(a[1] < b[0] for a, b in zip(united[:-1], united[1:], strict=True))


@given(INTERVALS.filter(bool))
def test_the_compressed_view_shows_the_columns_of_its_runs_and_no_others(runs: Runs) -> None:
    compressed = Compressed(tuple(pad_and_unite(runs, 560, 0)))
    assert compressed.width_px == sum(compressed.widths)
    pixels = np.tile(np.arange(560) % 251, (3, 1)).astype(np.uint8)
    cut = compressed.cut(pixels)
    shown = np.concatenate([np.arange(*run) for run in compressed.runs])
    assert cut[0].tolist() == (shown % 251).tolist()
    parts = [compressed.cut(pixels[:, first : first + 100], first) for first in range(0, 560, 100)]
    assert (np.concatenate(parts, axis=1) == cut).all()
