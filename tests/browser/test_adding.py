import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage
from tests.browser.conftest import NewPage
from tests.browser.editor_page import EditorPage
from tests.building import list_recordings, list_sessions
from tests.conftest import SHARED_DATA, MakeWav
from tests.serving import Server
from tests.working import working_here, write_many

COUNT = 600  # files that a worker adds for as long as somebody needs to look at the job and cancel it
JOB_MS = 240_000  # from the click to the end of its job, on a machine that is busy with other tests


def name_round(app: AppPage, name: str) -> None:
    app.page.get_by_label("Name of the new round").fill(name)
    app.wait_idle()  # the end of an earlier run would be taken for the one that follows
    with app.rerunning():
        app.page.get_by_label("Name of the new round").press("Enter")


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the real recordings (../shared/data) are not on this machine")
def test_a_recording_is_uploaded_and_can_be_labelled(served: Workspace, server: Server, new_page: NewPage) -> None:
    app = AppPage(new_page()).open(f"{server.url}/data?round=demo")  # with a demo, a new round is offered
    page = app.page
    page.locator("input[type=file]").first.set_input_files(SHARED_DATA / "bengalese_bird0" / "2.wav")
    expect(page.get_by_text("2.wav", exact=True)).to_be_visible()
    name_round(app, "First try")
    page.get_by_role("button", name="Add recordings").click()
    card = page.get_by_test_id("stVerticalBlock").filter(has_text="Add recordings: 2.wav to First try").last
    expect(card).to_be_visible()
    with working_here(served):
        page.get_by_role("button", name="Start labelling").click(timeout=JOB_MS)
    editor = EditorPage(page, server.url)
    assert editor.wait_ready() == "2"
    assert editor.round_id == "First_try"
    assert 5 < editor.duration_s < 60


def test_a_folder_is_uploaded_and_its_recordings_keep_their_names(
    served: Workspace, server: Server, new_page: NewPage, make_wav: MakeWav, tmp_path: Path
) -> None:
    make_wav("in/siteA/20200601_050000.wav")
    make_wav("in/siteB/20200601_050000.wav", seed=1)
    make_wav("in/it's & 50% #2 鯨.wav", seed=2)
    app = AppPage(new_page(viewport={"width": 390, "height": 844})).open(f"{server.url}/data?round=demo")
    page = app.page
    with app.rerunning():  # until then the uploader of single files may stand there still
        page.get_by_text("A whole folder").click()
    expect(page.get_by_text("Folder of audio files")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(tmp_path / "in")
    expect(page.get_by_text("3 files as they would be added. Times: file name 2, 1 without a time.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    name_round(app, "Folders")
    page.get_by_role("button", name="Add recordings").click()
    with working_here(served):
        expect(page.get_by_role("button", name="Start labelling")).to_be_visible(timeout=JOB_MS)
    added = {each.recording_id for each in list_sessions(served, "Folders")}
    found = [each for each in list_recordings(served) if each.id in added]
    assert {(each.original_name, each.file_name) for each in found} == {
        ("in/siteA/20200601_050000.wav", "20200601_050000.wav"),
        ("in/siteB/20200601_050000.wav", "20200601_050000.wav"),
        ("in/it's & 50% #2 鯨.wav", "it's & 50% #2 鯨.wav"),
    }


def test_the_jobs_page_shows_how_a_job_goes_until_somebody_cancels_it(
    served: Workspace, server: Server, new_page: NewPage, tmp_path: Path
) -> None:
    app = AppPage(new_page(viewport={"width": 390, "height": 844})).open(f"{server.url}/data?round=demo")
    page = app.page
    with app.rerunning():
        page.get_by_role("radio", name="Folder or file").click()
    page.get_by_role("textbox", name="Files or folders").fill(str(write_many(tmp_path / "many", COUNT)))
    page.get_by_role("textbox", name="Files or folders").press("Control+Enter")
    name_round(app, "Many")

    def card(state: str) -> Locator:
        title = page.get_by_role("paragraph").filter(has_text=re.compile("Add recordings: .* to Many"))
        # The nearest block with buttons: those around it have other jobs' cards, too.
        blocks = title.locator("xpath=ancestor::*[@data-testid='stVerticalBlock'][.//button][1]")
        badge = page.get_by_role("paragraph").filter(has_text=re.compile(rf"\b{state}$"))
        return blocks.filter(has=badge).last

    with working_here(served):
        page.get_by_role("button", name="Add recordings").click()
        expect(card("running")).to_be_visible(timeout=JOB_MS)
        page.goto(f"{server.url}/jobs?round=demo")
        progress = card("running").get_by_text(re.compile(rf"\d+ of {COUNT} · r\d+\.wav"))
        first = progress.inner_text(timeout=JOB_MS)
        expect(progress).not_to_have_text(first)  # by itself
        card("running").get_by_role("button", name="Cancel").click()
        expect(card("cancelled")).to_be_visible()
        card("cancelled").get_by_role("button", name="Go on").click()
        expect(card("done")).to_be_visible(timeout=JOB_MS)
    expect(card("done").get_by_role("button", name="Start labelling")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
