import os
import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.audio.metadata import find_start
from podcast_core.audio.time_zones import parse_zone
from podcast_core.errors import InvalidInput, NotFound

EXAMPLE = datetime(2020, 4, 15, 10, 25, tzinfo=UTC)
REAL_AUDIOMOTH = Path(__file__).parents[2] / "../shared/data/birds/audiomoth_gps.wav"


def make_wav(path: Path, *chunks: tuple[bytes, bytes]) -> str:
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for name, content in chunks
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)
    return str(path)


def make_comment(text: str) -> tuple[bytes, bytes]:
    comment = text.encode() + b"\0"
    return b"LIST", b"INFOICMT" + struct.pack("<I", len(comment)) + comment


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


def test_a_given_zone_does_not_change_a_time_that_has_its_own(tmp_path: Path) -> None:
    start = find_start(make_wav(tmp_path / "20200415T102500Z.wav"), zone="America/Los_Angeles")
    assert (start.started_at, start.method) == (EXAMPLE, "file_name")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "+25:00", "../etc/passwd", "-7:99:00"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInput, match="time zone"):
        parse_zone(zone)


@pytest.mark.parametrize(
    ("stamp", "method"),
    [
        ("2020-04-15T10:25:00Z", "guano"),
        ("2020-04-15T03:25:00-07:00", "guano"),
        ("2020-04-15 15:55:00.000+05:30", "guano"),
        ("2020-04-15T10:25:00", "guano_assumed_utc"),
        ("2020-04-15T03:25:00-7:00", "guano"),
        ("2020-04-15T03:25:00-0700", "guano"),
        ("2020-04-15T03:25:00-07", "guano"),
        ("2020-04-15T03:25:00 -07:00", "guano"),
        ("2020-04-15 10:25:00Z", "guano"),
        ("2020-04-15T10:25Z", "guano"),
        ("2020/04/15 10:25:00 UTC", "guano"),
        ("2020-4-15 10:25:00.0000000", "guano_assumed_utc"),
        ("  2020-04-15T10:25:00  ", "guano_assumed_utc"),
    ],
)
def test_guano_comes_first(tmp_path: Path, stamp: str, method: str) -> None:
    guano = f"GUANO|Version: 1.0\nTimestamp: {stamp}\nLoc Position: 48.5 -123.1\n".encode()
    path = make_wav(
        tmp_path / "19990101_000000.wav",
        (b"guan", guano),
        make_comment("Recorded at 11:11:11 11/11/2011 (UTC) by AudioMoth 0"),
        (b"data", b"\0\0"),
    )
    start = find_start(path)
    assert (start.started_at, start.method) == (EXAMPLE, method)


@pytest.mark.parametrize(
    "stamp", ["yesterday", "2020-04-15", "2020-13-15T10:25:00", "2020-04-15T10:25:00+25:00", "2020-04-15T10:25:00 PST"]
)
def test_an_unreadable_guano_time_gives_way_to_the_file_name(tmp_path: Path, stamp: str) -> None:
    """A date alone is no time, and a zone that is not known makes a time unreadable, never one of UTC."""
    guano = f"Timestamp: {stamp}\n".encode() + b"\xff\xfe"
    path = make_wav(tmp_path / "20200415_102500.wav", (b"guan", guano))
    assert find_start(path).method == "file_name_assumed_utc"
    bare = find_start(make_wav(tmp_path / "call.wav", (b"guan", guano)))
    assert (bare.method, bare.notes) == ("unknown", (f"GUANO has the time {stamp!r}, which cannot be read.",))


def make_wamd(*entries: tuple[int, bytes]) -> tuple[bytes, bytes]:
    return b"wamd", b"".join(struct.pack("<HI", kind, len(value)) + value for kind, value in entries)


def make_bext(stamp: bytes) -> tuple[bytes, bytes]:
    return b"bext", (b"a description".ljust(320, b"\0") + stamp).ljust(602, b"\0")


