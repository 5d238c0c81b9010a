"""The energy detector: calls are where a band is louder than its own noise. No weights, nothing to download.

It finds whatever is loud, and cannot tell calls from other sounds; it is what better models are measured against.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.windows import make_window
from podcast_core.domain.checks import check_between, check_box, check_text
from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Found, Samples

Decibels = NDArray[np.float32]

QUIETEST_POWER = 1e-12  # of full scale; digital silence is -120 dB
FLOOR_PERCENTILE = 20  # as the segmenter has, decision 18
FLOOR_RADIUS_S = 5.0  # the surrounding 10 s, decision 18
HALF_SCORE_DB = 12.0  # a choice: scores of this detector order calls, and are no chances
LADDER_DB = 1.5  # between the thresholds that are tried, one below the other
MIN_DB = 3.0  # below it noise alone is loud, all the time
BLOCK_SAMPLES = 1 << 20  # of frames that are transformed at once


@dataclass(frozen=True, slots=True)
class EnergyDetector:
    """Finds where the level of a band exceeds a running noise floor.

    The level is the band's mean power in Hann windows, in dB. The floor at a moment is the level that the quietest
    fifth of the 10 s around it stays below. Calls are runs of steps whose level exceeds the floor by
    ``threshold_db``; runs with less than ``min_gap_s`` between them are one call, and what is then shorter than
    ``min_length_s`` is none.

    The score of a call is e / (e + 12), where e is the largest excess over the floor in it, in dB: 12 dB give 0.5.

    Parameters
    ----------
    label
        What every found call is called.
    low_hz, high_hz
        The band; ``high_hz`` None: up to half the sample rate.
    threshold_db
        Least excess over the floor, above 0.
    min_length_s, min_gap_s
        Seconds, 0 or more.
    step_s
        Time between levels; brought to a whole number of steps per second.
    window_s
        Length of the window of one level.
    """

    label: str = "call"
    low_hz: float = 0.0
    high_hz: float | None = None
    threshold_db: float = 10.0
    min_length_s: float = 0.01
    min_gap_s: float = 0.01
    step_s: float = 0.0025
    window_s: float = 0.01

    def __post_init__(self) -> None:
        check_text(self.label, "A label", 80)
        check_between(self.low_hz, "The lower end of the band", 0, 1e6, " Hz")
        if self.high_hz is not None:
            check_box(0, 1, self.low_hz, self.high_hz)
        check_between(self.threshold_db, "The threshold", 0.1, 120, " dB")
        check_between(self.min_length_s, "The least length", 0, 60, " s")
        check_between(self.min_gap_s, "The least gap", 0, 60, " s")
        check_between(self.step_s, "The time step", 0.0002, 0.5, " s")
        check_between(self.window_s, "The window", 0.0002, 2, " s")

    @property
    def labels(self) -> tuple[str, ...]:
        """The one label that it gives."""
        return (self.label,)

    @property
    def sample_rate_hz(self) -> None:
        """Any rate will do."""
        return

    @property
    def context_s(self) -> float:
        """How far a moment's floor reaches, and what joins or drops calls there."""
        return FLOOR_RADIUS_S + self.min_gap_s + self.min_length_s + self.window_s + self.step_s

    def parameters(self) -> dict[str, Any]:
        """Return what `from_parameters` takes, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "EnergyDetector":
        """Make a detector from stored parameters.

        Raises
        ------
        InvalidInput
            When a name is unknown or a value cannot be.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(parameters) - known):
            raise InvalidInput(f"The energy detector has no {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
        try:
            return cls(**parameters)
        except TypeError as error:
            raise InvalidInput(f"Parameters of the energy detector cannot be used: {error}.") from error

    def detect(self, samples: Samples, sample_rate_hz: int, *, threshold: float | None = None) -> list[Found]:
        """Find calls; see `Detector.detect`.

        Below its own threshold it adds what is found at ever lower ones, down to 3 dB, where nothing was found before.
        """
        excess_db, count = self.measure(samples, sample_rate_hz), len(samples)
        found = self.find(excess_db, count, sample_rate_hz)
        if threshold is None:
            return found
        least = max(threshold, to_score(min(MIN_DB, self.threshold_db)))
        level_db, least_db = self.threshold_db, to_decibels(least)
        while level_db > least_db:
            level_db -= LADDER_DB  # the same steps for every threshold, so that calls are the same
            found = _add_apart(found, self.find(excess_db, count, sample_rate_hz, threshold=to_score(level_db)))
        return [call for call in found if call.score is None or call.score >= least]

    def measure(self, samples: Samples, sample_rate_hz: int) -> Decibels:
        """Measure by how much the band exceeds its floor.

        Returns
        -------
        Decibels
            Shape (steps,), float32. Step i reaches from sample ``i * rate // steps per second`` to the next one's.
        """
        from scipy.ndimage import percentile_filter

        if not len(samples) or self.low_hz >= sample_rate_hz / 2:  # nothing is recorded up there
            return np.zeros(-(-len(samples) * self._steps_per_s // sample_rate_hz), np.float32)
        levels = self._levels(samples, sample_rate_hz)
        size = 2 * round(FLOOR_RADIUS_S * self._steps_per_s) + 1
        floor = percentile_filter(levels, FLOOR_PERCENTILE, size=min(size, 2 * len(levels) - 1), mode="reflect")
        excess: Decibels = levels - floor
        return excess

    def find(
        self, excess_db: Decibels, sample_count: int, sample_rate_hz: int, *, threshold: float | None = None
    ) -> list[Found]:
        """Find calls in what `measure` gave, shape (steps,), in dB, for ``sample_count`` samples."""
        threshold_db = self.threshold_db if threshold is None else to_decibels(threshold)
        is_loud = np.concatenate(([False], excess_db > threshold_db, [False]))
        edges = np.flatnonzero(is_loud[1:] != is_loud[:-1])
        # Whole samples: a gap is as long wherever in a recording it is.
        times = np.minimum(edges * sample_rate_hz // self._steps_per_s, sample_count)
        starts, ends, first, last = times[::2], times[1::2], edges[::2], edges[1::2]
        if not len(starts):
            return []
        is_apart = starts[1:] - ends[:-1] >= round(self.min_gap_s * sample_rate_hz)
        shortest = max(1, round(self.min_length_s * sample_rate_hz))
        begins, finishes = np.append(True, is_apart), np.append(is_apart, True)
        runs = zip(starts[begins], ends[finishes], first[begins], last[finishes], strict=True)
        high_hz = min(self.high_hz or sample_rate_hz / 2, sample_rate_hz / 2)
        return [
            Found(
                float(start / sample_rate_hz),
                float(end / sample_rate_hz),
                self.label,
                to_score(float(excess_db[one:other].max())),
                low_hz=self.low_hz,
                high_hz=high_hz,
            )
            for start, end, one, other in runs
            if end - start >= shortest
        ]

    @property
    def _steps_per_s(self) -> int:
        return round(1 / self.step_s)

    def _levels(self, samples: Samples, sample_rate_hz: int) -> Decibels:
        """Measure the band's level, shape (steps,); windows reach beyond both ends into silence."""
        from scipy.fft import rfft

        per_s = self._steps_per_s
        size = max(2, round(self.window_s * sample_rate_hz))
        window = make_window("hann", size).astype(np.float32)
        low, high = self._band_bins(size, sample_rate_hz)
        padded = np.pad(samples, (size, size + sample_rate_hz // per_s + 1))
        first = np.arange(-(-len(samples) * per_s // sample_rate_hz)) * sample_rate_hz // per_s
        first += size + sample_rate_hz // (2 * per_s) - size // 2  # a window's middle is its step's
        levels = np.empty(len(first), np.float32)
        count = max(1, BLOCK_SAMPLES // size)
        for start in range(0, len(first), count):
            frames = padded[first[start : start + count, None] + np.arange(size)] * window
            power = np.square(np.abs(rfft(frames, axis=1)[:, low:high])).sum(axis=1) / (window.sum() ** 2)
            levels[start : start + count] = 10 * np.log10(power + QUIETEST_POWER)
        return levels

    def _band_bins(self, size: int, sample_rate_hz: int) -> tuple[int, int]:
        """Find the bins of the band: at least one, also when the recording does not reach up to it."""
        bins = size // 2 + 1
        low = min(round(self.low_hz * size / sample_rate_hz), bins - 1)
        high = bins if self.high_hz is None else round(self.high_hz * size / sample_rate_hz) + 1
        return low, min(max(high, low + 1), bins)


def _add_apart(known: list[Found], others: list[Found]) -> list[Found]:
    """Add the calls that touch none of those that are known; both lists are sorted, and stay so."""
    ends = np.array([call.end_s for call in known])
    first = np.searchsorted(ends, [call.start_s for call in others], side="right")
    apart = [
        call
        for call, index in zip(others, first, strict=True)
        if index == len(known) or known[index].start_s >= call.end_s
    ]
    return sorted([*known, *apart], key=lambda call: call.start_s)


def to_score(excess_db: float) -> float:
    """Map decibels above the floor to a score: 0 dB to 0, 12 dB to 0.5, towards 1."""
    return max(excess_db, 0.0) / (max(excess_db, 0.0) + HALF_SCORE_DB)


def to_decibels(score: float) -> float:
    """Map a score to decibels above the floor: the opposite of `to_score`; infinite for 1."""
    check_between(score, "A threshold", 0, 1)
    return HALF_SCORE_DB * score / (1 - score) if score < 1 else float("inf")
