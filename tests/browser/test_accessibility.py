"""Every page in the light and in the dark theme, as axe-core sees it (WCAG 2 A and AA, and its best practices)."""

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from podcast_core.domain.answer import AnswerBox
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage, card_of
from tests.browser.conftest import NewPage, NewRound
from tests.browser.editor_page import EditorPage
from tests.building import list_sessions, submit
from tests.services.runs import do_run
from tests.serving import Server

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# Without what costs time and is not looked at: where in the page it is, styles of other sites.
RUN = """(node, only) => axe.run(node, {resultTypes: ["violations"], selectors: false, preload: false, ...only})
  .then((found) => found.violations)"""
CONTRAST = {"runOnly": ["color-contrast"]}  # the theme changes nothing else
BACKGROUND = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
GRAVE = ("serious", "critical")
VIEWS: dict[str, dict[str, tuple[str, ...]]] = {  # by group: a page, and what is behind its tabs
    "label": {"": (), "review": (), "progress": ()},
    "data": {
        "data": ("Export", "Import predictions", "Import annotations"),
        "releases": ("All releases", "Compare"),
        "spectrograms": (),
    },
    "models": {"train": ("Trainings", "Models", "Compare", "More labels?"), "runs": ("New run",), "candidates": ()},
    "server": {"jobs": (), "access": ()},
}


def look(page: Page, where: str, part: Locator | None = None) -> list[str]:
    """Look at the page or a part of it in both themes, first in the one that it has; what is wrong, in words."""
    wrong, part = [], part or page.locator("html")
    if page.evaluate("window.axe === undefined"):
        page.evaluate(AXE)
    page.add_style_tag(content="* { transition: none !important }")  # a colour half-way to the other theme is none
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for theme, what in zip(("dark", "light") if is_dark else ("light", "dark"), ({}, CONTRAST), strict=True):
        if what:
            before = page.evaluate(BACKGROUND)
            page.emulate_media(color_scheme="light" if is_dark else "dark")
            page.wait_for_function(f"({BACKGROUND}) !== '{before}'", polling=50)
        found: list[dict[str, Any]] = part.evaluate(RUN, what)
        wrong += [
            f"{where}, {theme}: {each['impact']} {each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
            for each in found
            for node in each["nodes"]
            if each["impact"] in GRAVE or each["id"] == "heading-order"
        ]
    return wrong


def show(app: AppPage, view: str) -> None:
    """Choose a view of the page, or unfold it."""
    folded = app.page.locator("summary").filter(has_text=view)
    if folded.count():
        folded.click()  # in the browser
        return
    chosen = app.page.get_by_role("radio", name=view).or_(app.page.get_by_role("tab", name=view))
    if "true" not in (chosen.get_attribute("aria-checked"), chosen.get_attribute("aria-selected")):
        with app.rerunning():
            chosen.click()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture
def round_id(served: Workspace, new_round: NewRound) -> str:
    """A round with something on every page: answers of two people, an empty session, a run."""
    round_id = new_round(4).id
    found = list_sessions(served, round_id)
    for session, annotator, boxes in zip(
        found, ("Ann", "Bo", "Ann"), ((AnswerBox(1, 2, "call"),) * 2, (), ()), strict=False
    ):
        submit(served, round_id, session.id, *boxes, who=annotator)
    do_run(served, round_ids=[round_id])
    return round_id


@pytest.mark.parametrize("group", VIEWS)
def test_axe_finds_nothing_grave_on_any_page(server: Server, round_id: str, page: Page, group: str) -> None:
    wrong, app = [], AppPage(page)
    for name, views in VIEWS[group].items():
        app.open(f"{server.url}/{name}?round={round_id}")
        wrong += look(page, name)
        for view in views:
            show(app, view)
            wrong += look(page, f"{name}, {view}", page.get_by_test_id("stMain"))
    assert not wrong, "\n".join(wrong)


def test_axe_finds_nothing_grave_in_the_forms_of_a_round(server: Server, page: Page) -> None:
    wrong, dialog = [], page.get_by_role("dialog")
    AppPage(page).open(f"{server.url}/?round=demo")
    for button in ("Edit", "More"):
        card_of(page, "Demo: a busy sea").get_by_role("button", name=button, exact=True).click()
        expect(dialog.get_by_role("button", name="Save")).to_be_visible()
        wrong += look(page, button)
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_be_hidden()
    assert not wrong, "\n".join(wrong)


def test_axe_finds_nothing_grave_in_the_editor(server: Server, new_round: NewRound, page: Page) -> None:
    page.set_viewport_size({"width": 1700, "height": 900})
    editor = EditorPage(page, server.url).open(new_round(2).id)
    editor.wait_ready()
    editor.press("j", ".", "2")  # slowly, a box is selected, and what was done is said
    wrong = look(page, "editing")
    for name in ("sound", "fill", "look", "queue"):
        menu = editor.root.locator(f"details.menu.{name}")
        menu.locator("> summary").click()
        wrong += look(page, name, menu)
        editor.press("Escape")
    for key, shown, leave in [("l", ".picker", "Escape"), ("?", "dialog.help", "Escape"), ("v", ".verify", "v")]:
        editor.press(key)
        part = editor.root.locator(shown)
        expect(part).to_be_visible()
        wrong += look(page, shown, part)
        editor.press(leave)
        expect(part).to_be_hidden()
    editor.press("Shift+V")
    expect(editor.root.locator(".thumb.waiting")).to_have_count(0)
    editor.press("x", "ArrowRight", "u")
    wrong += look(page, "grid")
    assert not wrong, "\n".join(wrong)
