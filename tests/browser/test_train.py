"""A model is trained on the page: its learning curve while it learns, its figures to take along, and promotion."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.learning import training, training_run
from podcast_core.services.models import promotions
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage, choose
from tests.browser.conftest import NewPage
from tests.services.trainings import ask, make_pond
from tests.serving import Server
from tests.working import working_here

TRAIN_MS = 240_000  # from the click to the figures, on a machine that is busy with other tests


def take(page: Page, click: Callable[[], None]) -> bytes:
    with page.expect_download() as waited:
        click()
    return Path(waited.value.path()).read_bytes()


@pytest.mark.timeout(600)
def test_a_training_is_watched_its_figures_are_taken_and_a_version_is_promoted(
    served: Workspace, server: Server, new_page: NewPage, tmp_path: Path
) -> None:
    make_pond(served, tmp_path, count=3)
    training_run.run(served, training.prepare(served, request=ask()), InProcessJob())
    page = new_page()
    app = AppPage(page).open(f"{server.url}/train?round=pond")
    page.get_by_text("New training", exact=True).click()
    expect(page.get_by_text("4 sessions")).to_be_visible()
    with app.rerunning():
        choose(page.get_by_role("combobox", name="Train", exact=True), "the next version of frogs")
    page.get_by_text("epochs", exact=True).click()
    page.get_by_role("spinbutton", name="Epochs").fill("4")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    with working_here(served):
        page.get_by_role("button", name="Start training").click()
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        curve = page.get_by_test_id("stPlotlyChart").filter(has_text="Learning curve")
        expect(curve).to_be_visible(timeout=TRAIN_MS)
        page.get_by_role("button", name="See how good frogs/2 is").click(timeout=TRAIN_MS)
    expect(page.get_by_role("heading", name="frogs/2")).to_be_visible()
    expect(page.get_by_text("Training data")).to_be_visible()  # the last thing
    with app.rerunning():
        choose(page.get_by_role("combobox", name="Show", exact=True), "frogs/1")
    expect(page.get_by_role("heading", name="frogs/1")).to_be_visible()
    page.get_by_role("button", name="Promote").click()
    expect(page.get_by_role("button", name="Promote")).to_be_disabled()
    assert promotions.list_in_use(served)["frogs"] == 1
    chart = page.get_by_test_id("stPlotlyChart").filter(has_text="Confusions")
    expect(chart).to_be_visible()
    table = take(page, page.get_by_role("button", name="Numbers (CSV)").first.click)
    assert table.startswith(b"model,what,tolerance_s,precision,recall,f1")
    assert b"\nfrogs/1,segments,0.02," in table
    chart.hover()
    picture = take(page, chart.locator("[data-title='Download plot as a PNG']").click)
    assert picture.startswith(b"\x89PNG")
