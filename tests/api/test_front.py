"""What stands in front of Streamlit: a login before any script runs, room for so many pages, words for browsers.

Streamlit itself is a stand-in that says which connections reach it; the real one is behind tests/browser/test_front.py.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.types import Receive, Scope, Send

from podcast_core.api.front.front import Front
from podcast_core.domain.token import Token
from podcast_core.services import access
from podcast_core.services.access import COOKIE, OPEN_HEADER
from podcast_core.workspace import Workspace
from tests.api.conftest import HOME, LAN
from tests.building import with_settings

HTML = "<html><script>window.early = 1</script></html>"
SOCKET = "ws://192.0.2.7:8501/_stcore/stream"
HOME_SOCKET = "ws://127.0.0.1:8501/_stcore/stream"


async def streamlit(scope: Scope, receive: Receive, send: Send) -> None:
    """Say that a connection came through, and whether it is marked as open."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    mark = Request({**scope, "type": "http", "method": "GET"}).headers.get(OPEN_HEADER, "no")
    if scope["type"] == "http":
        await PlainTextResponse(f"streamlit, open: {mark}")(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": f"open: {mark}"})
    await receive()


def make_front(workspace: Workspace, **settings: Any) -> Front:
    changed = with_settings(workspace, **settings)
    return Front(streamlit, lambda: changed, lambda: "127.0.0.1", {"label", "rounds"}, HTML)


@pytest.fixture
def lan(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(make_front(workspace), base_url=LAN) as opened:
        yield opened


@pytest.fixture
def home(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(make_front(workspace), base_url=HOME) as opened:
        yield opened


def log_in(client: TestClient, workspace: Workspace, scope: str = "label") -> Token:
    token, text = access.create_token(workspace, person="Ann", scope=scope)
    assert client.post("/api/v1/login", json={"token": text}).status_code == 204
    assert text not in str(client.cookies.get(COOKIE))
    return token


@pytest.mark.parametrize("path", ["/", "/label?round=ten", "/media/x.png", "/_stcore/metrics", "/_stcore/host-config"])
def test_who_has_no_token_gets_the_login_and_nothing_of_streamlit(lan: TestClient, path: str) -> None:
    page = lan.get(path, headers={"accept": "text/html"})
    assert (page.status_code, "Your token" in page.text, "streamlit" in page.text) == (401, True, False)
    assert lan.get(path).text == "This needs a token: see docs/deployment/access.md."
    assert lan.get("/_stcore/health").text.startswith("streamlit")


def test_a_socket_without_a_token_is_never_opened(lan: TestClient, workspace: Workspace) -> None:
    for headers in ({}, {"cookie": f"{COOKIE}=x"}, {OPEN_HEADER: "1"}, {"authorization": "Bearer x"}):
        with pytest.raises(WebSocketDenialResponse) as refused, lan.websocket_connect(SOCKET, headers=headers):
            pass
        assert refused.value.status_code == 401
    log_in(lan, workspace)
    with lan.websocket_connect(SOCKET, headers={OPEN_HEADER: "1"}) as socket:
        assert socket.receive_text() == "open: no"


def test_the_cookie_is_no_token_and_ends_with_it(lan: TestClient, workspace: Workspace) -> None:
    token = log_in(lan, workspace)
    secret = str(lan.cookies.get(COOKIE))
    assert lan.get("/").text == "streamlit, open: no"
    assert lan.get("/api/v1/me").json() == {"person": "Ann", "scope": "label"}
    lan.cookies.clear()
    assert lan.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"}).status_code == 401
    access.revoke_token(workspace, token_id=token.id)
    page = lan.get("/", headers={"accept": "text/html", "cookie": f"{COOKIE}={secret}"})
    assert (page.status_code, "was revoked" in page.text) == (401, True)


def test_logging_out_ends_the_login_itself(lan: TestClient, workspace: Workspace) -> None:
    log_in(lan, workspace)
    secret = str(lan.cookies.get(COOKIE))
    assert lan.post("/api/v1/logout").status_code == 204
    assert lan.get("/api/v1/me", headers={"cookie": f"{COOKIE}={secret}"}).status_code == 401


def test_so_many_pages_and_no_more(workspace: Workspace) -> None:
    with (
        TestClient(make_front(workspace, most_pages=3, most_pages_each=2), base_url=LAN) as client,
        ExitStack() as all_,
    ):
        log_in(client, workspace)
        for _ in range(2):
            all_.enter_context(client.websocket_connect(SOCKET))
        with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect(SOCKET):
            pass
        assert (refused.value.status_code, "You have 2 pages" in refused.value.text) == (503, True)
        assert "Close some" in client.get("/", headers={"accept": "text/html"}).text
        log_in(client, workspace)  # somebody else
        one = client.websocket_connect(SOCKET)
        one.__enter__()
        with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect(SOCKET):
            pass
        assert "3 pages of this Pod.Cast are open" in refused.value.text
        one.__exit__(None, None, None)
        with client.websocket_connect(SOCKET) as again:
            assert again.receive_text() == "open: no"


@pytest.mark.parametrize("origin", ["http://127.0.0.1:9999", "http://localhost:8501", "https://evil.example", "null"])
def test_a_page_of_another_origin_opens_no_socket(home: TestClient, origin: str) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        home.websocket_connect(HOME_SOCKET, headers={"origin": origin}),
    ):
        pass
    assert refused.value.status_code == 403
    with home.websocket_connect(HOME_SOCKET, headers={"origin": HOME}) as socket:
        assert socket.receive_text() == "open: 1"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_page_of_another_site_embeds_is_not_computed(home: TestClient, site: str) -> None:
    picture = "/api/v1/recordings/none/spectrogram"
    embedded = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    assert home.get(picture, headers=embedded).status_code == 403
    followed = {"sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert home.get(picture, headers=followed).status_code == 403  # by a script
    assert home.get(picture, headers={**followed, "sec-fetch-user": "?1"}).status_code == 404  # by a click
    assert home.get(picture, headers={**embedded, "sec-fetch-site": "same-origin"}).status_code == 404


def test_a_site_that_may_use_the_routes_embeds_pictures(workspace: Workspace) -> None:
    front = make_front(workspace, allowed_origins="https://labels.example.org")
    embedded = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    with TestClient(front, base_url=HOME) as client:
        for referer, status in (("https://labels.example.org/", 404), ("https://evil.example/", 403), ("", 403)):
            answer = client.get("/api/v1/recordings/none/spectrogram", headers={**embedded, "referer": referer})
            assert answer.status_code == status


def test_browsers_are_told_what_to_hold_back(home: TestClient, lan: TestClient) -> None:
    for client, path in ((home, "/"), (home, "/api/v1/me"), (home, "/api/v1/none"), (home, "/api/docs"), (lan, "/")):
        headers = client.get(path, headers={"accept": "text/html"}).headers
        policy = headers["content-security-policy"]
        assert re.search(r"frame-ancestors '(self|none)'", policy), path
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
        assert not re.search(r"https?:|\*", policy)
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
        assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=(self)"
        assert headers["x-frame-options"] in ("SAMEORIGIN", "DENY")


def test_metrics_are_for_admins(lan: TestClient, workspace: Workspace) -> None:
    log_in(lan, workspace, "label")
    assert lan.get("/_stcore/metrics").status_code == 403
    log_in(lan, workspace, "admin")
    assert lan.get("/_stcore/metrics").status_code == 200


@pytest.mark.parametrize(
    "header", ["CF-Connecting-IP", "X-Client-IP", "True-Client-IP", "X-Forwarded-For", "Forwarded"]
)
def test_a_proxy_is_known_by_its_headers(home: TestClient, header: str) -> None:
    assert home.get("/").status_code == 200
    assert home.get("/", headers={header: "203.0.113.9"}).status_code == 401


def test_a_control_character_in_an_address_of_a_page_is_refused(home: TestClient) -> None:
    assert home.get("/label%0a").status_code == 400
