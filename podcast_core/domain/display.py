"""How the sessions of a round are shown at first. Whoever labels can show them differently."""

from dataclasses import dataclass
from typing import Literal, get_args

from podcast_core.domain.checks import check_between, check_order, check_score, check_text
from podcast_core.domain.measurement import get_measurement
from podcast_core.errors import InvalidInput

AxisName = Literal["linear", "mel", "log", "constant-q"]
WindowType = Literal["hann", "hamming", "blackman", "blackmanharris", "boxcar"]
Denoise = Literal["none", "median", "pcen"]

SCALES: tuple[AxisName, ...] = get_args(AxisName)
WINDOW_TYPES: tuple[WindowType, ...] = get_args(WindowType)
DENOISERS: tuple[Denoise, ...] = get_args(Denoise)
COLOR_MAPS = ("magma", "viridis", "inferno", "cividis", "turbo", "grey", "inverted grey")  # that the editor has
MIN_WINDOW, MAX_WINDOW = 64, 16384
MAX_HZ = 1e7  # chosen: no recorder hears ten megahertz
LOUDEST_DB = 300.0  # chosen: beyond the 193 dB of 32 bits


@dataclass(frozen=True, slots=True)
class Display:
    """A round's picture settings and how its boxes start.

    Parameters
    ----------
    scale
        Frequency axis: ``linear``, ``mel``, ``log``, or ``constant-q``: logarithmic, and each row's filter as wide as a
        fixed share of its frequency.
    window_samples
        Length of the spectrogram's window, a power of two; None: chosen by the sample rate.
    window_type
        Shape of the window; of the filters for ``constant-q``, for which its length and overlap do not count.
    overlap
        Share of a window that the next one covers, 0 to 0.95.
    low_hz, high_hz
        The band that is shown; None: from 0 Hz, and up to half the sample rate.
    denoise
        ``none``, ``median`` (each band's median is taken away) or ``pcen`` (per-channel energy normalization).
    color_map
        Name of the colour map.
    floor_db, ceiling_db
        Levels shown black and white; None: chosen for each session.
    min_box_s
        Least length of newly drawn boxes.
    threshold
        Score below which predictions are hidden at first.
    measurements
        Names of what is told of a selected box, in tables and in exports; see `podcast_core.domain.measurement`.
    """

    scale: str = "linear"
    window_samples: int | None = None
    overlap: float = 0.5
    low_hz: float | None = None
    high_hz: float | None = None
    denoise: str = "none"
    color_map: str = "magma"
    floor_db: float | None = None
    ceiling_db: float | None = None
    min_box_s: float = 0.0
    threshold: float = 0.0
    window_type: str = "hann"
    measurements: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "measurements", tuple(dict.fromkeys(self.measurements)))  # JSON has lists
        for name in self.measurements:
            get_measurement(name)
        if self.scale not in SCALES:
            raise InvalidInput(f"A frequency scale is one of {', '.join(SCALES)}; found {self.scale[:80]!r}.")
        if self.denoise not in DENOISERS:
            raise InvalidInput(f"Noise reduction is one of {', '.join(DENOISERS)}; found {self.denoise[:80]!r}.")
        if self.window_type not in WINDOW_TYPES:
            raise InvalidInput(
                f"A window's shape is one of {', '.join(WINDOW_TYPES)}; found {self.window_type[:80]!r}."
            )
        window = self.window_samples
        if window is not None and not (MIN_WINDOW <= window <= MAX_WINDOW and window.bit_count() == 1):
            raise InvalidInput(
                f"A window must be a power of two from {MIN_WINDOW} to {MAX_WINDOW} samples long, found {window}."
            )
        check_text(self.color_map, "A colour map's name", 40)
        check_between(self.overlap, "The overlap of windows", 0, 0.95)
        check_between(self.low_hz, "The lowest frequency shown", 0, MAX_HZ, " Hz")
        check_between(self.high_hz, "The highest frequency shown", 0, MAX_HZ, " Hz")
        check_order(self.low_hz, self.high_hz, "The band shown", " Hz")
        check_between(self.floor_db, "The level shown black", -LOUDEST_DB, LOUDEST_DB, " dB")
        check_between(self.ceiling_db, "The level shown white", -LOUDEST_DB, LOUDEST_DB, " dB")
        check_order(self.floor_db, self.ceiling_db, "The levels shown", " dB")
        check_between(self.min_box_s, "The least length of a box", 0, 60, " s")
        check_score(self.threshold, "The threshold for predictions")
