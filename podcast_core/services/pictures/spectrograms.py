"""Pictures of sessions, or of any part of one: those of whole sessions are computed once and kept in the cache."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import numpy as np

from podcast_core.audio import levels, spectrogram
from podcast_core.audio.grid import Scale
from podcast_core.audio.levels import Decibels, Levels
from podcast_core.audio.peaks import PeakMeter
from podcast_core.audio.split import to_frames
from podcast_core.audio.transforms import compute_levels, move_background, run_pcen
from podcast_core.domain.display import Denoise, Display, WindowType
from podcast_core.domain.recording import Recording
from podcast_core.services.pictures.kept_pictures import find_kept, keep, lock_picture
from podcast_core.services.pictures.requests import ResolvedSpectrogram, SpectrogramRequest, resolve_session
from podcast_core.services.pictures.stretches import AudioStretch, open_session
from podcast_core.workspace import Workspace

PICTURE_VERSION = 4  # counted up when the same samples would give another picture


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What a picture shows; times count from the start of the session.

    ``floor_db`` and ``ceiling_db`` are what should be black and white at first; grey 0 is ``grey_floor_db`` and
    grey 255 is ``grey_ceiling_db``. All pictures of a session with the same noise reduction share these levels.
    """

    etag: str
    width_px: int
    height_px: int
    start_s: float
    end_s: float
    low_hz: float
    high_hz: float
    scale: Scale
    method: Literal["windows", "constant-q"]
    window_samples: int | None
    """None where every row has its own: constant-Q."""
    window_type: WindowType
    denoise: Denoise
    floor_db: float
    ceiling_db: float
    grey_floor_db: float
    grey_ceiling_db: float


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture as a grey JPEG file; ``version`` names the samples of its session and how pictures are made.

    A plain one comes with what other pictures of its session need: ``peaks``, the outline of the waveform (pairs of
    int16 per column), or ``background``, the median of each row (float32 dB).
    """

    info: PictureInfo
    version: str
    data: bytes
    extra: Mapping[str, bytes] = field(default_factory=dict)


def get_picture(
    workspace: Workspace, *, round_id: str, session_id: str, request: SpectrogramRequest | None = None
) -> PictureFile:
    """Get a session's spectrogram, or that of a part of it.

    Parameters
    ----------
    request
        What to show and how; what it leaves open is as the round has it.

    Raises
    ------
    NotFound
        When there is no such session, or its recording is not where it was.
    InvalidInput
        When the request cannot be fulfilled, or the recording cannot be decoded.
    """
    stretch, round_ = open_session(workspace, round_id=round_id, session_id=session_id)
    return draw_picture(stretch, request or SpectrogramRequest(), round_.display)


def draw_picture(stretch: AudioStretch, request: SpectrogramRequest, display: Display) -> PictureFile:
    """Get the spectrogram of a session that is open already; raises as `get_picture` does."""
    wanted = resolve_session(request, stretch, display)
    return _ensure(stretch, wanted) if wanted.is_whole else _draw(stretch, wanted)


def draw_alone(
    workspace: Workspace,
    recording: Recording,
    *,
    channel: int,
    start_s: float,
    end_s: float,
    width_px: int,
    height_px: int,
    low_hz: float | None = None,
    high_hz: float | None = None,
) -> PictureFile:
    """Get the spectrogram of a stretch of a recording that needs to be in no round; raises as `get_picture` does.

    Its levels are its own, so that nothing but the stretch is read. Times count from its start.
    """
    stretch = AudioStretch(start_s, end_s, workspace, recording, channel)
    request = SpectrogramRequest(width_px=width_px, height_px=height_px, low_hz=low_hz, high_hz=high_hz)
    wanted = resolve_session(request, stretch)
    key = _name_key(stretch, "alone", wanted)
    with lock_picture(workspace, key):
        found = _find_kept(stretch, key)
        if found is None:
            decibels = _compute(stretch, wanted)
            found = _keep(stretch, key, _finish(stretch, wanted, decibels, levels.choose_levels(decibels)))
        return found


def compute_shown(stretch: AudioStretch, wanted: ResolvedSpectrogram) -> tuple[Decibels, Levels]:
    """Compute what a picture shows, after noise reduction, and the levels that all pictures of the session share.

    Returns
    -------
    decibels : ndarray
        Shape (width, height), float32, lowest frequency first.
    levels : Levels
        Black and white, as the editor has them at first.
    """
    plain = _plain(stretch, wanted.denoise)
    known = _ensure(stretch, plain)
    decibels = _compute(stretch, wanted)
    if wanted.denoise == "median" and wanted.is_whole:
        decibels -= levels.measure_background(decibels)
    elif wanted.denoise == "median":  # that of the whole session: a part's own median could be the call itself
        background = np.frombuffer(known.extra["background"], "<f4")
        decibels -= move_background(background, plain.grid, wanted.grid)
    elif wanted.denoise == "pcen":
        decibels = run_pcen(decibels, wanted.grid, wanted.transform, stretch, bandwidth_hz=_bandwidth_hz(stretch))
    return decibels, Levels(known.info.floor_db, known.info.ceiling_db)


def find_shift_db(stretch: AudioStretch, wanted: ResolvedSpectrogram) -> float:
    """Find how much louder a sine is in `compute_shown` than it is: there noise keeps its level, whatever the window.

    Zero for constant-Q, whose rows have windows of their own.
    """
    window = wanted.transform.window_samples
    if window is None:
        return 0.0
    own_hz = spectrogram.measure_bandwidth(window, stretch.rate_hz, wanted.transform.window_type)
    return float(10 * np.log10(_bandwidth_hz(stretch) / own_hz))


def measure_peaks(stretch: AudioStretch, start_s: float, end_s: float, width_px: int) -> PeakMeter:
    """Measure the outline of the waveform between two times of a stretch."""
    first, last = to_frames(start_s, end_s, stretch.rate_hz)
    meter = PeakMeter(max(last - first, 1), width_px)
    for _ in meter.watch(stretch.read(first, last)):
        pass
    return meter


def get_peaks(
    workspace: Workspace,
    *,
    round_id: str,
    session_id: str,
    start_s: float | None = None,
    end_s: float | None = None,
    width_px: int = spectrogram.WIDTH_PX,
) -> tuple[str, bytes]:
    """Get the outline of a session's waveform, or of a part of it: per column the lowest and the highest sample.

    Returns
    -------
    version : str
        As that of a `PictureFile`.
    peaks : bytes
        Pairs of little-endian int16; 32767 is full scale.
    """
    stretch, _ = open_session(workspace, round_id=round_id, session_id=session_id)
    request = SpectrogramRequest(start_s=start_s, end_s=end_s, width_px=width_px)
    grid = resolve_session(request, stretch).grid
    if (start_s, end_s, width_px) == (None, None, spectrogram.WIDTH_PX):
        plain = _ensure(stretch, _plain(stretch, "none"))
        return plain.version, plain.extra["peaks"]
    return stretch.name(PICTURE_VERSION), _to_bytes(measure_peaks(stretch, grid.start_s, grid.end_s, width_px))


def _plain(stretch: AudioStretch, denoise: Denoise) -> ResolvedSpectrogram:
    """Name the picture from which a session's levels are taken."""
    return resolve_session(SpectrogramRequest(denoise=denoise), stretch)


