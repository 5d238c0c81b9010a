import json
import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput, StorageUnavailable
from podcast_core.services.intake.indexing import Manner
from podcast_core.services.intake.ingest import SUFFIXES, IngestReport, ingest
from podcast_core.services.labels import rounds
from podcast_core.services.store import records
from podcast_core.storage import sessions
from podcast_core.workspace import Workspace
from tests.building import list_recordings, list_sessions
from tests.conftest import SHARED_DATA, MakeWav, environment_of
from tests.forking import start
from tests.working import PATIENCE_S, write_many


def run(workspace: Workspace, *paths: Path, **options: object) -> IngestReport:
    return ingest(workspace, paths=paths, round_name="sea", **options)  # type: ignore[arg-type]


def sessions_of(workspace: Workspace) -> list[Session]:
    return list_sessions(workspace, "sea")


def test_a_recording_is_cut_into_sessions_that_know_their_place(workspace: Workspace, make_wav: MakeWav) -> None:
    report = run(workspace, make_wav("dive.wav", seconds=10, channels=2), session_length_s=4.0)
    assert [(each.session_count, each.duration_s) for each in report.added] == [(6, 20.0)]
    assert [(each.id, each.channel, each.start_s, each.end_s) for each in sessions_of(workspace)] == [
        ("dive_ch1_0000", 0, 0.0, 4.0),
        ("dive_ch2_0000", 1, 0.0, 4.0),
        ("dive_ch1_0001", 0, 4.0, 8.0),
        ("dive_ch2_0001", 1, 4.0, 8.0),
        ("dive_ch1_0002", 0, 8.0, 10.0),
        ("dive_ch2_0002", 1, 8.0, 10.0),
    ]


def test_a_short_file_is_one_session_with_its_own_name(workspace: Workspace, make_wav: MakeWav) -> None:
    run(workspace, make_wav("OS_9_27_2017_08_25_00__0001.wav"))
    assert [each.id for each in sessions_of(workspace)] == ["OS_9_27_2017_08_25_00__0001"]
    (recording,) = list_recordings(workspace)
    assert (recording.started_at, recording.start_method) == (
        datetime(2017, 9, 27, 8, 25, tzinfo=UTC),
        "file_name_assumed_utc",
    )


def test_the_same_audio_again_changes_nothing_whatever_its_name(workspace: Workspace, make_wav: MakeWav) -> None:
    path = make_wav("one.wav")
    run(workspace, path)
    copy = Path(shutil.copy(path, path.with_name("two.wav")))
    report = run(workspace, path, copy)
    assert (len(report.added), len(report.unchanged)) == (0, 2)
    assert "as one.wav" in report.unchanged[1].reason
    assert len(sessions_of(workspace)) == 1


def test_two_recordings_of_one_name_get_two_session_ids(workspace: Workspace, make_wav: MakeWav) -> None:
    run(workspace, make_wav("a/same.wav", seed=1), make_wav("b/same.wav", seed=2))
    ids = [each.id for each in sessions_of(workspace)]
    assert ids[0] == "same"
    assert ids[1].startswith("same-")


