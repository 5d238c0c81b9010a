"""Measure boxes of a session, and all annotations of a round as a job.

What is measured follows from sound and box, and is kept in the database alone: a rebuild leaves it, and whatever is
missing is measured again. Of an answer that counts all annotations are measured together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from podcast_core.audio import measuring
from podcast_core.domain.box import Box, Stretch, join_stretches
from podcast_core.domain.checks import check_between
from podcast_core.domain.display import MAX_WINDOW, MIN_WINDOW
from podcast_core.domain.measurement import TIMES, Values, add_levels, measure_intervals
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput, PodcastError, StorageUnavailable
from podcast_core.services.access import needs
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import MAX_REASONS, Result, RunningJob
from podcast_core.services.labels.searching import FoundBox
from podcast_core.services.pictures.stretches import AudioStretch, open_session
from podcast_core.storage import measurements, rounds
from podcast_core.storage.measurements import Unmeasured
from podcast_core.workspace import Workspace

KIND = "measure"
MAX_BOX_S = 120.0  # chosen: with what is heard around it a quarter of a gigabyte at 192 kHz; no call is longer
MAX_HEARD_S = 3 * MAX_BOX_S  # of samples in memory, for several boxes as for one
AT_ONCE = 100  # sessions; chosen: as many as are measured in some seconds
MOST = 1_000  # sessions that are counted while a page is drawn


def measure_boxes(
    workspace: Workspace, *, round_id: str, session_id: str, boxes: Sequence[Box], window_samples: int | None = None
) -> list[Values]:
    """Measure boxes of a session as they are drawn, kept or not.

    Parameters
    ----------
    boxes
        In seconds of the session.
    window_samples
        Length of the window, 64 to 16,384; None: chosen for each box, see `audio.measuring.choose_window`.

    Returns
    -------
    list of Values
        Of each box; times count from the start of the session.

    Raises
    ------
    NotFound
        When there is no such session, or its recording is not where it was.
    InvalidInput
        When a box cannot be measured: it is longer than two minutes, or nothing is in it.
    """
    stretch, round_ = open_session(workspace, round_id=round_id, session_id=session_id)
    if window_samples is not None:
        check_between(window_samples, "A window", MIN_WINDOW, MAX_WINDOW, " samples")
    placed = {n: box.shifted(stretch.start_s) for n, box in enumerate(boxes)}
    found = _calibrate(_measure(stretch, placed, window_samples), stretch, round_)
    moved = {name: stretch.start_s for name in TIMES}
    return [{name: value - moved.get(name, 0.0) for name, value in found[n].items()} for n in range(len(boxes))]


def count_unmeasured(workspace: Workspace, *, round_id: str) -> int:
    """Count the sessions of a round with annotations that are not measured, up to `MOST`."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        return measurements.count_unmeasured(connection, round_id, most=MOST)


def list_measured(workspace: Workspace, found: Sequence[FoundBox]) -> list[Values]:
    """List what was measured of annotations that a search found; empty where nothing was."""
    with workspace.database.reading() as connection:
        values = measurements.list_values(connection, list(dict.fromkeys(each.submission_id for each in found)))
    places = [Box(each.start_s, each.end_s, low_hz=each.low_hz, high_hz=each.high_hz) for each in found]
    return [values.get(each.submission_id, {}).get(place, {}) for each, place in zip(found, places, strict=True)]


