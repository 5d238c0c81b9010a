"""When a recording began: what recorders write into files, what goes before what, and how it is corrected."""

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
from tests.audio.wav_chunks import make_comment, make_wav

EXAMPLE = datetime(2020, 4, 15, 10, 25, tzinfo=UTC)
REAL_AUDIOMOTH = Path(__file__).parents[2] / "../shared/data/birds/audiomoth_gps.wav"


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
    assert (start.started_at, start.method, start.location) == (EXAMPLE, method, (48.5, -123.1))


@pytest.mark.parametrize("said", ["", "48.5", "north west", "123.1 48.5", "48.5 -123.1 7", "nan 1"])
def test_a_place_that_cannot_be_is_none(tmp_path: Path, said: str) -> None:
    path = make_wav(tmp_path / "call.wav", (b"guan", f"Loc Position:{said}\n".encode()), (b"data", b"\0\0"))
    assert find_start(path).location is None


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
