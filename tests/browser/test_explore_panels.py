"""The panels beside the map: search from selected clips, and a classifier from the labels that there are."""

import re

import numpy as np
from playwright.sync_api import expect

from podcast_core.services.explore import search
from podcast_core.storage import clips
from podcast_core.workspace import Workspace
from tests.browser.conftest import NewPage, NewRound
from tests.services.exploring import add_collection
from tests.serving import Server


def test_search_and_classifier_lead_to_selections(
    server: Server, served: Workspace, new_page: NewPage, new_round: NewRound
) -> None:
    """Rows 26 to 31: ranked hits with marks, as selection and filter; scores with a threshold; the next clips."""
    round_ = new_round(2)
    made = add_collection(served, round_.id, window_s=1.0, name=round_.id)
    directions = search.get_space(served, collection_id=made).directions
    with served.database.writing() as connection:
        names = {number: "up" if directions[number, 0] > 0 else "down" for number in range(60)}
        clips.set_labels(connection, made, names)
    page = new_page()
    page.goto(f"{server.url}/explore?round={round_.id}")
    root = page.locator(".explorer")
    expect(root).to_have_attribute("data-state", "ready")
    page.locator(".map").press("ArrowRight")  # to some clip
    root.get_by_role("tab", name="Search").click()
    panel = root.get_by_role("tabpanel")
    panel.get_by_role("button", name="Like this clip").click()
    expect(panel.locator(".count")).to_have_text("50 found (1 wanted)")
    expect(panel.locator(".hit").first.locator(".figures")).to_have_text("1.000")
    expect(panel.locator(".histogram .mark")).to_have_count(50)
    panel.get_by_role("button", name="Select them").click()
    expect(root).to_have_attribute("data-selected", "50")
    panel.get_by_label("Cosine from").fill("0.5")
    panel.get_by_label("Cosine from").press("Enter")
    expect(panel.locator(".count")).to_have_text(re.compile(r"^(?!50 )\d+ found"))
    panel.get_by_role("button", name="Show only them").click()
    few = int(str(panel.locator(".count").text_content()).split()[0])
    expect(root).to_have_attribute("data-selected", str(few))
    panel.get_by_role("button", name="Show only them").click()

    root.get_by_role("tab", name="Classifier").click()
    panel.get_by_role("button", name="Learn").click()
    expect(panel.locator(".count")).to_have_text("Learnt from 60 clips")
    panel.get_by_label("Label", exact=True).select_option("up")
    expect(panel.get_by_label("Scores of all clips for up").locator(".threshold")).to_have_count(1)
    panel.get_by_role("button", name="Select", exact=True).first.click()
    selected = int(str(panel.locator("output").text_content()).split(": ")[1].split()[0])
    expect(root).to_have_attribute("data-selected", str(selected))
    assert abs(selected - np.count_nonzero(directions[:, 0] > 0)) < 20
    panel.get_by_role("button", name="Colour by scores").click()
    expect(root).to_have_attribute("data-color", "soft label")
    panel.get_by_role("button", name="Select", exact=True).last.click()
    expect(root).to_have_attribute("data-selected", "10")
    expect(root.locator(".notice")).to_contain_text("Selected to listen to: 10 clips, 1 of them at random.")