def make_info(date: str) -> tuple[bytes, bytes]:
    return b"LIST", b"INFOICRD" + struct.pack("<I", len(date)) + date.encode()


@pytest.mark.parametrize(
    ("chunk", "method"),
    [
        (make_wamd((0, b"\1\0"), (1, b"SM3"), (5, b"2020-04-15 11:25:00+0100")), "wamd"),
        (make_wamd((5, b"2020-04-15 03:25:00.000-07:00"), (6, b"x")), "wamd"),
        (make_wamd((1, b"SM4"), (5, b"2020-04-15 10:25:00")), "wamd_assumed_utc"),
        (make_bext(b"2020-04-1510:25:00"), "bext_assumed_utc"),
        (make_bext(b"2020:04:1510-25-00"), "bext_assumed_utc"),
        (make_info("2020-04-15T12:25:00+02:00"), "info_date"),
        (make_info("2020-04-15 10:25:00"), "info_date_assumed_utc"),
    ],
)
def test_chunks_of_other_recorders_tell_the_start(tmp_path: Path, chunk: tuple[bytes, bytes], method: str) -> None:
    start = find_start(make_wav(tmp_path / "call.wav", chunk, (b"data", b"\0\0")))
    assert (start.started_at, start.method) == (EXAMPLE, method)


@pytest.mark.parametrize(
    "chunk",
    [
        make_bext(b"0000-00-0000:00:00"),
        make_bext(b""),
        make_bext(b"2020-04-15"),
        make_info("2020-04-15"),
        make_info("2020"),
        make_wamd((5, b"")),
        make_wamd((5, b"2034-04-15 10:25:00+0100")),
        (b"wamd", b"\5\0\xff\xff\xff\xff2020"),
        (b"wamd", b"\5"),
        (b"LIST", b"INFOICRD"),
        (b"LIST", b"INFOICRD\xff\xff\xff\xff"),
    ],
)
def test_chunks_that_tell_no_possible_time_are_passed_over(tmp_path: Path, chunk: tuple[bytes, bytes]) -> None:
    assert find_start(make_wav(tmp_path / "call.wav", chunk)).method == "unknown"


def test_wamd_comes_before_the_name_and_the_name_before_what_an_editor_writes(tmp_path: Path) -> None:
    stamp, later = b"2020-04-15 10:25:00+0000", b"2021-01-0101:01:01"
    recorder = make_wav(tmp_path / "20190101_010101.wav", make_bext(later), make_wamd((5, stamp)))
    assert (find_start(recorder).started_at, find_start(recorder).method) == (EXAMPLE, "wamd")
    edited = make_wav(tmp_path / "20200415_102500.wav", make_bext(later), make_info("2021-01-01 01:01:01"))
    assert (find_start(edited).started_at, find_start(edited).method) == (EXAMPLE, "file_name_assumed_utc")


@pytest.mark.parametrize(
    ("comments", "method"),
    [
        ({"comment": "Recorded at 03:25:00 15/04/2020 (UTC-7) by AudioMoth 1"}, "audiomoth_comment"),
        ({"date": "2020-04-15T10:25:00+00:00"}, "flac_date"),
        ({"date": "2020-04-15"}, "unknown"),
    ],
)
def test_comments_of_a_flac_file_tell_the_start(tmp_path: Path, comments: dict[str, str], method: str) -> None:
    path = tmp_path / "call.flac"
    with soundfile.SoundFile(path, "w", 8000, 1) as file:
        for name, text in comments.items():
            setattr(file, name, text)
        file.write(np.zeros(800))
    start = find_start(str(path))
    assert (start.started_at, start.method) == (None if method == "unknown" else EXAMPLE, method)


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


