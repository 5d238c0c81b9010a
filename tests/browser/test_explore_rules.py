"""Rules, another class on the fly, comparisons, counted calls and samples: one page, as a person goes through it."""

from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page, expect

from podcast_core.services.explore import density, margin, rules, search
from podcast_core.services.explore.rules import Rule
from podcast_core.workspace import Workspace
from tests.browser.conftest import NewPage, NewRound
from tests.services.exploring import add_collection
from tests.serving import Server

GOOD = 'duration > 0.5 and neighbours("up") >= 0.6'


def wait_ready(page: Page) -> Locator:
    root = page.locator(".explorer")
    expect(root).to_have_attribute("data-state", "ready")
    return root


def check_rules(page: Page, root: Locator, workspace: Workspace, made: str) -> None:
    """Row 34: a fault has its place; figures before anything is done; a filter; labels that can be undone; kept."""
    root.get_by_role("tab", name="Rules").click()
    panel = root.get_by_role("tabpanel")
    panel.get_by_role("button", name="New rule").click()
    panel.get_by_label("Clips for which").fill("duration > 0.5 and durations < 2")
    expect(panel.locator(".place-of-fault mark")).to_have_text("durations")
    assert rules.list_rules(workspace, collection_id=made) == []  # nobody keeps what cannot be used
    panel.get_by_label("Clips for which").fill(GOOD)
    panel.get_by_label("Label of the rule").fill("up")
    (wanted,) = rules.measure_rules(workspace, collection_id=made, rules=[Rule(GOOD, "up")])
    told = panel.locator(".did")
    expect(told).to_contain_text(f"{wanted.covered} clips of 120 fit, {wanted.hits} of them without a label")
    expect(told).to_contain_text(f"{wanted.correct} are right")
    expect(told).to_contain_text("Kept, by Ann")
    panel.get_by_role("button", name="Select").click()
    expect(root).to_have_attribute("data-selected", str(wanted.covered))
    panel.get_by_role("button", name="Show only these").click()
    page.locator(".map").focus()
    page.keyboard.press("Control+a")
    expect(root).to_have_attribute("data-selected", str(wanted.covered))
    panel.get_by_role("button", name="Show only these").click()
    panel.get_by_role("button", name="Colour the map").click()
    expect(root).to_have_attribute("data-color", "rule")
    expect(root.locator('.category[data-name="right"] .count')).to_have_text(str(wanted.correct))
    expect(root.locator('.category[data-name="new"] .count')).to_have_text(str(wanted.hits))
    panel.get_by_role("button", name=f"Label {wanted.hits} clips").click()
    notice = root.locator(".notice")
    expect(notice).to_contain_text(f"{wanted.hits} clips labelled “up”")
    (after,) = rules.measure_rules(workspace, collection_id=made, rules=[Rule(GOOD, "up")])  # there are more neighbours
    expect(told).to_contain_text(f"{after.covered} clips of 120 fit, {after.hits} of them without a label")
    acts = page.request.get(f"{page.url.split('/explore')[0]}/api/v1/rounds/{made}/bulk").json()["items"]
    assert (acts[0]["how"], acts[0]["changed"]) == ("rule", wanted.hits)
    notice.get_by_role("button", name="Undo").click()
    expect(told).to_contain_text(f"{wanted.hits} of them without a label")
    page.reload()
    wait_ready(page)
    root.get_by_role("tab", name="Rules").click()
    expect(panel.get_by_label("Clips for which")).to_have_value(GOOD)
    expect(told).to_contain_text(f"{wanted.covered} clips of 120 fit")


def check_another_class(page: Page, root: Locator) -> None:
    """Rows 29 and 31: the selection becomes a class more; ranges of scores; why each clip is asked for."""
    root.get_by_role("tab", name="Classifier").click()
    panel = root.get_by_role("tabpanel")
    panel.get_by_role("button", name="Learn").click()
    expect(panel.locator(".count")).to_have_text("Learnt from 60 clips")
    labels = panel.get_by_label("Label", exact=True)
    expect(labels.locator("option")).to_have_text(["down", "up"])
    panel.get_by_label("Score to").fill("0.5")
    between = panel.locator("output")
    expect(between).to_contain_text("to 0.50")
    few = int(str(between.text_content()).split(": ")[1].split()[0])
    panel.get_by_role("button", name="Show only these").click()
    page.locator(".map").focus()
    page.keyboard.press("Control+a")
    expect(root).to_have_attribute("data-selected", str(few))
    panel.get_by_role("button", name="Show only these").click()
    panel.get_by_role("button", name="Use suggested").click()
    expect(between).to_contain_text("to 1.00")
    panel.get_by_label("Next clips").select_option("badge")
    panel.get_by_role("button", name="Select", exact=True).last.click()
    expect(panel.locator(".asked", has_text="drawn at random")).to_have_count(1)
    expect(panel.locator(".asked", has_text="unsure, another kind").first).to_be_visible()
    panel.get_by_label("Another label").fill("sideways")
    panel.get_by_role("button", name="Give it to the selection").click()
    expect(panel.locator(".count")).to_have_text("Learnt from 70 clips")
    expect(labels.locator("option")).to_have_text(["down", "sideways", "up"])
    expect(labels).to_have_value("sideways")


