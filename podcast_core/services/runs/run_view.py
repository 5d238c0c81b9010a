"""A model run as a page shows it: its counts, its sessions by score and by time, a part of a run at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from podcast_core.audio.spans import EPOCH
from podcast_core.domain.recording import Recording
from podcast_core.services.runs.findings import FoundSession, find_homes
from podcast_core.services.runs.timeline import HOURS, name_window
from podcast_core.storage import recordings, run_lists, run_sums, runs
from podcast_core.workspace import Workspace

HOUR_S = 3600
MAX_UNTIMED = 180  # pieces without a known time on one time-line, which are three hours of minutes


@dataclass(frozen=True, slots=True)
class Overview:
    """How many pieces of a run are there, are done and have calls, and how many calls these are."""

    pieces: int
    done: int
    done_s: float
    with_calls: int
    calls: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a recording: what begins in [start_s, end_s)."""

    recording_id: str
    channel: int
    start_s: float
    end_s: float


@dataclass(slots=True)
class RunWindow:
    """Some hours of a run. ``has_time``: true time (UTC); otherwise one session comes after the other."""

    title: str
    has_time: bool
    stretches: list[Stretch] = field(default_factory=list)


def count(workspace: Workspace, *, run_id: str, threshold: float) -> Overview:
    """Count what a run has done, and found from the threshold on."""
    with workspace.database.reading() as connection:
        totals = run_sums.count_runs(connection, [run_id])[run_id]
        with_calls = run_sums.count_with_calls(connection, run_id, threshold)
        calls = run_sums.count_calls(connection, run_id, threshold)
    return Overview(totals.pieces, totals.done, totals.done_s, with_calls, calls)


def list_best(workspace: Workspace, *, run_id: str, threshold: float, limit: int) -> list[FoundSession]:
    """List the first sessions of a run by their best score; those without one come last, in the run's order."""
    with workspace.database.reading() as connection:
        positions = run_lists.list_best(connection, run_id, limit)
        found = runs.list_scores(connection, run_id, threshold, positions=positions)
        by_position = {each.position: each for each in found}
        return find_homes(connection, runs.get_run(connection, run_id), [by_position[each] for each in positions])


def find_beside(workspace: Workspace, *, run_id: str, position: int) -> tuple[int | None, int | None]:
    """Find the sessions before and after one in the order of `list_best`."""
    with workspace.database.reading() as connection:
        return run_lists.find_beside(connection, run_id, position)


def find_session(workspace: Workspace, *, run_id: str, position: int, threshold: float) -> FoundSession | None:
    """Find what a run looks at by its position."""
    with workspace.database.reading() as connection:
        found = runs.list_scores(connection, run_id, threshold, positions=[position])
        return next(iter(find_homes(connection, runs.get_run(connection, run_id), found)), None)


def list_windows(workspace: Workspace, *, run_id: str) -> list[RunWindow]:
    """List the windows of a time-line, in time: three hours of one recorder and channel each; untimed ones come last.

    They are made of the hours of recordings, so one at the ends of a recording may turn out to have no session.
    """
    with workspace.database.reading() as connection:
        hours = run_sums.list_hours(connection, run_id)
        known = {each.id: each for each in recordings.list_recordings(connection, {each[0] for each in hours})}
    timed = _list_timed(hours, known)
    several = len({channel for _, channel, *_ in hours}) > 1
    windows = [
        RunWindow(name_window((False, *key), several=several), True, stretches)
        for key, stretches in sorted(timed.items())
    ]
    return [*windows, *_list_untimed([each for each in hours if known[each[0]].started_at is None])]


def _list_timed(
    hours: Sequence[tuple[str, int, int, int]], known: Mapping[str, Recording]
) -> dict[tuple[datetime, str, int], list[Stretch]]:
    windows: dict[tuple[datetime, str, int], list[Stretch]] = {}
    step = timedelta(hours=HOURS)
    for recording_id, channel, hour, _ in hours:
        began = known[recording_id].started_at
        if began is None:
            continue
        first, last = (began + timedelta(seconds=HOUR_S * hour + each) for each in (0.0, HOUR_S - 1e-3))
        for cell in sorted({EPOCH + (moment - EPOCH) // step * step for moment in (first, last)}):
            start_s = (cell - began).total_seconds()
            stretch = Stretch(recording_id, channel, start_s, start_s + step.total_seconds())
            here = windows.setdefault((cell, known[recording_id].site, channel), [])
            if stretch not in here:
                here.append(stretch)
    return windows


def _list_untimed(hours: Sequence[tuple[str, int, int, int]]) -> list[RunWindow]:
    windows: list[RunWindow] = []
    filled = MAX_UNTIMED
    for recording_id, channel, hour, number in hours:
        if filled + number > MAX_UNTIMED:
            windows.append(RunWindow("sessions without a known time, one after the other", False))
            filled = 0
        filled += number
        windows[-1].stretches.append(Stretch(recording_id, channel, float(HOUR_S * hour), float(HOUR_S * (hour + 1))))
    for number, window in enumerate(windows, start=1):
        window.title += f", part {number} of {len(windows)}" if len(windows) > 1 else ""
    return windows


def list_in_window(
    workspace: Workspace, *, run_id: str, threshold: float, window: RunWindow
) -> list[tuple[datetime, FoundSession]]:
    """List the sessions of a window with the moment at which each begins on the time-line."""
    with workspace.database.reading() as connection:
        positions = [
            position
            for each in window.stretches
            for position in run_lists.list_beginning(
                connection, run_id, each.recording_id, each.channel, each.start_s, each.end_s
            )
        ]
        found = runs.list_scores(connection, run_id, threshold, positions=positions)
        sessions = find_homes(connection, runs.get_run(connection, run_id), found)
    if window.has_time:
        return sorted(_list_moments(sessions), key=lambda each: each[0])
    by_position = {each.scored.position: each for each in sessions}
    return list(_line_up([by_position[position] for position in positions]))


def _list_moments(sessions: Sequence[FoundSession]) -> Iterator[tuple[datetime, FoundSession]]:
    for each in sessions:
        if each.started_at is not None:
            yield each.started_at, each


def _line_up(sessions: Sequence[FoundSession]) -> Iterator[tuple[datetime, FoundSession]]:
    moment = EPOCH
    for each in sessions:
        yield moment, each
        moment += timedelta(seconds=each.scored.piece.duration_s)
