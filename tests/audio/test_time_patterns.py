"""Patterns for the times in names, as people write them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_core.audio.time_patterns import parse_pattern
from podcast_core.errors import InvalidInput

EXAMPLE = datetime(2019, 5, 6, 7, 8, 9)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("YYYYMMDD_HHMMSS", "SITE_20190506_070809.wav", EXAMPLE),
        ("yyyyMMdd_HHmmss", "SITE_20190506_070809.wav", EXAMPLE),
        ("%Y%m%d_%H%M%S", "SITE_20190506_070809.wav", EXAMPLE),
        ("%d.%m.%y %H-%M", "06.05.19 07-08.wav", EXAMPLE.replace(second=0)),
        ("DDMMYY_HHMMSS", "060519_070809.wav", EXAMPLE),
        ("MMDDYYYY-HHMMSS", "05062019-070809.wav", EXAMPLE),
        ("HHMMSS_DDMMYYYY", "070809_06052019.wav", EXAMPLE),
        ("DD.MM.YYYY_HH.MM.SS", "6.5.2019_7.08.09.wav", EXAMPLE),
        ("DDMONYYYY_HHMMSS", "06may2019_070809.wav", EXAMPLE),
        ("YYYYDDD_HHMMSS", "2019126_070809.wav", EXAMPLE),
        ("YYYYMMDDHH", "2019050607.wav", EXAMPLE.replace(minute=0, second=0)),
        ("YYYYMMDD_HHMMSS_FFF", "PAM_20190506_070809_750.wav", EXAMPLE.replace(microsecond=750_000)),
        ("YYYYMMDD*HHMMSS", "20190506 at 070809.wav", EXAMPLE),
        ("??YYMMDD_HHMMSS", "SN190506_070809.wav", EXAMPLE),
        ("'SS'YYYYMMDD_HHMMSS", "SS20190506_070809.wav", EXAMPLE),
        ("YYYYMMDD_HHMMSSZ", "20190506_070809Z.wav", EXAMPLE.replace(tzinfo=UTC)),
        ("YYYYMMDD_HHMMSSZ", "20190506_070809-7.wav", EXAMPLE.replace(tzinfo=timezone(timedelta(hours=-7)))),
        ("%Y%m%d_%H%M%S%z", "20190506_070809+1000", EXAMPLE.replace(tzinfo=timezone(timedelta(hours=10)))),
        ("HEX", "5CCFDD59.WAV", EXAMPLE.replace(tzinfo=UTC)),
        ("UNIX", "rec_1557126489.wav", EXAMPLE.replace(tzinfo=UTC)),
        ("鯨_YYYYMMDD_HHMMSS", "鯨_20190506_070809.wav", EXAMPLE),
        ("YYYYMMDD_HHMMSS", "120190506_070809.wav", None),  # a longer number
        ("YYYYMMDD_HHMM", "20190506_070809.wav", None),
        ("YYYYMMDD_HHMMSS", "20191306_070809.wav", None),
        ("YYYYDDD_HHMMSS", "2019366_070809.wav", None),
        ("YYYYDDD_HHMMSS", "2019000_070809.wav", None),
        ("YYYYMMDD_HHMMSSZ", "20190506_070809+99.wav", None),
        ("YYYYMMDD.HHMMSS", "20190506x070809.wav", None),  # a point is a point
    ],
)
def test_a_pattern_reads_the_time_in_a_name(pattern: str, name: str, expected: datetime | None) -> None:
    assert parse_pattern(pattern).read(name) == expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "1 to 200"),
        ("x" * 201, "1 to 200"),
        ("SITE_*", r"lacks the year \(YYYY\) and the month \(MM\) and the day \(DD\) and the hour"),
        ("YYYYMMDD", "lacks the hour"),
        ("MMDD_HHMMSS", "lacks the year"),
        ("YYYYMMDD_HHMMSS_SS", "has the second twice; put other text into quotes"),
        ("YYYYMMDD_HHMMSS_YY", "has the year twice"),
        ("%Y%m%d %I", "'%I'; expected one of %Y"),
        ("*Y*Y*Y*Y*Y*YYYYMMDD_HH", "more than 5 stars"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_pattern(pattern)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
    st.sampled_from(
        [
            ("YYYYMMDD_HHMMSS", "%Y%m%d_%H%M%S"),
            ("DD-MM-YY HH.MM.SS", "%d-%m-%y %H.%M.%S"),
            ("HHMMSS MMDDYYYY", "%H%M%S %m%d%Y"),
            ("YYYY-DDD-HHMMSS", "%Y-%j-%H%M%S"),
        ]
    ),
)
def test_what_is_written_by_a_pattern_is_read_by_it(moment: datetime, forms: tuple[str, str]) -> None:
    named, as_python_writes = forms
    name = f"site 7 {moment.strftime(as_python_writes)} x.wav"
    expected = moment.replace(microsecond=0)
    assert parse_pattern(named).read(name) == expected
    assert parse_pattern(as_python_writes).read(name) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_pattern_or_refused_with_a_sentence(pattern: str, name: str) -> None:
    with suppress(InvalidInput):
        parse_pattern(pattern).read(name)