def check_comparison(root: Locator, workspace: Workspace, made: str) -> None:
    """Row 33: counts are those of the cross table."""
    root.get_by_role("tab", name="Compare").click()
    panel = root.get_by_role("tabpanel")
    chosen = panel.get_by_label("First side").input_value()
    names, counts = margin.compare(workspace, collection_id=made, one=chosen, other="label")
    cells = panel.locator(".cross tbody td")
    expect(cells).to_have_text([str(count) for count in counts.ravel()])
    panel.get_by_label("Label to compare").select_option("up")
    up = names.index("up")
    both, only = int(counts[up, up]), int(counts[up].sum() - counts[up, up])
    expect(panel.locator('[data-mark="agreed"] .figures')).to_have_text(str(both))
    expect(panel.locator('[data-mark="gained"] .figures')).to_have_text(str(only))
    panel.get_by_role("button", name="Select: Only the first").click()
    expect(root).to_have_attribute("data-selected", str(only))
    panel.get_by_role("button", name="Colour the map").click()
    expect(root.locator('.category[data-name="Both agree"] .count')).to_have_text(str(both))


def check_count(page: Page, root: Locator, workspace: Workspace, made: str) -> None:
    """Row 45: drawn clips are heard one by one by the keyboard; what is said is kept."""
    root.get_by_role("tab", name="Count calls").click()
    panel = root.get_by_role("tabpanel")
    panel.get_by_label("Call to count").select_option("up")
    panel.get_by_label("Clips of each range of scores").fill("5")
    panel.get_by_role("button", name="Draw and hear").click()
    ask = panel.locator(".ask .count")
    for left in range(20, 10, -1):
        expect(ask).to_have_text(f"{left} to go")
        page.keyboard.press("y" if left % 2 else "n")
    page.keyboard.press("Backspace")
    expect(ask).to_have_text("11 to go")
    page.keyboard.press("u")
    page.keyboard.press("Escape")
    expect(panel.locator(".answer")).to_contain_text("So far: about")
    expect(panel.locator(".result")).to_contain_text("11 clips more to listen to")  # another one for the unsure one
    panel.get_by_role("button", name="Keep listening").click()
    for left in range(11, 0, -1):
        expect(ask).to_have_text(f"{left} to go")
        page.keyboard.press("n")
    expect(panel.locator(".result")).to_contain_text("All drawn clips have been listened to")
    (found,) = density.list_counted(workspace, collection_id=made)
    assert (found.draw.who, len(found.heard)) == ("Ann", 21)
    expect(panel.locator(".answer")).to_contain_text("of the clips have “up”")
    expect(panel.get_by_role("button", name="Label the 4 that have it")).to_be_visible()


def check_sample(root: Locator) -> None:
    """Row 46."""
    root.get_by_role("tab", name="Sample").click()
    panel = root.get_by_role("tabpanel")
    panel.get_by_label("Clips of each kind").fill("4")
    panel.get_by_role("button", name="Select them").click()
    expect(root).to_have_attribute("data-selected", "16")
    expect(panel.locator("tbody tr")).to_have_count(4)  # down, sideways, up, none


def test_rules_classes_comparisons_counts_and_samples(
    server: Server, served: Workspace, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round(2)
    made = add_collection(served, round_.id, window_s=1.0, name=round_.id)
    directions = search.get_space(served, collection_id=made).directions
    page = new_page()
    for label, is_it in (("up", directions[:, 0] > 0), ("down", directions[:, 0] <= 0)):
        numbers = [int(number) for number in np.flatnonzero(is_it) if number < 60]
        body: dict[str, Any] = {"id": f"{made}-{label}", "label": label, "numbers": numbers, "annotator": "Ann"}
        assert page.request.post(f"{server.url}/api/v1/collections/{made}/bulk", data=body).ok
    page.goto(f"{server.url}/explore?round={round_.id}")
    root = wait_ready(page)
    check_rules(page, root, served, made)
    check_another_class(page, root)
    check_comparison(root, served, made)
    check_count(page, root, served, made)
    check_sample(root)
