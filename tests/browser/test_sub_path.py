"""The app below an address of its own, behind a login; and texts of a round that name pictures of other sites."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from playwright.sync_api import BrowserContext, expect

from podcast_core.services import access
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.browser.conftest import Answers, NewRound
from tests.browser.editor_page import EditorPage
from tests.serving import Server, serve

BASE = "/podcast"


@pytest.fixture(scope="module")
def below(served: Workspace) -> Iterator[Server]:
    with serve(served.settings.data_dir, base=BASE, PODCAST_ACCESS="tokens") as running:
        yield running


def test_all_works_below_an_address_and_no_other_site_is_asked(
    served: Workspace,
    below: Server,
    new_context: Callable[..., BrowserContext],
    new_round: NewRound,
    answers: Answers,
    editors: list[EditorPage],
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.setblocking(False)
        picture = f"http://127.0.0.1:{listener.getsockname()[1]}/x.png"
        round_ = new_round(2)
        texts = f"![a]({picture}) <img src='{picture}'> [![b]({picture})]({picture}) ![c][d]\n\n[d]: {picture}"
        rounds.change_round(
            served,
            replace(round_, name=f"![n]({picture})", instructions=texts, description=texts, site=f"![s]({picture})"),
        )
        _, text = access.create_token(served, person="Zoltán", scope="admin")
        page = new_context().new_page()
        statuses: dict[str, int] = {}
        page.on("response", lambda answer: statuses.update({answer.url: answer.status}))
        editor = EditorPage(page, below.url)
        editor.open(round_.id)
        page.get_by_label("Your token").fill(text)
        page.get_by_role("button", name="Log in").click()
        first = editor.wait_ready()
        editors.append(editor)
        (cookie,) = [each for each in page.context.cookies() if each["name"] == access.COOKIE]
        assert (cookie["path"], cookie["httpOnly"]) == (BASE, True)
        editor.draw(10, 11, 2000, 4000)
        editor.press("Enter")
        editor.wait_ready(after=first)
        (kept,) = answers(round_.id)
        assert (kept.annotator, kept.session_id) == ("Zoltán", first)
        for name in ("rounds", "progress", "review", "data"):
            page.goto(f"{below.url}/{name}?round={round_.id}")
            expect(page.get_by_text("Logged in as Zoltán (administrator)")).to_be_visible()
            expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
        here = {url: status for url, status in statuses.items() if url.startswith("http://127")}
        assert {url for url in here if not url.startswith(f"{below.url}/")} == set()
        ours = {url: status for url, status in here.items() if "/_stcore/" not in url}  # Streamlit looks for itself
        assert {status for status in ours.values() if status >= 400} <= {401}  # before the login
        assert any(f"{BASE}/api/v1/rounds/" in url for url in ours)
        with pytest.raises(BlockingIOError):  # nobody has asked the other site for anything
            listener.accept()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Your token")).to_be_visible()
