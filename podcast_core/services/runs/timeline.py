"""The sorted sessions of a round as windows of a few hours, one recorder and channel each, to be looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from podcast_core.audio.spans import EPOCH
from podcast_core.services.runs.pools import Sorted

HOURS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """Some hours of one recorder and channel.

    ``has_time``: true time (UTC). Otherwise moments count from 1970 on as seconds from the start of the recording.
    """

    title: str
    started_at: datetime
    has_time: bool
    sessions: tuple[Sorted, ...]

    @property
    def ended_at(self) -> datetime:
        """Where the window ends."""
        return self.started_at + timedelta(hours=HOURS)

    @property
    def chosen_count(self) -> int:
        """How many of its sessions were chosen."""
        return sum(each.chosen for each in self.sessions)


def get_moment(each: Sorted) -> datetime:
    """Say when a session began: in true time, or counted from 1970 on where that is not known."""
    start = each.scored.started_at
    return EPOCH + timedelta(seconds=each.scored.session.start_s) if start is None else start


def list_windows(sessions: Iterable[Sorted]) -> list[Window]:
    """List the windows that hold a session, in time; recordings without a time come last.

    Windows are cut at 0, 3, 6 ... o'clock UTC, so they are the same whatever is in them.
    """
    windows: dict[tuple[bool, datetime, str, int], list[Sorted]] = {}
    for each in sessions:
        moment = get_moment(each)
        has_time = each.scored.started_at is not None
        cell = EPOCH + (moment - EPOCH) // timedelta(hours=HOURS) * timedelta(hours=HOURS)
        place = each.scored.site if has_time else each.scored.file_name
        windows.setdefault((not has_time, cell, place, each.scored.session.channel), []).append(each)
    channels = {channel for *_, channel in windows}
    return [
        Window(name_window(key, several=len(channels) > 1), key[1], not key[0], tuple(sorted(inside, key=get_moment)))
        for key, inside in sorted(windows.items(), key=lambda item: item[0])
    ]


def name_window(key: tuple[bool, datetime, str, int], *, several: bool) -> str:
    """Name a window by whether its time is not known, its start, its site or recording, and its channel."""
    untimed, start, place, channel = key
    end = start + timedelta(hours=HOURS)
    if untimed:
        hours = (start - EPOCH) // timedelta(hours=1)
        span = f"hours {hours} to {hours + HOURS} of {place}"
    else:
        span = f"{start:%-d %b %Y, %H:%M} to {end:%H:%M} UTC" + (f", {place}" if place else "")
    return f"{span}, channel {channel + 1}" if several else span
