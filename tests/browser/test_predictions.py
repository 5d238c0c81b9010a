"""Predictions, in a browser: a table is opened with its recordings, seen, heard, compared, replaced and kept."""

import json
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error, Locator, Page, Route, expect

from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage
from tests.browser.conftest import NewPage
from tests.browser.test_accessibility import look
from tests.conftest import MakeWav
from tests.serving import Server

HEAD = "file,start,end,low_hz,high_hz,label,score"


def give(page: Page, place: int, name: str, *lines: str) -> None:
    """Choose a table in the uploader at a place, instead of what is there."""
    text = "\n".join((HEAD, *lines, ""))
    AppPage(page).wait_idle()  # a file that is given while the page is drawn anew may be lost
    page.locator("input[type=file]").nth(place).set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )


def open_first(page: Page, url: str, folder: Path) -> tuple[Locator, Locator]:
    """Open a table of 181 rows and three recordings; return the rows and their count."""
    app = AppPage(page).open(f"{url}/predictions")
    with app.rerunning():
        page.get_by_text("Folder or address").click()
    area = page.get_by_role("textbox", name="Folders or files on the machine")
    area.fill(str(folder))
    with app.rerunning():
        area.press("Control+Enter")
    first = [f"one.wav,{at / 10:.1f},{at / 10 + 1:.1f},500,1500,whale,{at % 100 / 100}" for at in range(180)]
    give(page, 0, "first.csv", *first, "two.wav,1,2,,,boat,0.95", "absent.wav,1,2,,,whale,0.5")
    rows, count = page.locator(".rows"), page.locator(".rows .count")
    expect(count).to_have_text("181 rows")
    expect(page.get_by_text("2 of 3 recordings")).to_be_visible()
    expect(page.get_by_text("1 row of first.csv")).to_be_visible()
    expect(page.get_by_text("1 recording without a prediction")).to_be_visible()
    assert rows.locator(".row").count() < 20  # of the others nothing is in the page, and no picture was asked for

    return rows, count


def look_through(rows: Locator, count: Locator) -> None:
    """Sort, filter, and hear a row by click and by key."""
    rows.get_by_label("Order").select_option("score")
    rows.get_by_role("button", name="Downwards").click()
    expect(rows.locator(".row").first.locator(".score")).to_have_text("0.990")
    rows.get_by_label("Label").select_option("boat")
    expect(count).to_have_text("1 row")
    rows.locator(".row").first.click()
    expect(rows).to_have_attribute("data-heard", "180")
    rows.get_by_label("Label").select_option("")
    expect(count).to_have_text("181 rows")
    rows.get_by_label("Lowest score").fill("0.9")
    expect(count).to_have_text("11 rows")
    rows.get_by_label("Rows: arrow keys").press("ArrowDown")
    rows.get_by_label("Rows: arrow keys").press("ArrowDown")
    rows.get_by_label("Rows: arrow keys").press("Space")
    expect(rows.locator('.row[data-index="1"][aria-current]')).to_have_count(1)
    expect(rows).to_have_attribute("data-heard", "98")


def test_a_table_is_looked_at_compared_replaced_and_kept(
    server: Server, served: Workspace, new_page: NewPage, make_wav: MakeWav, tmp_path: Path
) -> None:
    for seed, name in enumerate(("one.wav", "two.wav", "three.wav")):
        make_wav(f"sound/{name}", seconds=20, seed=seed)
    page = new_page()
    rows, count = open_first(page, server.url, tmp_path / "sound")
    look_through(rows, count)

    page.get_by_text("Compare with ground truth").click()
    give(page, 1, "truth.csv", "one.wav,1.0,2.0,,,whale,", "one.wav,19,20,,,whale,")
    expect(page.get_by_text("Two boxes match")).to_be_visible()
    page.get_by_text("Missed (1)").click()
    expect(count).to_have_text("1 row")
    expect(rows.locator(".row .time")).to_contain_text("0:19.00")
    assert look(page, "predictions") == []

    rows.get_by_label("Lowest score").fill("0.1")
    page.get_by_text("Right (1)").click()
    expect(rows.locator(".row .score")).to_have_text("0.100")
    expect(rows.get_by_label("Lowest score")).to_have_value("0.1")  # what was typed stays when the page asks for others

    # A second file: of the first one nothing is left, also when an answer about it comes late.
    late: list[Route] = []
    page.route("**/api/v1/sheets/*/rows?*", lambda route: late.append(route))
    page.get_by_text("Missed (1)").click()
    expect(rows).to_have_attribute("data-state", "loading")
    page.unroute("**/api/v1/sheets/*/rows?*")
    page.get_by_role("button", name="Remove truth.csv").click()
    page.get_by_role("button", name="Remove first.csv").click()
    expect(rows).to_have_count(0)
    give(page, 0, "second.csv", "three.wav,3,4,,,ship,0.7")
    expect(count).to_have_text("1 row")
    for route in late:
        stale = {"file_name": "one.wav", "label": "whale", "number": 0}
        with suppress(Error):  # the page has given it up already
            route.fulfill(body=json.dumps({"items": [stale], "total": 77}))
    expect(page.get_by_text("1 of 3 recordings")).to_be_visible()
    expect(rows.locator(".row strong")).to_have_text(["ship"])
    expect(page.get_by_text("whale")).to_have_count(0)
    expect(page.get_by_text("first.csv")).to_have_count(0)

    page.get_by_role("button", name="Keep as a round").click()
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Keep predictions as a round: second")).to_be_visible()
    assert [each.title for each in queue.list_jobs(served) if each.kind == "keep"] == [
        "Keep predictions as a round: second"
    ]
