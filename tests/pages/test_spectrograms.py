from podcast_core.services.intake import ingest
from podcast_core.services.jobs.queue import list_jobs
from podcast_core.services.pictures import stored_spectrograms, stored_spectrograms_job
from podcast_core.services.pictures.stored_spectrograms import Wanted
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav
from tests.pages.conftest import OpenPage

PAGE = "spectrograms.py"


def test_without_a_recording_it_says_where_to_add_some(open_page: OpenPage) -> None:
    assert "Add some on the Data page" in open_page(PAGE).info[0].value


def test_all_that_are_missing_are_queued(open_page: OpenPage, workspace: Workspace, make_wav: MakeWav) -> None:
    for name in ("a.wav", "b.wav"):
        ingest.ingest(workspace, paths=[make_wav(name, rate=48_000, seconds=1, seed=len(name))], round_name="sea")
    ingest.ingest(workspace, paths=[make_wav("c.wav", rate=48_000, seconds=2)], round_name="sea")
    page = open_page(PAGE)
    recordings = page.dataframe[0].value
    assert list(recordings["spectrogram"]) == ["○ not computed"] * len(recordings)
    page.button(key="spectrograms_compute").click().run()
    assert page.success[0].value == f"{len(recordings)} recordings queued."
    assert set(page.dataframe[0].value["spectrogram"]) == {"◔ queued"}
    assert list_jobs(workspace)[0].title == f"Compute spectrograms: {len(recordings)} recordings, 200 kHz"


def test_states_are_filtered(open_page: OpenPage, workspace: Workspace, make_wav: MakeWav) -> None:
    ingest.ingest(workspace, paths=[make_wav("a.wav", rate=48_000, seconds=1)], round_name="sea")
    (found,) = stored_spectrograms_job.list_states(workspace)
    stored_spectrograms.get_picture(workspace, recording=found.recording, wanted=Wanted())
    page = open_page(PAGE)
    assert list(page.dataframe[0].value["spectrogram"]) == ["● done"]
    page.button_group(key="spectrogram_states").set_value(["failed"]).run()
    assert "No recording is in this state" in page.info[0].value


def test_it_shows_the_round_of_the_sidebar_or_all(open_page: OpenPage, workspace: Workspace, make_wav: MakeWav) -> None:
    for seed, name in enumerate(("sea", "lake")):
        ingest.ingest(workspace, paths=[make_wav(f"{name}.wav", rate=48_000, seconds=1, seed=seed)], round_name=name)
    page = open_page(PAGE, round="sea")
    assert list(page.dataframe[0].value["recording"]) == ["sea.wav"]
    page.button_group(key="spectrogram_round_sea").set_value("All recordings").run()
    assert sorted(page.dataframe[0].value["recording"]) == ["lake.wav", "sea.wav"]
    assert not page.exception
