"""Pictures of sessions, or of any part of one: those of whole sessions are computed once and kept in the cache."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio import files, levels, spectrogram
from podcast_core.audio.constant_q import compute_constant_q, measure_bandwidths
from podcast_core.audio.grid import Grid, Scale
from podcast_core.audio.levels import Decibels, Denoise, Levels
from podcast_core.audio.peaks import PeakMeter
from podcast_core.audio.spectrogram import WindowType
from podcast_core.audio.split import to_frames
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.services.pictures import wishes
from podcast_core.services.pictures.kept_pictures import find_kept, keep, lock_picture
from podcast_core.services.pictures.wishes import PictureWish, Shown
from podcast_core.services.store.sources import digest, get_source, locate
from podcast_core.storage import rounds
from podcast_core.workspace import Workspace

PICTURE_VERSION = 3  # counted up when the same samples would give another picture
RUN_UP_S = 5 * levels.PCEN_TIME_S  # what PCEN has to hear before the part that is shown
BACKGROUND_COLUMN_S = levels.PCEN_TIME_S / 8


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
    """A picture as a grey JPEG file.

    A plain one comes with what other pictures of its session need: ``peaks``, the outline of the waveform (pairs of
    int16 per column), or ``background``, the median of each row (float32 dB).
    """

    info: PictureInfo
    data: bytes
    extra: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Source:
    """A session's samples.

    Every picture is brought to the noise bandwidth of the plain one. So the background keeps its level, whatever
    window a part or a person chooses.
    """

    workspace: Workspace
    recording: Recording
    session: Session

    @property
    def rate_hz(self) -> int:
        return self.recording.sample_rate_hz

    @property
    def frame_count(self) -> int:
        first, last = to_frames(self.session.start_s, self.session.end_s, self.rate_hz)
        return last - first

    @property
    def bandwidth_hz(self) -> float:
        """The noise bandwidth of the plain picture."""
        window = spectrogram.choose_window_for(spectrogram.whole_grid(self.frame_count, self.rate_hz), self.rate_hz)
        return spectrogram.measure_bandwidth(window, self.rate_hz)

    def name(self, *parts: object) -> str:
        session = self.session
        return digest(PICTURE_VERSION, self.recording.sha256, session.channel, session.start_s, session.end_s, *parts)

    def read(self, first: int, last: int) -> Iterator[NDArray[np.float32]]:
        """Read the frames [first, last) of the session, or up to its end."""
        origin, _ = to_frames(self.session.start_s, self.session.end_s, self.rate_hz)
        start_s, end_s = ((origin + each) / self.rate_hz for each in (first, min(last, self.frame_count)))
        uri = locate(self.workspace, self.recording)
        return files.read_blocks(uri, channel=self.session.channel, start_s=start_s, end_s=end_s)


def get_version(workspace: Workspace, *, round_id: str, session_id: str) -> str:
    """Name the present state of a session's samples and of how pictures are made."""
    return _open(workspace, round_id, session_id).name()


def describe_picture(workspace: Workspace, *, round_id: str, session_id: str) -> PictureInfo:
    """Say what a session's picture shows as its round shows it; compute the picture if nobody has yet."""
    source = _open(workspace, round_id, session_id)
    return _ensure(source, _resolve(source, PictureWish())).info


def get_picture(
    workspace: Workspace, *, round_id: str, session_id: str, wish: PictureWish | None = None
) -> PictureFile:
    """Get a session's spectrogram, or that of a part of it.

    Parameters
    ----------
    wish
        What to show and how; what it leaves open is as the round has it.

    Raises
    ------
    NotFound
        When there is no such session, or its recording is not where it was.
    InvalidInput
        When the wish cannot be fulfilled, or the recording cannot be decoded.
    """
    source = _open(workspace, round_id, session_id)
    shown = _resolve(source, wish or PictureWish())
    if shown.is_kept:
        return _ensure(source, shown)
    chosen = _get_levels(source, shown.denoise)
    window, decibels = _compute(source, shown)
    return _finish(source, shown, window, decibels, chosen)


def get_stretch(
    workspace: Workspace,
    recording: Recording,
    *,
    channel: int,
    start_s: float,
    end_s: float,
    width_px: int,
    height_px: int,
) -> PictureFile:
    """Get the spectrogram of a stretch of a recording that needs to be in no round; errors as `get_picture`.

    Its levels are its own, so that nothing but the stretch is read. Times count from its start.
    """
    source = _Source(workspace, recording, Session("none", "none", recording.id, channel, start_s, end_s))
    wish = PictureWish(width_px=width_px, height_px=height_px)
    shown = wishes.resolve(wish, None, source.session.duration_s, source.rate_hz)
    key = f"pictures/{recording.sha256}/{source.name('stretch', *astuple(shown))}"
    with lock_picture(workspace, key):
        kept = find_kept(workspace, key)
        if kept is not None:
            about, parts = kept
            return PictureFile(PictureInfo(**about), parts["jpg"])
        window, decibels = _compute(source, shown)
        picture = _finish(source, shown, window, decibels, levels.choose_levels(decibels))
        keep(workspace, key, asdict(picture.info), {"jpg": picture.data})
        return picture


