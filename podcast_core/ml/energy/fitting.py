"""Learning an energy detector from a few labels: its band, threshold, shortest call and shortest gap."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.interfaces import Example, Found
from podcast_core.ml.measuring.metrics import compare_frames, compare_segments

# Chosen: tried one after the other, closer together where calls are faint.
THRESHOLDS_DB = (1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 23, 26, 30, 35)
SHARES = (0.1, 0.25, 0.5, 0.9)  # of the shortest known call or gap
BANDS = 24  # whose edges are tried
WINDOW_STEPS = 4  # as the segmenter's short window, decision 18
TOUCHING_S = 0.001  # a shorter gap is where two calls touch, up to the rounding of their times
MAX_CALLS = 400  # more tell no more about four numbers
STEPS_PER_CALL = 40  # as the segmenter has, decision 18
MIN_STEP_S, MAX_STEP_S = 0.0005, 0.02  # as the segmenter has, decision 18


def fit_energy(examples: Sequence[Example], *, label: str = "call", tolerance_s: float | None = None) -> EnergyDetector:
    """Choose the detector that agrees best with the known calls.

    Compared are the mean of segment F1 and frame F1, without labels, as WhisperSeg compares models: first the band with
    the threshold, then the least gap with the least length, then the threshold again.

    Parameters
    ----------
    examples
        Sound of which all calls are known; at least one call.
    label
        What it calls what it finds.
    tolerance_s
        Of the segment F1; None: eight time steps, which is 20 ms for calls of 100 ms.

    Raises
    ------
    InvalidInput
        When there is no call to learn from.
    """
    lengths_s = np.array([call.end_s - call.start_s for example in examples for call in example.calls])
    if not len(lengths_s):
        raise InvalidInput("An energy detector is learnt from calls: expected at least one, found none.")
    examples = _take(examples)
    step_s = float(np.clip(np.median(lengths_s) / STEPS_PER_CALL, MIN_STEP_S, MAX_STEP_S))
    step_s = 1 / round(1 / step_s)
    start = EnergyDetector(label, step_s=step_s, window_s=WINDOW_STEPS * step_s, min_length_s=0, min_gap_s=0)
    search = _Search(examples, tolerance_s or 8 * step_s)
    gaps_s = _shortest_gap(examples)
    shortest_s = float(lengths_s.min())
    lows = sorted({0.0, *(share * shortest_s for share in SHARES)})
    gaps = sorted({0.0, *(share * gaps_s for share in SHARES)})
    first = [
        replace(start, low_hz=low, high_hz=high, threshold_db=threshold_db, min_length_s=lows[1], min_gap_s=gaps[1])
        for (low, high), threshold_db in product(_list_bands(examples), THRESHOLDS_DB)
    ]
    best = search.best(first)
    best = search.best([replace(best, min_length_s=low, min_gap_s=gap) for low, gap in product(lows, gaps)])
    near = np.round(best.threshold_db * np.array((0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3)), 2)
    return search.best([replace(best, threshold_db=float(each)) for each in near])


class _Search:
    """Compares detectors on the same examples; levels are measured once per band."""

    def __init__(self, examples: Sequence[Example], tolerance_s: float) -> None:
        self._examples = examples
        self._tolerance_s = tolerance_s
        self._band: tuple[float, float | None] | None = None
        self._levels: list[NDArray[np.float32]] = []

    def best(self, detectors: Sequence[EnergyDetector]) -> EnergyDetector:
        """Find the first one of those that agree best."""
        return max(detectors, key=self._agreement)

    def _agreement(self, detector: EnergyDetector) -> float:
        band = (detector.low_hz, detector.high_hz)
        if band != self._band:
            self._levels = [detector.measure(each.samples, each.sample_rate_hz) for each in self._examples]
            self._band = band
        found: list[list[Found]] = [
            detector.find(levels, len(each.samples), each.sample_rate_hz)
            for levels, each in zip(self._levels, self._examples, strict=True)
        ]
        known = [each.calls for each in self._examples]
        segments = compare_segments(known, found, tolerance_s=self._tolerance_s, with_labels=False)
        return (segments.f1 + compare_frames(known, found, with_labels=False).f1) / 2


def _take(examples: Sequence[Example]) -> list[Example]:
    """Take examples, first those with the most calls, until there are enough calls."""
    taken, count = [], 0
    for example in sorted(examples, key=lambda each: -len(each.calls)):
        if count >= MAX_CALLS:
            break
        taken.append(example)
        count += len(example.calls)
    return taken


def _shortest_gap(examples: Sequence[Example]) -> float:
    """Find the shortest gap between neighbouring calls; without any, a quarter of a second."""
    gaps_s = [
        right.start_s - left.end_s
        for example in examples
        for calls in [sorted(example.calls, key=lambda call: call.start_s)]
        for left, right in zip(calls, calls[1:], strict=False)
        if right.start_s - left.end_s >= TOUCHING_S
    ]
    return min(gaps_s, default=0.25)


def _list_bands(examples: Sequence[Example]) -> list[tuple[float, float | None]]:
    """List bands worth trying: all, without the lowest parts, and around where calls rise most above the rest."""
    from scipy.signal import welch

    rate = min(example.sample_rate_hz for example in examples)
    edges = np.linspace(0, rate / 2, BANDS + 1)
    inside, outside = np.full(BANDS, 1e-12), np.full(BANDS, 1e-12)
    for example in examples:
        is_call = np.zeros(len(example.samples), bool)
        for call in example.calls:
            is_call[round(call.start_s * example.sample_rate_hz) : round(call.end_s * example.sample_rate_hz)] = True
        for total, piece in ((inside, example.samples[is_call]), (outside, example.samples[~is_call])):
            if len(piece) < 2 * BANDS:
                continue
            hz, power = welch(piece, example.sample_rate_hz, nperseg=min(1024, len(piece)))
            total += [
                power[(hz >= low) & (hz < high)].sum() if ((hz >= low) & (hz < high)).any() else 0.0
                for low, high in zip(edges, edges[1:], strict=False)
            ]
    rise_db = 10 * np.log10(inside / outside)
    bands: list[tuple[float, float | None]] = [(0.0, None), (float(edges[1]), None), (float(edges[2]), None)]
    for below_db in (3, 6, 10):
        strong = np.flatnonzero(rise_db >= rise_db.max() - below_db)
        bands.append((float(edges[strong[0]]), float(edges[strong[-1] + 1])))
    return list(dict.fromkeys(bands))
