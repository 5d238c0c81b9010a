"""What somebody wants to see of a session or a whole recording, and what is drawn then: nothing is left open."""

import math
from dataclasses import dataclass, replace
from typing import cast

from podcast_core.audio.constant_q import lowest_constant_q_hz
from podcast_core.audio.grid import Grid, Scale, lowest_shown_hz
from podcast_core.audio.spectrogram import HEIGHT_PX, WIDTH_PX, WINDOW_SAMPLES, choose_window_for
from podcast_core.audio.transforms import Transform
from podcast_core.domain.display import (
    DENOISERS,
    LOUDEST_DB,
    MAX_WINDOW,
    MIN_WINDOW,
    SCALES,
    WINDOW_TYPES,
    AxisName,
    Denoise,
    Display,
    WindowType,
)
from podcast_core.errors import InvalidInput
from podcast_core.services.pictures.stretches import AudioStretch

MAX_OVERLAP = 0.95  # chosen: more overlap shows nothing new
SIZES_PX = {"width": (16, 4_096), "height": (16, 2_048), "tile_width": (16, 4_096)}
MIN_BAND_HZ = 1.0  # chosen: less is no band
MIN_FRAMES = 2  # samples; chosen
PX_PER_S = (1.0, 20_000.0)  # chosen: 3,600 pixels an hour, and 20 a millisecond
DEFAULT_PX_PER_S = 40.0  # of a recording of more than a minute; a shorter one is as wide as a session
BINS_PER_OCTAVE = (1, 96)  # at most eighths of a semitone; chosen
MAX_TILE_FRAMES = 1 << 22  # windows behind one tile: bounds time and memory
OF_SESSIONS = ("start_s", "end_s", "width_px")
STEPS = ("hop_samples", "hop_s", "px_per_s")  # one of them at most
OF_RECORDINGS = ("channel", *STEPS, "bins_per_octave", "floor_db", "ceiling_db", "tile_width_px")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectrogramRequest:
    """Part and look of a spectrogram; None: all of it, as its round has it, or chosen for the recording.

    ``window_samples`` 0: automatic. A session is one picture: for it there are ``start_s``, ``end_s`` (seconds of the
    session) and ``width_px``. A whole recording is drawn in tiles: for it there are the columns per second, in one of
    three ways, and all from ``channel`` on.
    """

    start_s: float | None = None
    end_s: float | None = None
    width_px: int | None = None
    low_hz: float | None = None
    high_hz: float | None = None
    scale: AxisName | None = None
    window_samples: int | None = None
    window_type: WindowType | None = None
    overlap: float | None = None
    denoise: Denoise | None = None
    height_px: int | None = None
    channel: int | None = None
    hop_samples: int | None = None
    hop_s: float | None = None
    px_per_s: float | None = None
    bins_per_octave: int | None = None
    floor_db: float | None = None
    ceiling_db: float | None = None
    tile_width_px: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedSpectrogram:
    """A request with nothing left open: what a picture's name is made of.

    Parameters
    ----------
    grid
        All of the picture. The last column of a whole recording may reach beyond its end.
    px_per_s
        Columns per second.
    levels_db
        Black and white; None: chosen by what is heard.
    tile_width_px
        Columns of a tile.
    is_whole
        Whether it is a whole session in the usual size, or a whole recording: those are kept.
    """

    grid: Grid
    scale: AxisName
    transform: Transform
    denoise: Denoise
    px_per_s: float
    tile_width_px: int
    levels_db: tuple[float, float] | None = None
    is_whole: bool = True

    def columns(self, first: int, last: int) -> Grid:
        """Make the grid of columns [first, last)."""
        return replace(self.grid, width_px=last - first, start_s=first / self.px_per_s, end_s=last / self.px_per_s)


