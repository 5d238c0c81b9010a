"""Spectrograms of whole recordings of any length, as tiles that share one scale, computed once and kept in the cache.

=============================================  ================================================================
key                                            holds
=============================================  ================================================================
recording-pictures/SHA256/HASH/levels.json     black, white and background of all tiles
recording-pictures/SHA256/HASH/N.jpg, N.png    a tile with these levels
=============================================  ================================================================

HASH names all parameters but the levels, and the version of the method. Tiles with levels of somebody's choice are not
kept: they are made of the decibels, which stay in memory for a while.
"""

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from podcast_core.audio import levels, spectrogram
from podcast_core.audio.constant_q import measure_bins_per_octave
from podcast_core.audio.levels import Decibels, Levels
from podcast_core.audio.transforms import compute_levels, run_pcen
from podcast_core.domain.display import AxisName
from podcast_core.errors import NotFound
from podcast_core.services.pictures.kept_pictures import computing, lock_picture
from podcast_core.services.pictures.memory_cache import Held
from podcast_core.services.pictures.requests import (
    ResolvedSpectrogram,
    SpectrogramRequest,
    resolve_recording,
)
from podcast_core.services.pictures.stretches import AudioStretch, open_recording
from podcast_core.workspace import Workspace

FOLDER = "recording-pictures"
VERSION = 3  # counted up when the same samples would give another picture
WHOLE_PX = 4096  # the levels of a picture up to this wide are its own; those of a wider one are those of places in it
SPOTS, SPOT_PX = 32, 64  # places of a recording, and columns of each, that black and white are taken from; chosen
CONSTANT_Q_SPOTS, CONSTANT_Q_SPOT_PX = 8, 256  # the low filters hear far beyond a place's ends: fewer, wider ones
DECIBEL_BYTES = 64 << 20  # of tiles in memory: a dozen of the usual size

Format = Literal["jpg", "png"]
Method = Literal["linear", "log-mel", "log", "constant-q"]
AXES: dict[Method, AxisName] = {"linear": "linear", "log-mel": "mel", "log": "log", "constant-q": "constant-q"}
METHODS = {axis: method for method, axis in AXES.items()}


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile's place: columns [x0_px, x0_px + width_px), which are seconds [start_s, end_s) of the recording.

    The last column of the last tile may reach beyond the recording's end.
    """

    index: int
    x0_px: int
    width_px: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a picture shows. Column x is [x, x + 1) / ``px_per_s`` seconds; row 0 ends at ``high_hz``.

    Grey 0 is ``floor_db``, grey 255 is ``ceiling_db``: dB of a full-scale sine, or above the background.
    """

    recording_id: str
    sha256: str
    params_hash: str
    channel: int
    method: str
    scale: str
    sample_rate_hz: int
    duration_s: float
    width_px: int
    height_px: int
    px_per_s: float
    low_hz: float
    high_hz: float
    window_type: str
    window_samples: int | None
    n_fft: int | None
    hop_samples: float | None
    """From frame to frame: a column is the mean of as many frames as it takes to hear all of it."""
    frames_per_column: int | None
    bins_per_octave: float | None
    denoise: str
    floor_db: float
    ceiling_db: float
    tiles: list[Tile]


@dataclass(frozen=True)
class _Source:
    """A recording and what is to be seen of it."""

    stretch: AudioStretch
    wanted: ResolvedSpectrogram

    @cached_property
    def name(self) -> str:
        return self.stretch.name(VERSION, asdict(self.wanted))

    @property
    def has_own_levels(self) -> bool:
        return self.wanted.levels_db is None

    @cached_property
    def folder(self) -> str:
        plain = self.stretch.name(VERSION, asdict(replace(self.wanted, levels_db=None)))
        return f"{FOLDER}/{self.stretch.recording.sha256}/{plain}"

    @property
    def width_px(self) -> int:
        return self.wanted.grid.width_px