def get_peaks(
    workspace: Workspace,
    *,
    round_id: str,
    session_id: str,
    start_s: float | None = None,
    end_s: float | None = None,
    width_px: int = spectrogram.WIDTH_PX,
) -> bytes:
    """Get the outline of a session's waveform, or of a part of it: per column the lowest and the highest sample.

    Returns
    -------
    bytes
        Pairs of little-endian int16; 32767 is full scale.
    """
    source = _open(workspace, round_id, session_id)
    wish = PictureWish(start_s=start_s, end_s=end_s, width_px=width_px)
    grid = wishes.resolve(wish, None, source.session.duration_s, source.rate_hz).grid
    if (start_s, end_s, width_px) == (None, None, spectrogram.WIDTH_PX):
        return _ensure(source, _plain(source, "none")).extra["peaks"]
    first, last = to_frames(grid.start_s, grid.end_s, source.rate_hz)
    meter = PeakMeter(max(last - first, 1), width_px)
    for _ in meter.watch(source.read(first, max(last, first + 1))):
        pass
    return meter.read().astype("<i2").tobytes()


def _open(workspace: Workspace, round_id: str, session_id: str) -> _Source:
    recording, session = get_source(workspace, round_id=round_id, session_id=session_id)
    return _Source(workspace, recording, session)


def _resolve(source: _Source, wish: PictureWish) -> Shown:
    with source.workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, source.session.round_id)
    return wishes.resolve(wish, round_, source.session.duration_s, source.rate_hz)


def _plain(source: _Source, denoise: Denoise) -> Shown:
    """Name the picture from which a session's levels are taken."""
    return wishes.resolve(PictureWish(denoise=denoise), None, source.session.duration_s, source.rate_hz)


def _ensure(source: _Source, shown: Shown) -> PictureFile:
    """Read what is kept, or compute and keep it; of many who ask at once, one computes."""
    key = f"pictures/{source.recording.sha256}/{source.name(*astuple(shown))}"
    with lock_picture(source.workspace, key):
        kept = find_kept(source.workspace, key)
        if kept is not None:
            about, parts = kept
            return PictureFile(PictureInfo(**about), parts.pop("jpg"), parts)
        if shown == _plain(source, shown.denoise):
            picture = _make_plain(source, shown)
        else:
            chosen = _get_levels(source, shown.denoise)
            window, decibels = _compute(source, shown)
            picture = _finish(source, shown, window, decibels, chosen)
        keep(source.workspace, key, asdict(picture.info), {"jpg": picture.data, **picture.extra})
        return picture


def _make_plain(source: _Source, shown: Shown) -> PictureFile:
    """Compute a plain picture, with what other pictures of the session need: outline and background."""
    meter = PeakMeter(source.frame_count, spectrogram.WIDTH_PX) if shown.denoise == "none" else None
    window, decibels = _compute(source, replace(shown, denoise="none"), meter)
    if meter is not None:
        extra = {"peaks": meter.read().astype("<i2").tobytes()}
        return replace(_finish(source, shown, window, decibels, levels.choose_levels(decibels)), extra=extra)
    extra = {}
    if shown.denoise == "median":
        background = levels.measure_background(decibels)
        extra = {"background": background.astype("<f4").tobytes()}
        decibels -= background
    else:
        decibels = _run_pcen(source, shown, decibels)
    return replace(_finish(source, shown, window, decibels, levels.choose_denoised_levels(decibels)), extra=extra)


def _finish(source: _Source, shown: Shown, window: int | None, decibels: Decibels, chosen: Levels) -> PictureFile:
    info = PictureInfo(
        etag=source.name(*astuple(shown)),
        **asdict(_grid_of(source, shown)),
        method="constant-q" if shown.is_constant_q else "windows",
        window_samples=window,
        window_type=shown.window_type,
        denoise=shown.denoise,
        floor_db=chosen.floor_db,
        ceiling_db=chosen.ceiling_db,
        grey_floor_db=chosen.grey_floor_db,
        grey_ceiling_db=chosen.grey_ceiling_db,
    )
    return PictureFile(info, spectrogram.encode_jpeg(spectrogram.quantise(decibels, chosen)))


