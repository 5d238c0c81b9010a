from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import NewRound
from tests.serving import Server


def open_dialog(page: Page, server: Server, name: str) -> None:
    page.goto(server.url)
    card = page.get_by_test_id("stVerticalBlock").filter(has=page.get_by_role("heading", name=name)).last
    card.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_rounds_texts_can_be_changed_and_what_cannot_be_saved_is_explained(
    served: Workspace, server: Server, new_context: Callable[..., BrowserContext], new_round: NewRound
) -> None:
    round_ = new_round()
    page = new_context().new_page()
    open_dialog(page, server, round_.name)
    link = page.get_by_label("Link about the site")
    link.fill("javascript:alert(1)")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("https://")
    link.fill("https://example.org")
    page.get_by_role("textbox", name="Instructions").fill("Listen first.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    changed = rounds.get_round(served, round_id=round_.id)
    assert (changed.instructions, changed.site_url) == ("Listen first.", "https://example.org")
    assert changed.label_names == round_.label_names
