"""Numbers of the figures of the page *Progress*; days and hours are UTC unless it says otherwise."""

from datetime import date

from pydantic import Field

from podcast_core.wire.base import Shape
from podcast_core.wire.statistics import Estimate


class DayDone(Shape):
    """Sessions that were answered on a day, and seconds of sound."""

    day: date
    sessions: int
    seconds: float


class Forecast(Shape):
    """When the rest will be done; with 90 % probability from `earliest` to `latest` (null: in over five years)."""

    expected: date | None
    earliest: date | None
    latest: date | None
    per_day: float
    days: int = Field(description="that it was made of")


class BurnUp(Shape):
    """What was answered by day, of how much, and a forecast, or why there is none."""

    days: list[DayDone]
    session_count: int
    total_s: float
    forecast: Forecast | None
    says: str


class WorkDone(Shape):
    """What was done on a day, by an annotator, of a site, or of an hour of the day."""

    key: str
    sessions: int
    seconds: float | None = Field(description="of sound; null: filtered by label")
    labels: dict[str, int] = Field(description="annotations")


class HourHeard(Shape):
    """One hour of one day by the clock that was asked for."""

    day: date
    hour: int
    calls: int
    answered_s: float = Field(description="sound in sessions with an answer")
    recorded_s: float = Field(description="all sound")


class SunDay(Shape):
    """Sunrise and sunset in hours of the day, by the same clock; null: the sun does not, near the poles."""

    day: date
    sunrise_h: float | None
    sunset_h: float | None


class Activity(Shape):
    """Calls by date and hour of the day."""

    hours: list[HourHeard]
    offset_h: int = Field(description="how far the clock is ahead of UTC")
    untimed: int = Field(description="calls of recordings without a known start")
    site: str | None = Field(description="whose sun it is; null: no coordinates are known")
    sun: list[SunDay]


class DayCovered(Shape):
    """One day of one site: sound, and how much of it has an answer."""

    day: date
    site: str
    sessions: int
    recorded_s: float
    answered_s: float


class Coverage(Shape):
    """Days of sites with sound."""

    days: list[DayCovered]
    untimed: int = Field(description="sessions of recordings without a known start")


class DayFound(Shape):
    """Until the end of a day: sessions answered, and different labels or individuals in them."""

    day: date
    sessions: int
    kinds: int


class Accumulated(Shape):
    """How many different ones are expected in so many sessions in any order."""

    sessions: int
    kinds: Estimate


class Accumulation(Shape):
    """How many different labels or individuals were found."""

    days: list[DayFound]
    expected: list[Accumulated]
    sessions_with: dict[str, int]
    estimated: float = Field(description="how many there are in all (Chao2)")


class Pace(Shape):
    """Medians of one person on a day or in a week."""

    begins_on: date
    annotator: str
    sessions: int
    median_s: float | None
    median_actions: float | None


class Speed(Shape):
    """How fast people were."""

    steps: list[Pace]


class Judged(Shape):
    """What reviewers said of the answers of a day or a week; `wrong`: share corrected or rejected."""

    begins_on: date
    accepted: int
    corrected: int
    rejected: int
    wrong: Estimate | None


class Quality(Shape):
    """What reviewers said over time."""

    judged: list[Judged]


class VersionMeasured(Shape):
    """F1 of a version at 20 ms on the sessions of an evaluation."""

    model: str
    evaluation_id: str
    measured_on: str
    f1: float


class ModelKept(Shape):
    """Of a model's judged predictions, the share that kept their label."""

    model: str
    judged: int
    precision: Estimate


class Models(Shape):
    """How good models were."""

    measured: list[VersionMeasured]
    kept: list[ModelKept]


class Work(Shape):
    """What was done, by what was asked for."""

    rows: list[WorkDone]
