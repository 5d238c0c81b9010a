"""Ways to hear a recording: slower, one band only, or ultrasound shifted down; computed in blocks as it is asked for.

Time expansion plays the same samples at a lower rate, so that every frequency is multiplied by the speed and
nothing is lost. Heterodyning multiplies by a carrier and keeps the difference, as bat detectors do: what was at
42 kHz is heard at 2 kHz when the carrier is at 40 kHz (Batbox Duet manual, page 3, "Heterodyne";
https://www.manualslib.com/manual/1610341/Batbox-Duet.html?page=3).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.playback import MAX_RATE_HZ, MIN_RATE_HZ, resample, stretch
from podcast_core.errors import InvalidInput

STEPS_PER_SPEED = 20  # speeds are multiples of 0.05: few renditions, and rates that divide well
# Chosen: ultrasound of 200 kHz then sounds at 10 kHz; nobody follows more than twice the speed.
SLOWEST, FASTEST = 0.05, 2.0
HETERODYNE_BAND_HZ = 8_000.0  # on both sides of the carrier; detectors have 4 to 10 kHz
MIN_CARRIER_HZ = 10_000.0  # as heterodyne bat detectors begin
FILTER_ORDER = 8  # chosen: an octave outside of a band, it is more than 60 dB down
# A Butterworth filter is 3 dB down at its corner; this far inside of it, it is 0.45 dB down, in both passes 0.9 dB.
EDGE = float((10**0.045 - 1) ** (1 / (2 * FILTER_ORDER)))
RINGING = 7.5  # periods of the corner until the filter's answer has fallen by 80 dB
MAX_RINGING_S = 2.0  # reached below 4 Hz, which nobody hears
RESAMPLER_SAMPLES = 4096  # more than the resampler looks at, on each side
STRETCH_MARGIN_S = 0.25  # chosen: more than what the stretcher hears at once
# A block is computed before its first byte is sent: half a second of ultrasound, 5 s at 48 kHz. As it was
# recorded the browser fetches everything anyway: a minute at 48 kHz, since some formats are decoded from the start.
BLOCK_SAMPLES, BLOCK_FRAMES = 1 << 19, 1 << 18
PLAIN_BLOCK_FRAMES = 1 << 22

Samples = NDArray[np.float32]
ReadSamples = Callable[[int, int], Samples]


@dataclass(frozen=True, slots=True)
class Rendition:
    """How a recording is heard.

    Parameters
    ----------
    sample_rate_hz
        Of the recording.
    speed
        0.05 to 2 in steps of 0.05; the sound lasts 1 / speed times as long.
    keep_pitch
        Stretch the sound without changing its frequencies. Otherwise they are multiplied by the speed.
    low_hz, high_hz
        Keep this band only; None: everything below, or above.
    heterodyne_hz
        Carrier: a frequency f is heard at ``|f - heterodyne_hz|``, up to 8 kHz.
    """

    sample_rate_hz: int
    speed: float = 1.0
    keep_pitch: bool = False
    low_hz: float | None = None
    high_hz: float | None = None
    heterodyne_hz: float | None = None

    def __post_init__(self) -> None:
        steps = self.speed * STEPS_PER_SPEED
        if not SLOWEST - 1e-9 <= self.speed <= FASTEST or abs(steps - round(steps)) > 1e-6:
            raise InvalidInput(f"speed: expected {SLOWEST} to {FASTEST:g} in steps of 0.05, found {self.speed:g}.")
        nyquist_hz = self.sample_rate_hz / 2
        low_hz = 0.0 if self.low_hz is None else self.low_hz
        high_hz = nyquist_hz if self.high_hz is None else self.high_hz
        if not 0 <= low_hz < min(high_hz, nyquist_hz):
            raise InvalidInput(
                f"low_hz, high_hz: expected 0 <= low_hz < high_hz and low_hz below {nyquist_hz:g} Hz, "
                f"found {low_hz:g} and {high_hz:g}."
            )
        carrier = self.heterodyne_hz
        if carrier is not None and not MIN_CARRIER_HZ <= carrier < nyquist_hz:
            raise InvalidInput(
                f"heterodyne_hz: expected {MIN_CARRIER_HZ:g} Hz to less than {nyquist_hz:g} Hz "
                f"(half of the sample rate), found {carrier:g}."
            )

    @property
    def wire_rate_hz(self) -> int:
        """The sample rate of the result: one that every browser plays."""
        relabelled = self.sample_rate_hz if self.keep_pitch else self.sample_rate_hz * self._speed
        return min(max(round(relabelled), MIN_RATE_HZ), MAX_RATE_HZ)

    @property
    def ratio(self) -> Fraction:
        """Samples of the result per sample of the recording."""
        return Fraction(self.wire_rate_hz) / (self.sample_rate_hz * self._speed)

    @property
    def is_as_recorded(self) -> bool:
        """Tell whether the result has the samples of the recording."""
        return self._is_plain and self.wire_rate_hz == self.sample_rate_hz

    @property
    def block_samples(self) -> int:
        """Samples of the result in one block: such that every block starts at a sample of the recording."""
        ratio = float(self.ratio)
        wanted = PLAIN_BLOCK_FRAMES * min(1.0, ratio) if self._is_plain else min(BLOCK_SAMPLES, BLOCK_FRAMES * ratio)
        return self.ratio.numerator * max(1, int(wanted) // self.ratio.numerator)

    def count_samples(self, frame_count: int) -> int:
        """Count the samples of the result for so many frames of the recording."""
        return round(frame_count * self.ratio)

    def render(self, read: ReadSamples, frame_count: int, block: int) -> Samples:
        """Compute one block.

        Parameters
        ----------
        read
            Gives frames [first, last) of what is rendered, shape (n,), float32.
        frame_count
            How many frames there are.
        block
            Which one, counted from 0.

        Returns
        -------
        Samples
            The same values as if everything were computed at once, within -60 dB: more is read on both sides
            than the block needs, as much as filters and resampler look at.
        """
        first_sample = block * self.block_samples
        last_sample = min(first_sample + self.block_samples, self.count_samples(frame_count))
        first, last = int(first_sample / self.ratio), min(math.ceil(last_sample / self.ratio), frame_count)
        margin = self._margin_frames
        begin, end = max(first - margin, 0), min(last + margin, frame_count)
        samples = band_pass(read(begin, end), self.sample_rate_hz, self.low_hz, self.high_hz)
        if self.heterodyne_hz is not None:
            samples = mix(samples, self.sample_rate_hz, self.heterodyne_hz, first_frame=begin)
        samples = self._change_rate(samples)
        skipped = int((first - begin) * self.ratio)
        samples = samples[skipped : skipped + last_sample - first_sample]
        missing = last_sample - first_sample - len(samples)
        return np.pad(samples, (0, missing)) if missing else samples

    def _change_rate(self, samples: Samples) -> Samples:
        wire_hz = self.wire_rate_hz
        if self.keep_pitch:
            samples = resample(samples, self.sample_rate_hz, wire_hz)
        else:
            samples = resample(samples, self.ratio.denominator, self.ratio.numerator)
        if self.heterodyne_hz is not None:  # only now: at a tenth of the rate it takes a tenth of the time
            scale = 1.0 if self.keep_pitch else float(self._speed)
            samples = band_pass(samples, wire_hz, None, HETERODYNE_BAND_HZ * scale)
        return stretch(samples, wire_hz, float(self._speed)) if self.keep_pitch else samples

    @property
    def _is_plain(self) -> bool:
        return self == Rendition(self.sample_rate_hz)

    @property
    def _speed(self) -> Fraction:
        return Fraction(round(self.speed * STEPS_PER_SPEED), STEPS_PER_SPEED)

    @property
    def _margin_frames(self) -> int:
        """Frames to read before and after a block, a multiple of those that make whole samples of the result."""
        margin_s = sum(_measure_ringing(kind, edge) for kind, edge in _plan_filters(self))
        margin = math.ceil(margin_s * self.sample_rate_hz)
        if self.ratio != 1:
            margin += math.ceil(RESAMPLER_SAMPLES * max(1.0, float(1 / self.ratio)))
        if self.keep_pitch:
            margin += math.ceil(STRETCH_MARGIN_S * self.sample_rate_hz)
        unit = self.ratio.denominator
        return unit * math.ceil(margin / unit)


def band_pass(samples: Samples, sample_rate_hz: int, low_hz: float | None, high_hz: float | None) -> Samples:
    """Keep a band without moving anything in time (Butterworth, forwards and backwards).

    Shape (n,), float32, before and after. Edges are 0.9 dB down, an octave outside of them more than 60 dB.
    """
    nyquist_hz = sample_rate_hz / 2
    if low_hz:
        samples = _filter(samples, "highpass", low_hz * EDGE / nyquist_hz)
    if high_hz is not None and high_hz / EDGE < nyquist_hz:
        samples = _filter(samples, "lowpass", high_hz / EDGE / nyquist_hz)
    return samples


def mix(samples: Samples, sample_rate_hz: int, carrier_hz: float, *, first_frame: int = 0) -> Samples:
    """Multiply by a carrier: a frequency f becomes ``|f - carrier_hz|`` and ``f + carrier_hz``, each as loud as f was.

    Shape (n,), float32, before and after; ``first_frame`` is where the samples begin, so that the
    carriers of neighbouring blocks fit together.
    """
    cycles = np.arange(first_frame, first_frame + len(samples)) * (carrier_hz / sample_rate_hz) % 1.0
    carrier: Samples = (2 * np.cos(2 * np.pi * cycles)).astype(np.float32)
    return samples * carrier


def _plan_filters(rendition: Rendition) -> list[tuple[str, float]]:
    edges = [("highpass", rendition.low_hz), ("lowpass", rendition.high_hz)]
    if rendition.heterodyne_hz is not None:
        edges.append(("lowpass", HETERODYNE_BAND_HZ))
    return [(kind, edge) for kind, edge in edges if edge]


def _measure_ringing(kind: str, edge_hz: float) -> float:
    corner_hz = edge_hz * EDGE if kind == "highpass" else edge_hz / EDGE
    return min(RINGING / corner_hz, MAX_RINGING_S)


def _filter(samples: Samples, kind: str, corner: float) -> Samples:
    from scipy.signal import sosfiltfilt

    filtered = sosfiltfilt(_design(kind, corner), samples, padlen=max(0, min(3 * FILTER_ORDER, len(samples) - 1)))
    return np.asarray(filtered, np.float32)


@lru_cache(maxsize=64)
def _design(kind: str, corner: float) -> NDArray[np.float64]:
    from scipy.signal import butter

    sections: NDArray[np.float64] = butter(FILTER_ORDER, corner, kind, output="sos")
    return sections
