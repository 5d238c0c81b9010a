"""What somebody wants to see of a whole recording, checked, with nothing left open."""

import math
from dataclasses import asdict, dataclass, replace
from typing import Literal

from podcast_core.audio.constant_q import lowest_constant_q_hz
from podcast_core.audio.grid import Grid, Scale, lowest_shown_hz
from podcast_core.audio.levels import DENOISES, Denoise
from podcast_core.audio.spectrogram import MIN_WINDOW, OVERLAP, WINDOW_TYPES, WindowType, choose_window_for
from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput
from podcast_core.services.pictures.wishes import MAX_OVERLAP, MIN_BAND_HZ, SIZES_PX, WINDOWS

Method = Literal["linear", "log-mel", "log", "constant-q"]
SCALE_OF: dict[Method, Scale] = {"linear": "linear", "log-mel": "mel", "log": "log", "constant-q": "log"}

PX_PER_S = (1.0, 20_000.0)
DEFAULT_WIDTH_PX = 2400  # of a recording up to a minute
DEFAULT_PX_PER_S = 40.0  # of a longer one
BINS_PER_OCTAVE = (1, 96)
DB_RANGE = (-300.0, 300.0)
MAX_FRAMES = 1 << 22  # in a tile


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingWish:
    """Look of a recording's picture; None: chosen for the recording."""

    channel: int = 0
    method: Method = "linear"
    window_type: WindowType = "hann"
    window_samples: int | None = None
    overlap: float = OVERLAP
    hop_samples: int | None = None
    hop_s: float | None = None
    px_per_s: float | None = None
    low_hz: float | None = None
    high_hz: float | None = None
    bins_per_octave: int | None = None
    floor_db: float | None = None
    ceiling_db: float | None = None
    denoise: Denoise = "none"
    height_px: int = 512
    tile_width_px: int = DEFAULT_WIDTH_PX


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingShown:
    """A wish with nothing left open: what a picture's name is made of."""

    channel: int
    method: Method
    window_type: WindowType
    window_samples: int
    """0 where every row has its own: constant-Q."""
    overlap: float
    """Of the windows, at least; 0 for constant-Q."""
    px_per_s: float
    low_hz: float
    high_hz: float
    floor_db: float | None
    ceiling_db: float | None
    denoise: Denoise
    height_px: int
    tile_width_px: int

    def grid(self, first: int, last: int) -> Grid:
        """Make the grid of columns [first, last) of the whole picture; it may reach beyond the recording's end."""
        return Grid(
            width_px=last - first,
            height_px=self.height_px,
            start_s=first / self.px_per_s,
            end_s=last / self.px_per_s,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
            scale=SCALE_OF[self.method],
        )

    def width_px(self, duration_s: float) -> int:
        """Count the columns; the last one may be part empty."""
        return max(1, math.ceil(duration_s * self.px_per_s - 1e-6))


def resolve(wish: RecordingWish, recording: Recording) -> RecordingShown:
    """Check a wish, and fill what it leaves open.

    Raises
    ------
    InvalidInput
        When it asks for what is not there, or for more than fits into the memory.
    """
    _check_names(wish, recording)
    px_per_s = _resolve_px_per_s(wish, recording)
    low_hz, high_hz, height_px = _resolve_band(wish, recording.sample_rate_hz)
    least, most = SIZES_PX["width"]
    if not least <= wish.tile_width_px <= most:
        raise InvalidInput(f"tile_width: expected {least} to {most} pixels, found {wish.tile_width_px}.")
    kept = {
        name: value
        for name, value in asdict(wish).items()
        if name not in ("bins_per_octave", "hop_samples", "hop_s", "window_samples")
    }
    kept |= {"px_per_s": px_per_s, "low_hz": low_hz, "high_hz": high_hz, "height_px": height_px}
    shown = RecordingShown(**kept, window_samples=0)
    if wish.method == "constant-q":
        return replace(shown, overlap=0.0)
    return replace(shown, window_samples=_choose_window(wish, shown, recording))


def _check_names(wish: RecordingWish, recording: Recording) -> None:
    for name, value, known in (
        ("method", wish.method, tuple(SCALE_OF)),
        ("window_type", wish.window_type, WINDOW_TYPES),
        ("denoise", wish.denoise, DENOISES),
    ):
        if value not in known:
            raise InvalidInput(f"{name}: expected one of {', '.join(known)}, found {value!r}.")
    if not 0 <= wish.overlap <= MAX_OVERLAP:
        raise InvalidInput(f"overlap: expected 0 to {MAX_OVERLAP}, found {wish.overlap}.")
    if not 0 <= wish.channel < recording.channel_count:
        raise InvalidInput(
            f"There is no channel {wish.channel}: the recording has {recording.channel_count}, counted from 0."
        )
    if (wish.floor_db is None) != (wish.ceiling_db is None):
        raise InvalidInput("floor_db, ceiling_db: expected both or neither, found one.")
    if wish.floor_db is not None and wish.ceiling_db is not None:
        least, most = DB_RANGE
        if not (least <= wish.floor_db < wish.ceiling_db <= most and wish.ceiling_db - wish.floor_db >= 1):
            raise InvalidInput(
                f"floor_db, ceiling_db: expected {least:g} <= floor_db < ceiling_db <= {most:g} dB, at least 1 dB "
                f"apart; found {wish.floor_db:g} and {wish.ceiling_db:g}."
            )


