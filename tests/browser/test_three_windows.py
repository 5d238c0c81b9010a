"""The pages around the spectrogram on a laptop, a small window and a telephone: menu, forms and dialogs."""

from playwright.sync_api import Locator, Page, ViewportSize, expect

from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage, card_of, choose
from tests.browser.conftest import NewPage, NewRound
from tests.serving import Server

WINDOWS: list[ViewportSize] = [
    {"width": 1440, "height": 900},
    {"width": 1280, "height": 640},
    {"width": 390, "height": 844},
]
GROUPS = {
    "Label": ["Rounds", "Label", "Live", "Explore", "Progress"],
    "Review": ["Review", "Adjudicate", "Annotations", "Agreement", "Verification samples"],
    "Data": ["Data", "Releases", "Bat spectrograms"],
    "Models": ["Train", "Predictions", "Model runs", "Candidates"],
    "Server": ["Jobs", "People"],
}


def is_narrow(page: Page) -> bool:
    assert page.viewport_size
    return page.viewport_size["width"] < 768


def open_menu(page: Page) -> Locator:
    """Open the sidebar where the window is too narrow to keep it open."""
    menu = page.get_by_test_id("stSidebar")
    if is_narrow(page):
        page.get_by_test_id("stExpandSidebarButton").click()
    expect(menu.get_by_role("link", name="Rounds")).to_be_in_viewport()
    return menu


def close_menu(page: Page) -> None:
    if is_narrow(page):
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
        expect(page.get_by_role("link", name="Rounds")).not_to_be_in_viewport()


def check_width(page: Page) -> None:
    """Nothing makes the page wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def resize(page: Page, size: ViewportSize) -> None:
    """Go to another window; the menu folds itself away where there is no room for it."""
    page.set_viewport_size(size)
    menu = page.get_by_test_id("stSidebar")
    expect(menu).to_have_attribute("data-collapsed", "true" if is_narrow(page) else "false")


def test_the_menu_stands_in_the_order_of_the_work_and_forms_follow_its_round(
    server: Server, new_round: NewRound, new_page: NewPage
) -> None:
    first, second = new_round(2), new_round(2, suffix="-second")
    page = new_page(viewport=WINDOWS[0])
    page.goto(f"{server.url}/train?round={first.id}")
    page.get_by_test_id("stMain").get_by_text("New training", exact=True).click()  # where there are trainings already
    chosen = page.get_by_test_id("stMain").get_by_test_id("stMultiSelect").first
    expect(chosen).to_contain_text(first.name)
    left = first
    for size, shown in zip(WINDOWS, (second, first, second), strict=True):
        resize(page, size)
        menu = open_menu(page)
        found = [
            [link.inner_text().split()[1:] for link in menu.locator(f".st-key-nav_{group}").get_by_role("link").all()]
            for group in GROUPS
        ]
        assert found == [[each.split() for each in titles] for titles in GROUPS.values()]  # after the icon's name
        choose(menu.get_by_role("combobox", name="Round"), shown.name, shown.name)
        expect(chosen).to_contain_text(shown.name)
        expect(chosen.get_by_text(left.name, exact=True)).to_have_count(0)
        left = shown
        close_menu(page)
        check_width(page)


def test_a_label_gets_another_name_in_a_dialog_that_fits(
    server: Server, served: Workspace, new_round: NewRound, new_page: NewPage
) -> None:
    round_ = new_round()
    page = new_page(viewport=WINDOWS[0])
    app = AppPage(page).open(f"{server.url}/?round={round_.id}")
    with app.rerunning():  # all of the dialog is there: what comes later moves what was scrolled to
        card_of(page, round_.name).get_by_role("button", name="More").click()
    dialog = page.get_by_role("dialog")
    for size in WINDOWS:
        page.set_viewport_size(size)
        for name in ("Rename", "Save", "Archive the round"):
            button = dialog.get_by_role("button", name=name, exact=True)
            button.scroll_into_view_if_needed()
            expect(button).to_be_in_viewport(ratio=0.99)  # scrolled to half a pixel
        check_width(page)
    dialog.get_by_role("textbox", name="New name").fill("S1 call")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog).to_be_hidden()
    assert rounds.get_round(served, round_id=round_.id).label_names[0] == "S1 call"
    check_width(page)
