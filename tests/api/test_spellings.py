"""Every route under other spellings of its address, with a token of each scope: no fault, and no answer beyond it."""

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from podcast_core.api.scopes import Routes, find_scope
from podcast_core.api.server import create_api
from podcast_core.domain.role import SCOPES as ALL
from podcast_core.workspace import Workspace
from tests.api.conftest import LAN, bearer

SPELLINGS: dict[str, Callable[[str], str]] = {
    "line feed": lambda path: f"{path}%0a",
    "return": lambda path: f"{path}%0d",
    "NUL": lambda path: f"{path}%00",
    "semicolon": lambda path: f"{path};x=1",
    "slash": lambda path: f"{path}/",
    "slashes": lambda path: path.replace("/", "//"),
    "first slashes": lambda path: f"/{path}",
    "dots": lambda path: f"/x/%2e%2e{path}",
    "capitals": lambda path: path.upper(),
    "ending": lambda path: f"{path}.json",
    "encoded": lambda path: path.replace("/api/v1", "/%61pi/v1").replace("get", "%67et"),
    "encoded slash": lambda path: path[0] + path[1:].replace("/", "%2f"),
    "space": lambda path: f"{path}%20",
    "wide": lambda path: path.replace("/", "/%ef%bc%8f", 1),
    "no text": lambda path: f"{path}%ff",
    "query": lambda path: f"{path}?/api/v1/me",
}
SCOPES = ("", *ALL[:-1])


@pytest.mark.usefixtures("round_of_ten")
def test_no_spelling_of_an_address_opens_more_or_breaks_anything(workspace: Workspace) -> None:
    """What needs more than a token has is refused, or not found; each spelling is tried on every third route."""
    api = create_api(lambda: workspace)
    heads = {scope: bearer(workspace, scope) if scope else {} for scope in SCOPES}
    routes = [route.split(" ") for route in Routes(api).names() if find_scope(*route.split(" "))]
    with TestClient(api, base_url=LAN, raise_server_exceptions=False) as client:
        for turn, (name, spell) in enumerate(SPELLINGS.items()):
            for number, (method, pattern) in enumerate(routes[turn % 3 :: 3]):
                scope, needed = SCOPES[(number + turn) % len(SCOPES)], str(find_scope(method, pattern))
                path = spell(re.sub(r"{[^}]*}", "ten", pattern))
                answer = client.request(method, path, headers=heads[scope], follow_redirects=False)
                where = (name, scope or "no token", method, path, answer.status_code)
                assert answer.status_code < 500, where
                if not scope:
                    assert answer.status_code in (400, 401), where
                elif ALL.index(scope) < ALL.index(needed):
                    assert answer.status_code in (307, 400, 403, 404, 405), where