def resolve_session(
    request: SpectrogramRequest, stretch: AudioStretch, display: Display | None = None
) -> ResolvedSpectrogram:
    """Check a request for a picture of a session, and fill what it leaves open from the round's display.

    Raises
    ------
    InvalidInput
        When it asks for what is not there, or for more than can be computed in passing.
    """
    display = display or Display()
    _refuse(request, OF_RECORDINGS, "a whole recording")
    scale, denoise = _resolve_look(request, display)
    wanted = display.window_samples if request.window_samples is None else request.window_samples
    if wanted and not (MIN_WINDOW <= wanted <= MAX_WINDOW and wanted & (wanted - 1) == 0):
        raise InvalidInput(
            f"window: expected 0 (automatic) or a power of two from {MIN_WINDOW} to {MAX_WINDOW} samples, "
            f"found {wanted}."
        )
    start_s, end_s = _resolve_times(request, stretch)
    low_hz, high_hz = _resolve_band(request, display, stretch.rate_hz / 2)
    axis = _axis_of(scale)
    grid = Grid(
        width_px=_check_size("width", request.width_px, WIDTH_PX),
        height_px=_check_size("height", request.height_px, HEIGHT_PX),
        start_s=start_s,
        end_s=end_s,
        low_hz=lowest_shown_hz(axis, low_hz, high_hz),
        high_hz=high_hz,
        scale=axis,
    )
    is_whole = (request.start_s, request.end_s, request.width_px, request.height_px) == (None, None, None, None)
    if is_whole:  # with fewer samples than columns, one column per sample
        grid = replace(grid, width_px=min(grid.width_px, stretch.frame_count))
    usual = choose_window_for(grid, stretch.rate_hz, shortest=WINDOW_SAMPLES[0] if is_whole else MIN_WINDOW)
    return ResolvedSpectrogram(
        grid=grid,
        scale=scale,
        transform=_make_transform(request, display, scale, wanted or usual),
        denoise=denoise,
        px_per_s=grid.width_px / (end_s - start_s),
        tile_width_px=grid.width_px,
        is_whole=is_whole,
    )


def resolve_recording(request: SpectrogramRequest, stretch: AudioStretch) -> ResolvedSpectrogram:
    """Check a request for the tiles of a whole recording, and fill what it leaves open.

    Raises
    ------
    InvalidInput
        When it asks for what is not there, or for more than fits into the memory.
    """
    _refuse(request, OF_SESSIONS, "a session")
    scale, denoise = _resolve_look(request, Display())
    count = stretch.recording.channel_count
    if not 0 <= stretch.channel < count:
        raise InvalidInput(f"There is no channel {stretch.channel}: the recording has {count}, counted from 0.")
    levels_db = _resolve_levels(request)
    px_per_s = _resolve_px_per_s(request, stretch)
    width_px = max(1, math.ceil(stretch.duration_s * px_per_s - 1e-6))  # the last column may be part empty
    grid = _fit_rows(
        request,
        scale,
        stretch.rate_hz,
        Grid(width_px=width_px, height_px=HEIGHT_PX, end_s=width_px / px_per_s, high_hz=0, scale=_axis_of(scale)),
    )
    resolved = ResolvedSpectrogram(
        grid=grid,
        scale=scale,
        transform=_make_transform(request, Display(), scale, MIN_WINDOW),
        denoise=denoise,
        px_per_s=px_per_s,
        tile_width_px=_check_size("tile_width", request.tile_width_px, WIDTH_PX),
        levels_db=levels_db,
    )
    if resolved.transform.is_constant_q:
        return resolved
    window = _choose_tile_window(request, resolved, stretch.rate_hz)
    return replace(resolved, transform=replace(resolved.transform, window_samples=window))


def _refuse(request: SpectrogramRequest, names: tuple[str, ...], of: str) -> None:
    for name in names:
        if (found := getattr(request, name)) is not None:
            raise InvalidInput(f"{name}: expected for {of} only, found {found}.")


def _axis_of(scale: AxisName) -> Scale:
    return "log" if scale == "constant-q" else scale


