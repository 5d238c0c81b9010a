"""Pictures that never change are sent from memory: no thread, no database, no disk; what they need stays the same."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.api.front import guard, kept_answers
from podcast_core.api.scopes import Routes, find_scope, list_costs, list_kept
from podcast_core.api.server import create_api
from podcast_core.services import access
from podcast_core.workspace import Workspace
from tests.api.conftest import LAN, bearer
from tests.building import add_recording, make_sound, with_settings, write_recording


@pytest.fixture
def url(workspace: Workspace, tmp_path: Path) -> str:
    recording = write_recording(tmp_path / "noise.wav", make_sound(3, rate_hz=16_000), 16_000, digits="c")
    add_recording(workspace, recording)
    return f"/api/v1/recordings/{recording.id}/spectrogram"


@pytest.fixture
def tile(client: TestClient, url: str) -> str:
    """The address of a tile, with its version."""
    found: str = client.get(url).json()["tiles"][0]["url"]
    return found


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes on to the routes."""
    went: list[str] = []
    watch = kept_answers.KeptAnswers.watch

    def note(self: Any, route: str, scope: Any, send: Any) -> Any:
        went.append(route)
        return watch(self, route, scope, send)

    monkeypatch.setattr(kept_answers.KeptAnswers, "watch", note)
    return went


def test_a_tile_is_sent_again_without_a_thread(
    client: TestClient, tile: str, work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(tile)
    monkeypatch.setattr(guard, "run_in_threadpool", None)  # nobody may call it
    again = client.get(tile)
    assert (again.status_code, again.content, again.headers) == (200, first.content, first.headers)
    known = client.get(tile, headers={"if-none-match": f'"x", {first.headers["etag"]}'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", first.headers["etag"])
    assert len(work) == 1


def test_only_what_names_its_version_is_kept(client: TestClient, tile: str, url: str, work: list[str]) -> None:
    for path in (f"{url}/tiles/0.jpg", f"{url}/tiles/0.jpg?v=other", url, f"{url}/tiles/9.jpg?v=x"):
        assert client.get(path).content == client.get(path).content
    assert len(work) == 8
    client.get(tile, headers={"if-none-match": client.get(f"{url}/tiles/0.jpg").headers["etag"]})
    assert client.get(tile).status_code == 200  # what was kept is no "304"


def test_the_memory_has_a_limit(
    client: TestClient, tile: str, work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(client.get(tile).content)
    monkeypatch.setattr(kept_answers, "MAX_BYTES_EACH", size - 1)
    larger = tile.replace("v=", "x=1&v=")
    assert client.get(larger).content == client.get(larger).content
    assert len(work) == 3
    monkeypatch.setattr(kept_answers, "MAX_BYTES_EACH", size)
    monkeypatch.setattr(kept_answers, "MAX_BYTES", 2 * size + 100)  # an address counts, too
    memory = kept_answers.KeptAnswers()
    keys: list[kept_answers.Key] = [("/a", b"x" * 2000), ("/b", b""), ("/c", b"")]
    for key in keys:
        memory._held.add(key, kept_answers.KeptAnswer(key, [(b"etag", b'"e"')], b"." * size))
    assert [memory._held.find(key) is not None for key in keys] == [False, True, True]


def test_a_token_is_needed_and_counted_all_the_same(workspace: Workspace, url: str, work: list[str]) -> None:
    few = with_settings(workspace, pictures_per_minute=3)
    mine, other = bearer(workspace, "read"), bearer(workspace, "read", "Bob")
    with TestClient(create_api(lambda: few), base_url=LAN) as lan:
        tile = lan.get(url, headers=other).json()["tiles"][0]["url"]
        assert [lan.get(tile, headers=mine).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert lan.get(tile).status_code == 401
        access.revoke_token(workspace, token_id=other["authorization"].split("_")[1])
        assert lan.get(tile, headers=other).status_code == 401
    assert len(work) == 2


def test_whoever_may_read_may_see_all_that_is_kept(workspace: Workspace) -> None:
    routes = set(Routes(create_api(lambda: workspace)).names())
    assert list_kept() <= routes
    for route in list_kept():
        method, pattern = route.split(" ")
        assert (method, find_scope(method, pattern)) == ("GET", "read")
        assert "sheet" not in pattern  # these belong to a person
        assert list_costs()[route].turn == "short"