def test_a_folder_is_searched_and_what_is_broken_is_named_while_the_rest_goes_in(
    workspace: Workspace, make_wav: MakeWav, tmp_path: Path
) -> None:
    folder = make_wav("in/deep/good.wav").parents[1]
    whole = make_wav("in/cut.wav", seed=3).read_bytes()
    (folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.flac").touch()
    (folder / "text.wav").write_text("these are my field notes, not a recording")
    (folder / "notes.txt").write_text("left alone")
    (folder / ".hidden.wav").write_bytes(whole)
    report = run(workspace, folder, tmp_path / "nowhere")
    assert [Path(each.path).name for each in report.added] == ["good.wav"]
    reasons = {Path(each.path).name: each.reason for each in report.failed}
    assert set(reasons) == {"cut.wav", "empty.flac", "text.wav", "nowhere"}
    assert "empty" in reasons["empty.flac"]
    assert "text" in reasons["text.wav"]
    assert "no such file" in reasons["nowhere"]


def test_a_moved_folder_is_found_again(workspace: Workspace, make_wav: MakeWav) -> None:
    path = make_wav("old/one.wav")
    run(workspace, path)
    moved = Path(shutil.move(path.parent, path.parent.with_name("new"))) / "one.wav"
    assert len(run(workspace, moved).unchanged) == 1
    (recording,) = list_recordings(workspace)
    assert recording.uri == str(moved)


def test_a_round_keeps_its_labels(workspace: Workspace, make_wav: MakeWav) -> None:
    run(workspace, make_wav("one.wav"), labels=["call", "click"])
    run(workspace, make_wav("two.wav", seed=2))
    with pytest.raises(InvalidInput, match="exists with the labels call, click"):
        run(workspace, make_wav("three.wav", seed=3), labels=["dog"])
    assert rounds.get_round(workspace, round_id="sea").label_names == ("call", "click")


@pytest.mark.parametrize("options", [{"session_length_s": 0.0}, {"session_length_s": float("nan")}])
def test_an_impossible_session_length_is_refused_at_once(
    workspace: Workspace, make_wav: MakeWav, options: dict[str, float]
) -> None:
    with pytest.raises(InvalidInput, match="length"):
        run(workspace, make_wav(), **options)
    assert rounds.list_rounds(workspace) == []


def test_a_file_that_was_cut_off_halfway_goes_in_later_even_if_its_name_is_taken_by_then(
    workspace: Workspace, make_wav: MakeWav, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_wav("a/one.wav", seed=1)

    def fail(*_: object) -> None:
        raise StorageUnavailable("killed")

    with monkeypatch.context() as patch:
        patch.setattr(sessions, "add_sessions", fail)
        with pytest.raises(StorageUnavailable):
            run(workspace, path, session_length_s=1.0)
    assert sessions_of(workspace) == []
    assert len(workspace.files.list("rounds/sea/sessions")) == 1
    run(workspace, make_wav("b/one.wav", seed=2), session_length_s=1.0)
    report = run(workspace, path, session_length_s=1.0)
    assert report.added[0].session_count == 3
    written = json.loads(workspace.files.read(f"rounds/sea/sessions/{sessions_of(workspace)[-1].recording_id}.json"))
    assert [each["id"] for each in written["sessions"]] == [each.id for each in sessions_of(workspace)[3:]]


def test_a_kill_during_ingest_loses_nothing_and_running_again_completes(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_many(tmp_path / "many", 80, seconds=2)
    command, log = ["ingest", str(folder), "--round", "sea"], tmp_path / "out.log"
    environment = {"PATH": "", **environment_of(workspace.settings)}
    process = start("podcast_core", command, environment, log)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        if rounds.list_rounds(workspace) and len(sessions_of(workspace)) >= 3:
            break
        time.sleep(0.02)  # polling another process
    process.kill()
    process.wait()
    kept = sessions_of(workspace)
    assert 3 <= len(kept) < 80
    assert start("podcast_core", command, environment, log).wait(PATIENCE_S) == 0, log.read_text()
    assert f"{len(kept)} known already" in log.read_text()
    complete = sessions_of(workspace)
    assert [each for each in complete if each.recording_id in {one.recording_id for one in kept}] == kept
    assert len(complete) == len({each.id for each in complete}) == 80


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the real recordings (../shared/data) are not on this machine")
def test_every_real_recording_goes_in(workspace: Workspace) -> None:
    files = [each for each in SHARED_DATA.rglob("*") if each.suffix in SUFFIXES and "reports" not in each.parts]
    report = run(workspace, *{each.parent for each in files})  # "reports" holds files that are broken on purpose
    assert report.failed == ()
    assert len(report.added) == 54
    rates = set()
    rates = {recording.sample_rate_hz for recording in list_recordings(workspace)}
    assert {16_000, 32_000, 44_100, 48_000, 500_000} <= rates


def test_times_are_read_in_the_manner_that_was_given(workspace: Workspace, make_wav: MakeWav) -> None:
    manner = Manner("America/Los_Angeles", "DDMMYY_HHMMSS", -1800.0)
    run(workspace, make_wav("060519_070809.wav"), make_wav("20211107_013000.wav", seed=1), manner=manner)
    by_pattern, ambiguous = list_recordings(workspace)
    assert by_pattern.started_at == datetime(2019, 5, 6, 13, 38, 9, tzinfo=UTC)
    assert by_pattern.start_method == "pattern_given_zone_corrected"
    assert by_pattern.notes == (
        "The start was read by the pattern DDMMYY_HHMMSS.",
        "The start was set 1800 s earlier than was written.",
    )
    assert ambiguous.start_method == "file_name_given_zone_ambiguous_corrected"
    assert "occurred twice" in ambiguous.notes[0]
    key = f"recordings/{ambiguous.id}.json"
    assert records.to_recording(key, workspace.files.read(key)) == ambiguous


@pytest.mark.parametrize("wrong", [{"zone": "Mars"}, {"time_pattern": "YYYY"}, {"time_offset_s": 1e12}])
def test_a_manner_that_cannot_be_is_refused_at_once(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        Manner(**wrong)  # type: ignore[arg-type]


def test_names_that_no_database_holds_are_refused_and_the_others_go_in(
    workspace: Workspace, make_wav: MakeWav, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    make_wav("in/it's & 50% #2.wav")
    make_wav("in/鯨 Сова.wav", seed=1)
    latin = os.fsencode(folder) + b"/H\xf6hle.wav"
    os.rename(make_wav("in/x.wav", seed=2), latin)
    report = run(workspace, folder)
    assert [(each.path, each.reason) for each in report.failed] == [
        (
            f"{folder}/H\\xf6hle.wav",
            "The name of this file or of a folder above it is not written in UTF-8. Please rename it.",
        )
    ]
    assert [each.file_name for each in list_recordings(workspace)] == [
        "it's & 50% #2.wav",
        "鯨 Сова.wav",
    ]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_named(workspace: Workspace, make_wav: MakeWav, tmp_path: Path) -> None:
    make_wav("in/a.wav")
    closed = make_wav("in/closed/b.wav", seed=1).parent
    closed.chmod(0)
    try:
        report = run(workspace, tmp_path / "in")
    finally:
        closed.chmod(0o700)
    assert len(report.added) == 1
    assert [(each.path, "cannot be read" in each.reason) for each in report.failed] == [(str(closed), True)]


def test_audio_that_is_known_keeps_its_start_and_another_reading_is_told(
    workspace: Workspace, make_wav: MakeWav
) -> None:
    path = make_wav("20200415_102500.wav")
    run(workspace, path)
    assert run(workspace, path).unchanged[0].notes == ()
    (again,) = run(workspace, path, manner=Manner("-07:00")).unchanged
    assert again.reason.endswith("as 20200415_102500.wav.")
    assert again.notes == (
        "It is already known and keeps its start, 2020-04-15 10:25:00 UTC (file_name_assumed_utc); it would now be "
        "read as 2020-04-15 17:25:00 UTC (file_name_given_zone).",
    )
