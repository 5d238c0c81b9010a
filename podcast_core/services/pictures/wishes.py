"""What somebody wants to see of a session, checked, and filled up with what its round shows."""

import math
from dataclasses import dataclass
from typing import Literal, cast

from podcast_core.audio.grid import Grid, Scale, lowest_shown_hz
from podcast_core.audio.levels import DENOISES, Denoise
from podcast_core.audio.spectrogram import HEIGHT_PX, WIDTH_PX, WINDOW_TYPES, WindowType
from podcast_core.domain.display import SCALES, Display
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput

AxisName = Literal["linear", "mel", "log", "constant-q"]

WINDOWS = (64, 16_384)
MAX_OVERLAP = 0.95
SIZES_PX = {"width": (16, 4_096), "height": (16, 2_048)}
MIN_BAND_HZ = 1.0
MIN_FRAMES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWish:
    """Part and look of a picture; None: all of it, or as the round has it. ``window_samples`` 0: automatic."""

    start_s: float | None = None
    end_s: float | None = None
    low_hz: float | None = None
    high_hz: float | None = None
    scale: AxisName | None = None
    window_samples: int | None = None
    window_type: WindowType | None = None
    overlap: float | None = None
    denoise: Denoise | None = None
    width_px: int | None = None
    height_px: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A wish with nothing left open. Whole sessions in the usual size are kept in the file store."""

    grid: Grid
    window_samples: int | None
    overlap: float
    denoise: Denoise
    is_kept: bool
    window_type: WindowType = "hann"
    is_constant_q: bool = False


def resolve(wish: PictureWish, round_: Round | None, duration_s: float, sample_rate_hz: int) -> Shown:
    """Check a wish, and fill what it leaves open from the round (without one: plainly).

    Raises
    ------
    InvalidInput
        When it asks for what is not there, or for more than can be computed in passing.
    """
    display = Display() if round_ is None else round_.display
    axis = display.scale if wish.scale is None else wish.scale
    window_type = cast(WindowType, display.window_type if wish.window_type is None else wish.window_type)
    denoise = cast(Denoise, display.denoise if wish.denoise is None else wish.denoise)
    overlap = display.overlap if wish.overlap is None else wish.overlap
    window = (display.window_samples if wish.window_samples is None else wish.window_samples) or None
    for name, value, known in (
        ("scale", axis, SCALES),
        ("denoise", denoise, DENOISES),
        ("window_type", window_type, WINDOW_TYPES),
    ):
        if value not in known:
            raise InvalidInput(f"{name}: expected one of {', '.join(known)}, found {value!r}.")
    if not 0 <= overlap <= MAX_OVERLAP:
        raise InvalidInput(f"overlap: expected 0 to {MAX_OVERLAP}, found {overlap}.")
    if window is not None and not (WINDOWS[0] <= window <= WINDOWS[1] and window & (window - 1) == 0):
        raise InvalidInput(
            f"window: expected 0 (automatic) or a power of two from {WINDOWS[0]} to {WINDOWS[1]} samples, "
            f"found {window}."
        )
    start_s, end_s = _resolve_times(wish, duration_s, sample_rate_hz)
    low_hz, high_hz = _resolve_band(wish, display, sample_rate_hz / 2)
    is_constant_q = axis == "constant-q"
    scale: Scale = "log" if is_constant_q else cast(Scale, axis)
    grid = Grid(
        width_px=_check_size("width", wish.width_px, WIDTH_PX),
        height_px=_check_size("height", wish.height_px, HEIGHT_PX),
        start_s=start_s,
        end_s=end_s,
        low_hz=lowest_shown_hz(scale, low_hz, high_hz),
        high_hz=high_hz,
        scale=scale,
    )
    is_whole = (wish.start_s, wish.end_s, wish.width_px, wish.height_px) == (None, None, None, None)
    return Shown(grid, window, overlap, denoise, is_whole, window_type, is_constant_q)


def _check_size(name: str, wished: int | None, usual: int) -> int:
    least, most = SIZES_PX[name]
    if wished is not None and not least <= wished <= most:
        raise InvalidInput(f"{name}: expected {least} to {most} pixels, found {wished}.")
    return wished or usual


def _resolve_times(wish: PictureWish, duration_s: float, sample_rate_hz: int) -> tuple[float, float]:
    start_s = 0.0 if wish.start_s is None else wish.start_s
    end_s = duration_s if wish.end_s is None else wish.end_s
    slack_s = 0.5 / sample_rate_hz  # the browser's numbers may differ in the last digit
    if not (-slack_s <= start_s < end_s <= duration_s + slack_s and (end_s - start_s) * sample_rate_hz >= MIN_FRAMES):
        raise InvalidInput(
            f"start_s, end_s: expected 0 <= start_s < end_s <= {duration_s:g} s with at least {MIN_FRAMES} samples "
            f"between them, found {start_s:g} and {end_s:g}."
        )
    return max(start_s, 0.0), min(end_s, duration_s)


def _resolve_band(wish: PictureWish, display: Display, nyquist_hz: float) -> tuple[float, float]:
    """Choose the band: a round's is cut where a recording has less, a wish has to fit."""
    if wish.low_hz is None and wish.high_hz is None:
        low_hz, high_hz = display.low_hz or 0.0, min(display.high_hz or nyquist_hz, nyquist_hz)
        return (low_hz, high_hz) if high_hz - low_hz >= MIN_BAND_HZ else (0.0, nyquist_hz)
    low_hz = 0.0 if wish.low_hz is None else wish.low_hz
    high_hz = nyquist_hz if wish.high_hz is None else wish.high_hz
    is_in = low_hz >= 0 and low_hz + MIN_BAND_HZ <= high_hz <= nyquist_hz * (1 + 1e-9)
    if not (is_in and math.isfinite(high_hz)):
        raise InvalidInput(
            f"low_hz, high_hz: expected 0 <= low_hz < high_hz <= {nyquist_hz:g} Hz, half the sample rate, at least "
            f"{MIN_BAND_HZ:g} Hz apart; found {low_hz:g} and {high_hz:g}."
        )
    return low_hz, min(high_hz, nyquist_hz)
