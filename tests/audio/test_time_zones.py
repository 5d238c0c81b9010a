"""Time zones as people name them, and moments as they write them."""

from datetime import UTC, datetime, timedelta

import pytest

from podcast_core.audio.time_zones import parse_moment, parse_zone
from podcast_core.errors import InvalidInput


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("+10", 10), ("-7:00", -7), ("UTC+5:30", 5.5), ("gmt-3", -3), ("−08:00", -8), ("z", 0), ("america/lima", -5)],
)
def test_a_zone_can_be_written_in_several_ways(zone: str, hours: float) -> None:
    assert datetime(2020, 1, 1, tzinfo=parse_zone(zone)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "reason"),
    [
        ("+15", "between -12:00 and"),
        ("-12:30", "between -12:00 and"),
        ("+05:75", "between -12:00 and"),
        ("localtime", "Unknown time zone"),
        ("Europe/Belrin", "Did you mean Europe/Berlin"),
        ("PST", "Unknown time zone"),
        ("../../etc/passwd", "Unknown time zone"),
        ("\0", "Unknown time zone"),
    ],
)
def test_what_is_no_zone_is_refused(zone: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_zone(zone)


def test_a_moment_in_the_hour_that_comes_twice_or_never_needs_its_offset() -> None:
    with pytest.raises(InvalidInput, match="happened twice in America/Los_Angeles.* such as 2021-11-07T01:30:00-07:00"):
        parse_moment("2021-11-07T01:30:00", zone="America/Los_Angeles")
    with pytest.raises(InvalidInput, match="was left out in Europe/Berlin"):
        parse_moment("2021-03-28 02:30", zone="Europe/Berlin")
    moment = parse_moment("2021-11-07T01:30:00-08:00", zone="America/Los_Angeles")
    assert moment == datetime(2021, 11, 7, 9, 30, tzinfo=UTC)
    assert parse_moment("2021-07-07 12:00", zone="America/Los_Angeles") == datetime(2021, 7, 7, 19, tzinfo=UTC)
