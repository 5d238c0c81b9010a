"""What was labelled in bulk on the map is seen as such on every page behind it, in exports and in releases."""

import csv
import io
import re
import zipfile
from collections import Counter

from playwright.sync_api import expect

from podcast_core.domain.job import JobState
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage
from tests.browser.conftest import NewPage, NewRound
from tests.browser.editor_page import EditorPage
from tests.services.exploring import add_collection
from tests.serving import Server
from tests.working import wait_until_ended, working_here


def release(served: Workspace, round_id: str) -> None:
    with working_here(served):
        params = {"name": "in-bulk", "round_ids": [round_id], "licence": "CC0-1.0", "proportions": [1.0, 0.0, 0.0]}
        assert wait_until_ended(served, queue.add_job(served, kind="release", params=params)).state is JobState.DONE


def test_labels_of_the_map_say_everywhere_that_they_were_given_in_bulk(
    server: Server, served: Workspace, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round(1)
    add_collection(served, round_.id, window_s=10.0, name=round_.id)
    page = new_page()
    page.goto(f"{server.url}/explore?round={round_.id}")
    root = page.locator(".explorer")
    expect(root).to_have_attribute("data-state", "ready")
    page.locator(".map").focus()
    page.keyboard.press("Control+a")
    root.get_by_label("Label for the selection").fill("whistle")
    root.get_by_role("button", name="Apply", exact=True).click()
    expect(root.locator(".notice")).to_contain_text("6 clips labelled “whistle”")

    editor = EditorPage(page, server.url)
    session_id = editor.open(round_.id).wait_ready()
    assert [each["origin"] for each in editor.view()["regions"]] == ["bulk"] * 6
    editor.press("Enter")  # somebody has looked at the whole session: it is done, and can go into a release
    editor.wait_sent()

    app = AppPage(page)
    app.open(f"{server.url}/review?round={round_.id}&session={session_id}")
    expect(page.get_by_text(re.compile("^Given in bulk: 6 of 16 labels here"))).to_be_visible()

    exported = page.request.get(f"{server.url}/api/v1/rounds/{round_.id}/export?format=csv").body()
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("annotations.csv")]
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8")))
    assert Counter(row["origin"] for row in rows) == {"bulk": 6, "model_accepted": 10}

    release(served, round_.id)
    app.open(f"{server.url}/releases")
    expect(page.get_by_text("Labelled in bulk: 6 of 16 annotations (38%)")).to_be_visible()
