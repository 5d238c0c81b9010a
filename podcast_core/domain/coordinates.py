"""Where recordings and sites are, in degrees (WGS 84): north and east are positive; and what stands at a site."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args
from zoneinfo import available_timezones

from podcast_core.domain.checks import check_between, check_optional_text, check_text
from podcast_core.errors import InvalidInput

Reference = Literal["", "1 µPa", "20 µPa"]
REFERENCES: tuple[Reference, ...] = get_args(Reference)
DEEPEST_M, HIGHEST_M = -11_000.0, 9_000.0  # the Mariana Trench, Mount Everest
LOUDEST_DB = 300.0  # chosen: no recorder is overloaded so late

DEG_PER_HOUR = 15  # the earth turns by so much


class Coordinates(NamedTuple):
    """A place, in degrees."""

    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True)
class SiteCoordinates:
    """Where a site is, and what is known of the recorder there.

    Parameters
    ----------
    elevation_m
        Of the recorder above the surface of ground or water: a depth is negative. None: not known.
    time_zone
        Where people read times in, as IANA names it; empty: not known.
    recorder
        Make, model and settings that matter, such as the gain.
    full_scale_db
        Calibration: the sound pressure level (zero to peak) of a sample of full scale, in dB re ``reference``. It is
        the negative of the end-to-end sensitivity in dB re full scale per ``reference`` (Merchant et al. 2015,
        "Measuring acoustic habitats", Methods in Ecology and Evolution 6).
    reference
        ``1 µPa`` in water, ``20 µPa`` in air; empty where there is no calibration.
    """

    site: str
    latitude_deg: float
    longitude_deg: float
    elevation_m: float | None = None
    time_zone: str = ""
    recorder: str = ""
    full_scale_db: float | None = None
    reference: Reference = ""

    def __post_init__(self) -> None:
        check_text(self.site, "The name of a site with coordinates", 200)
        check_between(self.latitude_deg, f"The latitude of {self.site}", -90, 90, "°")
        check_between(self.longitude_deg, f"The longitude of {self.site}", -180, 180, "°")
        check_between(self.elevation_m, f"The height or depth of {self.site}", DEEPEST_M, HIGHEST_M, " m")
        check_optional_text(self.recorder, f"The recorder at {self.site}", 200)
        check_between(self.full_scale_db, f"The level of full scale at {self.site}", -LOUDEST_DB, LOUDEST_DB, " dB")
        if self.time_zone and self.time_zone not in available_timezones():
            raise InvalidInput(
                f"{self.time_zone[:80]!r} is no time zone; expected a name such as America/Los_Angeles or UTC."
            )
        if self.reference not in REFERENCES:
            raise InvalidInput(f"Levels are in dB re 1 µPa or 20 µPa, found {self.reference[:80]!r}.")
        if (self.full_scale_db is None) != (not self.reference):
            raise InvalidInput(f"The calibration of {self.site} needs the level of full scale and its reference.")

    def describe(self) -> list[str]:
        """Say in words what is known of it besides its place."""
        told = [self.recorder] if self.recorder else []
        if self.elevation_m is not None:
            told.append(f"{-self.elevation_m:g} m deep" if self.elevation_m < 0 else f"{self.elevation_m:g} m high")
        if self.full_scale_db is not None:
            told.append(f"full scale is {self.full_scale_db:g} dB re {self.reference} (peak)")
        return [*told, self.time_zone] if self.time_zone else told

    @property
    def offset_h(self) -> int:
        """How far a clock that follows the sun there is ahead of UTC, in whole hours (nautical time)."""
        return round(self.longitude_deg / DEG_PER_HOUR)
