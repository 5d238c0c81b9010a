import os
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcast_core.audio.metadata import find_start, parse_zone
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
        ("5E96E0FC.WAV", EXAMPLE, "file_name"),
        ("1562337136.wav", datetime(2019, 7, 5, 14, 32, 16, tzinfo=UTC), "file_name"),
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


def test_an_unreadable_guano_time_gives_way_to_the_file_name(tmp_path: Path) -> None:
    path = make_wav(tmp_path / "20200415_102500.wav", (b"guan", b"Timestamp: yesterday\n\xff\xfe"))
    assert find_start(path).method == "file_name_assumed_utc"


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
        make_wav(tmp_path / "5E96E0FC.WAV"),
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
