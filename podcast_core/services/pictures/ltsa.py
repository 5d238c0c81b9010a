"""Long-term spectral averages of recordings: computed once as a job, and any part of them as a picture.

Tiles follow from the samples and lie in the cache (decision 27). Where some were removed from it, the job computes all
of them again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.ltsa import (
    FLOOR_DB,
    STEP_DB,
    TILE_COLUMNS,
    Layout,
    compute_tiles,
    to_bytes,
)
from podcast_core.audio.media import Samples
from podcast_core.audio.spectrogram import encode_png
from podcast_core.domain.checks import check_between
from podcast_core.domain.job import Job
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.access import needs
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import Result, RunningJob
from podcast_core.services.pictures.kept_pictures import find_kept, keep
from podcast_core.services.pictures.stretches import AudioStretch, open_recording
from podcast_core.workspace import Workspace

KIND = "ltsa"
VERSION = 1  # of how tiles are computed and kept
MAX_WIDTH, MIN_WIDTH = 4096, 16
TOLD_S = 60.0  # of sound: as often as a job says how far it is


@dataclass(frozen=True, slots=True)
class LtsaInfo:
    """What a picture of a long-term spectral average shows.

    Its columns are those of a level, none of which is cut: so it begins at or before the start that was asked for. Its
    left edge is ``start_s``, each column lasts ``column_s``; what lies beyond ``duration_s`` of the recording is not
    there. Row 0 is the highest band, which ends at ``high_hz``. Grey g is ``floor_db + g * step_db``, in dB re full
    scale²/Hz.
    """

    recording_id: str
    channel: int
    level: int
    levels: int
    start_s: float
    end_s: float
    column_s: float
    low_hz: float
    high_hz: float
    width_px: int
    height_px: int
    duration_s: float
    floor_db: float
    step_db: float


@dataclass(frozen=True, slots=True)
class Ltsa:
    """A picture: grey values of shape (height, width), and what it shows."""

    info: LtsaInfo
    pixels: NDArray[np.uint8]

    @property
    def png(self) -> bytes:
        """The same as a grey PNG file."""
        return encode_png(self.pixels)


def get_ltsa(
    workspace: Workspace,
    *,
    recording_id: str,
    channel: int = 0,
    start_s: float | None = None,
    end_s: float | None = None,
    width_px: int = 1200,
) -> Ltsa:
    """Get a part of a recording's long-term spectral average: of the finest level that has so many columns at most.

    Parameters
    ----------
    channel
        Counted from 0.
    start_s, end_s
        In seconds of the recording; None: from its start, to its end.
    width_px
        16 to 4,096. The picture has between a quarter of that and all of it, unless the finest level has fewer columns.

    Raises
    ------
    NotFound
        When there is no such recording, or its average is not computed (any more).
    InvalidInput
        When it has no such channel, or nothing of it lies in the span.
    """
    check_between(width_px, "A width", MIN_WIDTH, MAX_WIDTH, " pixels")
    stretch = _open(workspace, recording_id, channel)
    layout = _lay_out(stretch)
    first_s, last_s = max(start_s or 0.0, 0.0), min(stretch.end_s if end_s is None else end_s, stretch.end_s)
    if not first_s < last_s:
        raise InvalidInput(
            f"Expected a start before the end, within 0 to {stretch.end_s:g} s; found {first_s:g} to {last_s:g} s."
        )
    level = layout.choose_level(first_s, last_s, width_px - 1)  # one more is cut by both ends
    column_s, count = layout.column_s(level), layout.column_counts[level]
    first = min(int(first_s / column_s), count - 1)
    last = min(max(int(np.ceil(last_s / column_s)), first + 1), count)
    columns = np.concatenate(list(_read(stretch, layout, level, first, last)))
    low_hz, high_hz = layout.band_edges_hz
    info = LtsaInfo(
        recording_id=recording_id,
        channel=channel,
        level=level,
        levels=len(layout.column_counts),
        start_s=first * column_s,
        end_s=last * column_s,
        column_s=column_s,
        low_hz=low_hz,
        high_hz=high_hz,
        width_px=len(columns),
        height_px=layout.band_count,
        duration_s=stretch.end_s,
        floor_db=FLOOR_DB,
        step_db=STEP_DB,
    )
    return Ltsa(info, np.ascontiguousarray(columns.T[::-1]))


def find_job(workspace: Workspace, *, recording_id: str, channel: int = 0) -> Job | None:
    """Find the job that waits for, or computes, the average of a channel."""
    for job in queue.list_open_jobs(workspace):
        if job.kind == KIND:
            params = queue.get_job(workspace, job_id=job.id).params
            if (params["recording_id"], params["channel"]) == (recording_id, channel):
                return job
    return None


@needs("label")
def add_job(workspace: Workspace, *, recording_id: str, channel: int = 0, who: str = "") -> str:
    """Put computing the average of a channel into the queue; return the id of the job, or of one that is there.

    Raises
    ------
    NotFound
        When there is no such recording.
    InvalidInput
        When it has no such channel.
    """
    stretch = _open(workspace, recording_id, channel)
    waiting = find_job(workspace, recording_id=recording_id, channel=channel)
    if waiting:
        return waiting.id
    params = {"recording_id": recording_id, "channel": channel, "name": stretch.recording.file_name}
    return queue.add_job(workspace, kind=KIND, params=params, who=who)


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Compute all tiles of a channel while it is read once; parameters are ``recording_id`` and ``channel``."""
    stretch = _open(workspace, params["recording_id"], params["channel"])
    layout = _lay_out(stretch)
    count = 0
    for tile in compute_tiles(layout, _read_telling(stretch, run)):
        levels = to_bytes(tile.density)
        keep(workspace, _name(stretch, tile.level, tile.number), {"columns": len(levels)}, {"levels": levels.tobytes()})
        count += 1
    get_ltsa(workspace, recording_id=params["recording_id"], channel=params["channel"])  # else the cache is too small
    return {"recording": stretch.recording.file_name, "seconds": stretch.duration_s, "tiles": count}


