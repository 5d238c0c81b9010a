"""A server that asks everybody for a token: log in, label, log out; a token that is revoked opens nothing more."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from podcast_core.services import access
from podcast_core.services.intake import ingest_job
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds, share_links
from podcast_core.workspace import Workspace
from tests.browser.app_page import card_of
from tests.browser.conftest import Answers, NewPage, NewRound
from tests.browser.editor_page import EditorPage
from tests.browser.tabs import Tabs
from tests.serving import Server

MEDIA = ("picture.jpg", "peaks.bin", "audio.wav")


@pytest.fixture(scope="module")
def tabs(browser: Browser, guarded: Server) -> Tabs:
    """What `new_page` takes tabs from: here they are in front of `guarded`."""
    return Tabs(browser, guarded.url)


def offer_token(page: Page, text: str) -> None:
    page.get_by_label("Your token").fill(text)
    page.get_by_role("button", name="Log in").click()


def log_in(page: Page, text: str) -> None:
    offer_token(page, text)
    expect(page.get_by_label("Your token")).to_be_hidden()  # what runs a script must not find the login, which bans all


def test_somebody_logs_in_labels_and_logs_out(
    served: Workspace,
    guarded: Server,
    new_page: NewPage,
    new_context: Callable[..., BrowserContext],
    new_round: NewRound,
    answers: Answers,
    editors: list[EditorPage],
) -> None:
    round_ = new_round(2)
    token, text = access.create_token(served, person="Zoë", scope="label")
    page = new_page()
    media: dict[str, int] = {}
    page.on("response", lambda answer: media.update({answer.url: answer.status}))
    editor = EditorPage(page, guarded.url)
    editor.open(round_.id)
    offer_token(page, text[:-1])
    expect(page.get_by_role("alert").filter(has_text="token")).to_be_visible()
    log_in(page, text)
    first = editor.wait_ready()
    editors.append(editor)
    expect(page.get_by_text("Logged in as Zoë (annotator)")).to_be_visible()
    for kind in MEDIA:
        assert {status for url, status in media.items() if kind in url} <= {200, 206}, kind
        assert any(kind in url for url in media), kind
    # An <img> and an <audio> of the page send the cookie by themselves; without it there is nothing.
    loads = """(url) => new Promise((resolve) => {
        const node = url.includes("picture") ? new Image() : new Audio();
        node.onload = node.oncanplay = () => resolve(true);
        node.onerror = () => resolve(false);
        node.src = url; })"""
    view = editor.view()
    urls = [urljoin(guarded.url, view[kind]["url"]) for kind in ("picture", "audio")]
    assert [page.evaluate(loads, url) for url in urls] == [True, True]
    assert [new_context().request.get(url).status for url in urls] == [401, 401]

    editor.draw(10, 11, 2000, 4000)
    editor.press("Enter")
    second = editor.wait_ready(after=first)
    (kept,) = answers(round_.id)
    assert (kept.annotator, kept.session_id) == ("Zoë", first)

    # More than it may: other people's names, other scopes, too much at once.
    claim = {"holder": "tab", "annotator": "Bob", "count": 1}
    api = f"{guarded.url}/api/v1"
    assert page.request.post(f"{api}/rounds/{round_.id}/claims", data=claim).status == 403
    assert page.request.post(f"{api}/rounds", data={"name": "mine", "labels": ["a"]}).status == 403
    many = [page.request.get(f"{api}/recordings/none/spectrogram") for _ in range(40)]
    assert {answer.status for answer in many} == {404, 429}
    assert int(many[-1].headers["retry-after"]) >= 1

    # A token that is revoked hands nothing in; the answer stays in the browser until there is another one.
    expect(page.get_by_text("1 of 2 sessions done")).to_be_visible()  # or this rerun would lead to the login already
    editor.draw(5, 6, 2000, 4000)
    access.revoke_token(served, token_id=token.id)
    editor.press("Enter")
    expect(editor.root).to_contain_text("This token was revoked")
    assert len(answers(round_.id, at_once=True)) == 1
    page.reload()
    log_in(page, access.create_token(served, person="Zoë", scope="label")[1])
    editor.wait_sent()
    assert [(each.session_id, each.annotator) for each in answers(round_.id)] == [(first, "Zoë"), (second, "Zoë")]

    # Who logs out in one tab is logged out in all of them.
    other = page.context.new_page()
    other.goto(guarded.url)
    other.get_by_role("button", name="Log out").click()
    for each in (other, page):
        expect(each.get_by_label("Your token")).to_be_visible()
        assert each.request.get(f"{api}/me").status == 401


def test_two_people_answer_one_session_without_seeing_each_other(
    served: Workspace,
    guarded: Server,
    new_page: NewPage,
    new_round: NewRound,
    answers: Answers,
    editors: list[EditorPage],
) -> None:
    round_ = new_round(1)
    rounds.change_round(served, replace(round_, answers_wanted=2))

    def enter(person: str, scope: str) -> EditorPage:
        editor = EditorPage(new_page(), guarded.url)
        editor.open(round_.id)
        log_in(editor.page, access.create_token(served, person=person, scope=scope)[1])
        editor.wait_ready()
        editors.append(editor)
        return editor

    ann, bob = enter("Ann", "label"), enter("Bob", "review")  # both hold it at once; a reviewer labels blindly, too
    session_id, offered = bob.session_id, bob.boxes()
    assert ann.session_id == session_id
    expect(bob.page.get_by_text("1 left for you, 0 of 1 session done")).to_be_visible()
    ann.draw(10, 11, 2000, 4000)
    ann.press("Enter")
    (first,) = answers(round_.id)
    expect(ann.root).to_contain_text("Your part of this round is done")
    bob.page.reload()
    bob.wait_ready()
    assert (bob.session_id, bob.boxes()) == (session_id, offered)
    expect(bob.root).not_to_contain_text("Ann")
    bob.draw(10.1, 11, 2000, 4000)
    bob.press("Enter")
    count = len(first.annotations)
    assert [(each.annotator, len(each.annotations)) for each in answers(round_.id)] == [("Ann", count), ("Bob", count)]
    expect(bob.root).to_contain_text("This round is done")
    expect(bob.root).not_to_contain_text("submitted too")
    ann.page.goto(f"{guarded.url}/agreement?round={round_.id}")
    expect(ann.page.get_by_role("alert").filter(has_text="independently of each other")).to_be_visible()
    bob.page.goto(f"{guarded.url}/agreement?round={round_.id}")
    expect(bob.page.get_by_text("Boxes match from an overlap of").first).to_be_visible()


def test_a_revoked_token_does_nothing_more_on_a_page_that_is_open(
    served: Workspace, guarded: Server, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round(1)
    token, text = access.create_token(served, person="Ann", scope="admin")
    page = new_page()
    page.goto(guarded.url)
    log_in(page, text)
    card = card_of(page, round_.name)
    card.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Instructions").fill("Do as I say.")
    access.revoke_token(served, token_id=token.id)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This token was revoked").first).to_be_visible()
    assert rounds.get_round(served, round_id=round_.id).instructions == round_.instructions
    page.goto(f"{guarded.url}/jobs")
    expect(page.get_by_label("Your token")).to_be_visible()


def test_a_page_that_draws_itself_anew_leads_back_to_the_login(
    served: Workspace, guarded: Server, new_page: NewPage
) -> None:
    token, text = access.create_token(served, person="Ann", scope="admin")
    job_id = ingest_job.add_ingest(served, paths=["/nowhere"], round_name="demo")  # there is no worker: it stays open
    try:
        page = new_page()
        page.goto(f"{guarded.url}/jobs")
        log_in(page, text)
        expect(page.get_by_text("Add recordings: nowhere to")).to_be_visible()
        access.revoke_token(served, token_id=token.id)
        expect(page.get_by_label("Your token")).to_be_visible()
        expect(page.get_by_text("Add recordings: nowhere to")).to_have_count(0)
    finally:
        queue.cancel_job(served, job_id=job_id)


def test_a_link_shows_the_progress_of_its_round_and_nothing_else(
    served: Workspace, guarded: Server, new_page: NewPage, new_round: NewRound
) -> None:
    round_ = new_round(2)
    link, secret = share_links.add_link(served, round_id=round_.id, note="Ada")
    page = new_page()
    page.goto(f"{guarded.url}/progress?share={secret}")
    expect(page.get_by_role("heading", name=round_.name)).to_be_visible()
    expect(page.get_by_text("Sessions answered")).to_be_visible()
    expect(page.get_by_test_id("stPageLink")).to_have_count(0)  # no menu
    page.get_by_role("radio", name="Forecast").click()
    expect(page.get_by_text("Not enough days yet for a forecast")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    page.goto(f"{guarded.url}/review")
    expect(page.get_by_label("Your token")).to_be_visible()
    page.goto(f"{guarded.url}/progress")  # the browser keeps it
    expect(page.get_by_role("heading", name=round_.name)).to_be_visible()
    share_links.revoke_link(served, link_id=link.id)
    page.get_by_role("radio", name="Coverage").click()
    expect(page.get_by_text("This link was revoked")).to_be_visible()