@needs("label")
def add_job(workspace: Workspace, *, round_id: str, who: str = "") -> str:
    """Put measuring what is not measured of a round into the queue; return the job's id. NotFound: no such round."""
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
    return queue.add_job(workspace, kind=KIND, params={"round_id": round_.id}, who=who)


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Measure what is not measured of a round, one session after the other; what cannot be is reported."""
    round_id = params["round_id"]
    failed: list[list[str]] = []
    count, sessions, after = 0, 0, (-1, "")
    with workspace.database.reading() as connection:
        total = measurements.count_unmeasured(connection, round_id, most=10**9)
    while True:
        with workspace.database.reading() as connection:
            some = measurements.list_unmeasured(connection, round_id, after=after, limit=AT_ONCE)
        measured: dict[str, dict[int, Values]] = {}
        for each in some:
            run(min(sessions, total), total, each.session_id)
            sessions += 1
            try:
                measured[each.answer_id] = _measure_answer(workspace, round_id, each)
            except StorageUnavailable:
                raise  # the next one would fail as well
            except PodcastError as error:
                run.log(f"failed: {each.session_id}: {error}")
                failed.append([each.session_id, str(error)])
        with workspace.database.writing() as connection:
            measurements.keep(connection, measured)
        count += sum(map(len, measured.values()))
        if len(some) < AT_ONCE:
            break
        after = (some[-1].place, some[-1].session_id)
    run(total, total, "")
    return {"measured": count, "failed_count": len(failed), "failed": failed[:MAX_REASONS]}


def _measure_answer(workspace: Workspace, round_id: str, each: Unmeasured) -> dict[int, Values]:
    """Measure all annotations of an answer."""
    with workspace.database.reading() as connection:
        calls = measurements.list_calls(connection, each.answer_id)
    stretch, round_ = open_session(workspace, round_id=round_id, session_id=each.session_id)
    found = _calibrate(_measure(stretch, calls, None, skips_odd=True), stretch, round_)
    intervals = dict(zip(calls, measure_intervals(list(calls.values())), strict=True))
    return {number: values and {**values, **intervals[number]} for number, values in found.items()}


def _calibrate(found: dict[int, Values], stretch: AudioStretch, round_: Round) -> dict[int, Values]:
    """Add sound pressure levels where the site has a calibration."""
    site = round_.find_site(stretch.recording)
    if site is None or site.full_scale_db is None:
        return found
    full_scale_db = site.full_scale_db
    return {number: add_levels(values, full_scale_db) for number, values in found.items()}


def _measure(
    stretch: AudioStretch, boxes: Mapping[int, Box], window_samples: int | None, *, skips_odd: bool = False
) -> dict[int, Values]:
    """Measure boxes by number; those that cannot be measured have no values where ``skips_odd``."""
    found: dict[int, Values] = {}
    wanted = {}
    for number, box in boxes.items():
        if box.duration_s > MAX_BOX_S:
            if not skips_odd:
                raise InvalidInput(
                    f"Boxes of up to {MAX_BOX_S:g} s can be measured; this one has {box.duration_s:,.1f} s."
                )
            found[number] = {}
        else:
            wanted[number] = _widen(box, stretch)
    for joined in _join(wanted.values()):
        heard = _hear(stretch, joined)
        for number, around in wanted.items():
            if number in found or not around.is_within(joined):
                continue
            try:
                found[number] = measuring.measure(heard, boxes[number], window_samples=window_samples)
            except InvalidInput:
                if not skips_odd:
                    raise
                found[number] = {}
    return found


def _join(parts: Iterable[Stretch]) -> Iterator[Stretch]:
    """Join what is heard for several boxes, so that it is read once; what would be too much at once is read apart."""
    parts = list(parts)
    for joined in join_stretches(parts):
        if joined.duration_s <= MAX_HEARD_S:
            yield joined
        else:
            yield from (each for each in parts if each.is_within(joined))


def _widen(box: Box, stretch: AudioStretch) -> Stretch:
    """Give what is heard for a box: itself, and as much on both sides as the session has."""
    start_s = max(stretch.start_s, box.start_s - box.duration_s)
    return Stretch(start_s, max(start_s, min(stretch.end_s, box.end_s + box.duration_s)))


def _hear(stretch: AudioStretch, part: Stretch) -> measuring.Heard:
    first, last = (round((at - stretch.start_s) * stretch.rate_hz) for at in (part.start_s, part.end_s))
    samples = np.concatenate(list(stretch.read(first, last)))
    return measuring.Heard(samples, stretch.rate_hz, stretch.start_s + first / stretch.rate_hz)