def test_a_time_in_the_future_is_no_fact(tmp_path: Path) -> None:
    ahead = datetime.now(UTC) + timedelta(days=3)
    path = make_wav(tmp_path / "20200415_102500.wav", (b"guan", f"Timestamp: {ahead:%Y-%m-%dT%H:%M:%SZ}\n".encode()))
    assert (find_start(path).started_at, find_start(path).method) == (EXAMPLE, "file_name_assumed_utc")
    alone = find_start(make_wav(tmp_path / f"{ahead:%Y%m%dT%H%M%SZ}.wav"))
    assert (alone.started_at, alone.method) == (None, "unknown")
    just_now = datetime.now(UTC).replace(microsecond=0)
    assert find_start(make_wav(tmp_path / f"{just_now:%Y%m%dT%H%M%SZ}.wav")).started_at == just_now


def test_the_hour_that_comes_twice_is_marked_with_both_readings(tmp_path: Path) -> None:
    path = make_wav(tmp_path / "20211107_013000.wav")
    start = find_start(path, zone="America/Los_Angeles")
    assert start.started_at == datetime(2021, 11, 7, 8, 30, tzinfo=UTC)
    assert start.method == "file_name_given_zone_ambiguous"
    (note,) = start.notes
    assert "2021-11-07 08:30:00 UTC (-07:00) or 2021-11-07 09:30:00 UTC (-08:00)" in note
    sure = find_start(path, zone="-08:00")
    assert (sure.started_at, sure.notes) == (datetime(2021, 11, 7, 9, 30, tzinfo=UTC), ())
    guano = make_wav(tmp_path / "a.wav", (b"guan", b"Timestamp: 2021-11-07T01:30:00\n"))
    assert find_start(guano, zone="America/Los_Angeles").method == "guano_given_zone_ambiguous"
    comment = make_wav(tmp_path / "b.wav", make_comment("Recorded at 02:30:00 31/10/2021 by AudioMoth 1"))
    assert find_start(comment, zone="Europe/Berlin").method == "audiomoth_comment_given_zone_ambiguous"


def test_the_hour_that_never_was_is_not_taken(tmp_path: Path) -> None:
    start = find_start(make_wav(tmp_path / "20210314_023000.wav"), zone="America/Los_Angeles")
    assert (start.started_at, start.method) == (None, "unknown")
    (note,) = start.notes
    assert "did not exist in America/Los_Angeles" in note
    assert "2021-03-14 09:30:00 UTC (-08:00) or 2021-03-14 10:30:00 UTC (-07:00)" in note


@pytest.mark.parametrize(("offset_s", "hour", "word"), [(3600.0, 11, "later"), (-1800.0, 9, "earlier")])
def test_a_clock_that_was_wrong_is_corrected_and_the_recording_says_so(
    tmp_path: Path, offset_s: float, hour: int, word: str
) -> None:
    for path in (
        make_wav(tmp_path / "20200415_102500Z.wav"),
        make_wav(tmp_path / "a.wav", (b"guan", b"Timestamp: 2020-04-15T10:25:00Z\n")),
    ):
        start = find_start(path, offset_s=offset_s)
        assert start.started_at == EXAMPLE + timedelta(seconds=offset_s)
        assert start.started_at.hour == hour
        assert start.method.endswith("_corrected")
        assert start.notes == (f"The start was set {abs(offset_s):g} s {word} than was written.",)
    assert find_start(make_wav(tmp_path / "call.wav"), offset_s=offset_s).method == "unknown"


def test_a_pattern_goes_before_all_else_and_what_it_does_not_fit_is_read_as_usual(tmp_path: Path) -> None:
    path = make_wav(tmp_path / "060519_070809.wav", (b"guan", b"Timestamp: 2020-04-15T10:25:00Z\n"))
    start = find_start(path, pattern="DDMMYY_HHMMSS", zone="-07:00")
    assert (start.started_at, start.method) == (datetime(2019, 5, 6, 14, 8, 9, tzinfo=UTC), "pattern_given_zone")
    assert find_start(path, pattern="YYYYMMDDTHHMMSS").method == "guano"
    with pytest.raises(InvalidInput, match="lacks the hour"):
        find_start(path, pattern="YYYYMMDD")
    with pytest.raises(InvalidInput, match="less than 100 years"):
        find_start(path, offset_s=float("nan"))


