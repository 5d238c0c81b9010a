"""Spectrograms of whole recordings, made for bat calls (by the method of bats_ai), whole and compressed.

=============================================  ================================================================
key                                            holds
=============================================  ================================================================
bat-pictures/SHA256/NAME/tile-N.jpg            a tile of the whole picture
bat-pictures/SHA256/NAME/MODE-N.jpg            a tile of the compressed view
bat-pictures/SHA256/NAME/picture.json          what they show; written last, so who finds it finds all of them
bat-pictures/SHA256/NAME/failed.json           why the last job failed
=============================================  ================================================================

NAME is made of channel, band and the version of the method. Computing again replaces the same objects. What a job
computes ahead is stored; what somebody only looks at lies in the cache, under the same keys (decision 27).
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from podcast_core.audio import pulses
from podcast_core.audio.files import read_blocks
from podcast_core.audio.pulses import MODES, Compressed, Mode
from podcast_core.audio.spectrogram import encode_jpeg
from podcast_core.audio.ultrasound_picture import (
    HIGH_HZ,
    MAX_TILE_PX,
    PX_PER_MS,
    UltrasoundPicture,
    compute_above,
    shade,
)
from podcast_core.domain.recording import Recording
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NoSpace, NotFound, PodcastError
from podcast_core.services.pictures.kept_pictures import lock_picture
from podcast_core.services.pictures.memory_cache import Held
from podcast_core.services.store import room
from podcast_core.services.store.sources import digest, locate
from podcast_core.storage import recordings
from podcast_core.storage.cache import Cache
from podcast_core.storage.files import is_computed
from podcast_core.workspace import Workspace

FOLDER = "bat-pictures"
VERSION = 2  # counted up when the same samples would give another picture
JPEG_QUALITY = 80
HELD_BYTES = 64 << 20  # of a picture that is looked at, where the cache has no room for it

View = Literal["tile", "snr", "original"]
"""The whole picture, or the compressed view by one of the rules of `podcast_core.audio.pulses`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which picture of a recording."""

    channel: int = 0
    band_khz: int = 200

    @property
    def name(self) -> str:
        """The part of the key that says which one it is."""
        return f"v{VERSION}-c{self.channel}-{self.band_khz}kHz"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """A picture, stored or in the cache. Widths are in pixels, ``runs`` are columns [first, end) of the whole one."""

    recording_id: str
    sha256: str
    channel: int
    band_khz: int
    params_hash: str
    width_px: int
    height_px: int
    px_per_ms: float
    duration_s: float
    low_hz: float
    high_hz: float
    sample_rate_hz: int
    window_samples: int
    hop_samples: int
    tiles: list[tuple[int, int]]
    """First column and width of each tile of the whole picture."""
    runs: dict[str, list[tuple[int, int]]]
    """By mode; where nothing was found, the whole picture."""
    nothing_found: dict[str, bool]
    compressed_tiles: dict[str, list[int]]
    """By mode, the width of each tile of the compressed view."""
    background_db: list[float] = field(repr=False)
    black_db: float
    white_db: float
    created_at: str

    def compressed(self, mode: Mode) -> Compressed:
        """Get the way between the whole picture and the compressed one."""
        return Compressed(tuple((first, end) for first, end in self.runs[mode]))

    def times_ms(self, mode: Mode) -> tuple[list[float], list[float]]:
        """Give starts and ends of the runs in ms of the recording; the last one ends with it at the latest."""
        last_ms = 1000 * self.duration_s
        starts = [first / self.px_per_ms for first, _ in self.runs[mode]]
        return starts, [min(end / self.px_per_ms, last_ms) for _, end in self.runs[mode]]

    def key(self, view: View, index: int) -> str:
        """Name the object of a tile."""
        return f"{FOLDER}/{self.sha256}/{Wanted(channel=self.channel, band_khz=self.band_khz).name}/{view}-{index}.jpg"


def find_recording(workspace: Workspace, *, name: str) -> Recording:
    """Find a recording by its id, or by its number: they are counted from 1 in the order in which they were added.

    Raises
    ------
    NotFound
        When there is none.
    """
    with workspace.database.reading() as connection:
        found = recordings.find_recording(connection, name)
        if found is None and name.isdecimal() and len(name) < 10:
            found = recordings.find_by_number(connection, int(name))
    if found is None:
        raise NotFound(f"There is no recording {name[:40]!r}.")
    return found


def list_numbered(workspace: Workspace) -> list[tuple[int, Recording]]:
    """List all recordings with their numbers, see `find_recording`."""
    with workspace.database.reading() as connection:
        found = recordings.list_recordings(connection)
    return list(enumerate(sorted(found, key=lambda each: (each.added_at, each.id)), 1))


class _Shelf(Protocol):
    """Where tiles lie: the file store, or the cache."""

    def read(self, key: str) -> bytes:
        """Read one; NotFound where there is none."""

    def write(self, key: str, data: bytes) -> None:
        """Write or replace one."""


class _Desk:
    """The cache, and what was written to it last: a full disk is no reason to show nothing."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._held = Held[bytes](HELD_BYTES, len)

    def read(self, key: str) -> bytes:
        found = self._held.find(key)
        try:
            return self._cache.read(key) if found is None else found
        except NotFound as error:
            raise NoSpace("This spectrogram is too large for the room that there is in the cache.") from error

    def write(self, key: str, data: bytes) -> None:
        self._held.add(key, data)
        self._cache.write(key, data)


