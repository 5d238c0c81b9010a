"""Who may do what over HTTP."""

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.testclient import TestClient

from podcast_core.api.front.request_log import REQUESTS, open_request_log
from podcast_core.api.scopes import Routes, find_scope, list_costs, list_rules
from podcast_core.api.server import create_api
from podcast_core.domain.role import SCOPES
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput
from podcast_core.services import access
from podcast_core.workspace import Workspace
from tests.api.conftest import HOME, LAN, bearer
from tests.building import with_settings


def test_every_writing_route_declares_its_scope(workspace: Workspace) -> None:
    routes = Routes(create_api(lambda: workspace)).names()
    assert len(routes) > 90
    assert [route for route in routes if find_scope(*route.split(" ")) is None] == []
    assert {scope for _, _, scope in list_rules()} == {"", *SCOPES}


def test_each_route_needs_the_scope_that_was_agreed(workspace: Workspace) -> None:
    """All of them, pictures, sound and other systems' protocols too: whoever adds a route adds its line."""
    routes = Routes(create_api(lambda: workspace)).names()
    found = [f"{route} {find_scope(*route.split(' ')) or 'nothing'}" for route in routes]
    agreed = (Path(__file__).parent / "scopes.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(found) == agreed


def test_each_rule_decides_about_some_route(workspace: Workspace) -> None:
    """The first that fits counts: one that another hides would protect nothing."""
    routes = [route.split(" ") for route in Routes(create_api(lambda: workspace)).names()]
    for method, path, _ in (rules := list_rules()):
        fitting = [each for each in routes if re.fullmatch(method, each[0]) and re.fullmatch(path, each[1])]
        first = [next(rule for rule in rules if all(map(re.fullmatch, rule[:2], each))) for each in fitting]
        assert any(rule[:2] == (method, path) for rule in first), (method, path)


def test_no_route_is_hidden_behind_another(workspace: Workspace) -> None:
    """The first that fits answers: ``/models/{name}/{version}`` must not come before ``/models/{name}/in-use``."""
    routes = Routes(create_api(lambda: workspace))
    for route in routes.names():
        method, pattern = route.split(" ")
        scope = {"method": method, "path": re.sub(r"{[^}]*}", "x", pattern)}
        assert routes.find(scope) == pattern, route


def test_a_route_is_looked_up_once(client: TestClient, round_of_ten: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the guard, not once more by the router, which would try two hundred of them one after the other."""
    tried: list[str] = []

    def note(route: APIRoute, _scope: object) -> tuple[Match, dict[str, object]]:
        tried.append(route.path)
        return Match.NONE, {}

    monkeypatch.setattr(APIRoute, "matches", note)
    assert client.get(f"/api/v1/rounds/{round_of_ten.id}/labels").status_code == 200
    assert client.get(f"/fetch/session/{round_of_ten.id}").status_code == 200
    assert tried == []


def test_of_every_route_somebody_said_whether_it_costs(workspace: Workspace) -> None:
    """What computes for seconds or writes much is counted. A new route is named in one of both lists."""
    routes = set(Routes(create_api(lambda: workspace)).names())
    counted = {route for route, cost in list_costs().items() if cost.is_counted}
    assert list_costs().keys() - routes == set()
    assert {route for route in routes if not re.fullmatch(CHEAP, route)} - counted == set()
    assert {route for route in counted if re.fullmatch(CHEAP, route)} == set()


CHEAP = "|".join(
    (
        r"(GET|HEAD) /api/(openapi.json|docs)",
        r"(GET|POST) /api/v1/(me|login|logout|formats|measurements|tokens(/.*)?|species/|recording/)",
        r"(GET|POST|PATCH) /api/v1/(people|invitations|share-links|rounds/{round_id}/share-links)(/.*)?",
        r"GET /api/v1/(rounds|recordings|releases|models|jobs|runs|trainings|evaluations|submissions)(/{[a-z_]+}){0,2}",
        r"GET /api/v1/releases/{name}/{version}/files/{path}",
        r"(GET|POST) /api/v1/live(/{feed_id}/(sound|marks))?",
        r"(GET|PUT) /api/v1/models/{name}/in-use",
        r"(POST|PATCH) /api/v1/rounds(/{round_id})?",
        r"GET /api/v1/rounds/{round_id}/(progress|labels|queue|predictions|submissions|reviews|learning-curves)",
        r"GET /api/v1/rounds/{round_id}/verification-samples",
        r"GET /api/v1/rounds/{round_id}/(sessions|prediction-sets)(/{[a-z_]+})?",
        r"GET /api/v1/rounds/{round_id}/sessions/{session_id}/(history|differences)",
        r"POST /api/v1/rounds/{round_id}/sessions/{session_id}/restorations",
        r"POST /api/v1/jobs/{job_id}/cancel",
        # Acts: one small object each.
        r"GET /api/v1/(models/{name}|rounds/{round_id})/acts|GET /api/v1/rounds/{round_id}/(recordings|labels)",
        r"POST /api/v1/(models/{name}|rounds/{round_id}(/recordings/{recording_id})?)/(archive|restore)",
        r"(GET|POST|DELETE) /api/v1/rounds/{round_id}/(queues(/{name})?|examples(/{example_id})?)",
        r"POST /api/v1/rounds/{round_id}/(labels/(rename|merge)|acts/{act_id}/undo)",
        r"GET /api/v1/rounds/{round_id}/labels/use",
        r"(GET|POST) /api/v1/rounds/{round_id}/assignments(/{act_id}/undo)?",
        r"(GET|PUT) /api/v1/rounds/{round_id}/calibration",
        r"GET /api/v1/rounds/{round_id}/examples/{example_id}/(sound|picture)",
        r"GET /api/v1/rounds/{round_id}/sessions/{session_id}/calibration|GET /api/v1/work",
        r"(GET|POST) /api/v1/rounds/{round_id}/(tags|sessions/{session_id}/remarks)",
        r"(GET|POST) /api/v1/rounds/{round_id}/reviews/bulk(/preview|/{act_id}/undo)?",
        r"POST /api/v1/rounds/{round_id}/boxes/corrections(/preview)?",
        # The editor's, many in a minute where somebody works fast.
        r"POST /api/v1/rounds/{round_id}/(claims|claims/release|verdicts)",
        r"POST /api/v1/rounds/{round_id}/sessions/{session_id}/(submissions|reviews|fill-ins/{job_id}/cancel)",
        r"GET /api/v1/rounds/{round_id}/sessions/{session_id}/(picture.jpg|peaks.bin|segments|audio.wav|measurements)",
        r"GET /api/v1/rounds/{round_id}/sessions/{session_id}/review",
        r"POST /api/v1/rounds/{round_id}/thumbnails",
        # Explore: what is kept already, and what memory answers.
        r"GET /api/v1/collections/{collection_id}/maps(/{map_id}/points)?",
        # A key labels a clip; ten thousand take a second or two.
        r"POST /api/v1/collections/{collection_id}/(bulk|acts|quick-check)|POST /api/v1/bulk/{act_id}/undo",
        r"(GET|PUT) /api/v1/collections/{collection_id}/selection|GET /api/v1/rounds/{round_id}/bulk",
        r"GET /api/v1/collections/{collection_id}/(subsets|quick-check/purity)",
        r"GET /api/v1/collections/{collection_id}(/(columns|clips)(/{name})?|/clips/{number}/(sound|picture))?",
        r"GET /api/v1/collections/{collection_id}/version",
        r"GET /api/v1/(embedders|rounds/{round_id}/collections)",
        r"POST /api/v1/collections/{collection_id}/classifiers/{classifier_id}/version",
        r"GET /api/v1/collections/{collection_id}/classifiers/{classifier_id}/(scores|labels|margin)",
        # Explore: a key says what is heard in a drawn clip.
        r"POST /api/v1/collections/{collection_id}/classifiers/{classifier_id}/density",
        r"GET /api/v1/collections/{collection_id}/(classifiers|densities|rules)",
        r"DELETE /api/v1/collections/{collection_id}/rules/{rule_id}",
        r"GET /api/v1/sheets/{sheet_id}(/recordings|/rows/{table}/{number}/(sound|picture))?",
        # Pod.Cast's and WhisperSeg's, where they compute nothing.
        r"GET /(fetch|load)/session/.*|POST /submit/session/.*|GET /audio/.*",
        r"POST /(list-models-[a-z-]+|release-audio-given-ids)|GET /get-annotations(/.*)?",
    )
)


def test_a_control_character_in_an_address_opens_nothing(lan: TestClient, workspace: Workspace) -> None:
    """The router once took an address with a line break at its end for the one without, and the scopes did not."""
    head = bearer(workspace, "read")
    routes = [route.split(" ") for route in Routes(create_api(lambda: workspace)).names()]
    paths = [re.sub(r"{[^}]*}", "x", pattern) for method, pattern in routes if method == "GET"]
    addresses = [path + added for path in paths for added in ("%0a", "%0d", "%00")]
    addresses += [f"/api/v1/tokens{added}" for added in ("%0d%0a", "%09", "%7f", "%c2%85", "%0a/", "/%0a")]
    for address in (*addresses, "/%0aapi/v1/tokens", "/api/v1/rounds/a%0ab", "/audio/a%00/b.wav"):
        answer = lan.get(address, headers=head)
        assert answer.status_code == 400 or (answer.status_code, address[:2]) == (404, "/%"), address
        assert "podcast_" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/me", "/fetch/session/ten", "/audio/ten/ten_0000.wav", "/api/openapi.json"])
def test_others_need_a_token(lan: TestClient, path: str) -> None:
    refused = lan.get(path)
    assert (refused.status_code, refused.headers["www-authenticate"][:6]) == (401, "Bearer")
    assert lan.get(path, headers={"authorization": "Bearer podcast_" + "0" * 12 + "_" + "a" * 43}).status_code == 401


def test_every_route_refuses_who_has_no_token_or_too_little(lan: TestClient, workspace: Workspace) -> None:
    heads = {scope: bearer(workspace, scope) for scope in SCOPES[:-1]}
    refused = dict.fromkeys(SCOPES, 0)
    for route in Routes(create_api(lambda: workspace)).names():
        method, pattern = route.split(" ")
        needed = find_scope(method, pattern)
        if not needed:  # logging in and out
            continue
        where = method, re.sub(r"{[^}]*}", "x", pattern)
        assert lan.request(*where).status_code == 401, where
        for scope in SCOPES[: SCOPES.index(needed)]:
            assert lan.request(*where, headers=heads[scope]).status_code == 403, (where, scope)
        refused[needed] += 1
    assert min(refused.values()) > 0


def test_a_token_may_ask_only_so_often_for_what_is_expensive(workspace: Workspace) -> None:
    few = with_settings(workspace, pictures_per_minute=2)
    mine, other = (bearer(workspace, "label") for _ in range(2))
    expensive = "/api/v1/recordings/none/spectrogram"
    with TestClient(create_api(lambda: few), base_url=LAN) as client:
        assert [client.get(expensive, headers=mine).status_code for _ in range(2)] == [404, 404]
        third = client.get(expensive, headers=mine)
        assert (third.status_code, third.headers["content-type"]) == (429, "application/problem+json")
        assert 1 <= int(third.headers["retry-after"]) <= 31
        assert client.post("/upload", headers=mine).json()["error"] == third.json()["detail"]
        assert client.get("/api/v1/me", headers=mine).status_code == 200  # what is cheap goes on
        assert client.get(expensive, headers=other).status_code == 404


@pytest.mark.usefixtures("round_of_ten")
def test_a_scope_is_enough_or_not(lan: TestClient, workspace: Workspace) -> None:
    claim = {"holder": "tab", "annotator": "Ann", "count": 1}
    url = "/api/v1/rounds/ten/claims"
    assert lan.post(url, json=claim, headers=bearer(workspace, scope="read")).status_code == 403
    mine = bearer(workspace, scope="label")
    assert lan.post(url, json=claim, headers=mine).status_code == 200
    other = lan.post(url, json={**claim, "annotator": "Bob"}, headers=mine)
    assert (other.status_code, other.headers["content-type"]) == (403, "application/problem+json")
    assert "Ann" in other.json()["detail"]
    assert lan.post("/api/v1/rounds", json={}, headers=mine).status_code == 403
    admin = bearer(workspace, scope="admin")
    assert lan.post(url, json={**claim, "annotator": "Bob"}, headers=admin).status_code == 200


def test_a_revoked_and_an_expired_token_open_nothing(lan: TestClient, workspace: Workspace) -> None:
    token, text = access.create_token(workspace, person="Ann", scope="read")
    head = {"authorization": f"Bearer {text}"}
    assert lan.get("/api/v1/me", headers=head).json() == {"person": "Ann", "scope": "read"}
    assert access.list_tokens(workspace)[0].last_used_at is not None
    assert text.split("_", 2)[2] not in repr(access.list_tokens(workspace))
    access.revoke_token(workspace, token_id=token.id)
    assert "revoked" in lan.get("/api/v1/me", headers=head).json()["detail"]
    assert not replace(token, expires_at=datetime.now(UTC) - timedelta(seconds=1)).is_valid(datetime.now(UTC))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"x-forwarded-for": "192.0.2.1"}, 401),
        ({"forwarded": "for=192.0.2.1"}, 401),
        ({"host": "evil.example"}, 403),
    ],
)
def test_open_is_only_what_comes_from_this_machine(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.get("/api/v1/me", headers=headers).status_code == status


def test_a_server_for_all_addresses_is_not_open(workspace: Workspace) -> None:
    with TestClient(create_api(lambda: workspace, lambda: "0.0.0.0"), base_url=HOME) as client:  # what is refused
        assert client.get("/api/v1/me").status_code == 401


def test_the_browser_keeps_the_token_in_a_cookie(lan: TestClient, workspace: Workspace) -> None:
    _, text = access.create_token(workspace, person="Ann", scope="read")
    assert lan.post("/api/v1/login", json={"token": "podcast_no"}).status_code == 401
    answer = lan.post("/api/v1/login", json={"token": text})
    assert answer.status_code == 204
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=lax" in answer.headers["set-cookie"]
    assert lan.get("/api/v1/me").status_code == 200
    foreign = lan.post("/api/v1/logout", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert lan.post("/api/v1/logout").status_code == 204
    assert lan.get("/api/v1/me").status_code == 401


def test_the_log_names_the_token_and_never_shows_it(
    lan: TestClient, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    token, text = access.create_token(workspace, person="Ann", scope="read")
    with caplog.at_level(logging.DEBUG):
        lan.get(f"/api/v1/me?token={text}", headers={"authorization": f"Bearer {text}"})
    assert "GET '/api/v1/me' 200" in caplog.text
    assert token.id in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("podcast_core")]
    assert all(text.split("_", 2)[2] not in line for line in ours)


def test_the_log_can_be_a_file(lan: TestClient, workspace: Workspace, tmp_path: Path) -> None:
    _, text = access.create_token(workspace, person="Ann", scope="read")
    path = tmp_path / "logs" / "requests.log"
    log = logging.getLogger(REQUESTS)
    before = log.level, log.propagate
    open_request_log(str(path))
    try:
        lan.get("/audio/a%0Ab/c?token=" + text, headers={"authorization": f"Bearer {text}"})
        lan.get("/api/v1/me")
    finally:
        log.handlers.pop().close()
        log.setLevel(before[0])
        log.propagate = before[1]
    first, second = path.read_text().splitlines()
    assert re.fullmatch(r"[\d-]{10}T[\d:.]{12}Z GET '/audio/a\\nb/c' 400 [\d.]+ ms token -", first)
    assert second.endswith("ms token -")
    with pytest.raises(InvalidInput, match="PODCAST_REQUEST_LOG"):
        open_request_log(str(tmp_path))


def test_a_body_that_is_too_large_or_no_json_is_refused(client: TestClient) -> None:
    url = "/api/v1/rounds/ten/claims"
    large = client.post(url, content=b" " * 16_000_001, headers={"content-type": "application/json"})
    parts = client.post(url, content=iter([b" " * 9_000_000] * 2), headers={"content-type": "application/json"})
    assert (large.status_code, parts.status_code) == (413, 413)
    text = client.post(url, content=b"hello", headers={"content-type": "text/plain"})
    assert (text.status_code, text.json()["title"]) == (415, "Unsupported Media Type")


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2f..%2fetc", "%00", "ten%0a"])
def test_ids_do_not_leave_their_place(client: TestClient, name: str) -> None:
    for url in (f"/api/v1/rounds/{name}/sessions", f"/audio/{name}/ten_0000.wav", f"/load/session/ten/{name}"):
        assert client.get(url).status_code in (400, 404)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "ingest", "paths": ["/etc"], "round_name": "sea"},
        {"kind": "ingest", "paths": ["https://example.org/a.wav", "/etc"], "round_name": "sea"},
        {"kind": "migrate", "root": "/etc"},
        {
            "kind": "ingest_hls",
            "url": "/etc",
            "from": "2021-07-17T00:00:00Z",
            "to": "2021-07-17T01:00:00Z",
            "round_name": "sea",
        },
    ],
)
def test_over_the_network_no_path_of_the_machine_is_named_but_in_the_folders_of_the_setting(
    workspace: Workspace, lan: TestClient, body: dict[str, object]
) -> None:
    refused = lan.post("/api/v1/jobs", json=body, headers=bearer(workspace, "admin"))
    assert (refused.status_code, "PODCAST_RECORDING_FOLDERS" in refused.text) == (403, True)
    assert lan.get("/api/v1/jobs", headers=bearer(workspace, "read")).json()["total"] == 0