def test_a_name_can_be_another_than_that_of_its_place(tmp_path: Path) -> None:
    assert find_start(make_wav(tmp_path / "x"), name="20200415_102500Z.wav").started_at == EXAMPLE


@pytest.mark.parametrize(
    ("comment", "method"),
    [
        ("Recorded at 10:25:00 15/04/2020 by AudioMoth 243B1F02 at gain setting 2", "audiomoth_comment_assumed_utc"),
        ("Recorded at 10:25:00 15/04/2020 (UTC) by AudioMoth 243B1F02 at medium gain", "audiomoth_comment"),
        ("Recorded at 03:25:00 15/04/2020 (UTC-7) by AudioMoth 243B1F02", "audiomoth_comment"),
        ("Recorded at 15:55:00 15/04/2020 (UTC+5:30) during deployment 0123456789ABCDEF", "audiomoth_comment"),
        ("Recorded at 10:25:00.000 15/04/2020 (UTC) by AudioMoth 243B1F02", "audiomoth_comment"),
    ],
)
def test_audiomoths_comment_comes_before_the_name(tmp_path: Path, comment: str, method: str) -> None:
    path = make_wav(tmp_path / "19990101_000000.wav", make_comment(comment), (b"data", b"\0\0"))
    start = find_start(path)
    assert (start.started_at, start.method) == (EXAMPLE, method)


def test_an_impossible_date_in_a_comment_is_unknown(tmp_path: Path) -> None:
    path = make_wav(tmp_path / "a.wav", make_comment("Recorded at 10:25:00 31/02/2020 (UTC) by AudioMoth 1"))
    assert find_start(path).method == "unknown"


@pytest.mark.skipif(not REAL_AUDIOMOTH.exists(), reason="needs ../shared/data, the project's real recordings")
def test_a_real_audiomoth_file_tells_its_start() -> None:
    start = find_start(str(REAL_AUDIOMOTH))
    assert (start.started_at, start.method) == (datetime(2024, 5, 28, 10, tzinfo=UTC), "audiomoth_comment")


@pytest.mark.parametrize("host_zone", ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata"])
def test_the_time_zone_of_this_machine_changes_nothing(tmp_path: Path, host_zone: str) -> None:
    paths = [
        make_wav(tmp_path / "20200415_102500.wav"),
        make_wav(tmp_path / "a.wav", (b"guan", b"Timestamp: 2020-04-15T10:25:00\n")),
        make_wav(tmp_path / "b.wav", make_comment("Recorded at 10:25:00 15/04/2020 by AudioMoth 1")),
    ]
    code = (
        "import sys; from podcast_core.audio.metadata import find_start\n"
        "print({find_start(path).started_at.isoformat() for path in sys.argv[1:]})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *paths],
        env={**os.environ, "TZ": host_zone},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "{'2020-04-15T10:25:00+00:00'}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gone.wav"):
        find_start(str(tmp_path / "gone.wav"))


def test_guano_is_found_after_an_odd_data_chunk_without_its_pad_byte(tmp_path: Path) -> None:
    guano = b"GUANO|Version: 1.0\nTimestamp: 2019-04-30T21:02:44+01:00\n"
    form = struct.pack("<HHIIHH", 1, 1, 8000, 24_000, 3, 24)
    data = b"\1\2\3" * 16_001
    chunks = ((b"fmt ", form), (b"data", data), (b"guan", guano))
    body = b"".join(name + struct.pack("<I", len(content)) + content for name, content in chunks)
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)
    start = find_start(str(path))
    assert (start.started_at, start.method) == (datetime(2019, 4, 30, 20, 2, 44, tzinfo=UTC), "guano")
