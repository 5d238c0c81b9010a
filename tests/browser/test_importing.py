"""The import tab of Data, in a browser: labels that the round lacks are asked about in one dialog."""

from playwright.sync_api import expect

from podcast_core.services.labels import rounds, session_views
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage
from tests.browser.conftest import NewPage, NewRound
from tests.building import list_sessions
from tests.serving import Server


def test_labels_that_the_round_lacks_are_decided_about_in_one_dialog(
    served: Workspace, server: Server, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round(1)
    known = round_.label_names[0]
    [session] = list_sessions(served, round_.id)
    view = session_views.get_view(served, round_id=round_.id, session_id=session.id)
    start_s = view.session.start_s
    lines = [
        f"{view.recording.file_name},{start_s + at},{start_s + at + 1},{label}"
        for at, label in enumerate(("Orca", known.upper()))
    ]
    text = "\n".join(["file_name,start_s,end_s,label", *lines])

    page = new_page()
    app = AppPage(page).open(f"{server.url}/data?round={round_.id}")
    with app.rerunning():  # a file that is given while the page is drawn anew may be lost
        page.get_by_role("tab", name="Import annotations").click()
    panel = page.get_by_role("tabpanel", name="Import annotations")
    panel.locator("input[type=file]").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    expect(panel.get_by_text("2 labels are not in the list of")).to_be_visible()
    bring = panel.get_by_role("button", name="Import into")
    expect(bring).to_be_disabled()
    panel.get_by_role("button", name="Decide about 2 labels").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("only in case, spaces or dashes, that one is suggested")).to_be_visible()
    use = dialog.get_by_role("button", name="Use this")
    expect(use).to_be_disabled()  # nobody has decided about Orca yet
    dialog.get_by_role("radiogroup", name="1 without a decision").get_by_text("Add to the round").click()
    use.click()
    expect(dialog).to_be_hidden()
    expect(panel.get_by_text(f"{known.upper()} becomes {known}; added to the round: Orca (1)")).to_be_visible()
    assert session_views.get_view(served, round_id=round_.id, session_id=view.session.id).answer is None  # not yet
    bring.click()
    expect(panel.get_by_text("1 answer added in 1 session")).to_be_visible()
    answer = session_views.get_view(served, round_id=round_.id, session_id=view.session.id).answer
    assert answer is not None
    assert [box.label for box in answer.annotations] == ["Orca", known]
    assert rounds.get_round(served, round_id=round_.id).label_names == (*round_.label_names, "Orca")
