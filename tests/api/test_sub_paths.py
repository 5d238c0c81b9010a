"""An app below an address of its own: the same rules with that beginning and without it, and links that have it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from podcast_core.api.front.front import Front
from podcast_core.services import access
from podcast_core.workspace import Workspace
from tests.api.conftest import LAN
from tests.api.test_front import HTML, streamlit
from tests.building import with_settings

BASE = "/podcast"
PATHS = (
    *("/api/v1/me", "/api/v1/tokens", "/api/v1/rounds", "/api/v1/nothing", "/api/openapi.json", "/get-annotations"),
    *("/fetch/session/ten", "/audio/ten/ten_0000.wav", "/load/session/ten/none"),
    *("/", "/label?round=ten", "/modules/x/main.js", "/_stcore/metrics", "/_stcore/host-config", "/_stcore/health"),
    *("/api/v1/tokens%0a", "/label%00", "/api/v1/tokens/", "/ten"),
)


@pytest.fixture
def below(workspace: Workspace) -> Iterator[TestClient]:
    guarded = with_settings(workspace, access="tokens")
    front = Front(streamlit, lambda: guarded, lambda: "127.0.0.1", {"label", "rounds"}, HTML, lambda: BASE)
    with TestClient(front, base_url=LAN, follow_redirects=False) as opened:
        yield opened


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize("scope", ["", "read", "label", "admin"])
def test_the_same_is_allowed_with_and_without_it(below: TestClient, workspace: Workspace, scope: str) -> None:
    token = access.create_token(workspace, person="Ann", scope=scope)[1] if scope else ""
    head = {"authorization": f"Bearer {token}"} if token else {}
    statuses = {}
    for path in PATHS:
        answers = [below.get(base + path, headers=head) for base in ("", BASE)]
        assert answers[0].status_code == answers[1].status_code, path
        statuses[path] = answers[0].status_code
        if not scope:
            assert statuses[path] == (200 if path.endswith("health") else 400 if "%0" in path else 401), path
    if scope in ("read", "label"):
        assert statuses["/api/v1/tokens"] == statuses["/_stcore/metrics"] == 403
        assert statuses["/api/v1/rounds"] == 200


@pytest.mark.parametrize(
    "path",
    [
        *(
            "//podcast/api/v1/tokens",
            "/podcast//api/v1/tokens",
            "/podcast/podcast/api/v1/tokens",
            "/podcast/api//v1/tokens",
        ),
        *("/podcastapi/v1/tokens", "/Podcast/api/v1/tokens", "/podcast/API/v1/tokens", "/podcast/x/../api/v1/tokens"),
        *("/podcast/%2e%2e/podcast/api/v1/tokens", "/podcast%2fapi%2fv1%2ftokens", "/podcast/./api/v1/tokens"),
        *("/podcast/_stcore/metrics", "/podcast/_stcore%2fmetrics", "/podcast/podcast/api/v1/me", "/podcast"),
    ],
)
def test_no_spelling_gets_beyond_a_scope(below: TestClient, workspace: Workspace, path: str) -> None:
    assert below.get(path).status_code == 401
    _, text = access.create_token(workspace, person="Ann", scope="read")
    answer = below.get(path, headers={"authorization": f"Bearer {text}"})
    assert answer.status_code in (200, 403, 404)
    assert "token_id" not in answer.text
    assert '"items"' not in answer.text
    if answer.status_code == 200:  # a page, which Streamlit answers
        assert answer.text.startswith("streamlit")
        assert "metrics" not in path


def test_no_socket_is_opened_without_a_token(below: TestClient) -> None:
    for path in (f"{BASE}/_stcore/stream", "/_stcore/stream", f"{BASE}//_stcore/stream"):
        with pytest.raises(WebSocketDenialResponse) as refused, below.websocket_connect(f"ws://192.0.2.7:8501{path}"):
            pass
        assert refused.value.status_code == 401


@pytest.mark.usefixtures("round_of_ten")
def test_links_have_it_and_the_cookie_is_for_it_only(below: TestClient, workspace: Workspace) -> None:
    page = below.get(f"{BASE}/label", headers={"accept": "text/html"})
    assert f'action="{BASE}/api/v1/login"' in page.text
    _, text = access.create_token(workspace, person="Ann", scope="label")
    entered = below.post(f"{BASE}/api/v1/login", json={"token": text})
    assert (entered.status_code, f"Path={BASE};" in entered.headers["set-cookie"]) == (204, True)
    first = below.get(f"{BASE}/api/v1/rounds/ten/sessions?limit=3").json()
    assert first["next"].startswith(f"{BASE}/api/v1/rounds/ten/sessions?")
    assert below.get(first["next"]).json()["offset"] == 3
    session = below.get(f"{BASE}/load/session/ten/{first['items'][0]['session_id']}").json()
    assert f"{BASE}/audio/ten/" in session["uri"]
    assert below.get(f"{BASE}/ten").headers["location"] == f"{BASE}/label?round=ten"
    left = below.post(f"{BASE}/api/v1/logout")
    assert f"Path={BASE};" in left.headers["set-cookie"]
    assert below.get(f"{BASE}/api/v1/me").status_code == 401
