"""Coming in by a provider and by an invitation, in a browser: login, another role, logout, and the end of a login."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from podcast_core.services import access
from podcast_core.services.people import invitations, people
from podcast_core.workspace import Workspace
from tests.identity import Provider, run_provider, write_secrets
from tests.serving import Server, find_port, serve

BASE = "/podcast"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with run_provider() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(served: Workspace, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same workspace below an address of its own, behind tokens and a provider whose logins last some seconds."""
    port, kept = str(find_port()), tmp_path_factory.mktemp("secrets") / "secrets.toml"
    kept.write_text(write_secrets(provider, f"http://127.0.0.1:{port}{BASE}"))
    more = {"PODCAST_ACCESS": "tokens", "STREAMLIT_SECRETS_FILES": str(kept), "PODCAST_SIGN_IN_FROM": "@example.org"}
    with serve(served.settings.data_dir, base=BASE, port=port, **more) as running:
        yield running


def list_menu(page: Page) -> list[str]:
    return page.locator("[data-testid=stSidebar] [data-testid=stPageLink-NavLink]").all_inner_texts()


def test_a_provider_lets_in_and_roles_logouts_and_ends_count(
    served: Workspace, guarded: Server, provider: Provider, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context()
    page = context.new_page()
    provider.claims = {"sub": "7", "email": "zofia@example.org", "email_verified": True, "name": "Žofia"}
    page.goto(f"{guarded.url}/progress?round=ten&view=Speed")
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_text("Logged in as Žofia (annotator)")).to_be_visible()
    assert page.url.startswith(f"{guarded.url}/progress?round=ten")  # as it was asked for
    expect(page.get_by_role("link", name="Review", exact=True)).to_have_count(0)
    (zofia,) = (each.person for each in people.list_people(served) if each.person.name == "Žofia")
    assert page.evaluate("fetch('/podcast/api/v1/me').then((said) => said.json())") == {
        "person": "Žofia",
        "scope": "label",
    }
    people.set_role(served, person_id=zofia.id, scope="review", who="Al")
    page.goto(f"{guarded.url}/review")
    expect(page.get_by_text("Logged in as Žofia (reviewer)")).to_be_visible()
    expect(page.get_by_role("link", name="Review", exact=True)).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    assert provider.ended == 1  # at the provider, too
    assert {each["name"] for each in context.cookies()} & {access.COOKIE, "_streamlit_user"} == set()
    # A login that is over, or that an administrator has ended, is asked for anew.
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_text("Logged in as Žofia (reviewer)")).to_be_visible()
    (cookie,) = [each for each in context.cookies() if each["name"] == access.COOKIE]
    assert (cookie["path"], cookie["httpOnly"], cookie["sameSite"]) == (BASE, True, "Lax")
    people.leave(served, person_id=zofia.id, who="Al")
    page.goto(f"{guarded.url}/rounds")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_text("Žofia has left")).to_be_visible()
    # Whom nobody let in, whose address nobody verified, and what was signed by somebody else.
    for claims, wrong_key, said in (
        ({"sub": "8", "email": "mallory@example.net", "email_verified": True}, False, "has not been let in here"),
        ({"sub": "8", "email": "zofia@example.org", "email_verified": False}, False, "has not verified"),
        ({"sub": "9", "email": "bo@example.org", "email_verified": True}, True, "did not succeed"),
    ):
        provider.claims, provider.has_wrong_key = claims, wrong_key
        context.clear_cookies()
        page.goto(f"{guarded.url}/sign-in?with=default")
        expect(page.get_by_text(said)).to_be_visible()
        assert access.COOKIE not in {each["name"] for each in context.cookies()}
    provider.has_wrong_key = False


def test_an_invitation_lets_one_browser_in(
    served: Workspace, guarded: Server, new_context: Callable[..., BrowserContext]
) -> None:
    _, text = invitations.invite(served, scope="review", who="Al")
    page = new_context().new_page()
    page.goto(f"{guarded.url}/join#{text}")
    expect(page.get_by_text("Al invites you to work here as a reviewer.")).to_be_visible()
    page.get_by_label("Your name").fill("Ida")
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_text("Logged in as Ida (reviewer)")).to_be_visible()
    assert text not in page.url
    other = new_context().new_page()
    other.goto(f"{guarded.url}/join#{text}")
    expect(other.get_by_text("This invitation was used")).to_be_visible()
    assert text.rpartition("_")[2] not in Path(guarded.log).read_text()