def get_picture(workspace: Workspace, *, recording: Recording, wanted: Wanted, anew: bool = False) -> KeptPicture:
    """Get a recording's stored picture; compute and store it when nobody has yet, or when it is wanted anew.

    Raises
    ------
    InvalidInput
        When the recording has no such channel, or its rate is too low for the band.
    NoSpace
        When there is no room for it on the disk.
    NotFound, StorageUnavailable
        When the recording cannot be read.
    """
    folder = _name_folder(recording, wanted)
    with lock_picture(workspace, folder):
        found = None if anew else _find(workspace.files, folder)
        if found is not None:
            return found
        try:
            picture, byte_count = _compute(workspace, recording, wanted, folder, workspace.files)
            data = json.dumps(asdict(picture)).encode()
            if workspace.files.exists(f"{folder}/picture.json"):  # wanted anew: it counts already
                workspace.files.write(f"{folder}/picture.json", data)
            else:
                with room.keeping(workspace, person=None, kind="spectrograms", byte_count=byte_count):
                    workspace.files.write(f"{folder}/picture.json", data)
            return picture
        except PodcastError as error:
            _note_failure(workspace, folder, error)
            raise


def look_at(workspace: Workspace, *, recording: Recording, wanted: Wanted) -> KeptPicture:
    """Get a recording's picture, stored or not: where it is not, it is computed and lies in the cache for a while.

    Raises
    ------
    InvalidInput, NotFound, StorageUnavailable
        As `get_picture`.
    NoSpace
        When it is large, and there is room for it neither in the cache nor in memory.
    """
    folder = _name_folder(recording, wanted)
    with lock_picture(workspace, folder):
        found = _find(workspace.cache, folder) or _find(workspace.files, folder)
        return found or _compute_for_now(workspace, recording, wanted, _Desk(workspace.cache))


def read_tile(workspace: Workspace, picture: KeptPicture, view: View, index: int) -> bytes:
    """Read a tile as a grey JPEG file; NotFound when there are not so many. One that left the cache is made again."""
    key = picture.key(view, index)
    for shelf in (workspace.cache, workspace.files):
        with suppress(NotFound):
            return shelf.read(key)
    count = len(picture.tiles if view == "tile" else picture.compressed_tiles[view])
    if not 0 <= index < count:
        raise NotFound(f"There is no tile {index}: the picture has {count}, counted from 0.")
    recording = find_recording(workspace, name=picture.recording_id)
    wanted, desk = Wanted(channel=picture.channel, band_khz=picture.band_khz), _Desk(workspace.cache)
    with lock_picture(workspace, _name_folder(recording, wanted)):
        _compute_for_now(workspace, recording, wanted, desk)
    return desk.read(key)


def _name_folder(recording: Recording, wanted: Wanted) -> str:
    if not 0 <= wanted.channel < recording.channel_count:
        raise InvalidInput(
            f"There is no channel {wanted.channel}: the recording has {recording.channel_count}, counted from 0."
        )
    return f"{FOLDER}/{recording.sha256}/{wanted.name}"


def _compute_for_now(workspace: Workspace, recording: Recording, wanted: Wanted, desk: _Desk) -> KeptPicture:
    folder = _name_folder(recording, wanted)
    picture, _ = _compute(workspace, recording, wanted, folder, desk)
    desk.write(f"{folder}/picture.json", json.dumps(asdict(picture)).encode())
    return picture


def _note_failure(workspace: Workspace, folder: str, error: PodcastError) -> None:
    """Write down why it failed, and remove the tiles of a picture that was not finished."""
    failure = {"reason": str(error), "failed_at": utc_now().isoformat()}
    with suppress(PodcastError):  # of a full disk: what failed first is told
        if not workspace.files.exists(f"{folder}/picture.json"):
            for key in filter(is_computed, workspace.files.list(folder)):
                workspace.files.remove_computed(key)
        workspace.files.write(f"{folder}/failed.json", json.dumps(failure).encode())


def list_kept(workspace: Workspace) -> set[str]:
    """List the recordings, by their SHA-256, of which a picture is stored."""
    keys = workspace.files.list(FOLDER)
    return {key.split("/")[1] for key in keys if key.endswith("/picture.json") and f"/v{VERSION}-" in key}


