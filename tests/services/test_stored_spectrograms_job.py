from pathlib import Path

import pytest

from podcast_core.domain.job import JobState
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.intake import ingest
from podcast_core.services.jobs import queue
from podcast_core.services.pictures import stored_spectrograms, stored_spectrograms_job
from podcast_core.services.pictures.stored_spectrograms import Wanted
from podcast_core.services.pictures.stored_spectrograms_job import PictureState
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav
from tests.working import Running, wait_until_ended, working_here


@pytest.fixture
def sea(workspace: Workspace, make_wav: MakeWav) -> list[str]:
    """Three recordings: two that can be shown, one whose rate is too low; returns their ids by number."""
    paths = [make_wav("a.wav", rate=48_000, seconds=1), make_wav("b.wav", rate=48_000, seconds=1, channels=2)]
    paths.append(make_wav("low.wav", rate=4000, seconds=1))
    for path in paths:
        ingest.ingest(workspace, paths=[path], round_name="sea")
    return [each.recording.id for each in stored_spectrograms_job.list_states(workspace)]


def states(workspace: Workspace, band_khz: int = 200) -> list[str]:
    return [each.state.value for each in stored_spectrograms_job.list_states(workspace, band_khz=band_khz)]


def test_a_job_computes_what_is_missing_and_says_what_failed(workspace: Workspace, sea: list[str]) -> None:
    assert states(workspace) == ["not computed"] * 3
    job_id, count = stored_spectrograms_job.add_job(workspace, recording_ids=sea)
    assert count == 3
    assert states(workspace) == ["queued"] * 3
    assert states(workspace, 120) == ["not computed"] * 3
    assert stored_spectrograms_job.add_job(workspace, recording_ids=sea) == ("", 0)  # they wait already
    with working_here(workspace):
        job = wait_until_ended(workspace, job_id)
    assert job.state is JobState.DONE
    assert queue.sum_up(job) == "2 recordings computed, 1 failed."
    assert states(workspace) == ["done", "done", "failed"]
    low = stored_spectrograms_job.list_states(workspace)[2]
    assert "this recording has 4000 Hz" in low.reason
    assert stored_spectrograms_job.add_job(workspace, recording_ids=sea)[1] == 1  # only what failed is tried again


def test_computing_again_replaces_with_the_same(workspace: Workspace, sea: list[str]) -> None:
    recording = stored_spectrograms.find_recording(workspace, name=sea[0])
    first = stored_spectrograms.get_picture(workspace, recording=recording, wanted=Wanted())
    data = stored_spectrograms.read_tile(workspace, first, "tile", 0)
    workspace.files.write(first.key("tile", 0), b"broken")
    params = {"recording_ids": [sea[0]], "band_khz": 200, "anew": True}
    assert get_runners()["spectrograms"](workspace, params, Running())["computed"] == 1
    again = stored_spectrograms.get_picture(workspace, recording=recording, wanted=Wanted())
    assert stored_spectrograms.read_tile(workspace, again, "tile", 0) == data
    assert again.params_hash == first.params_hash


def test_a_job_that_is_continued_computes_nothing_twice(workspace: Workspace, sea: list[str]) -> None:
    params = {"recording_ids": sea[:2], "band_khz": 200, "anew": False}
    get_runners()["spectrograms"](workspace, {**params, "recording_ids": sea[:1]}, Running())
    before = stored_spectrograms_job.get_pictures(
        workspace, recording=stored_spectrograms.find_recording(workspace, name=sea[0]), band_khz=200
    )
    get_runners()["spectrograms"](workspace, params, Running())
    after = stored_spectrograms_job.get_pictures(
        workspace, recording=stored_spectrograms.find_recording(workspace, name=sea[0]), band_khz=200
    )
    assert [each.created_at for each in before] == [each.created_at for each in after]
    assert states(workspace)[:2] == ["done", "done"]


def test_a_recording_that_was_moved_fails_with_the_reason(
    workspace: Workspace, make_wav: MakeWav, tmp_path: Path
) -> None:
    ingest.ingest(workspace, paths=[make_wav("gone.wav", rate=48_000, seconds=1)], round_name="sea")
    (tmp_path / "gone.wav").unlink()
    (found,) = stored_spectrograms_job.list_states(workspace)
    params = {"recording_ids": [found.recording.id], "band_khz": 200, "anew": False}
    result = get_runners()["spectrograms"](workspace, params, Running())
    assert (result["computed"], result["failed"][0][0]) == (0, "gone.wav")
    assert stored_spectrograms_job.list_states(workspace)[0].state is PictureState.FAILED


def test_wrong_wishes_are_refused(workspace: Workspace, sea: list[str]) -> None:
    with pytest.raises(InvalidInput, match="found 100"):
        stored_spectrograms_job.add_job(workspace, recording_ids=sea, band_khz=100)
    with pytest.raises(NotFound, match="no recording 'x'"):
        stored_spectrograms_job.add_job(workspace, recording_ids=["x"])
