"""Coming in by a provider or an invitation, over HTTP: what others may try."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from podcast_core.api.front.front import Front
from podcast_core.services import access
from podcast_core.services.people import invitations, people
from podcast_core.workspace import Workspace
from tests.api.conftest import LAN, bearer
from tests.building import with_settings

ANN = {"iss": "https://id.example", "sub": "7", "email": "ann@example.org", "email_verified": True, "name": "Ann"}
PAGE = {"accept": "text/html"}


async def streamlit(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the callback as Streamlit does once it has checked everything; ``said``: the provider's words."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    answer = RedirectResponse("https://evil.example/", 302)
    if said := Request(scope).query_params.get("said"):
        answer.set_cookie("_streamlit_user", said.encode().hex())
    await answer(scope, receive, send)


class Providers:
    """One provider, whose words are hexadecimal JSON."""

    def list_names(self) -> Sequence[str]:
        return ("default", "uni-of-sea")

    def make_address(self, name: str) -> str:
        return f"/auth/login?provider={name}"

    def read_claims(self, cookies: Mapping[str, str]) -> Mapping[str, Any] | None:
        said = cookies.get("_streamlit_user")
        return None if said is None else dict(json.loads(bytes.fromhex(said)))


@pytest.fixture
def lan(workspace: Workspace) -> Iterator[TestClient]:
    changed = with_settings(workspace, sign_in_from="@example.org")
    front = Front(streamlit, lambda: changed, lambda: "127.0.0.1", {"rounds"}, "<html>", providers=Providers())
    with TestClient(front, base_url=LAN, follow_redirects=False, headers=PAGE) as opened:
        yield opened


def come_back(client: TestClient, headers: dict[str, str] | None = None, **claims: object) -> Any:
    said = {"said": json.dumps({**ANN, **claims}), "code": "c", "state": "s"}
    return client.get("/oauth2callback", params=said, headers=headers)


def test_the_callback_lets_in_and_leads_home_only(lan: TestClient, workspace: Workspace) -> None:
    answer = come_back(lan, {"cookie": f"{access.COOKIE}={(earlier := 'chosen-by-somebody-else')}"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")  # not where the answer inside points
    kept = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(access.COOKIE))
    assert ("HttpOnly" in kept, "SameSite=lax" in kept, earlier in kept) == (True, True, False)  # no session is fixed
    assert lan.get("/api/v1/me").json() == {"person": "Ann", "scope": "label"}
    assert [each.person.email for each in people.list_people(workspace)] == ["ann@example.org"]
    first = lan.cookies[access.COOKIE]
    come_back(lan)  # a new login ends the one before
    assert lan.get("/api/v1/me", headers={"cookie": f"{access.COOKIE}={first}"}).status_code == 401


def test_a_login_leads_to_the_page_that_was_asked_for_and_to_no_other_site(lan: TestClient) -> None:
    def log_in(wanted: str) -> str:
        lan.get("/sign-in", params={"with": "default", "to": wanted})
        return str(come_back(lan).headers["location"])

    assert log_in("/review?round=ten&text=a%26b") == "/review?round=ten&text=a%26b"
    assert "podcast_wanted" not in lan.cookies  # once
    assert come_back(lan).headers["location"] == "/"
    evil = (
        "https://evil.example",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
    )
    for wanted in (*evil, "/sign-in?with=default", "/oauth2callback?code=c", "/" + "x" * 3000, "rounds"):
        assert log_in(wanted) == "/", wanted
    lan.cookies.set("podcast_wanted", "%2F%2Fevil.example", domain="192.168.0.7")  # which somebody else has set
    assert come_back(lan).headers["location"] == "/"


def test_what_a_browser_says_itself_lets_nobody_in(lan: TestClient, workspace: Workspace) -> None:
    forged = json.dumps(ANN).encode().hex()
    lan.cookies.set("_streamlit_user", forged)
    for path in ("/", "/rounds", "/oauth2callback?code=c&state=s", "/oauth2callback?error=access_denied"):
        page = lan.get(path)
        assert (page.status_code, "Your token" in page.text) == (401, True), path
    assert lan.get("/api/v1/me").status_code == 401
    assert lan.get("/oauth2callback").headers["location"] == "/"
    assert people.list_people(workspace) == []


@pytest.mark.parametrize("claims", [{"email": "bo@example.net"}, {"email_verified": False}, {"sub": ""}])
def test_who_may_not_come_in_is_told_why_and_leaves_with_no_cookie(lan: TestClient, claims: dict[str, object]) -> None:
    page = come_back(lan, None, **claims)
    assert page.status_code in (400, 403)
    assert "<main><h1>Pod.Cast</h1><p>" in page.text
    assert page.headers.get_list("set-cookie") == []


def test_what_a_provider_says_is_no_markup(lan: TestClient) -> None:
    page = come_back(lan, email="<script>alert(1)</script>@evil.example")
    assert "<script>alert" not in page.text


def test_a_login_begins_at_providers_that_are_there(lan: TestClient) -> None:
    assert 'href="/sign-in?with=uni-of-sea">Log in with Uni Of Sea' in lan.get("/").text
    asked = "/sign-in?with=default&amp;to=%2Freview%3Fround%3Dten%26text%3Da%2526b"
    assert f'href="{asked}"' in lan.get("/review?round=ten&text=a%26b").text
    assert lan.get("/sign-in?with=uni-of-sea").headers["location"] == "/auth/login?provider=uni-of-sea"
    for wrong in ("https://evil.example", "//evil.example", "x"):
        assert lan.get("/sign-in", params={"with": wrong}).status_code == 404


def test_an_invitation_lets_in_over_http(lan: TestClient, workspace: Workspace) -> None:
    admin = bearer(workspace, "admin", "Al")
    made = lan.post("/api/v1/invitations", json={"scope": "review"}, headers=admin)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    text = made.json()["path"].partition("#")[2]
    assert text.rpartition("_")[2] not in lan.get("/api/v1/invitations", headers=admin).text
    page = lan.get("/join")
    assert (page.status_code, page.headers["referrer-policy"]) == (200, "no-referrer")
    offer = {"scope": "review", "person": "", "made_by": "Al"}
    assert lan.post("/api/v1/invitations/look", json={"invitation": text}).json() == offer
    body = {"invitation": text, "name": "Ida"}
    foreign = lan.post("/api/v1/invitations/accept", json=body, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403  # no page of another site logs a visitor in
    assert lan.post("/api/v1/invitations/accept", json=body).json() == {"name": "Ida", "scope": "review"}
    assert lan.get("/api/v1/me").json() == {"person": "Ida", "scope": "review"}
    again = lan.post("/api/v1/invitations/accept", json={**body, "name": "Eve"})
    assert (again.status_code, "was used" in again.json()["detail"]) == (401, True)


def test_people_are_changed_over_http_by_administrators(lan: TestClient, workspace: Workspace) -> None:
    admin, other = bearer(workspace, "admin", "Al"), bearer(workspace, "review", "Rita")
    assert lan.get("/api/v1/people", headers=other).status_code == 403
    made = lan.post("/api/v1/people", json={"name": "Bo", "email": "Bo@example.net"}, headers=admin).json()
    assert (made["name"], made["scope"], made["email"]) == ("Bo", "label", "bo@example.net")
    url = f"/api/v1/people/{made['id']}"
    changed = lan.patch(url, json={"name": "Bob", "scope": "review", "has_left": True}, headers=admin).json()
    assert (changed["name"], changed["names"], changed["scope"]) == ("Bob", ["Bo"], "review")
    assert changed["left_at"] is not None
    assert come_back(lan, email="bo@example.net").status_code == 403
    assert lan.patch(url, json={"has_left": False}, headers=admin).json()["left_at"] is None
    assert come_back(lan, email="bo@example.net").status_code == 303
    _, text = invitations.invite(workspace, person_id=made["id"], who="Al")
    assert lan.post("/api/v1/invitations/accept", json={"invitation": text}).json()["name"] == "Bob"
