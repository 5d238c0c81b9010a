"""Addresses that people kept from the original Pod.Cast lead to the same session here."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import NewPage, NewRound
from tests.serving import Server


def test_an_old_link_opens_its_session(server: Server, new_page: NewPage, new_round: NewRound) -> None:
    round_ = new_round()
    page = new_page()
    page.goto(f"{server.url}/{round_.id}?sessionid={round_.id}_0001")
    expect(page).to_have_url(f"{server.url}/label?round={round_.id}&session={round_.id}_0001")
    page.goto(f"{server.url}/{round_.id}")
    expect(page.get_by_role("heading", name=round_.name)).to_be_visible()
    page.goto(server.url)  # browsers get the start page
    expect(page.get_by_role("heading", name="Rounds", exact=True)).to_be_visible()


def test_a_client_of_the_original_is_led_to_a_round(
    server: Server, new_context: Callable[..., BrowserContext], new_round: NewRound
) -> None:
    new_round()
    request = new_context().request
    answer = request.get(server.url, headers={"accept": "*/*"}, max_redirects=0)
    assert answer.status == 303
    round_id = answer.headers["location"].removeprefix("/")
    assert request.get(f"{server.url}/fetch/session/{round_id}").json()["sessionid"]
    for path in ("nowhere", "label", "favicon.png"):  # no round, a page, a file: as ever
        assert request.get(f"{server.url}/{path}", headers={"accept": "*/*"}, max_redirects=0).status == 200
