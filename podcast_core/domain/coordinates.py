"""Where recordings and sites are, in degrees (WGS 84): north and east are positive."""

from dataclasses import dataclass
from typing import NamedTuple

from podcast_core.domain.checks import check_between, check_text

DEG_PER_HOUR = 15  # the earth turns by so much


class Coordinates(NamedTuple):
    """A place, in degrees."""

    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True)
class SiteCoordinates:
    """Where a site is."""

    site: str
    latitude_deg: float
    longitude_deg: float

    def __post_init__(self) -> None:
        check_text(self.site, "The name of a site with coordinates", 200)
        check_between(self.latitude_deg, f"The latitude of {self.site}", -90, 90, "°")
        check_between(self.longitude_deg, f"The longitude of {self.site}", -180, 180, "°")

    @property
    def offset_h(self) -> int:
        """How far a clock that follows the sun there is ahead of UTC, in whole hours (nautical time)."""
        return round(self.longitude_deg / DEG_PER_HOUR)
