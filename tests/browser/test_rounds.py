import re

from playwright.sync_api import Locator, expect

from podcast_core.services.labels import archive, rounds
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage, card_of, choose
from tests.browser.conftest import NewPage, NewRound
from tests.serving import Server


def open_dialog(app: AppPage, name: str, button: str = "Edit") -> Locator:
    with app.rerunning():  # all of the dialog is there: a list closes when what comes later moves it
        card_of(app.page, name).get_by_role("button", name=button, exact=True).click()
    expect(app.page.get_by_role("dialog")).to_be_visible()
    return app.page.get_by_role("dialog")


def leave_by(app: AppPage, button: str) -> None:
    """Press a button of the dialog that closes it, and wait for the page behind it."""
    dialog = app.page.get_by_role("dialog")
    with app.rerunning():
        dialog.get_by_role("button", name=button, exact=True).first.click()
    expect(dialog).to_be_hidden()


def test_a_rounds_texts_can_be_changed_and_what_cannot_be_saved_is_explained(
    served: Workspace, server: Server, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round()
    app = AppPage(new_page()).open(server.url)
    page = app.page
    open_dialog(app, round_.name)
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


def test_a_label_is_renamed_a_recording_and_the_round_are_archived_and_come_back(
    served: Workspace, server: Server, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round()
    app = AppPage(new_page()).open(server.url)
    page = app.page

    card = card_of(page, round_.name)
    dialog = open_dialog(app, round_.name, "More")
    dialog.get_by_role("textbox", name="New name").fill(round_.label_names[1])
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Renaming does not merge two labels")
    dialog.get_by_role("textbox", name="New name").fill("S1 call")
    leave_by(app, "Rename")
    assert rounds.get_round(served, round_id=round_.id).label_names == ("S1 call", *round_.label_names[1:])

    labels = ("S1 call", *round_.label_names[1:])
    open_dialog(app, round_.name, "More")
    dialog.get_by_role("radio", name="Merge").click()
    choose(dialog.get_by_role("combobox", name="Into"), labels[1])
    leave_by(app, "Merge")
    assert rounds.get_round(served, round_id=round_.id).label_names == labels[1:]
    open_dialog(app, round_.name, "More")
    expect(dialog.get_by_text(f"Ann merged S1 call into {labels[1]}")).to_be_visible()
    leave_by(app, "Undo")
    assert rounds.get_round(served, round_id=round_.id).label_names == labels

    open_dialog(app, round_.name, "More")
    choose(dialog.get_by_role("combobox", name="Archived recordings"), re.compile(r"\(1 session\)"))
    page.keyboard.press("Escape")
    leave_by(app, "Save")
    expect(card.get_by_text("0 of 2 sessions done")).to_be_visible()

    open_dialog(app, round_.name, "More")
    leave_by(app, "Archive the round")
    expect(card).to_have_count(0)
    page.get_by_text(re.compile(r"Show \d+ archived")).click()
    card.get_by_role("button", name="Restore").click()
    expect(card.get_by_role("button", name="Edit")).to_be_visible()
    acts = [(each.deed.value, each.who) for each in archive.list_acts(served, round_id=round_.id)]
    labels_acts, acts = acts[:3], acts[3:]
    assert labels_acts == [("rename label", "Ann"), ("merge label", "Ann"), ("undo", "Ann")]
    assert acts == [("archive", "Ann"), ("archive", "Ann"), ("restore", "Ann")]


def test_thousands_of_labels_come_from_a_list_and_the_form_draws_them(
    served: Workspace, server: Server, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round()
    names = [f"Species {number}" for number in range(6500)]
    app = AppPage(new_page()).open(server.url)
    dialog = open_dialog(app, round_.name)
    dialog.get_by_text("Labels from a list").click()
    text = "\n".join([*names, names[7], "", round_.label_names[0]])
    dialog.locator("input[type=file]").set_input_files(
        {"name": "list.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    told = dialog.get_by_role("status")
    expect(told).to_contain_text("6,500 new labels: Species 0, Species 1")
    expect(told).to_contain_text("Repeated, added once: Species 7.")
    expect(told).to_contain_text("Blank, skipped: 1.")
    expect(told).to_contain_text(f"Already in the round: {round_.label_names[0]}.")
    leave_by(app, "Save")
    assert rounds.get_round(served, round_id=round_.id).label_names == (*round_.label_names, *names)
    open_dialog(app, round_.name)
    expect(dialog.get_by_test_id("stDataFrame").filter(visible=True)).to_have_count(1)
    dialog.get_by_role("textbox", name="Description").fill("Many species.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    changed = rounds.get_round(served, round_id=round_.id)
    assert (changed.description, len(changed.labels)) == ("Many species.", 6500 + len(round_.labels))
