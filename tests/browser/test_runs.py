"""A model runs on a round: seen while it works, compared, applied, and its boxes are on the label page."""

import re

from playwright.sync_api import expect

from podcast_core.domain.model import ENERGY
from podcast_core.services.runs import model_runs
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage, choose
from tests.browser.conftest import NewPage, NewRound
from tests.browser.editor_page import EditorPage
from tests.services.runs import do_run
from tests.serving import Server
from tests.working import working

RUN_MS = 60_000  # from the click to the end of the run; the worker has just been started


def test_a_run_is_watched_compared_and_applied(
    served: Workspace, server: Server, new_round: NewRound, new_page: NewPage
) -> None:
    round_id = new_round().id
    earlier = do_run(served, round_ids=[round_id], threshold=0.6).run
    page = new_page()
    with working(served):
        app = AppPage(page).open(f"{server.url}/runs?round={round_id}")  # what still comes would move the button
        page.get_by_text("New run").click()
        with app.rerunning():
            page.get_by_role("button", name="Start the run").click()
        started = f"{earlier.created_at:%Y-%m-%d %H:%M:%S} UTC"
        head = page.get_by_text(re.compile(r"started by .* UTC$"))
        expect(head.filter(has_not_text=started)).to_be_visible()  # the new one is shown
        expect(head.filter(has_text=started)).to_have_count(0)  # nor is the "ready" of the other
        expect(page.get_by_text(re.compile(r"\bready$"))).to_be_visible(timeout=RUN_MS)
    expect(page.get_by_text("3 of 3", exact=True)).to_be_visible()
    status = model_runs.list_status(served)[0]
    assert (status.run.model, status.run.round_ids, status.run.is_ready) == (ENERGY, (round_id,), True)

    view = page.locator(".podcast-layers")
    expect(view).to_have_attribute("data-state", "ready")
    boxes = view.locator("svg .box")
    count = view.locator(".count").first
    before = boxes.count()
    assert before
    expect(count).to_have_text(re.compile(rf"^from 0\.45: {before} of \d+$"))
    view.get_by_role("slider").first.fill("0.55")  # in the browser, at once
    expect(count).to_have_text(re.compile(r"^from 0\.55"))
    assert boxes.count() < before

    beside = page.get_by_test_id("stMultiSelect").filter(has_text="Also show").get_by_role("combobox")
    choose(beside, re.compile(f"{earlier.created_at:%H:%M:%S}"), f"{earlier.created_at:%H:%M:%S}")
    beside.press("Escape")
    expect(view.locator("li")).to_have_count(2)
    expect(view.locator("svg .groove")).to_have_count(2)
    view.get_by_role("checkbox").first.uncheck()
    expect(view.locator("svg .lane[fill='#56b4e9']")).to_have_count(0)

    page.get_by_role("button", name=re.compile("Apply as predictions")).click()
    expect(page.get_by_text(re.compile("predictions in 3 sessions: now in “"))).to_be_visible()
    page.get_by_role("link", name="Label them").click()
    editor = EditorPage(page, server.url)
    session_id = editor.wait_ready()
    models = {each["model"] for each in editor.view()["predictions"]}
    assert models == {"demo", ENERGY}, session_id
    assert any(box.label == "call" and box.origin == "model_accepted" for box in editor.boxes())


def test_a_call_is_played_with_a_click(
    served: Workspace, server: Server, new_round: NewRound, new_page: NewPage
) -> None:
    run = do_run(served, round_ids=[new_round(1).id], threshold=0.5).run
    page = new_page()
    page.goto(f"{server.url}/runs?round={run.round_ids[0]}&run={run.id}")
    view = page.locator(".podcast-layers")
    expect(view).to_have_attribute("data-state", "ready", timeout=RUN_MS)  # its picture is computed first
    view.locator("svg .lane").first.click(force=True)
    expect(view.locator(".told")).to_contain_text("score")
    expect(view.locator("svg .head")).to_have_attribute("visibility", "visible")
