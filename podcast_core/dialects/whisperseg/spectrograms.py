"""Spectrograms for clients of WhisperSeg's audio backend; a file's levels are kept, so that its clips agree."""

import base64
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np
import soxr
from numpy.typing import NDArray

from podcast_core.audio.files import AudioInfo, read_blocks
from podcast_core.audio.levels import Decibels
from podcast_core.dialects.whisperseg import picture
from podcast_core.dialects.whisperseg.audio import LATEST_S, Channel, get_channel
from podcast_core.dialects.whisperseg.picture import ROWS, Configuration
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.pictures.kept_pictures import lock_picture
from podcast_core.services.store.sources import digest, locate
from podcast_core.workspace import Workspace

FOLDER = "vocal-levels"
VERSION = 2  # counted up when the same samples would give other levels
LEVEL_COLUMNS = 1000  # of the overview from which a file's levels are taken
MAX_SILENT_SAMPLES = 20_000_000  # that a clip may show beyond the recording's length
MAX_CQT_SAMPLES = 30_000_000  # of an overview; a longer file's is made of evenly spread parts


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is painted; ``rows`` is its height in pixels, one frequency each."""

    color_map: str = "inferno"
    brightness: float = 1.0
    contrast: float = 1.0
    rows: int = ROWS


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """A picture as base64 JPEG, the frequency of each row from the bottom up, and how it was computed."""

    spec: str
    freqs: list[float]
    configuration: Configuration


def check_overview(info: AudioInfo, asked: Configuration, look: Look) -> None:
    """Raise InvalidInput when `get_overview` could not draw what is in a file."""
    completed = picture.complete(asked, info.sample_rate_hz, info.frame_count, rows=look.rows)
    _check_size(completed, info.sample_rate_hz, info.frame_count)


def get_overview(workspace: Workspace, channel: Channel, asked: Configuration, look: Look) -> Spectrogram:
    """Get the picture of a whole channel."""
    completed = picture.complete(asked, channel.rate_hz, channel.recording.frame_count, rows=look.rows)
    return _draw(workspace, channel, completed, 0.0, look)


def get_clip(workspace: Workspace, *, audio_id: str, start_s: float, asked: Configuration, look: Look) -> Spectrogram:
    """Get the picture of a clip: ``hop_length * num_spec_columns`` samples from a moment on.

    Raises
    ------
    NotFound
        When there is no such audio.
    InvalidInput
        When the configuration cannot be used.
    """
    if asked.hop_length is None or asked.num_spec_columns is None:
        raise InvalidInput("hop_length, num_spec_columns: expected whole numbers, found null; they say how long it is.")
    if not abs(start_s) <= LATEST_S:
        raise InvalidInput(f"start_time: expected seconds, found {start_s}.")
    channel = get_channel(workspace, audio_id=audio_id)
    completed = picture.complete(asked, channel.rate_hz, channel.recording.frame_count, rows=look.rows)
    return _draw(workspace, channel, completed, max(start_s, 0.0), look)


def _draw(
    workspace: Workspace, channel: Channel, configuration: Configuration, start_s: float, look: Look
) -> Spectrogram:
    levels = _compute(workspace, channel, configuration, start_s, look.rows)
    levels_db = _get_range(workspace, channel, configuration, look.rows, levels if start_s == 0 else None)
    shown = picture.paint(
        levels,
        levels_db,
        color_map=look.color_map,
        brightness=look.brightness,
        contrast=look.contrast,
    )
    freqs = [round(each, 3) for each in picture.list_frequencies(configuration, look.rows)]
    return Spectrogram(base64.b64encode(shown).decode("ascii"), freqs, configuration)


def _compute(
    workspace: Workspace, channel: Channel, configuration: Configuration, start_s: float, rows: int
) -> Decibels:
    own_rate = channel.rate_hz
    count, rate = _check_size(configuration, own_rate, channel.recording.frame_count)
    if configuration.spec_cal_method == "constant-q":
        uri = locate(workspace, channel.recording)
        return picture.compute_constant_q(
            configuration,
            own_rate,
            channel.recording.frame_count,
            lambda first, last: read_blocks(
                uri, channel=channel.channel, start_s=first / own_rate, end_s=last / own_rate
            ),
            start_s=start_s,
            rows=rows,
        )
    return picture.compute_mel(configuration, _read(workspace, channel, start_s, count, rate), rows)


def _check_size(configuration: Configuration, own_rate: int, frame_count: int) -> tuple[int, int]:
    """Give the samples that a picture shows and their rate; InvalidInput when there are too many."""
    assert configuration.hop_length is not None
    assert configuration.num_spec_columns is not None
    assert configuration.sampling_rate is not None
    rate = configuration.sampling_rate
    count = configuration.hop_length * configuration.num_spec_columns
    most = math.ceil(frame_count * rate / own_rate) + MAX_SILENT_SAMPLES
    if count > most:
        raise InvalidInput(f"hop_length * num_spec_columns: expected at most {most:,} samples, found {count:,}.")
    if configuration.spec_cal_method == "constant-q" and count > MAX_CQT_SAMPLES:
        raise InvalidInput(
            f"constant-q shows at most {MAX_CQT_SAMPLES / rate:,.0f} s at {rate} Hz at once, "
            f"found {count / rate:,.0f} s."
        )
    return count, rate


def _read(
    workspace: Workspace, channel: Channel, start_s: float, count: int, rate_hz: int
) -> Iterator[NDArray[np.float32]]:
    """Read a clip block by block, at another rate where that is wanted, with silence after the recording's end."""
    first, sent = round(start_s * channel.rate_hz), 0
    wanted = math.ceil(count * channel.rate_hz / rate_hz)
    last = min(first + wanted, channel.recording.frame_count)
    if last > first:
        uri, own_rate = locate(workspace, channel.recording), channel.rate_hz
        blocks = read_blocks(uri, channel=channel.channel, start_s=first / own_rate, end_s=last / own_rate)
        for block in blocks if rate_hz == own_rate else _resample(blocks, own_rate, rate_hz):
            sent += len(block)
            yield block
    while sent < count:
        block = np.zeros(min(count - sent, 1 << 20), np.float32)
        sent += len(block)
        yield block


def _resample(blocks: Iterator[NDArray[np.float32]], from_hz: int, to_hz: int) -> Iterator[NDArray[np.float32]]:
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _get_range(
    workspace: Workspace, channel: Channel, configuration: Configuration, rows: int, from_start: Decibels | None
) -> tuple[float, float]:
    """Get black and white of a channel under a method and band, measured once on an overview of all of it.

    That may be the picture itself, whose levels are known when it begins with the recording.
    """
    frames = channel.recording.frame_count
    rate = configuration.sampling_rate or channel.rate_hz
    shown = max(1, round(frames * rate / channel.rate_hz))
    if configuration.spec_cal_method == "constant-q":
        shown = min(shown, MAX_CQT_SAMPLES)
    columns = min(LEVEL_COLUMNS, shown)
    overview = replace(configuration, hop_length=max(1, shown // columns), num_spec_columns=columns)
    name = digest(VERSION, channel.channel, rows, asdict(overview))
    key = f"{FOLDER}/{channel.recording.sha256}/{name}.json"
    with lock_picture(workspace, key):
        try:
            floor_db, ceiling_db = json.loads(workspace.cache.read(key))
        except NotFound:
            if from_start is None or overview != configuration:
                from_start = _compute(workspace, channel, overview, 0.0, rows)
            floor_db, ceiling_db = picture.choose_range(from_start)
            workspace.cache.write(key, json.dumps([floor_db, ceiling_db]).encode())
    return floor_db, ceiling_db