def _get_levels(source: _Source, denoise: Denoise) -> Levels:
    info = _ensure(source, _plain(source, denoise)).info
    return Levels(info.floor_db, info.ceiling_db)


def _grid_of(source: _Source, shown: Shown) -> Grid:
    """Give a whole session with fewer samples than columns one column per sample."""
    is_short = shown.is_kept and source.frame_count < shown.grid.width_px
    return replace(shown.grid, width_px=source.frame_count) if is_short else shown.grid


def _compute(source: _Source, shown: Shown, meter: PeakMeter | None = None) -> tuple[int | None, Decibels]:
    """Compute the window and the levels that are to be shown, shape (width, height)."""
    window, decibels = (
        (None, _compute_constant_q(source, shown)) if shown.is_constant_q else _compute_windows(source, shown, meter)
    )
    if shown.denoise == "median":
        decibels -= _background_of(source, shown, decibels)
    elif shown.denoise == "pcen":
        decibels = _run_pcen(source, shown, decibels)
    return window, decibels


def _compute_constant_q(source: _Source, shown: Shown) -> Decibels:
    grid, window_type = _grid_of(source, shown), shown.window_type
    decibels = compute_constant_q(grid, source.rate_hz, source.frame_count, source.read, window_type=window_type)
    bandwidths = measure_bandwidths(grid, source.rate_hz, window_type)
    decibels += (10 * np.log10(source.bandwidth_hz / bandwidths)).astype(np.float32)
    return decibels


def _compute_windows(source: _Source, shown: Shown, meter: PeakMeter | None) -> tuple[int, Decibels]:
    grid = _grid_of(source, shown)
    is_automatic = shown.window_samples is None and shown.is_kept
    window_samples = spectrogram.choose_window_for(grid, source.rate_hz) if is_automatic else shown.window_samples
    plan = spectrogram.plan_picture(
        grid,
        source.rate_hz,
        window_samples=window_samples,
        overlap=shown.overlap,
        window_type=shown.window_type,
    )
    blocks = source.read(0 if meter else plan.first_frame, source.frame_count if meter else plan.last_frame)
    if meter:
        blocks = _from(plan.first_frame, meter.watch(blocks))
    decibels = spectrogram.compute_decibels(plan, blocks)
    bandwidth_hz = spectrogram.measure_bandwidth(plan.window, source.rate_hz, shown.window_type)
    decibels += np.float32(10 * np.log10(source.bandwidth_hz / bandwidth_hz))
    return plan.window, decibels


def _from(first: int, blocks: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Leave out the first frames."""
    for block in blocks:
        if first < len(block):
            yield block[first:]
        first = max(0, first - len(block))


def _background_of(source: _Source, shown: Shown, decibels: Decibels) -> Decibels:
    """Get the median of each row over the whole session; a part's own median could be the call itself."""
    if shown.is_kept:
        return levels.measure_background(decibels)
    plain = _plain(source, "median")
    stored = np.frombuffer(_ensure(source, plain).extra["background"], "<f4")
    known_hz, wanted_hz = (np.convolve(grid.row_edges_hz(), [0.5, 0.5], "valid") for grid in (plain.grid, shown.grid))
    background: Decibels = np.interp(wanted_hz, known_hz, stored).astype(np.float32)
    return background


def _run_pcen(source: _Source, shown: Shown, decibels: Decibels) -> Decibels:
    """Per-channel energy normalisation, with a run-up before the part that is shown."""
    grid = _grid_of(source, shown)
    column_s = (grid.end_s - grid.start_s) / grid.width_px
    if grid.start_s == 0 and (shown.is_kept or column_s <= BACKGROUND_COLUMN_S):
        borders = levels.smooth_in_time(decibels, column_s)
        return levels.apply_pcen(decibels, np.float32(0.5) * (borders[:-1] + borders[1:]))
    begin_s = max(0.0, grid.start_s - RUN_UP_S)
    width_px = min(max(2, round((grid.end_s - begin_s) / BACKGROUND_COLUMN_S)), spectrogram.WIDTH_PX)
    coarse = replace(grid, start_s=begin_s, width_px=width_px)
    column_s = (coarse.end_s - begin_s) / width_px
    _, before = _compute(source, replace(shown, grid=coarse, denoise="none"))
    borders = levels.smooth_in_time(before, column_s)
    centres = grid.start_s + (np.arange(grid.width_px) + 0.5) * (grid.end_s - grid.start_s) / grid.width_px
    at = (centres - begin_s) / column_s
    index = np.minimum(at.astype(int), width_px - 1)
    share = (at - index).astype(np.float32)[:, None]
    return levels.apply_pcen(decibels, borders[index] * (1 - share) + borders[index + 1] * share)
