"""What is measured of a call: the measurements by name, with unit, Raven's name where it has one, and definition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from podcast_core.domain.box import Call
from podcast_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement. ``raven`` is the column of Raven Pro 1.6 that means the same; empty: Raven has none."""

    title: str
    unit: str
    definition: str
    raven: str = ""


MEASUREMENTS: Mapping[str, Measurement] = {
    "duration_s": Measurement("Duration", "s", "End minus start of the box.", "Delta Time (s)"),
    "bandwidth_hz": Measurement("Bandwidth", "Hz", "Upper minus lower edge of the box.", "Delta Freq (Hz)"),
    "peak_hz": Measurement(
        "Peak frequency", "Hz", "Frequency of the strongest point of the spectrogram in the box.", "Peak Freq (Hz)"
    ),
    "peak_time_s": Measurement(
        "Peak time",
        "s",
        "Time of the strongest point of the spectrogram in the box, from the start of the recording.",
        "Peak Time (s)",
    ),
    "centre_hz": Measurement(
        "Centre frequency", "Hz", "Lowest frequency below which half of the box's energy lies.", "Center Freq (Hz)"
    ),
    "q1_hz": Measurement(
        "First quartile frequency", "Hz", "Lowest frequency below which 25 % of the energy lies.", "Freq 25% (Hz)"
    ),
    "q3_hz": Measurement(
        "Third quartile frequency", "Hz", "Lowest frequency below which 75 % of the energy lies.", "Freq 75% (Hz)"
    ),
    "iqr_bandwidth_hz": Measurement(
        "Interquartile bandwidth", "Hz", "Third minus first quartile frequency.", "BW 50% (Hz)"
    ),
    "low5_hz": Measurement(
        "5 % frequency", "Hz", "Lowest frequency below which 5 % of the energy lies.", "Freq 5% (Hz)"
    ),
    "high95_hz": Measurement(
        "95 % frequency", "Hz", "Lowest frequency below which 95 % of the energy lies.", "Freq 95% (Hz)"
    ),
    "bandwidth90_hz": Measurement("90 % bandwidth", "Hz", "95 % minus 5 % frequency.", "BW 90% (Hz)"),
    "centre_time_s": Measurement(
        "Centre time",
        "s",
        "Earliest time before which half of the energy lies, from the start of the recording.",
        "Center Time (s)",
    ),
    "time5_s": Measurement(
        "5 % time",
        "s",
        "Earliest time before which 5 % of the energy lies, from the start of the recording.",
        "Time 5% (s)",
    ),
    "time95_s": Measurement(
        "95 % time",
        "s",
        "Earliest time before which 95 % of the energy lies, from the start of the recording.",
        "Time 95% (s)",
    ),
    "duration90_s": Measurement("90 % duration", "s", "95 % minus 5 % time.", "Dur 90% (s)"),
    "peak_dbfs": Measurement(
        "Peak amplitude",
        "dBFS",
        "Largest absolute sample between start and end, all frequencies; 0 dBFS is full scale.",
    ),
    "rms_dbfs": Measurement(
        "RMS level",
        "dBFS",
        "Root mean square of what lies in the box, in time and frequency; 0 dBFS is a sine of full scale.",
    ),
    "energy_db": Measurement(
        "Energy", "dB re FS²·s", "Sum of squares of what lies in the box times the sampling interval; full scale is 1."
    ),
    "snr_db": Measurement(
        "Signal-to-noise ratio",
        "dB",
        "Mean power in the box over the median power in its band before and after it, up to its length each side.",
    ),
    "aggregate_entropy_bits": Measurement(
        "Aggregate entropy",
        "bit",
        "Shannon entropy of the energy in the box by frequency, summed over time.",
        "Agg Entropy (bits)",
    ),
    "average_entropy_bits": Measurement(
        "Average entropy",
        "bit",
        "Mean over time of the entropy of the energy by frequency.",
        "Avg Entropy (bits)",
    ),
    "spectral_entropy": Measurement(
        "Spectral entropy",
        "0 to 1",
        "Aggregate entropy over the largest possible, as seewave's sh: 0 is a pure tone, 1 white noise.",
    ),
    "f0_hz": Measurement(
        "Fundamental frequency",
        "Hz",
        "Median over the call of the fundamental, found in the box by summing harmonics (Hermes 1988).",
    ),
    "f0_low_hz": Measurement("Lowest fundamental", "Hz", "Minimum of the fundamental's track."),
    "f0_high_hz": Measurement("Highest fundamental", "Hz", "Maximum of the fundamental's track."),
    "f0_slope_hz_per_s": Measurement(
        "Slope of the fundamental", "Hz/s", "Line through the fundamental's track, weighted by energy."
    ),
    "start_hz": Measurement(
        "Start frequency", "Hz", "Strongest frequency where the call comes within 20 dB of its peak."
    ),
    "end_hz": Measurement(
        "End frequency", "Hz", "Strongest frequency where the call last is within 20 dB of its peak."
    ),
    "characteristic_hz": Measurement(
        "Characteristic frequency",
        "Hz",
        "Strongest frequency where the last 40 % of the call changes least (bats).",
    ),
    "sweep_khz_per_ms": Measurement(
        "Sweep rate", "kHz/ms", "End minus start frequency over the call's length: negative for a falling sweep."
    ),
    "call_duration_ms": Measurement(
        "Call duration", "ms", "From where the call rises within 20 dB of its peak to where it falls below."
    ),
    "peak_level_db": Measurement(
        "Peak sound pressure level",
        "dB re 1 or 20 µPa",
        "Peak amplitude plus the level of full scale, where the site has a calibration.",
    ),
    "rms_level_db": Measurement(
        "RMS sound pressure level",
        "dB re 1 or 20 µPa",
        "Level of the root mean square of what lies in the box, where the site has a calibration.",
    ),
    "interval_s": Measurement(
        "Interval", "s", "Start of the box minus start of the one before with the same label in its session."
    ),
    "gap_s": Measurement(
        "Gap", "s", "Start of the box minus end of the one before with the same label; negative where they overlap."
    ),
}
Values = dict[str, float]
"""Measured values by name; what cannot be told of a sound is not there."""