def _resolve_look(request: SpectrogramRequest, display: Display) -> tuple[AxisName, Denoise]:
    scale = cast(AxisName, display.scale if request.scale is None else request.scale)
    denoise = cast(Denoise, display.denoise if request.denoise is None else request.denoise)
    for name, value, known in (
        ("scale", scale, SCALES),
        ("denoise", denoise, DENOISERS),
        ("window_type", request.window_type or display.window_type, WINDOW_TYPES),
    ):
        if value not in known:
            raise InvalidInput(f"{name}: expected one of {', '.join(known)}, found {value!r}.")
    return scale, denoise


def _make_transform(request: SpectrogramRequest, display: Display, scale: AxisName, window: int) -> Transform:
    overlap = display.overlap if request.overlap is None else request.overlap
    if not 0 <= overlap <= MAX_OVERLAP:
        raise InvalidInput(f"overlap: expected 0 to {MAX_OVERLAP}, found {overlap}.")
    window_type = cast(WindowType, request.window_type or display.window_type)
    if scale == "constant-q":
        return Transform(window_samples=None, overlap=0.0, window_type=window_type)
    return Transform(window_samples=window, overlap=overlap, window_type=window_type)


def _check_size(name: str, asked: int | None, usual: int) -> int:
    least, most = SIZES_PX[name]
    found = usual if asked is None else asked
    if not least <= found <= most:
        raise InvalidInput(f"{name}: expected {least} to {most} pixels, found {found}.")
    return found


def _resolve_times(request: SpectrogramRequest, stretch: AudioStretch) -> tuple[float, float]:
    duration_s, rate_hz = stretch.duration_s, stretch.rate_hz
    start_s = 0.0 if request.start_s is None else request.start_s
    end_s = duration_s if request.end_s is None else request.end_s
    slack_s = 0.5 / rate_hz  # the browser's numbers may differ in the last digit
    if not (-slack_s <= start_s < end_s <= duration_s + slack_s and (end_s - start_s) * rate_hz >= MIN_FRAMES):
        raise InvalidInput(
            f"start_s, end_s: expected 0 <= start_s < end_s <= {duration_s:g} s with at least {MIN_FRAMES} samples "
            f"between them, found {start_s:g} and {end_s:g}."
        )
    return max(start_s, 0.0), min(end_s, duration_s)


def _resolve_band(request: SpectrogramRequest, display: Display, nyquist_hz: float) -> tuple[float, float]:
    """Choose the band: a round's is cut where a recording has less, a request has to fit."""
    if request.low_hz is None and request.high_hz is None:
        low_hz, high_hz = display.low_hz or 0.0, min(display.high_hz or nyquist_hz, nyquist_hz)
        return (low_hz, high_hz) if high_hz - low_hz >= MIN_BAND_HZ else (0.0, nyquist_hz)
    low_hz = 0.0 if request.low_hz is None else request.low_hz
    high_hz = nyquist_hz if request.high_hz is None else request.high_hz
    is_in = low_hz >= 0 and low_hz + MIN_BAND_HZ <= high_hz <= nyquist_hz * (1 + 1e-9)
    if not (is_in and math.isfinite(high_hz)):
        raise InvalidInput(
            f"low_hz, high_hz: expected 0 <= low_hz < high_hz <= {nyquist_hz:g} Hz, half the sample rate, at least "
            f"{MIN_BAND_HZ:g} Hz apart; found {low_hz:g} and {high_hz:g}."
        )
    return low_hz, min(high_hz, nyquist_hz)


def _resolve_levels(request: SpectrogramRequest) -> tuple[float, float] | None:
    floor_db, ceiling_db = request.floor_db, request.ceiling_db
    if floor_db is None and ceiling_db is None:
        return None
    if floor_db is None or ceiling_db is None:
        raise InvalidInput("floor_db, ceiling_db: expected both or neither, found one.")
    least, most = -LOUDEST_DB, LOUDEST_DB
    if not (least <= floor_db < ceiling_db <= most and ceiling_db - floor_db >= 1):
        raise InvalidInput(
            f"floor_db, ceiling_db: expected {least:g} <= floor_db < ceiling_db <= {most:g} dB, at least 1 dB "
            f"apart; found {floor_db:g} and {ceiling_db:g}."
        )
    return floor_db, ceiling_db