def was_looked_at(workspace: Workspace, recording: Recording) -> bool:
    """Tell whether a picture of a recording's first channel is in the cache."""
    folders = (_name_folder(recording, Wanted(band_khz=band_khz)) for band_khz in HIGH_HZ)
    return any(workspace.cache.holds(f"{folder}/picture.json") for folder in folders)


def _find(shelf: _Shelf, folder: str) -> KeptPicture | None:
    try:
        fields: dict[str, Any] = json.loads(shelf.read(f"{folder}/picture.json"))
    except NotFound:
        return None
    fields["tiles"] = [(first, width) for first, width in fields["tiles"]]
    fields["runs"] = {mode: [(first, end) for first, end in each] for mode, each in fields["runs"].items()}
    return KeptPicture(**fields)


def _compute(
    workspace: Workspace, recording: Recording, wanted: Wanted, folder: str, shelf: _Shelf
) -> tuple[KeptPicture, int]:
    """Compute the tiles and keep them; what they show, and how many bytes they are."""
    geometry = UltrasoundPicture(recording.frame_count, recording.sample_rate_hz, wanted.band_khz)
    uri, rate = locate(workspace, recording), recording.sample_rate_hz

    def read(first: int, last: int) -> Any:
        return read_blocks(uri, channel=wanted.channel, start_s=first / rate, end_s=last / rate)

    scale, tiles = compute_above(geometry, read)
    in_band = geometry.band_rows()
    byte_count = 0
    loud, peaks = np.zeros(geometry.width_px, np.bool_), np.zeros(geometry.width_px, np.float32)
    for index, tile in enumerate(tiles):
        columns = slice(tile.first_px, tile.first_px + len(tile.above))
        loud[columns] = pulses.find_loud_columns(tile.above, scale.spread_db, in_band)
        pixels = shade(geometry, tile, scale)
        peaks[columns] = pixels.max(axis=0)
        byte_count += _write(shelf, f"{folder}/tile-{index}.jpg", pixels)
    found = {"snr": pulses.find_runs(loud), "original": pulses.find_runs_as_original(peaks)}
    everything = [(0, geometry.width_px)]
    runs = {mode: pulses.pad_and_unite(each, geometry.width_px) or everything for mode, each in found.items()}
    picture = KeptPicture(
        recording_id=recording.id,
        sha256=recording.sha256,
        channel=wanted.channel,
        band_khz=wanted.band_khz,
        params_hash=digest(recording.sha256, wanted.name),
        width_px=geometry.width_px,
        height_px=len(scale.background_db),
        px_per_ms=PX_PER_MS,
        duration_s=recording.duration_s,
        low_hz=geometry.low_hz,
        high_hz=geometry.high_hz,
        sample_rate_hz=rate,
        window_samples=geometry.window,
        hop_samples=geometry.hop,
        tiles=geometry.tiles_px,
        runs=runs,
        nothing_found={mode: not each for mode, each in found.items()},
        compressed_tiles={mode: _plan_tiles(Compressed(tuple(each)).width_px) for mode, each in runs.items()},
        background_db=[round(float(value), 2) for value in scale.background_db],
        black_db=scale.black_db,
        white_db=scale.white_db,
        created_at=utc_now().isoformat(),
    )
    for mode in MODES:
        byte_count += _write_compressed(shelf, picture, mode, pixels)
    return picture, byte_count


def _write(shelf: _Shelf, key: str, pixels: NDArray[np.uint8]) -> int:
    """Keep a tile; the bytes that it takes."""
    data = encode_jpeg(pixels, JPEG_QUALITY)
    shelf.write(key, data)
    return len(data)


def _plan_tiles(width_px: int) -> list[int]:
    return [min(MAX_TILE_PX, width_px - first) for first in range(0, width_px, MAX_TILE_PX)]


def _read_pixels(
    shelf: _Shelf, picture: KeptPicture, last: NDArray[np.uint8]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Read first column and pixels of each tile. The last one is at hand; all of them may be gigabytes."""
    for number, (first, _) in enumerate(picture.tiles[:-1]):
        with Image.open(BytesIO(shelf.read(picture.key("tile", number)))) as image:
            yield first, np.asarray(image)
    yield picture.tiles[-1][0], last


def _write_compressed(shelf: _Shelf, picture: KeptPicture, mode: Mode, last: NDArray[np.uint8]) -> int:
    """Cut the runs out of the tiles, one after the other; the bytes that were kept. Nothing is detected in these."""
    byte_count = 0
    compressed, widths = picture.compressed(mode), iter(picture.compressed_tiles[mode])
    held, index, width = np.zeros((picture.height_px, 0), np.uint8), 0, next(widths)
    for first, pixels in _read_pixels(shelf, picture, last):
        held = np.concatenate([held, compressed.cut(pixels, first)], axis=1)
        while width and held.shape[1] >= width:
            byte_count += _write(shelf, picture.key(mode, index), held[:, :width])
            held, index, width = held[:, width:], index + 1, next(widths, 0)
    return byte_count
