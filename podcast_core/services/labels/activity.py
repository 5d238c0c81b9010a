"""When calls are heard, by date and hour of the day; and which days of which site have sound, and how much is labelled.

Read from the sums that the database keeps (`podcast_core.storage.progress_sums`). Days and hours are those of the
recording; what has no known time is in none of them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from podcast_core.domain.checks import check_between
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.standing import ANSWERED
from podcast_core.services.labels import sites
from podcast_core.services.labels.sites import Daylight
from podcast_core.storage.progress_sums import Sum, list_kept
from podcast_core.workspace import Workspace

MAX_OFFSET_H = 14  # of a clock, as far as they go


@dataclass(frozen=True, slots=True)
class HourHeard:
    """One hour of one day: calls, seconds of sound in sessions with an answer, and seconds of all sound."""

    day: date
    hour: int
    calls: int
    answered_s: float
    recorded_s: float


@dataclass(frozen=True, slots=True)
class Activity:
    """Hours with sound, by a clock that is ``offset_h`` ahead of UTC; the sun's times by the same clock.

    ``untimed``: calls whose recordings have no known time.
    """

    hours: tuple[HourHeard, ...]
    offset_h: int
    untimed: int
    daylight: Daylight | None


@dataclass(frozen=True, slots=True)
class DayCovered:
    """One day (UTC) of one site: sessions and seconds of sound, and how much of it has an answer."""

    day: date
    site: str
    sessions: int
    recorded_s: float
    answered_s: float

    @property
    def share(self) -> float:
        """Share of the sound that has an answer."""
        return self.answered_s / self.recorded_s if self.recorded_s else 0.0


def get_activity(workspace: Workspace, wanted: ProgressFilter, *, offset_h: int | None = None) -> Activity:
    """Get the calls by hour of the day and date, with sunrise and sunset where the coordinates of a site are known.

    Annotators and labels of the filter are those of the calls.

    Parameters
    ----------
    offset_h
        How far the clock is ahead of UTC; None: as the longitude of the site says, or UTC where that is unknown.
    """
    check_between(offset_h, "A clock's offset from UTC", -MAX_OFFSET_H, MAX_OFFSET_H, " h")
    with workspace.database.reading() as connection:
        calls = list_kept(connection, wanted, "calls", ["hour"])
        sound = list_kept(connection, wanted, "sound", ["hour", "label"], are_labels=False)
    place = sites.find_place(workspace, wanted)
    offset_h = (place.offset_h if place else 0) if offset_h is None else offset_h
    called: dict[tuple[date, int], int] = defaultdict(int)
    for moment, count in _list_moments(calls, offset_h):
        called[moment] += count
    answered_s: dict[tuple[date, int], float] = defaultdict(float)
    recorded_s: dict[tuple[date, int], float] = defaultdict(float)
    for each in sound:
        if each.key[0]:
            moment = _shift(each.key[0], offset_h)
            recorded_s[moment] += each.seconds
            answered_s[moment] += each.seconds if each.key[1] in ANSWERED else 0.0
    hours = tuple(
        HourHeard(*moment, called[moment], answered_s[moment], recorded_s[moment]) for moment in sorted(recorded_s)
    )
    days = sorted({each.day for each in hours})
    return Activity(
        hours=hours,
        offset_h=offset_h,
        untimed=sum(each.number for each in calls if not each.key[0]),
        daylight=sites.find_daylight(place, days, offset_h) if place else None,
    )


def _list_moments(sums: Iterable[Sum], offset_h: int) -> Iterable[tuple[tuple[date, int], int]]:
    return ((_shift(each.key[0], offset_h), each.number) for each in sums if each.key[0])


def _shift(hour: str, offset_h: int) -> tuple[date, int]:
    """Say which hour of which day an hour (UTC) is by another clock."""
    moment = datetime.fromisoformat(f"{hour}:00") + timedelta(hours=offset_h)
    return moment.date(), moment.hour


def list_coverage(workspace: Workspace, wanted: ProgressFilter) -> tuple[list[DayCovered], int]:
    """List which days of which sites have sound, and how much of it has an answer; and sessions without a known time.

    Annotators and labels do not matter: a session without an answer has none.
    """
    everybody = ProgressFilter(wanted.round_ids, wanted.date_from, wanted.date_to, sites=wanted.sites)
    with workspace.database.reading() as connection:
        sums = list_kept(connection, everybody, "sound", ["day", "site", "label"], are_labels=False)
    sessions: dict[tuple[str, str], int] = defaultdict(int)
    recorded_s: dict[tuple[str, str], float] = defaultdict(float)
    answered_s: dict[tuple[str, str], float] = defaultdict(float)
    for (day, site, standing), count, seconds in sums:
        sessions[day, site] += count
        recorded_s[day, site] += seconds
        answered_s[day, site] += seconds if standing in ANSWERED else 0.0
    untimed = sum(count for (day, _), count in sessions.items() if not day)
    listed = [
        DayCovered(date.fromisoformat(key[0]), key[1], sessions[key], recorded_s[key], answered_s[key])
        for key in sorted(sessions)
        if key[0]
    ]
    return listed, untimed