def _name(stretch: AudioStretch, *parts: object) -> str:
    return stretch.name(PICTURE_VERSION, *parts)


def _name_key(stretch: AudioStretch, use: str, wanted: ResolvedSpectrogram) -> str:
    return f"pictures/{stretch.recording.sha256}/{_name(stretch, use, asdict(wanted))}"


def _find_kept(stretch: AudioStretch, key: str) -> PictureFile | None:
    kept = find_kept(stretch.workspace, key)
    if kept is None:
        return None
    about, parts = kept
    return PictureFile(PictureInfo(**about), _name(stretch), parts.pop("jpg"), parts)


def _keep(stretch: AudioStretch, key: str, picture: PictureFile) -> PictureFile:
    keep(stretch.workspace, key, asdict(picture.info), {"jpg": picture.data, **picture.extra})
    return picture


def _ensure(stretch: AudioStretch, wanted: ResolvedSpectrogram) -> PictureFile:
    """Read what is kept, or compute and keep it; of many who ask at once, one computes."""
    key = _name_key(stretch, "session", wanted)
    with lock_picture(stretch.workspace, key):
        found = _find_kept(stretch, key)
        if found is None:
            is_plain = wanted == _plain(stretch, wanted.denoise)
            found = _keep(stretch, key, _draw_plain(stretch, wanted) if is_plain else _draw(stretch, wanted))
        return found


def _draw(stretch: AudioStretch, wanted: ResolvedSpectrogram) -> PictureFile:
    """Draw what is not plain with the levels of the plain picture."""
    return _finish(stretch, wanted, *compute_shown(stretch, wanted))


def _draw_plain(stretch: AudioStretch, wanted: ResolvedSpectrogram) -> PictureFile:
    """Draw a plain picture, with what other pictures of the session need: outline and background."""
    if wanted.denoise == "none":
        meter = PeakMeter(stretch.frame_count, spectrogram.WIDTH_PX)
        decibels = _compute(stretch, wanted, meter)
        picture = _finish(stretch, wanted, decibels, levels.choose_levels(decibels))
        return replace(picture, extra={"peaks": _to_bytes(meter)})
    decibels, extra = _compute(stretch, wanted), {}
    if wanted.denoise == "median":
        background = levels.measure_background(decibels)
        extra = {"background": background.astype("<f4").tobytes()}
        decibels -= background
    else:
        decibels = run_pcen(decibels, wanted.grid, wanted.transform, stretch)
    return replace(_finish(stretch, wanted, decibels, levels.choose_denoised_levels(decibels)), extra=extra)


def _compute(stretch: AudioStretch, wanted: ResolvedSpectrogram, meter: PeakMeter | None = None) -> Decibels:
    """Compute what is shown before noise reduction, shape (width, height), float32."""
    return compute_levels(wanted.grid, wanted.transform, stretch, bandwidth_hz=_bandwidth_hz(stretch), meter=meter)


def _bandwidth_hz(stretch: AudioStretch) -> float:
    """Give the noise bandwidth of the plain picture: with it the background keeps its level in every other one."""
    return spectrogram.measure_bandwidth(_plain(stretch, "none").transform.window_samples or 0, stretch.rate_hz)


def _to_bytes(meter: PeakMeter) -> bytes:
    return meter.read().astype("<i2").tobytes()


def _finish(stretch: AudioStretch, wanted: ResolvedSpectrogram, decibels: Decibels, chosen: Levels) -> PictureFile:
    info = PictureInfo(
        etag=_name(stretch, asdict(wanted)),
        **asdict(wanted.grid),
        method="constant-q" if wanted.transform.is_constant_q else "windows",
        window_samples=wanted.transform.window_samples,
        window_type=wanted.transform.window_type,
        denoise=wanted.denoise,
        floor_db=chosen.floor_db,
        ceiling_db=chosen.ceiling_db,
        grey_floor_db=chosen.grey_floor_db,
        grey_ceiling_db=chosen.grey_ceiling_db,
    )
    data = spectrogram.encode_jpeg(spectrogram.quantise(decibels, chosen))
    return PictureFile(info, _name(stretch), data)
