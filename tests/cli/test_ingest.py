"""The command that brings recordings in: its preview, patterns and corrections of times."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.services.intake.indexing import parse_seconds
from podcast_core.workspace import Workspace
from tests.building import list_recordings
from tests.cli.conftest import Run
from tests.conftest import MakeWav


def test_a_dry_run_shows_the_files_with_their_times_and_adds_nothing(
    workspace: Workspace, run: Run, make_wav: MakeWav, tmp_path: Path
) -> None:
    make_wav("in/siteA/20200415_102500.wav", seconds=2, channels=2)
    make_wav("in/siteB/20200415_102500.wav", seed=1)
    make_wav("in/20211107_013000Z.wav", seed=2)
    make_wav("in/5CD0A0B1.wav", seed=3)
    (tmp_path / "in" / "cut.wav").write_bytes(make_wav("whole.wav").read_bytes()[:-100])
    status, out, err = run("ingest", tmp_path / "in", "--dry-run", "--zone", "America/Los_Angeles")
    assert status == 1  # one is cut
    rows = [line.split("  ") for line in out.splitlines()]
    assert [cell.strip() for cell in rows[0] if cell] == [
        *("START (UTC)", "FOUND IN", "ZONE", "LENGTH", "RATE", "CHANNELS", "FILE")
    ]
    table = {row[-1].strip(): [cell.strip() for cell in row if cell.strip()] for row in rows[1:5]}
    assert table["siteA/20200415_102500.wav"][:6] == [
        *("2020-04-15 17:25:00.000", "file name", "America/Los_Angeles (given)", "2.00 s", "8,000 Hz", "2")
    ]
    assert table["siteB/20200415_102500.wav"][0] == "2020-04-15 17:25:00.000"
    assert table["20211107_013000Z.wav"][:3] == ["2021-11-07 01:30:00.000", "file name", "+00:00 (written)"]
    assert table["5CD0A0B1.wav"][:2] == ["unknown", "none"]
    assert "4 of 5 files would be added" in out
    assert "--time-pattern HEX gives 1 of them a time: 5CD0A0B1.wav is 2019-05-06 21:01:37" in out
    assert "refused: cut.wav: The file is truncated" in err
    assert "already known" not in out
    assert list_recordings(workspace) == []
    run("ingest", tmp_path / "in" / "siteA", "--round", "sea")
    assert "  already known: 1\n" in run("ingest", tmp_path / "in", "--dry-run")[1]


def test_a_pattern_and_a_correction_are_used_and_what_is_odd_is_told(
    workspace: Workspace, run: Run, make_wav: MakeWav
) -> None:
    path = make_wav("060519_070809.wav")
    options = ("--time-pattern", "DDMMYY_HHMMSS", "--time-offset", "-1:00:00", "--zone", "+10")
    status, out, _ = run("ingest", path, "--dry-run", *options)
    assert (status, "2019-05-05 20:08:09.000" in out) == (0, True)
    status, _, err = run("ingest", path, "--round", "sea", *options)
    assert status == 0
    assert "note: " in err
    (recording,) = list_recordings(workspace)
    assert recording.started_at == datetime(2019, 5, 5, 20, 8, 9, tzinfo=UTC)
    assert recording.start_method == "pattern_given_zone_corrected"


def test_what_is_whole_of_a_cut_file_is_taken_when_asked_for_and_marked(
    workspace: Workspace, run: Run, make_wav: MakeWav
) -> None:
    path = make_wav("cut.wav", seconds=2)
    path.write_bytes(path.read_bytes()[:-8000])
    status, _, err = run("ingest", path, "--round", "sea")
    assert (status, "--take-cut" in err) == (1, True)
    status, out, _ = run("ingest", path, "--dry-run", "--take-cut")
    assert (status, "1.50 s" in out, "Truncated: " in out) == (0, True, True)
    status, _, err = run("ingest", path, "--round", "sea", "--take-cut")
    assert (status, "note: " in err) == (0, True)
    (recording,) = list_recordings(workspace)
    assert recording.duration_s == 1.5
    assert "Truncated: " in recording.notes[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--time-pattern", "YYYYMMDD"), "lacks the hour"),
        (("--time-offset", "an hour"), "Expected a correction in seconds"),
        (("--zone", "Mars"), "Unknown time zone"),
    ],
)
def test_what_cannot_be_used_is_one_error_and_makes_no_round(
    workspace: Workspace, run: Run, make_wav: MakeWav, options: tuple[str, str], message: str
) -> None:
    status, _, err = run("ingest", make_wav(), "--round", "sea", *options)
    assert (status, message in err) == (1, True)
    assert list_recordings(workspace) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3600", 3600),
        ("-0.5", -0.5),
        ("1,5", 1.5),
        ("-1:00:00", -3600),
        ("+0:00:30.5", 30.5),
        ("10:30:00", 37800),
        ("", 0),
    ],
)
def test_a_correction_is_written_in_seconds_or_as_a_clock_shows_it(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["1,000", "1:00", "1h", "nan", "1_000", "1:60:00", "0x10"])
def test_a_correction_that_is_not_clear_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="Expected a correction"):
        parse_seconds(text)


def test_the_exit_status_says_that_a_file_failed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    status, out, err = run("ingest", tmp_path / "empty.wav", "--round", "sea")
    assert status == 1
    assert "empty.wav" in err
    assert "1 failed" in out


def test_a_time_without_a_zone_is_refused_with_what_to_write(run: Run, tmp_path: Path) -> None:
    moments = ("--from", "2021-07-17 00:28:10", "--to", "2021-07-17T00:31:30Z")
    status, _, err = run("ingest", "hls", tmp_path / "node", "--round", "sea", *moments)
    assert status == 1
    assert "write 2021-07-17 00:28:10Z for UTC" in err