def _resolve_px_per_s(wish: RecordingWish, recording: Recording) -> float:
    rate = recording.sample_rate_hz
    if sum(each is not None for each in (wish.hop_samples, wish.hop_s, wish.px_per_s)) > 1:
        raise InvalidInput("hop, hop_s, px_per_s: expected one of them, found more.")
    if wish.hop_s is not None:
        if not wish.hop_s > 0:
            raise InvalidInput(f"hop_s: expected more than 0 seconds, found {wish.hop_s:g}.")
        px_per_s = 1 / wish.hop_s
    elif wish.hop_samples is not None:
        if wish.hop_samples < 1:
            raise InvalidInput(f"hop: expected at least 1 sample, found {wish.hop_samples}.")
        px_per_s = rate / wish.hop_samples
    else:
        usual = max(DEFAULT_PX_PER_S, DEFAULT_WIDTH_PX / recording.duration_s)
        px_per_s = min(usual, PX_PER_S[1], float(rate)) if wish.px_per_s is None else wish.px_per_s
    most = min(PX_PER_S[1], float(rate))
    if not PX_PER_S[0] <= px_per_s <= most:
        raise InvalidInput(
            f"px_per_s: expected {PX_PER_S[0]:g} to {most:g} columns per second (a hop of {rate / most:g} to "
            f"{rate / PX_PER_S[0]:g} samples, {1 / most:g} to {1 / PX_PER_S[0]:g} s), found {px_per_s:g}."
        )
    return px_per_s


def _resolve_band(wish: RecordingWish, sample_rate_hz: int) -> tuple[float, float, int]:
    nyquist_hz = sample_rate_hz / 2
    low_hz = 0.0 if wish.low_hz is None else wish.low_hz
    high_hz = nyquist_hz if wish.high_hz is None else wish.high_hz
    if not (low_hz >= 0 and low_hz + MIN_BAND_HZ <= high_hz <= nyquist_hz * (1 + 1e-9)):
        raise InvalidInput(
            f"low_hz, high_hz: expected 0 <= low_hz < high_hz <= {nyquist_hz:g} Hz, half the sample rate, at least "
            f"{MIN_BAND_HZ:g} Hz apart; found {low_hz:g} and {high_hz:g}."
        )
    high_hz = min(high_hz, nyquist_hz)
    low_hz = lowest_shown_hz(SCALE_OF[wish.method], low_hz, high_hz)
    least, most = SIZES_PX["height"]
    height_px = wish.height_px
    if wish.method == "constant-q":
        low_hz = max(low_hz, lowest_constant_q_hz(sample_rate_hz))
        if low_hz * 1.01 > high_hz:
            raise InvalidInput(f"high_hz: a constant-Q axis begins at {low_hz:g} Hz or above, found {high_hz:g}.")
    if wish.bins_per_octave is not None:
        if wish.method != "constant-q":
            raise InvalidInput(f"bins_per_octave: expected with method constant-q only, found {wish.method}.")
        if not BINS_PER_OCTAVE[0] <= wish.bins_per_octave <= BINS_PER_OCTAVE[1]:
            raise InvalidInput(f"bins_per_octave: expected 1 to {BINS_PER_OCTAVE[1]}, found {wish.bins_per_octave}.")
        height_px = math.floor(wish.bins_per_octave * math.log2(high_hz / low_hz) + 1e-9)
        high_hz = min(low_hz * 2 ** (height_px / wish.bins_per_octave), high_hz)
    if not least <= height_px <= most:
        raise InvalidInput(f"height: expected {least} to {most} pixels, found {height_px}.")
    return low_hz, high_hz, height_px


def _choose_window(wish: RecordingWish, shown: RecordingShown, recording: Recording) -> int:
    """Take one window for all tiles."""
    rate = recording.sample_rate_hz
    window = wish.window_samples or choose_window_for(shown.grid(0, shown.tile_width_px), rate, shortest=MIN_WINDOW)
    if not WINDOWS[0] <= window <= WINDOWS[1]:
        raise InvalidInput(f"window: expected 0 (automatic) or {WINDOWS[0]} to {WINDOWS[1]} samples, found {window}.")
    frames = shown.tile_width_px * max(1.0, rate / shown.px_per_s / (window / 2))
    if frames > MAX_FRAMES:
        raise InvalidInput(
            f"window: {window} samples at {shown.px_per_s:g} columns per second and {shown.tile_width_px} columns per "
            f"tile make {frames:,.0f} frames in a tile, expected at most {MAX_FRAMES:,}. Take a longer window."
        )
    return window