def _read_telling(stretch: AudioStretch, run: RunningJob) -> Iterator[Samples]:
    """Read all samples, and say how far it is, in minutes."""
    done, told, rate_hz = 0, -TOLD_S, stretch.rate_hz
    total = max(1, round(stretch.duration_s / 60))
    for block in stretch.read(0, stretch.frame_count):
        if done / rate_hz - told >= TOLD_S:
            told = done / rate_hz
            run(min(int(told / 60), total), total, "min")
        yield block
        done += len(block)
    run(total, total, "")


def _read(stretch: AudioStretch, layout: Layout, level: int, first: int, last: int) -> Iterator[NDArray[np.uint8]]:
    """Read the columns [first, last) of a level: parts of shape (columns, bands)."""
    for number in range(first // TILE_COLUMNS, -(-last // TILE_COLUMNS)):
        found = find_kept(stretch.workspace, _name(stretch, level, number))
        if found is None:
            raise NotFound(
                f"The long-term average of {stretch.recording.file_name} is not computed yet, or was removed from the "
                "cache: have it computed (again) on the recording's page, or by POST."
            )
        levels = np.frombuffer(found[1]["levels"], np.uint8).reshape(found[0]["columns"], layout.band_count)
        begin = number * TILE_COLUMNS
        yield levels[max(first - begin, 0) : last - begin]


def _open(workspace: Workspace, recording_id: str, channel: int) -> AudioStretch:
    stretch = open_recording(workspace, recording_id=recording_id, channel=channel)
    if not 0 <= channel < stretch.recording.channel_count:
        raise InvalidInput(
            f"There is no channel {channel}: the file has {stretch.recording.channel_count}, counted from 0."
        )
    return stretch


def _lay_out(stretch: AudioStretch) -> Layout:
    return Layout(stretch.rate_hz, stretch.recording.frame_count)


def _name(stretch: AudioStretch, level: int, number: int) -> str:
    return f"ltsa/{stretch.name('ltsa', VERSION, level, number)}"


def describe(info: LtsaInfo) -> str:
    """Write what a picture shows as JSON."""
    return json.dumps(asdict(info))
