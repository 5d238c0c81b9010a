"""Where in a session something sounds: the label page can show only those stretches, side by side."""

import json
import math
from dataclasses import asdict, dataclass, replace

from podcast_core.audio import pulses
from podcast_core.audio.grid import Grid
from podcast_core.audio.spectrogram import choose_window_for, compute_decibels
from podcast_core.audio.transforms import Transform
from podcast_core.domain.box import Stretch
from podcast_core.domain.display import Display
from podcast_core.errors import NotFound
from podcast_core.services.pictures.kept_pictures import lock_picture
from podcast_core.services.pictures.requests import SpectrogramRequest, resolve_session
from podcast_core.services.pictures.stretches import AudioStretch, open_session
from podcast_core.workspace import Workspace

VERSION = 2  # counted up when the same samples would give other segments
PX_PER_S = 4000.0  # as in the pictures of bats
MAX_PX, MAX_ROWS, MIN_ROWS = 24_000, 300, 16  # of a long session the columns are wider
OVERLAP, MIN_WINDOW_S = 0.75, 0.001  # as in `ultrasound_picture`


@dataclass(frozen=True, slots=True)
class Segments:
    """The stretches of a session with sound, sorted and apart from each other; none where nothing stands out.

    They count from the start of the session.
    """

    etag: str
    duration_s: float
    segments: tuple[Stretch, ...]


def find_segments(workspace: Workspace, *, round_id: str, session_id: str) -> Segments:
    """Find where something stands out of its background, in the band that the round shows; computed once and kept.

    Raises
    ------
    NotFound
        When there is no such session, or its recording is not where it was.
    InvalidInput
        When the recording cannot be decoded.
    """
    stretch, round_ = open_session(workspace, round_id=round_id, session_id=session_id)
    grid = _choose_grid(stretch, round_.display)
    window = _choose_window(grid, stretch.rate_hz)
    bin_pairs = round((grid.high_hz - grid.low_hz) * window / stretch.rate_hz / 2)
    # Rows that share a bin rise and fall together: then the mean of some is no quieter than one of them.
    grid = replace(grid, height_px=min(max(bin_pairs, MIN_ROWS), MAX_ROWS))
    etag = stretch.name("segments", VERSION, asdict(grid))
    key = f"segments/{stretch.recording.sha256}/{etag}.json"
    with lock_picture(workspace, key):
        try:
            spans = json.loads(workspace.cache.read(key))
        except NotFound:
            plan = Transform(window_samples=window, overlap=OVERLAP).plan(grid, stretch.rate_hz)
            decibels = compute_decibels(plan, stretch.read(plan.first_frame, plan.last_frame))
            spans = pulses.find_spans(decibels, plan.find_whole_columns(stretch.frame_count), stretch.duration_s)
            workspace.cache.write(key, json.dumps(spans).encode())
    return Segments(etag, stretch.duration_s, tuple(Stretch(*span) for span in spans))


def _choose_grid(stretch: AudioStretch, display: Display) -> Grid:
    """Choose fine columns of the band that the round shows; rows are linear, as many as there may be."""
    width_px = max(1, min(round(PX_PER_S * stretch.duration_s), MAX_PX, stretch.frame_count))
    shown = resolve_session(SpectrogramRequest(), stretch, display).grid
    return replace(shown, width_px=width_px, height_px=MAX_ROWS, scale="linear")


def _choose_window(grid: Grid, sample_rate_hz: int) -> int:
    """Choose a window of at least a millisecond: shorter ones do not raise calls out of the noise."""
    shortest = 1 << math.ceil(math.log2(max(2.0, MIN_WINDOW_S * sample_rate_hz)))
    return max(choose_window_for(grid, sample_rate_hz), shortest)
