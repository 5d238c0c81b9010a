"""Search by what somebody hears, draws and reads, with a real recording played to the browser's microphone."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Locator, Page, expect

from podcast_core.domain.collection import Unit
from podcast_core.services.explore import collections, embedding, hearing, search
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.workspace import Workspace
from tests.browser.chromium import find_chromium
from tests.browser.conftest import ARGUMENTS, NewRound
from tests.serving import Server

SECONDS = 60


@pytest.fixture
def described(served: Workspace, new_round: NewRound) -> str:
    """Make a collection of the seconds of a minute, described by hover's mean of MFCCs."""
    made = collections.add_collection(
        served, round_id=new_round(1).id, name="seconds", unit=Unit.WINDOW, embedder="mean-mfcc", who="Ann"
    )
    embedding.run(served, {"collection_id": made.id}, InProcessJob())
    return made.id


@pytest.fixture
def played(served: Workspace, described: str) -> int:
    """Choose the second that is least like the others."""
    alike = (directions := search.get_space(served, collection_id=described).directions) @ directions.T
    np.fill_diagonal(alike, -1)
    return int(alike.max(axis=1).argmin())


@pytest.fixture
def listening(browser: Browser, served: Workspace, described: str, played: int, tmp_path: Path) -> Iterator[Page]:
    """Open a page of a browser whose microphone hears that second, again and again."""
    sound = hearing.get_sound(served, collection_id=described, number=played)
    samples, rate_hz = soundfile.read(io.BytesIO(sound.data))
    soundfile.write(tmp_path / "heard.wav", np.tile(samples, 30), rate_hz, subtype="PCM_16")
    heard = f"--use-file-for-fake-audio-capture={tmp_path / 'heard.wav'}"
    flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", heard]
    launched = browser.browser_type.launch(executable_path=find_chromium(), args=[*ARGUMENTS, *flags])
    mistakes: list[str] = []
    context = launched.new_context(viewport={"width": 1440, "height": 900})
    context.on("weberror", lambda error: mistakes.append(str(error.error)))
    yield context.new_page()
    launched.close()
    assert not mistakes


def list_found(panel: Locator) -> list[int]:
    """List the clips that the panel shows as found."""
    rows = panel.locator(".virtual .row").evaluate_all("rows => rows.map(({ dataset }) => Number(dataset.number))")
    return [int(number) for number in rows]


def check_microphone(panel: Locator, played: int) -> None:
    panel.get_by_role("button", name="Record").click()
    expect(panel.locator(".recording .figures")).to_have_text(re.compile(r"^[12]\.\d s of at most 4 s"))
    assert int(panel.get_by_role("meter").get_attribute("aria-valuenow") or 0) > 0
    panel.get_by_role("button", name="Stop").click()
    expect(panel.locator(".count")).to_have_text("50 found (recording of 1.00 s)")
    assert played in list_found(panel)[:3]
    panel.get_by_role("button", name="Leave out: recording of 1.00 s").click()
    expect(panel.locator(".count")).to_have_text("No search yet")


def check_drawing(page: Page, panel: Locator, played: int) -> None:
    """Draw with the pointer, then to the millisecond by the keyboard."""
    page.locator(".map").press("ArrowRight")
    panel.get_by_role("button", name="Draw").click()
    area = page.locator(".stretch .area")
    page.locator(".stretch canvas:not(.waiting)").wait_for()
    for _ in range(5):
        page.get_by_role("button", name="Show more time").click()
    expect(page.locator(".stretch .ends")).to_have_text("0:00.001:00.00")
    place = area.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + place["width"] * (played + 0.5) / SECONDS, place["y"] + 50)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * (played + 2) / SECONDS, place["y"] + 90)
    page.mouse.up()
    begin = page.get_by_label("Begin, in seconds of the session")
    assert float(begin.input_value()) == pytest.approx(played + 0.5, abs=0.2)
    begin.fill(str(played))
    begin.press("Tab")
    end = page.get_by_label("End, in seconds of the session")
    end.fill(str(played + 1))
    end.press("Tab")
    page.get_by_role("button", name="Search with the drawn sound").click()
    expect(panel.locator(".count")).to_contain_text("50 found (1.00 s of")
    assert list_found(panel)[0] == played
    assert panel.locator(".virtual .figures").first.text_content() in ("1.000", "0.999")


def check_row(page: Page, panel: Locator, url: str, played: int) -> None:
    """A label that is changed in a row is in the database and on the map, and goes with an undo."""

    def is_labelled() -> bool:
        row = json.loads(page.request.get(f"{url}/clips?numbers={played}").body())["items"][0]
        return bool(row["label"] == "whistle")

    row = panel.locator(f".virtual .row[data-number='{played}']")
    row.get_by_role("button", name=f"Label of clip {played}").click()
    field = row.get_by_label(f"New label of clip {played}")
    field.fill("whistle")
    field.press("Enter")
    expect(page.locator(".notice")).to_contain_text("1 clip labelled “whistle”")
    expect(page.locator(".category[data-name=whistle] .count")).to_have_text("1")
    assert is_labelled()
    page.locator(".notice").get_by_role("button", name="Undo").click()
    expect(page.locator(".notice")).to_contain_text("Undone")
    expect(page.locator(".category[data-name=whistle]")).to_have_count(0)
    assert not is_labelled()


def test_search_by_microphone_drawing_and_text_and_label_in_the_row(
    server: Server, listening: Page, described: str, played: int, request: pytest.FixtureRequest
) -> None:
    page = listening
    answer = page.goto(f"{server.url}/explore?round={request.node.name}")
    assert answer is not None
    assert "microphone=(self)" in (answer.header_value("permissions-policy") or "")
    root = page.locator(".explorer")
    expect(root).to_have_attribute("data-state", "ready")
    root.get_by_role("tab", name="Search").click()
    panel = root.get_by_role("tabpanel")
    url = f"{server.url}/api/v1/collections/{described}"
    check_microphone(panel, played)
    check_drawing(page, panel, played)
    check_row(page, panel, url, played)

    # Filters hold before the first k, also those that come after: by a legend, by a text.
    panel.get_by_label("At most").fill("3")
    panel.get_by_label("At most").press("Enter")
    expect(panel.locator(".count")).to_contain_text("3 found")
    text = panel.get_by_label("Show only clips with this text")
    text.fill("nothing has this")  # and no Enter
    expect(panel.get_by_text("No clip has it")).to_be_visible()
    expect(panel.locator(".count")).to_have_text(re.compile("^1.00 s of"))
    text.fill("demo.*sea")
    panel.get_by_label("Pattern").check()
    expect(panel.get_by_text(f"{SECONDS} clips have it")).to_be_visible()
    expect(panel.locator(".count")).to_contain_text("3 found")
    text.fill("(")
    text.press("Enter")
    expect(panel.get_by_text("is not a regular expression")).to_be_visible()
    panel.locator(".virtual").get_by_role("button", name="More like this").first.click()
    expect(panel.locator(".count")).to_contain_text("3 found (1 wanted")
    expect(panel.locator("details.far summary")).to_have_text("Your examples (1), the most typical first")
    expect(panel.locator(".virtual").get_by_role("button", name="More like this", pressed=True)).to_have_count(0)

    # A box of the label page comes as an address.
    session = page.request.get(f"{url}/clips?numbers={played}").json()["items"][0]["session_id"]
    page.goto(f"{page.url}&session={session}&from={played}&to={played + 1}")
    expect(panel.locator(".count")).to_have_text(f"50 found (1.00 s of {session})")
    assert list_found(panel)[0] == played