@dataclass(frozen=True, slots=True)
class _Scale:
    """What all tiles share."""

    levels: Levels
    background_db: Decibels | None


def describe(workspace: Workspace, *, recording_id: str, request: SpectrogramRequest) -> Description:
    """Say what a recording's picture shows, and where its tiles lie; the tiles themselves are computed when asked for.

    Raises
    ------
    NotFound
        When there is no such recording, or its file is gone.
    InvalidInput
        When the request does not fit the recording.
    """
    source = _open(workspace, recording_id, request)
    stretch, wanted, grid = source.stretch, source.wanted, source.wanted.grid
    scale = _get_scale(source)
    frames: dict[str, Any] = {"n_fft": None, "hop_samples": None, "frames_per_column": None}
    if not wanted.transform.is_constant_q:
        plan = wanted.transform.plan(wanted.columns(0, 1), stretch.rate_hz)
        per_column = plan.starts.shape[1]
        frames = {
            "n_fft": plan.fft_size,
            "hop_samples": stretch.rate_hz / wanted.px_per_s / per_column,
            "frames_per_column": per_column,
        }
    return Description(
        recording_id=recording_id,
        sha256=stretch.recording.sha256,
        params_hash=source.name,
        channel=stretch.channel,
        method=METHODS[wanted.scale],
        scale=grid.scale,
        sample_rate_hz=stretch.rate_hz,
        duration_s=stretch.duration_s,
        width_px=grid.width_px,
        height_px=grid.height_px,
        px_per_s=wanted.px_per_s,
        low_hz=grid.low_hz,
        high_hz=grid.high_hz,
        window_type=wanted.transform.window_type,
        window_samples=wanted.transform.window_samples,
        bins_per_octave=measure_bins_per_octave(grid) if wanted.transform.is_constant_q else None,
        denoise=wanted.denoise,
        floor_db=scale.levels.floor_db,
        ceiling_db=scale.levels.ceiling_db,
        tiles=_list_tiles(source),
        **frames,
    )


def get_tile(
    workspace: Workspace,
    *,
    recording_id: str,
    request: SpectrogramRequest,
    index: int,
    format: Format = "jpg",
    anew: bool = False,
) -> tuple[str, bytes]:
    """Get a tile as a grey picture file, and the hash that names the picture; compute it when nobody has yet.

    Parameters
    ----------
    format
        jpg, or png without loss.
    anew
        Compute it also when it is kept, and replace it.

    Raises
    ------
    NotFound, InvalidInput
        As `describe`; also when there are not so many tiles.
    """
    source = _open(workspace, recording_id, request)
    tiles = _list_tiles(source)
    if not 0 <= index < len(tiles):
        raise NotFound(f"There is no tile {index}: the picture has {len(tiles)}, counted from 0.")
    key = f"{source.folder}/{index}.{format}"
    with lock_picture(workspace, f"{source.folder}/{index}"):
        if anew:
            _held.drop(_name_held(source, index))
        elif source.has_own_levels:
            try:
                return source.name, workspace.cache.read(key)
            except NotFound:
                pass
        scale = _get_scale(source, anew=anew)
        data = _encode(_get_decibels(source, tiles[index]), scale, format)
        if source.has_own_levels:
            workspace.cache.write(key, data)
        return source.name, data


def _open(workspace: Workspace, recording_id: str, request: SpectrogramRequest) -> _Source:
    stretch = open_recording(workspace, recording_id=recording_id, channel=request.channel or 0)
    return _Source(stretch, resolve_recording(request, stretch))


def _list_tiles(source: _Source) -> list[Tile]:
    total, width, px_per_s = source.width_px, source.wanted.tile_width_px, source.wanted.px_per_s
    starts = range(0, total, width)
    return [
        Tile(index, first, min(width, total - first), first / px_per_s, min(first + width, total) / px_per_s)
        for index, first in enumerate(starts)
    ]


