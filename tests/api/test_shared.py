"""A link to a round's progress lets its page through, and nothing else, whatever is asked for and however."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient, WebSocketDenialResponse

from podcast_core.services.access import OPEN_HEADER
from podcast_core.services.labels import share_links
from podcast_core.storage.schema import share_links as table
from podcast_core.workspace import Workspace
from tests.api.conftest import LAN, bearer
from tests.api.test_front import SOCKET, make_front

PAGE = {"accept": "text/html"}
pytestmark = pytest.mark.usefixtures("round_of_ten")


@pytest.fixture
def lan(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(make_front(workspace), base_url=LAN, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def secret(workspace: Workspace) -> str:
    return share_links.add_link(workspace, round_id="ten")[1]


def test_a_link_opens_its_page_whose_parts_follow_by_a_cookie(lan: TestClient, secret: str) -> None:
    marked = {**PAGE, OPEN_HEADER: "1"}  # nobody can say so
    page = lan.get(f"/progress?share={secret}", headers=marked)
    assert (page.status_code, page.text) == (200, "streamlit, open: no")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith(f"podcast_share={secret}; Path=/; Expires=")
    assert cookie.endswith("HttpOnly; SameSite=Lax")
    assert page.headers["cache-control"] == "no-store"
    assert lan.get("/progress", headers=PAGE).status_code == 200
    assert lan.get("/static/js/index.js").status_code == 200
    with lan.websocket_connect(SOCKET, headers={OPEN_HEADER: "1"}) as socket:
        assert socket.receive_text() == "open: no"


@pytest.mark.parametrize("path", ["/", "/review", "/progress/x", "/access", "/label", "/progress%2f..%2faccess"])
def test_it_opens_no_other_page(lan: TestClient, secret: str, path: str) -> None:
    lan.cookies.set("podcast_share", secret)
    assert lan.get(path, headers=PAGE).status_code == 401
    refused = lan.get(f"{path}?share={secret}", headers=PAGE)
    assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)


def test_it_opens_no_route_and_takes_nothing(lan: TestClient, secret: str) -> None:
    lan.cookies.set("podcast_share", secret)
    for path in ("/api/v1/rounds", "/api/v1/rounds/ten/progress/burn-up", "/api/v1/me", "/api/docs"):
        assert lan.get(f"{path}?share={secret}").status_code == 401
        assert lan.get(path, headers={"authorization": f"Bearer {secret}"}).status_code == 401
    assert lan.post("/api/v1/rounds/ten/claims", json={"holder": "x", "annotator": "Ann"}).status_code == 401
    for method, path in (("PUT", "/_stcore/upload_file/a/b"), ("GET", "/_stcore/metrics"), ("POST", "/progress")):
        assert lan.request(method, path).status_code == 401
    foreign = {"origin": "https://evil.example"}
    with pytest.raises(WebSocketDenialResponse), lan.websocket_connect(SOCKET, headers=foreign):
        pass


def test_links_are_made_listed_and_revoked_over_http(lan: TestClient, workspace: Workspace) -> None:
    admin, other, url = bearer(workspace, "admin", "Al"), bearer(workspace, "review", "Rita"), "/api/v1/rounds/ten"
    assert lan.get(f"{url}/share-links", headers=other).status_code == 403
    assert lan.post(f"{url}/share-links", json={}, headers=other).status_code == 403
    asked = {"note": "Ada", "days": 3, "with_names": True}
    answer = lan.post(f"{url}/share-links", json=asked, headers=admin)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    made = answer.json()
    assert (made["note"], made["who"], made["with_names"]) == ("Ada", "Al", True)
    assert lan.get(f"/{made['path']}", headers=PAGE).status_code == 200
    listed = lan.get(f"{url}/share-links", headers=admin)
    assert [each["id"] for each in listed.json()["items"]] == [made["id"]]
    assert made["path"].rpartition("_")[2] not in listed.text
    assert lan.get("/api/v1/rounds/no/share-links", headers=admin).status_code == 404
    ended = lan.post(f"/api/v1/share-links/{made['id']}/revoke", headers=admin)
    assert ended.json()["revoked_at"] is not None
    assert lan.get(f"/{made['path']}", headers=PAGE).status_code == 401
    assert lan.post("/api/v1/share-links/x/revoke", headers=admin).status_code == 404


def test_a_link_whose_time_is_over_says_so_and_opens_nothing(
    lan: TestClient, workspace: Workspace, secret: str
) -> None:
    assert lan.get(f"/progress?share={secret}", headers=PAGE).status_code == 200
    with workspace.database.writing() as connection:
        connection.execute(update(table).values(expires_at=datetime.now(UTC) - timedelta(days=1)))
    for path in (f"/progress?share={secret}", "/progress"):
        refused = lan.get(path, headers=PAGE)
        assert (refused.status_code, "This link expired on" in refused.text) == (401, True)
    assert lan.get("/static/js/index.js").status_code == 401
    with pytest.raises(WebSocketDenialResponse) as denied, lan.websocket_connect(SOCKET):
        pass
    assert denied.value.status_code == 401
    lan.cookies.clear()
    for wrong in ("x", f"{secret}x", "a%0d%0aset-cookie:b=c"):
        refused = lan.get(f"/progress?share={wrong}", headers=PAGE)
        assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
