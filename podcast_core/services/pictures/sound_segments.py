"""Where in a session something sounds: the label page can show only those stretches, side by side."""

import json
import math
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio import files, levels, pulses
from podcast_core.audio.grid import Grid
from podcast_core.audio.spectrogram import choose_window_for, compute_decibels, plan_picture
from podcast_core.audio.split import to_frames
from podcast_core.errors import NotFound
from podcast_core.services.pictures import wishes
from podcast_core.services.pictures.kept_pictures import lock_picture
from podcast_core.services.pictures.wishes import PictureWish
from podcast_core.services.store.sources import digest, get_source, locate
from podcast_core.storage import rounds
from podcast_core.workspace import Workspace

VERSION = 2  # counted up when the same samples would give other segments
PX_PER_S = 4000.0  # as in the pictures of bats
MAX_PX, MAX_ROWS, MIN_ROWS = 24_000, 300, 16  # of a long session the columns are wider
OVERLAP, MIN_WINDOW_S = 0.75, 0.001
# The faintest of 131 real calls rises by 4.8; white noise of MAX_PX columns by 3.2 to 4.5 in 23 of 24 sessions.
MIN_SIGMAS = 4.6


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch with sound, in seconds from the session's start."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Segments:
    """The stretches of a session with sound, sorted and apart from each other; none where nothing stands out."""

    etag: str
    duration_s: float
    segments: tuple[Segment, ...]


def find_segments(workspace: Workspace, *, round_id: str, session_id: str) -> Segments:
    """Find where something stands out of its background, in the band that the round shows; computed once and kept.

    Raises
    ------
    NotFound
        When there is no such session, or its recording is not where it was.
    InvalidInput
        When the recording cannot be decoded.
    """
    recording, session = get_source(workspace, round_id=round_id, session_id=session_id)
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
    rate, duration_s = recording.sample_rate_hz, session.duration_s
    first, last = to_frames(session.start_s, session.end_s, rate)
    width_px = max(1, min(round(PX_PER_S * duration_s), MAX_PX, last - first))
    shown = wishes.resolve(PictureWish(), round_, duration_s, rate).grid
    grid = replace(shown, width_px=width_px, height_px=MAX_ROWS, scale="linear")
    window = _choose_window(grid, rate)
    bin_pairs = round((grid.high_hz - grid.low_hz) * window / rate / 2)
    # Rows that share a bin rise and fall together: then the mean of some is no quieter than one of them.
    grid = replace(grid, height_px=min(max(bin_pairs, MIN_ROWS), MAX_ROWS))
    etag = digest("segments", VERSION, recording.sha256, session.channel, session.start_s, session.end_s, asdict(grid))
    key = f"segments/{recording.sha256}/{etag}.json"
    with lock_picture(workspace, key):
        try:
            spans = json.loads(workspace.cache.read(key))
        except NotFound:
            plan = plan_picture(grid, rate, window_samples=window, overlap=OVERLAP)
            start_s, end_s = ((first + each) / rate for each in (plan.first_frame, min(plan.last_frame, last - first)))
            uri = locate(workspace, recording)
            blocks = files.read_blocks(uri, channel=session.channel, start_s=start_s, end_s=end_s)
            is_whole = (plan.starts.min(axis=1) >= 0) & (plan.starts.max(axis=1) + window <= last - first)
            spans = _detect(compute_decibels(plan, blocks), is_whole, duration_s)
            workspace.cache.write(key, json.dumps(spans).encode())
    return Segments(etag, duration_s, tuple(Segment(*span) for span in spans))


def _choose_window(grid: Grid, sample_rate_hz: int) -> int:
    """Choose a window of at least a millisecond: shorter ones do not raise calls out of the noise."""
    shortest = 1 << math.ceil(math.log2(max(2.0, MIN_WINDOW_S * sample_rate_hz)))
    return max(choose_window_for(grid, sample_rate_hz), shortest)


def _detect(decibels: levels.Decibels, is_whole: NDArray[np.bool_], duration_s: float) -> list[tuple[float, float]]:
    """List starts and ends in seconds of what stands out; ``decibels``, (width, height), are overwritten.

    Windows that reach over an end of the session see an edge there, which is no sound: ``is_whole`` (width,) says
    which columns have none.
    """
    decibels -= np.median(decibels, axis=0)
    decibels[~is_whole] = 0.0
    spread_db = np.median(np.abs(decibels), axis=0)
    loud = pulses.find_loud_columns(decibels, spread_db, np.ones(decibels.shape[1], np.bool_), least_sigmas=MIN_SIGMAS)
    column_s = duration_s / len(decibels)
    runs = pulses.pad_and_unite(pulses.find_runs(loud), len(decibels))
    return [(start * column_s, min(end * column_s, duration_s)) for start, end in runs]
