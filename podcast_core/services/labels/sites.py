"""Where sites are, as rounds and recordings say, and when the sun rises and sets there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from astral import Observer
from astral.sun import sunrise, sunset

from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.storage import recordings, rounds
from podcast_core.storage.progress_sums import list_kept
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SunDay:
    """When the sun rises and sets on a day, in hours of the day by some clock; None: it does not, near the poles."""

    day: date
    sunrise_h: float | None
    sunset_h: float | None


@dataclass(frozen=True, slots=True)
class Daylight:
    """Sunrise and sunset at a place, on each of a figure's days."""

    place: SiteCoordinates
    days: tuple[SunDay, ...]


def list_coordinates(workspace: Workspace, round_ids: Sequence[str]) -> list[SiteCoordinates]:
    """List the sites of rounds whose coordinates are known: a round's own word comes before that of recordings.

    Of recordings that say where they were made (GUANO), the one that lies in the middle counts for their site.
    """
    found: dict[str, SiteCoordinates] = {}
    with workspace.database.reading() as connection:
        for place in recordings.list_coordinates(connection, round_ids):
            found[place.site] = place
        for round_id in round_ids:
            for place in rounds.get_round(connection, round_id).sites:
                found[place.site] = place
    return sorted(found.values(), key=lambda each: each.site)


def find_place(workspace: Workspace, wanted: ProgressFilter) -> SiteCoordinates | None:
    """Find the place whose sun is shown: of the sites that are wanted, that with most sound whose place is known."""
    known = {each.site: each for each in list_coordinates(workspace, wanted.round_ids)}
    if not known:
        return None
    with workspace.database.reading() as connection:
        sums = list_kept(connection, wanted, "sound", ["site"], are_labels=False)
    lengths_s = Counter({each.key[0]: each.seconds for each in sums if each.key[0] in known})
    return known[lengths_s.most_common(1)[0][0]] if lengths_s else None


def find_daylight(place: SiteCoordinates, days: Sequence[date], offset_h: int) -> Daylight | None:
    """Find sunrise and sunset at a place, from the first to the last of some days, by a clock ahead of UTC."""
    if not days:
        return None
    count = (days[-1] - days[0]).days + 1
    every_day = (days[0] + timedelta(days=each) for each in range(count))
    return Daylight(
        place, tuple(_find_sun(place.latitude_deg, place.longitude_deg, day, offset_h) for day in every_day)
    )


@lru_cache(maxsize=4096)  # some years of two sites
def _find_sun(latitude_deg: float, longitude_deg: float, day: date, offset_h: int) -> SunDay:
    observer, zone = Observer(latitude_deg, longitude_deg), timezone(timedelta(hours=offset_h))
    hours: list[float | None] = []
    for find in (sunrise, sunset):
        try:
            found: datetime = find(observer, date=day, tzinfo=zone)
            hours.append(found.hour + found.minute / 60 + found.second / 3600)
        except (ValueError, OverflowError):  # of a day on which it does not, or the last of all
            hours.append(None)
    return SunDay(day, *hours)
