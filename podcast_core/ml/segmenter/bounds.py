"""Between which frequencies a found call lies: where its levels come near its loudest band."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.ml.segmenter.batches import Heard
from podcast_core.ml.segmenter.decoding import StepSpan
from podcast_core.ml.segmenter.features import UNIT_DB, LogMel

DROPS_DB = (3.0, 6.0, 10.0, 15.0, 20.0, 30.0)  # of which the one is chosen that fits the known calls
BOUNDED_SHARE = 0.5  # of the known calls that must have frequencies, for found ones to have some
MAX_CALLS = 300  # chosen: more tell no more about one number


def measure_bounds(
    levels: NDArray[np.floating[Any]], runs: Sequence[StepSpan], features: LogMel, drop_db: float
) -> list[tuple[float, float]]:
    """Measure the band of each run: all bands within ``drop_db`` of its loudest, by the longest window.

    Parameters
    ----------
    levels
        As `LogMel.compute` gives them.
    runs
        At least one step each.

    Returns
    -------
    list of (low_hz, high_hz)
        Edges lie half way between the middles of bands.
    """
    longest = int(np.argmax(features.windows_s))
    chosen = levels[:, longest * features.bands : (longest + 1) * features.bands]
    middles = features.edges_hz()[1:-1]
    edges = [features.low_hz, *((one + other) / 2 for one, other in pairwise(middles)), features.high_hz]
    found = []
    for first, end, _ in runs:
        profile = chosen[first:end].mean(axis=0, dtype=np.float32)
        strong = np.flatnonzero(profile >= profile.max() - drop_db / UNIT_DB)
        found.append((float(edges[strong[0]]), float(edges[strong[-1] + 1])))
    return found


def fit_drop(sounds: Sequence[Heard], features: LogMel) -> float | None:
    """Choose the drop at which bands come nearest to those of known calls, counted in bands.

    Returns
    -------
    float or None
        In dB; None where most known calls have no frequencies.
    """
    known = [
        (sound.levels, call.start_s, call.end_s, (call.low_hz, call.high_hz))
        for sound in sounds
        for call in sound.calls
        if call.low_hz is not None and call.high_hz is not None
    ]
    if not known or len(known) < BOUNDED_SHARE * sum(len(sound.calls) for sound in sounds):
        return None
    middles = features.edges_hz()[1:-1]
    errors = dict.fromkeys(DROPS_DB, 0.0)
    for levels, start_s, end_s, band_hz in known[:: max(1, len(known) // MAX_CALLS)]:
        first = min(round(start_s * features.steps_per_s), len(levels) - 1)
        run = (first, max(first + 1, round(end_s * features.steps_per_s)), 0)
        true = np.searchsorted(middles, band_hz)
        for drop_db in DROPS_DB:
            guess = np.searchsorted(middles, measure_bounds(levels, [run], features, drop_db)[0])
            errors[drop_db] += float(np.abs(guess - true).sum())
    return min(DROPS_DB, key=lambda each: errors[each])