def _encode(decibels: Decibels, scale: _Scale, format: Format) -> bytes:
    shown = decibels.copy() if scale.background_db is None else decibels - scale.background_db
    pixels = spectrogram.quantise(shown, scale.levels)
    return spectrogram.encode_jpeg(pixels) if format == "jpg" else spectrogram.encode_png(pixels)


def _get_decibels(source: _Source, tile: Tile) -> Decibels:
    """Get what a tile shows, shape (width, height): from memory, or computed."""
    key = _name_held(source, tile.index)
    found = _held.find(key)
    if found is None:
        with computing():
            found = _compute(source, tile.x0_px, tile.x0_px + tile.width_px)
        _held.add(key, found)
    return found


def _name_held(source: _Source, index: int) -> tuple[str, str, int]:
    return source.stretch.workspace.settings.resolved_storage_url, source.folder, index


_held = Held[Decibels](DECIBEL_BYTES, lambda each: int(each.nbytes))


def _get_scale(source: _Source, *, anew: bool = False) -> _Scale:
    """Get what all tiles share. It is measured once, in places spread over the whole recording."""
    if source.wanted.levels_db is not None:
        chosen = Levels(*source.wanted.levels_db, headroom_db=0)
        if source.wanted.denoise != "median":
            return _Scale(chosen, None)
        return replace(_get_measured(source, anew=anew), levels=chosen)
    return _get_measured(source, anew=anew)


def _get_measured(source: _Source, *, anew: bool) -> _Scale:
    cache, key = source.stretch.workspace.cache, f"{source.folder}/levels.json"
    with lock_picture(source.stretch.workspace, key):
        try:
            if anew:
                raise NotFound("Wanted anew.")
            found = json.loads(cache.read(key))
        except (NotFound, ValueError):
            with computing():
                decibels = np.concatenate([_compute(source, *spot) for spot in _choose_spots(source)])
            found = _measure(source.wanted, decibels)
            cache.write(key, json.dumps(found).encode())
            if source.width_px <= min(source.wanted.tile_width_px, WHOLE_PX):  # the only tile, which is asked for next
                _held.add(_name_held(source, 0), decibels)
    background = found["background_db"]
    chosen = Levels(found["floor_db"], found["ceiling_db"], headroom_db=0)
    return _Scale(chosen, None if background is None else np.asarray(background, np.float32))


def _choose_spots(source: _Source) -> list[tuple[int, int]]:
    """Choose the columns [first, last) from which the levels are taken: all of them, or places spread evenly."""
    total = source.width_px
    if total <= WHOLE_PX:
        return [(0, total)]
    is_constant_q = source.wanted.transform.is_constant_q
    count, width = (CONSTANT_Q_SPOTS, CONSTANT_Q_SPOT_PX) if is_constant_q else (SPOTS, SPOT_PX)
    return [(first, first + width) for first in np.linspace(0, total - width, count).astype(int).tolist()]


def _measure(wanted: ResolvedSpectrogram, decibels: Decibels) -> dict[str, Any]:
    """Measure what depends on the sound alone, whatever levels somebody wants to see."""
    background = levels.measure_background(decibels) if wanted.denoise == "median" else None
    if wanted.denoise == "none":
        chosen = levels.choose_levels(decibels)
    else:
        chosen = levels.choose_denoised_levels(decibels if background is None else decibels - background)
    return {
        "floor_db": chosen.floor_db,
        "ceiling_db": chosen.ceiling_db,
        "background_db": None if background is None else [float(each) for each in background],
    }


def _compute(source: _Source, first: int, last: int) -> Decibels:
    """Compute columns [first, last), shape (last - first, height); PCEN is applied, a median is not."""
    grid, transform = source.wanted.columns(first, last), source.wanted.transform
    decibels = compute_levels(grid, transform, source.stretch)
    return run_pcen(decibels, grid, transform, source.stretch) if source.wanted.denoise == "pcen" else decibels
