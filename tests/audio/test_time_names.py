"""Times in file names: which are taken, in which zone, and what is said where one could be read in several ways."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcast_core.audio.metadata import find_start
from tests.audio.wav_chunks import make_wav

EXAMPLE = datetime(2020, 4, 15, 10, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "expected", "method"),
    [
        ("20200415_102500.WAV", EXAMPLE, "file_name_assumed_utc"),
        ("20200415_102500T.WAV", EXAMPLE, "file_name_assumed_utc"),
        ("SMA01234_20200415_102500.wav", EXAMPLE, "file_name_assumed_utc"),
        ("SM304472_0+1_20200415$102500.wav", EXAMPLE, "file_name_assumed_utc"),
        ("20200415102500.flac", EXAMPLE, "file_name_assumed_utc"),
        ("2020-04-15_10-25-00.wav", EXAMPLE, "file_name_assumed_utc"),
        ("2020-04-15_10-25-00_rpi_orcasound_lab-48000-2.flac", EXAMPLE, "file_name_assumed_utc"),
        ("2020-04-15 10.25.00.m4a", EXAMPLE, "file_name_assumed_utc"),
        ("20200415T102500Z.wav", EXAMPLE, "file_name"),
        ("20200415T032500-0700_REC.flac", EXAMPLE, "file_name"),
        ("2020-04-15T10:25:00+00:00.wav", EXAMPLE, "file_name"),
        ("20200415_102500-0001.wav", EXAMPLE, "file_name_assumed_utc"),
        ("20200415T102500.250Z.wav", EXAMPLE.replace(microsecond=250_000), "file_name"),
        ("OS_9_27_2017_08_25_00_.wav", datetime(2017, 9, 27, 8, 25, tzinfo=UTC), "file_name_assumed_utc"),
        ("OS_9_27_2017_08_25_00__0001.wav", datetime(2017, 9, 27, 8, 25, tzinfo=UTC), "file_name_assumed_utc"),
        ("5678.200415102500.wav", EXAMPLE, "file_name_assumed_utc"),
        ("2020-04-15T10.25.00Z.wav", EXAMPLE, "file_name"),
        ("20200415_102500Z.wav", EXAMPLE, "file_name"),
        ("G024_V1_C2065_U1_20200415_102500Z.wav", EXAMPLE, "file_name"),
        ("20200415-102500z.wav", EXAMPLE, "file_name"),
        ("2020_04_15_10_25_00.wav", EXAMPLE, "file_name_assumed_utc"),
        ("20200415T102500+00.wav", EXAMPLE, "file_name"),
        ("20200415T032500-07.wav", EXAMPLE, "file_name"),
        ("20200415T032500-07:00.wav", EXAMPLE, "file_name"),
        ("20200415T032500-07_00.wav", EXAMPLE, "file_name"),
        ("20200415_032500-0700.wav", EXAMPLE, "file_name"),
        ("20200415_202500+1000_REC [-27.4774+153.0267].flac", EXAMPLE, "file_name"),
        ("20200415T202500+1000_REC [-27.4774+153.0267].flac", EXAMPLE, "file_name"),
        ("20200415_155500+05:30.wav", EXAMPLE, "file_name"),
        ("20200415T032500-7:00.wav", EXAMPLE, "file_name"),
        ("20200415_032500_-0700.wav", EXAMPLE, "file_name"),
        ("20200415_122500 +0200.wav", EXAMPLE, "file_name"),
        ("20200415_202500+10.wav", EXAMPLE, "file_name"),
        ("20200415_102500_UTC.wav", EXAMPLE, "file_name"),
        ("20200415_032500 (UTC-7).wav", EXAMPLE, "file_name"),
        ("20200415_155500UTC+5:30.wav", EXAMPLE, "file_name"),
        ("20200415T102500-0001.wav", EXAMPLE, "file_name_assumed_utc"),
        ("20200415_102500-07.wav", EXAMPLE, "file_name_assumed_utc"),
        ("SITE_0+1_20200415_102500.wav", EXAMPLE, "file_name_assumed_utc"),
        ("SITE_0+1_20200415_102500_000.wav", EXAMPLE, "file_name_assumed_utc"),
        ("PAM_20200415_102500_750.wav", EXAMPLE.replace(microsecond=750_000), "file_name_assumed_utc"),
        ("PAM_20200415_032500_750-0700.wav", EXAMPLE.replace(microsecond=750_000), "file_name"),
        ("20200415_102500_0750.wav", EXAMPLE, "file_name_assumed_utc"),
        ("20200415_102500_384kHz.wav", EXAMPLE, "file_name_assumed_utc"),
        ("2020-04-15_10h25m00s.wav", EXAMPLE, "file_name_assumed_utc"),
        ("HI01_5421.200415102500.wav", EXAMPLE, "file_name_assumed_utc"),
        ("ST5421.200415102500.d20.wav", EXAMPLE, "file_name_assumed_utc"),
        ("805351438.200415102500.wav", EXAMPLE, "file_name_assumed_utc"),
        ("Antarc_EIE_01_200415_102500.x.wav", EXAMPLE, "file_name_yymmdd_assumed_utc"),
        ("200415_102500.df100.x.wav", EXAMPLE, "file_name_yymmdd_assumed_utc"),
        ("200415-102500.WAV", EXAMPLE, "file_name_yymmdd_assumed_utc"),
        ("SITE_200415_102500Z.wav", EXAMPLE, "file_name_yymmdd"),
        ("15APR2020_102500.wav", EXAMPLE, "file_name_assumed_utc"),
        ("15-Apr-2020 10.25.00.wav", EXAMPLE, "file_name_assumed_utc"),
        ("SITE_15-04-2020_10-25-00.wav", EXAMPLE, "file_name_assumed_utc"),
        ("SITE_04152020_102500.wav", EXAMPLE, "file_name_assumed_utc"),
        ("05-05-2020_10-25-00.wav", EXAMPLE.replace(month=5, day=5), "file_name_assumed_utc"),
    ],
)
def test_a_file_name_tells_the_start(tmp_path: Path, name: str, expected: datetime, method: str) -> None:
    start = find_start(make_wav(tmp_path / name))
    assert (start.started_at, start.method) == (expected, method)


@pytest.mark.parametrize(
    "name",
    [
        "call.wav",
        "20201315_102500.wav",
        "20200230_102500.wav",
        "20200415_252500.wav",
        "20200415_1025.wav",
        "20200415.wav",
        "00000001.wav",
        "FFFFFFFF.WAV",
        "0999999999.wav",
        "9999999999.wav",
        "XC821988-Lasiurus_blossevillii-2016.02.17-CL01712.wav",
        "VLM298_L_4_27DEC2022_MF_ML.wav",
        "00010101T000000+2359.wav",
        "99991231T235959-2359.wav",
        "20200415T102500+9999.wav",
        "20201301T102500Z.wav",
        "2019-13-05_10-25-00.wav",
        "00000000_000000.wav",
        "ZOOM0001.WAV",
        "M00001.WAV",
        "123456_123456.wav",
        "451231_235959.wav",
        "20340105_010000.wav",
        "20340105T010000Z.wav",
        "5421.341231235959.wav",
        "DEADBEEF.WAV",
        "20200415.WAV",
        "call_0412345678.wav",
    ],
)
def test_a_name_without_a_possible_time_stays_unknown(tmp_path: Path, name: str) -> None:
    start = find_start(make_wav(tmp_path / name))
    assert (start.started_at, start.method) == (None, "unknown")


def test_only_the_name_counts_and_not_its_folder(tmp_path: Path) -> None:
    assert find_start(make_wav(tmp_path / "20200415_102500" / "call.wav")).started_at is None


@pytest.mark.parametrize(
    ("zone", "hour"), [("America/Los_Angeles", 17), ("-07:00", 17), ("+5:30", 4), ("UTC-7", 17), ("UTC", 10), ("Z", 10)]
)
def test_a_given_zone_explains_a_name_without_one(tmp_path: Path, zone: str, hour: int) -> None:
    start = find_start(make_wav(tmp_path / "20200415_102500.wav"), zone=zone)
    assert start.method == "file_name_given_zone"
    assert start.started_at is not None
    assert start.started_at.hour == hour
    assert start.started_at.utcoffset() == EXAMPLE.utcoffset()


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("5CD0A0B1.WAV", {"HEX": "2019-05-06 21:01:37"}),
        ("1562337136.wav", {"UNIX": "2019-07-05 14:32:16"}),
        ("2020051218.wav", {"YYYYMMDDHH": "2020-05-12 18:00:00"}),
        ("20200415_1025.wav", {"YYYYMMDD_HHMM": "2020-04-15 10:25:00"}),
        ("2019126_070809.wav", {"YYYYDDD_HHMMSS": "2019-05-06 07:08:09"}),
        ("2019126070809.wav", {"YYYYDDDHHMMSS": "2019-05-06 07:08:09"}),
        (
            "06-05-2019_07-08-09.wav",
            {"DD-MM-YYYY_HH-MM-SS": "2019-05-06 07:08:09", "MM-DD-YYYY_HH-MM-SS": "2019-06-05 07:08:09"},
        ),
        (
            "SITE 6.5.2019 07.08.09.wav",
            {"DD.MM.YYYY HH.MM.SS": "2019-05-06 07:08:09", "MM.DD.YYYY HH.MM.SS": "2019-06-05 07:08:09"},
        ),
        (
            "06052019_070809.wav",
            {"DDMMYYYY_HHMMSS": "2019-05-06 07:08:09", "MMDDYYYY_HHMMSS": "2019-06-05 07:08:09"},
        ),
        (
            "06-05-19_07-08-09.wav",
            {"YY-MM-DD_HH-MM-SS": "2006-05-19 07:08:09", "DD-MM-YY_HH-MM-SS": "2019-05-06 07:08:09"},
        ),
        ("311219_070809.wav", {"DDMMYY_HHMMSS": "2019-12-31 07:08:09"}),
        ("180813110304.wav", {"YYMMDDHHMMSS": "2018-08-13 11:03:04"}),
        ("FFFFFFFF.WAV", {}),
        ("2034051218.wav", {}),
    ],
)
def test_what_only_could_be_a_time_is_shown_with_the_pattern_that_takes_it(
    tmp_path: Path, name: str, candidates: dict[str, str]
) -> None:
    path = make_wav(tmp_path / name)
    start = find_start(path)
    assert (start.started_at, start.method) == (None, "unknown")
    assert {each.pattern: f"{each.moment:%Y-%m-%d %H:%M:%S}" for each in start.candidates} == candidates
    assert len(start.notes) == bool(candidates)
    for each in start.candidates:
        assert each.pattern in start.notes[0]
        taken = find_start(path, pattern=each.pattern)
        assert taken.started_at == each.moment.replace(tzinfo=UTC)
        assert taken.method.startswith("pattern")
        assert taken.notes == (f"The start was read by the pattern {each.pattern}.",)


def test_a_year_of_two_digits_says_how_it_was_read(tmp_path: Path) -> None:
    start = find_start(make_wav(tmp_path / "060519_070809.wav"))
    assert start.started_at == datetime(2006, 5, 19, 7, 8, 9, tzinfo=UTC)
    assert start.method == "file_name_yymmdd_assumed_utc"
    assert "As DDMMYY it would be 2019-05-06: give the pattern DDMMYY_HHMMSS" in start.notes[0]
    assert find_start(make_wav(tmp_path / "200431_070809.wav")).started_at is None  # no 31st of April
    assert find_start(make_wav(tmp_path / "190832_070809.wav")).started_at is None
    assert find_start(make_wav(tmp_path / "170730_070809.wav")).notes == ()  # neither the 17th nor month 17 fits


def test_a_zone_by_its_letters_is_told_and_not_guessed(tmp_path: Path) -> None:
    start = find_start(make_wav(tmp_path / "20200415_102500_PST.wav"))
    assert start.method == "file_name_assumed_utc"
    assert "'PST'" in start.notes[0]
    assert find_start(make_wav(tmp_path / "20200415_102500_TEST.wav")).notes == ()


def test_the_hour_that_never_was_is_not_taken(tmp_path: Path) -> None:
    start = find_start(make_wav(tmp_path / "20210314_023000.wav"), zone="America/Los_Angeles")
    assert (start.started_at, start.method) == (None, "unknown")
    (note,) = start.notes
    assert "did not exist in America/Los_Angeles" in note
    assert "2021-03-14 09:30:00 UTC (-08:00) or 2021-03-14 10:30:00 UTC (-07:00)" in note


def test_a_name_can_be_another_than_that_of_its_place(tmp_path: Path) -> None:
    assert find_start(make_wav(tmp_path / "x"), name="20200415_102500Z.wav").started_at == EXAMPLE


def test_a_given_zone_does_not_change_a_time_that_has_its_own(tmp_path: Path) -> None:
    start = find_start(make_wav(tmp_path / "20200415T102500Z.wav"), zone="America/Los_Angeles")
    assert (start.started_at, start.method) == (EXAMPLE, "file_name")