TIMES = ("peak_time_s", "centre_time_s", "time5_s", "time95_s")
"""Those that move with the box: they count from the start of the recording."""


CREST_OF_SINE_DB = 3.0103  # peak over root mean square: 20 log10 of the root of 2


def add_levels(values: Values, full_scale_db: float) -> Values:
    """Add sound pressure levels, by the level (zero to peak) that a sample of full scale has.

    ``rms_dbfs`` is relative to a sine of full scale, whose root mean square lies 3 dB below its peak.
    """
    found = dict(values)
    if "peak_dbfs" in values:
        found["peak_level_db"] = values["peak_dbfs"] + full_scale_db
    if "rms_dbfs" in values:
        found["rms_level_db"] = values["rms_dbfs"] - CREST_OF_SINE_DB + full_scale_db
    return found


def measure_intervals(calls: Sequence[Call]) -> list[Values]:
    """Measure how long after the call of the same label before it each begins; the first of a label has no value.

    The interval from start to start is that between calls of bats (interpulse interval) and between clicks (ICI).

    Parameters
    ----------
    calls
        Of one session, in any order.

    Returns
    -------
    list of Values
        ``interval_s`` and ``gap_s`` of each, in the order of the calls.
    """
    found: list[Values] = [{} for _ in calls]
    before: dict[str, Call] = {}
    for number in sorted(range(len(calls)), key=lambda each: (calls[each].start_s, calls[each].end_s)):
        call = calls[number]
        if last := before.get(call.label):
            found[number] = {"interval_s": call.start_s - last.start_s, "gap_s": call.start_s - last.end_s}
        before[call.label] = call
    return found


def get_measurement(name: str) -> Measurement:
    """Get a measurement; InvalidInput where there is none of that name."""
    if name not in MEASUREMENTS:
        raise InvalidInput(f"No measurement is called {name!r}. There are: {', '.join(MEASUREMENTS)}.")
    return MEASUREMENTS[name]
