"""What the segmenter hears: log-mel levels above each band's own noise floor."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.playback import resample
from podcast_core.audio.windows import make_window
from podcast_core.domain.checks import check_between, check_box
from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Example, Samples

Levels = NDArray[np.float32]

STEPS_PER_CALL = 40  # decision 18, as the next ones
MIN_STEP_S, MAX_STEP_S = 0.0005, 0.02
WINDOWS_STEPS = (4, 16)
BANDS = 64
QUIETEST_POWER = 1e-10  # of full scale: -100 dB, below the noise of 16 bits
FLOOR_PERCENTILE = 20  # decision 18
FLOOR_RADIUS_S = 5  # decision 18: the surrounding 10 s
FLOOR_STRIDE_S = 0.01  # levels nearer to each other tell the floor nothing new
MAX_DB = 60.0  # over the background; chosen: what is louder is clear anyway
UNIT_DB = 10.0  # networks like numbers around 1
CORNER_SHARE = 1 / 20  # of the band: below it bands are equally wide, above it they grow with frequency
BLOCK_SAMPLES = 1 << 20  # of frames that are transformed at once


@dataclass(frozen=True, slots=True)
class LogMel:
    """Levels of bands that widen with frequency, in units of 10 dB above the band's noise floor.

    The floor of a moment is the level that the quietest fifth of the 10 s around it stays below; so gain, hum and the
    colour of the noise do not matter. Step i reaches from ``i / steps_per_s`` to the next; its window lies around
    its middle.

    Parameters
    ----------
    sample_rate_hz
        To which sounds are brought.
    steps_per_s
        Whole steps, so that blocks of whole seconds begin on steps.
    windows_s
        Lengths of the Hann windows: short ones tell when, long ones which frequency. Each gives all bands.
    low_hz, high_hz
        The band that is heard.
    bands
        How many it is divided into, for each window.
    """

    sample_rate_hz: int
    steps_per_s: int
    windows_s: tuple[float, ...]
    low_hz: float
    high_hz: float
    bands: int = BANDS

    def __post_init__(self) -> None:
        check_between(self.sample_rate_hz, "The sample rate", 100, 2_000_000, " Hz")
        check_between(self.steps_per_s, "Steps per second", 1, 10_000)
        check_between(len(self.windows_s), "The number of windows", 1, 8)
        for window_s in self.windows_s:
            check_between(window_s, "The window", 1e-4, 2, " s")
        check_between(self.bands, "The number of bands", 4, 512)
        check_box(0, 1, self.low_hz, self.high_hz)
        check_between(self.high_hz, "The upper end of the band", 1, self.sample_rate_hz / 2, " Hz")

    @property
    def step_s(self) -> float:
        """Seconds from one step to the next."""
        return 1 / self.steps_per_s

    @property
    def width(self) -> int:
        """How many levels a step has."""
        return self.bands * len(self.windows_s)

    @property
    def context_s(self) -> float:
        """How far a step's floor and windows reach."""
        return FLOOR_RADIUS_S + 1.0 + max(self.windows_s)

    def parameters(self) -> dict[str, Any]:
        """Return what `from_parameters` takes, fit for JSON."""
        return {**asdict(self), "windows_s": list(self.windows_s)}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "LogMel":
        """Make it from stored parameters.

        Raises
        ------
        InvalidInput
            When a name is missing or unknown, or a value cannot be.
        """
        try:
            return cls(**{**parameters, "windows_s": tuple(parameters["windows_s"])})
        except (TypeError, KeyError) as error:
            names = ", ".join(field.name for field in fields(cls))
            raise InvalidInput(f"Features of a segmenter have {names}: {error}.") from error

    def edges_hz(self) -> NDArray[np.float64]:
        """Return the lowest, middle and highest frequencies of all bands, shape (bands + 2,): band i has i to i + 2."""
        corner_hz = (self.high_hz - self.low_hz) * CORNER_SHARE
        top = np.log1p((self.high_hz - self.low_hz) / corner_hz)
        return np.asarray(self.low_hz + corner_hz * np.expm1(np.linspace(0, top, self.bands + 2)))

    def compute(self, samples: Samples, sample_rate_hz: int) -> Levels:
        """Measure a sound.

        Parameters
        ----------
        samples
            Shape (n,), float32, at ``sample_rate_hz``.

        Returns
        -------
        Levels
            Shape (steps, windows * bands), float32, 0 at the floor, at most 6 (60 dB) above and 2 below it.
        """
        heard = resample(samples, sample_rate_hz, self.sample_rate_hz)
        levels = np.concatenate([self._measure(heard, window_s) for window_s in self.windows_s], axis=1)
        if not len(levels):
            return levels
        levels -= self._floor(levels)
        levels *= np.float32(1 / UNIT_DB)
        return np.clip(levels, -2, MAX_DB / UNIT_DB, out=levels)

    def _measure(self, samples: Samples, window_s: float) -> Levels:
        """Measure the levels in dB of full scale, shape (steps, bands); windows reach beyond the ends into silence."""
        from scipy.fft import rfft

        rate, per_s = self.sample_rate_hz, self.steps_per_s
        size = max(8, round(window_s * rate))
        window = make_window("hann", size).astype(np.float32)
        filters = _filters(self, size)
        padded = np.pad(samples, (size, size + rate // per_s + 1))
        first = np.arange(-(-len(samples) * per_s // rate)) * rate // per_s
        first += size + rate // (2 * per_s) - size // 2  # a window's middle is its step's
        levels = np.empty((len(first), self.bands), np.float32)
        count = max(1, BLOCK_SAMPLES // size)
        for start in range(0, len(first), count):
            frames = padded[first[start : start + count, None] + np.arange(size)] * window
            spectrum = rfft(frames, axis=1)
            power = (spectrum.real**2 + spectrum.imag**2) @ filters
            levels[start : start + count] = 10 * np.log10(power + QUIETEST_POWER)
        return levels

    def _floor(self, levels: Levels) -> Levels:
        """Estimate the floor of each step and band: percentiles around each whole second, straight lines between."""
        count = len(levels)
        stride = max(1, round(FLOOR_STRIDE_S * self.steps_per_s))
        seconds = np.arange(0, count // self.steps_per_s + 1)
        reach = FLOOR_RADIUS_S * self.steps_per_s
        floors = np.empty((len(seconds), self.width), np.float32)
        for index, second in enumerate(seconds * self.steps_per_s):
            near = levels[max(0, second - reach) : second + reach : stride]
            rank = len(near) * FLOOR_PERCENTILE // 100
            floors[index] = np.partition(near, rank, axis=0)[rank]
        at = np.arange(count) / self.steps_per_s
        left = np.minimum(at.astype(np.int64), len(seconds) - 1)
        right = np.minimum(left + 1, len(seconds) - 1)
        share = (at - left)[:, None].astype(np.float32)
        between: Levels = floors[left] * (1 - share) + floors[right] * share
        return between


def choose_features(
    examples: Sequence[Example], *, low_hz: float | None = None, high_hz: float | None = None
) -> LogMel:
    """Choose step, window and band by the calls: mice need 0.5 ms, whales 20 ms.

    Parameters
    ----------
    examples
        At least one call in all.
    low_hz, high_hz
        The band; None: all that the lowest sample rate among the examples holds.

    Raises
    ------
    InvalidInput
        When there is no call.
    """
    lengths_s = [call.end_s - call.start_s for example in examples for call in example.calls]
    if not lengths_s:
        raise InvalidInput("A segmenter is learnt from calls: expected at least one, found none.")
    step_s = float(np.clip(np.median(lengths_s) / STEPS_PER_CALL, MIN_STEP_S, MAX_STEP_S))
    rate = min(example.sample_rate_hz for example in examples)
    top_hz = min(high_hz or rate / 2, rate / 2)
    steps_per_s = round(1 / step_s)
    return LogMel(rate, steps_per_s, tuple(each / steps_per_s for each in WINDOWS_STEPS), low_hz or 0.0, top_hz)


@lru_cache(maxsize=8)
def _filters(features: LogMel, size: int) -> NDArray[np.float32]:
    """Triangles of the bands over the bins, shape (bins, bands), scaled so that they average power.

    A triangle is at least as wide as the distance of two bins: no band is empty.
    """
    bins_hz = np.arange(size // 2 + 1) * features.sample_rate_hz / size
    edges = features.edges_hz()
    middle = edges[1:-1]
    half = features.sample_rate_hz / size
    low = np.minimum(edges[:-2], middle - half)
    high = np.maximum(edges[2:], middle + half)
    rise = (bins_hz[:, None] - low) / (middle - low)
    fall = (high - bins_hz[:, None]) / (high - middle)
    weights = np.clip(np.minimum(rise, fall), 0, None)
    weights /= weights.sum(axis=0) * (size / 2) ** 2 / 4  # a sine of full scale comes out near 0 dB
    return weights.astype(np.float32)