def _resolve_px_per_s(request: SpectrogramRequest, stretch: AudioStretch) -> float:
    rate = stretch.rate_hz
    if sum(getattr(request, name) is not None for name in STEPS) > 1:
        raise InvalidInput("hop, hop_s, px_per_s: expected one of them, found more.")
    most = min(PX_PER_S[1], float(rate))
    if request.hop_s is not None:
        if not request.hop_s > 0:
            raise InvalidInput(f"hop_s: expected more than 0 seconds, found {request.hop_s:g}.")
        px_per_s = 1 / request.hop_s
    elif request.hop_samples is not None:
        if request.hop_samples < 1:
            raise InvalidInput(f"hop: expected at least 1 sample, found {request.hop_samples}.")
        px_per_s = rate / request.hop_samples
    elif request.px_per_s is not None:
        px_per_s = request.px_per_s
    else:
        px_per_s = min(max(DEFAULT_PX_PER_S, WIDTH_PX / stretch.duration_s), most)
    if not PX_PER_S[0] <= px_per_s <= most:
        raise InvalidInput(
            f"px_per_s: expected {PX_PER_S[0]:g} to {most:g} columns per second (a hop of {rate / most:g} to "
            f"{rate / PX_PER_S[0]:g} samples, {1 / most:g} to {1 / PX_PER_S[0]:g} s), found {px_per_s:g}."
        )
    return px_per_s


def _fit_rows(request: SpectrogramRequest, scale: AxisName, rate_hz: int, grid: Grid) -> Grid:
    """Choose band and height of a recording's tiles."""
    low_hz, high_hz = _resolve_band(request, Display(), rate_hz / 2)
    low_hz = lowest_shown_hz(grid.scale, low_hz, high_hz)
    height_px = HEIGHT_PX if request.height_px is None else request.height_px
    if scale == "constant-q":
        low_hz = max(low_hz, lowest_constant_q_hz(rate_hz))
        if low_hz * 1.01 > high_hz:
            raise InvalidInput(f"high_hz: a constant-Q axis begins at {low_hz:g} Hz or above, found {high_hz:g}.")
    per_octave = request.bins_per_octave
    if per_octave is not None:
        if scale != "constant-q":
            raise InvalidInput(f"bins_per_octave: expected with method constant-q only, found {scale}.")
        if not BINS_PER_OCTAVE[0] <= per_octave <= BINS_PER_OCTAVE[1]:
            raise InvalidInput(f"bins_per_octave: expected 1 to {BINS_PER_OCTAVE[1]}, found {per_octave}.")
        height_px = math.floor(per_octave * math.log2(high_hz / low_hz) + 1e-9)
        high_hz = min(low_hz * 2 ** (height_px / per_octave), high_hz)
    height_px = _check_size("height", height_px, HEIGHT_PX)
    return replace(grid, height_px=height_px, low_hz=low_hz, high_hz=high_hz)


def _choose_tile_window(request: SpectrogramRequest, resolved: ResolvedSpectrogram, rate_hz: int) -> int:
    """Take one window for all tiles."""
    tile = resolved.columns(0, resolved.tile_width_px)
    window = request.window_samples or choose_window_for(tile, rate_hz, shortest=MIN_WINDOW)
    if not MIN_WINDOW <= window <= MAX_WINDOW:
        raise InvalidInput(f"window: expected 0 (automatic) or {MIN_WINDOW} to {MAX_WINDOW} samples, found {window}.")
    frames = resolved.tile_width_px * max(1.0, rate_hz / resolved.px_per_s / (window / 2))
    if frames > MAX_TILE_FRAMES:
        raise InvalidInput(
            f"window: {window} samples at {resolved.px_per_s:g} columns per second and {resolved.tile_width_px} "
            f"columns per tile make {frames:,.0f} frames in a tile, expected at most {MAX_TILE_FRAMES:,}. "
            "Take a longer window."
        )
    return window
