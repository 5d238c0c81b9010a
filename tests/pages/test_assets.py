"""The pages' JavaScript and CSS: one version at a time, served as it was named."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.shared import assets


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(assets, "HERE", tmp_path)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "small.js").write_text("export const first = 1;")
    (tmp_path / "notes.txt").write_text("for nobody")
    return tmp_path


def test_a_version_is_served_as_it_was_until_there_is_a_newer_one(place: Path) -> None:
    client = TestClient(Starlette(routes=assets.asset_routes()))
    old = assets.asset_url("web/small.js")
    for _ in range(2):
        answer = client.get(f"/{old}")
        assert (answer.text, answer.headers["content-type"]) == (
            "export const first = 1;",
            "text/javascript; charset=utf-8",
        )
        assert "immutable" in answer.headers["cache-control"]
    assert client.get(f"/{assets.PLACE}/{assets.asset_version()}/notes.txt").status_code == 404
    (place / "web" / "small.js").write_text("export const second = 2;")
    new = assets.asset_url("web/small.js")
    assert new != old
    assert client.get(f"/{new}").text == "export const second = 2;"
    assert client.get(f"/{old}").status_code == 404  # the file is no longer what that address promised


@pytest.mark.usefixtures("place")
def test_a_server_that_has_named_no_version_yet_serves_the_present_one(monkeypatch: pytest.MonkeyPatch) -> None:
    address = assets.asset_url("web/small.js")
    monkeypatch.setattr(assets, "_newest", assets._Assets((), "", {}))
    assert TestClient(Starlette(routes=assets.asset_routes())).get(f"/{address}").status_code == 200


def test_a_page_that_asks_for_eighty_files_reads_none_of_them_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, address = TestClient(Starlette(routes=assets.asset_routes())), assets.asset_url("web/small.js")
    monkeypatch.setattr(assets, "HERE", place / "gone")
    assert client.get(f"/{address}").status_code == 200
