"""Measure calls: from the samples in and around a box to its frequencies, times, levels and shape.

All come from one short-time Fourier transform of the box and its surroundings, as in Raven: a quantile is the first bin
that reaches it, not a value between two. The window is a Hann window of about an eighth of the box (`choose_window`),
so that a bat's call of 3 ms and a whale's of 10 s are both resolved; it can be given, to compare with other programs.
What each measurement means is said in `podcast_core.domain.measurement`.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.windows import make_window
from podcast_core.domain.box import Box
from podcast_core.domain.measurement import Values
from podcast_core.errors import InvalidInput

Samples = NDArray[np.float32]
Power = NDArray[np.float64]

SHORTEST, LONGEST = 64, 1024  # samples of a window that is chosen: below, bins are too wide for any band
WINDOW_SHARE = 8  # windows in a box: chosen for bats, whose sweep of 5 ms in a box of 10 needs at least so many
HOPS = 4  # columns per window, where there are not too many: a Hann window hears nothing new between them
MAX_COLUMNS = 2000  # of a box; chosen: longer ones are heard at so many moments
SILENCE = 1e-30  # power, -300 dB: what is below is no sound
CALL_RANGE_DB = 20.0  # below its peak a call is not followed: nearer to the usual noise than any call that is drawn
LAST_SHARE = 0.4  # of a call, where its characteristic frequency is looked for (SonoBat's definition)
HARMONICS, HARMONIC_FALL = 5, 0.84  # of subharmonic summation (Hermes 1988, doi:10.1121/1.396427: 15 at 0.84)
F0_STEPS = 48  # candidates per octave: 1.4 %, refined by a parabola
F0_RANGE_DB = 10.0  # columns weaker than the strongest by more say nothing certain about pitch
MIN_TRACK = 3  # columns: fewer make no track
MAX_TONAL_ENTROPY = 0.75  # of the largest: white noise has 0.93, and its strongest bin means nothing


def choose_window(duration_s: float, rate_hz: int) -> int:
    """Choose the window for a box in samples: the power of two nearest to an eighth of it, 64 to 1024."""
    wanted = max(1.0, duration_s * rate_hz / WINDOW_SHARE)
    return min(max(1 << round(math.log2(wanted)), SHORTEST), LONGEST)


@dataclass(frozen=True, slots=True)
class Heard:
    """One channel's samples around a box, shape (n,), float32, full scale is 1, and what they are.

    ``start_s`` is the time of the first sample, from where the box's times count.
    """

    samples: Samples
    rate_hz: int
    start_s: float


def measure(heard: Heard, box: Box, *, window_samples: int | None = None) -> Values:
    """Measure a box.

    Parameters
    ----------
    heard
        Samples that hold the box; those around it, up to its length on each side, tell what the noise is.
    box
        In the time of ``heard``. Without a band it is measured over all frequencies above 0.
    window_samples
        Length of the Hann window; None: chosen by `choose_window`.

    Returns
    -------
    Values
        By the names of `MEASUREMENTS`; what cannot be told is not in it.

    Raises
    ------
    InvalidInput
        The box holds no sample, its band no frequency, or its samples are no numbers.
    """
    first, end = (round((at - heard.start_s) * heard.rate_hz) for at in (box.start_s, box.end_s))
    first, end = max(first, 0), min(end, len(heard.samples))
    if end - first < 1:
        raise InvalidInput(f"No sample lies between {box.start_s:g} and {box.end_s:g} s.")
    inside = heard.samples[first:end].astype(np.float64)
    if not np.isfinite(inside).all():
        raise InvalidInput(f"Between {box.start_s:g} and {box.end_s:g} s are samples that are no numbers.")
    window = window_samples or choose_window(box.duration_s, heard.rate_hz)
    low_hz, high_hz = _find_band(box, heard.rate_hz)
    picture = _Picture.make(heard, first, end, window)
    bins = np.flatnonzero((picture.hertz >= low_hz) & (picture.hertz <= high_hz))
    if not len(bins):  # a band narrower than a bin
        bins = np.array([np.abs(picture.hertz - (low_hz + high_hz) / 2).argmin()])
    values = {
        "duration_s": box.duration_s,
        "bandwidth_hz": high_hz - low_hz,
        "peak_dbfs": _to_db(float(np.square(inside).max())),
    }
    power = picture.power[picture.is_inside][:, bins]
    total = float(power.sum())
    if total <= SILENCE:
        return values
    times, hertz = picture.times[picture.is_inside], picture.hertz[bins]
    values |= _measure_spread(power, times, hertz)
    mean = total / len(power)
    values |= {
        "rms_dbfs": _to_db(2 * mean),
        "energy_db": _to_db(mean * len(inside) / heard.rate_hz),
        **_measure_entropy(power),
        **_measure_noise(picture, bins, mean),
    }
    if values["average_entropy_bits"] <= MAX_TONAL_ENTROPY * math.log2(max(2, len(bins))):
        values |= _measure_ridge(power, times, hertz)
        values |= _measure_pitch(picture, power.sum(axis=1), low_hz, high_hz)
    return values


@dataclass(frozen=True, slots=True)
class _Picture:
    """Power of each column and bin, shape (columns, bins): a column's sum is the mean square of what it hears."""

    power: Power
    times: Power
    hertz: Power
    is_inside: NDArray[np.bool_]
    is_around: NDArray[np.bool_]

    @classmethod
    def make(cls, heard: Heard, first: int, end: int, window: int) -> "_Picture":
        length = end - first
        hop = max(1, window // HOPS, math.ceil(length / MAX_COLUMNS))
        # Centres of columns: the box in equal steps from half a hop behind its start, and the same way on both sides.
        count = max(1, length // hop)
        step = length / count
        centres = first + step * (np.arange(-count, 2 * count) + 0.5)
        is_inside = (centres > first) & (centres < end)
        # What is around hears nothing of the box, and lies in what there is.
        half = window / 2
        is_apart = (centres + half <= first) | (centres - half >= end)
        is_there = (centres - half >= 0) & (centres + half <= len(heard.samples))
        kept = is_inside | (is_apart & is_there)
        centres, is_inside = centres[kept], is_inside[kept]
        starts = np.floor(centres - half + 0.5).astype(np.int64)
        begin, stop = int(starts[0]), int(starts[-1]) + window
        there = heard.samples[max(begin, 0) : stop]
        beyond = (max(-begin, 0), stop - max(begin, 0) - len(there))
        padded = np.pad(there, beyond) if any(beyond) else there  # minutes of samples are not copied for nothing
        frames = np.lib.stride_tricks.sliding_window_view(padded, window)[starts - begin].astype(np.float64)
        frames = np.nan_to_num(frames, copy=False, posinf=0.0, neginf=0.0)
        shape = make_window("hann", window)
        spectra = np.fft.rfft(frames * shape, axis=1)
        power = np.square(np.abs(spectra)) / (window * np.square(shape).sum())
        power[:, 1 : (window + 1) // 2] *= 2  # the negative frequencies
        power[:, 0] = 0.0  # a recorder's offset is no sound
        hertz = np.arange(window // 2 + 1) * heard.rate_hz / window
        return cls(power, heard.start_s + centres / heard.rate_hz, hertz, is_inside, ~is_inside)


def _find_band(box: Box, rate_hz: int) -> tuple[float, float]:
    nyquist_hz = rate_hz / 2
    low_hz = 0.0 if box.low_hz is None else box.low_hz
    high_hz = nyquist_hz if box.high_hz is None else min(box.high_hz, nyquist_hz)
    if low_hz > high_hz:  # equal: a line, of which the nearest bin is measured
        raise InvalidInput(f"The box begins at {low_hz:g} Hz, and the recording ends at {nyquist_hz:g} Hz.")
    return low_hz, high_hz


def _to_db(power: float) -> float:
    return 10 * math.log10(max(power, SILENCE))


def _find_quantile(energy: Power, places: Power, share: float) -> float:
    """Find the first place at which a share of the energy is reached."""
    sums = np.cumsum(energy)
    return float(places[min(int(np.searchsorted(sums, share * sums[-1] * (1 - 1e-12))), len(places) - 1)])


def _measure_spread(power: Power, times: Power, hertz: Power) -> Values:
    column, row = np.unravel_index(int(power.argmax()), power.shape)
    by_hertz, by_time = power.sum(axis=0), power.sum(axis=1)
    low5, q1, centre, q3, high95 = (_find_quantile(by_hertz, hertz, share) for share in (0.05, 0.25, 0.5, 0.75, 0.95))
    time5, middle, time95 = (_find_quantile(by_time, times, share) for share in (0.05, 0.5, 0.95))
    return {
        "peak_hz": float(hertz[row]),
        "peak_time_s": float(times[column]),
        "centre_hz": centre,
        "q1_hz": q1,
        "q3_hz": q3,
        "iqr_bandwidth_hz": q3 - q1,
        "low5_hz": low5,
        "high95_hz": high95,
        "bandwidth90_hz": high95 - low5,
        "centre_time_s": middle,
        "time5_s": time5,
        "time95_s": time95,
        "duration90_s": time95 - time5,
    }


def _measure_entropy(power: Power) -> Values:
    whole = _find_entropy(power.sum(axis=0, keepdims=True))[0]
    sounding = power[power.sum(axis=1) > SILENCE]
    values = {"aggregate_entropy_bits": float(whole), "average_entropy_bits": float(_find_entropy(sounding).mean())}
    if power.shape[1] > 1:
        values["spectral_entropy"] = float(whole / math.log2(power.shape[1]))
    return values


def _find_entropy(power: Power) -> Power:
    """Find the entropy of each row in bits."""
    share = power / power.sum(axis=1, keepdims=True)
    terms = np.where(share > 0, share * np.log2(np.where(share > 0, share, 1.0)), 0.0)
    entropy: Power = np.maximum(0.0, -terms.sum(axis=1))
    return entropy


def _measure_noise(picture: _Picture, bins: NDArray[np.int64], mean: float) -> Values:
    around = picture.power[picture.is_around][:, bins].sum(axis=1)
    noise = float(np.median(around)) if len(around) else 0.0
    return {"snr_db": _to_db(mean) - _to_db(noise)} if noise > SILENCE else {}


def _measure_ridge(power: Power, times: Power, hertz: Power) -> Values:
    """Follow the strongest frequency while the call is near its peak."""
    peaks = power.max(axis=1)
    loud = np.flatnonzero(peaks >= peaks.max() * 10 ** (-CALL_RANGE_DB / 10))
    first, last = int(loud[0]), int(loud[-1])
    if last - first + 1 < MIN_TRACK:
        return {}
    step_s = float(times[1] - times[0])
    call = power[first : last + 1]
    ridge = _refine(call, call.argmax(axis=1))
    ridge = hertz[0] + ridge * (float(hertz[1] - hertz[0]) if len(hertz) > 1 else 0.0)
    duration_s = (last - first + 1) * step_s
    begin = int(len(ridge) * (1 - LAST_SHARE))
    flat = ridge[begin:] if len(ridge) - begin >= MIN_TRACK else ridge
    at = int(np.abs(np.gradient(flat)).argmin())
    return {
        "start_hz": float(ridge[0]),
        "end_hz": float(ridge[-1]),
        "characteristic_hz": float(flat[at]),
        "sweep_khz_per_ms": float(ridge[-1] - ridge[0]) / duration_s / 1e6,
        "call_duration_ms": duration_s * 1e3,
    }


def _measure_pitch(picture: _Picture, energy: Power, low_hz: float, high_hz: float) -> Values:
    """Sum harmonics for each candidate in the box, on the whole spectrum: those above the box count."""
    bin_hz = float(picture.hertz[1])
    lowest, highest = max(low_hz, 2 * bin_hz), min(high_hz, float(picture.hertz[-1]))
    columns = np.flatnonzero(energy >= energy.max() * 10 ** (-F0_RANGE_DB / 10))
    if highest <= lowest or len(columns) < MIN_TRACK:
        return {}
    candidates = _list_candidates(len(picture.hertz), bin_hz)
    first, end = np.searchsorted(candidates, [lowest, highest])
    if end - first < MIN_TRACK:
        return {}
    amplitude = np.sqrt(picture.power[picture.is_inside][columns])
    sums = np.zeros((len(columns), end - first))
    for harmonic in range(1, HARMONICS + 1):
        places = candidates[first:end] * (harmonic / bin_hz)
        places = places[places < len(picture.hertz) - 1]
        at = places.astype(np.int64)
        share = places - at
        heard = amplitude[:, at] * (1 - share) + amplitude[:, at + 1] * share
        sums[:, : len(places)] += HARMONIC_FALL ** (harmonic - 1) * heard
    best = sums.argmax(axis=1)
    places = _refine(sums, best)
    track = candidates[first] * 2 ** (places / F0_STEPS)
    times = picture.times[picture.is_inside][columns]
    loudness = energy[columns]
    values = {
        "f0_hz": float(np.median(track)),
        "f0_low_hz": float(track.min()),
        "f0_high_hz": float(track.max()),
    }
    around = times - np.average(times, weights=loudness)
    spread = float((loudness * np.square(around)).sum())
    if spread > 0:
        values["f0_slope_hz_per_s"] = float((loudness * around * track).sum()) / spread
    return values


@cache
def _list_candidates(bin_count: int, bin_hz: float) -> Power:
    """List fundamentals from the second bin up to the last one, by equal steps of pitch."""
    lowest = 2 * bin_hz
    candidates: Power = lowest * 2 ** (np.arange(F0_STEPS * math.log2((bin_count - 1) / 2)) / F0_STEPS)
    return candidates


def _refine(rows: Power, peaks: NDArray[np.int64]) -> Power:
    """Find where each row's peak lies between its bins, by a parabola through the logarithms of three."""
    at = np.clip(peaks, 1, rows.shape[1] - 2) if rows.shape[1] > 2 else None
    if at is None:
        return peaks.astype(np.float64)
    lines = np.arange(len(rows))
    left, middle, right = (np.log(np.maximum(rows[lines, at + by], SILENCE)) for by in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -SILENCE)
    shift = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    return np.where(at == peaks, at + shift, peaks)
