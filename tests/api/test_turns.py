"""What computes takes turns: a server goes on answering, and who waits too long is told to come again."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.api.front import turns
from podcast_core.api.scopes import Routes, list_costs
from podcast_core.api.server import create_api
from podcast_core.dialects.whisperseg import segmentation
from podcast_core.workspace import Workspace
from tests.api.conftest import HOME, LAN, bearer
from tests.building import with_settings
from tests.dialects.whisperseg.asking import ask, make_song, send


def test_what_computes_from_sound_takes_a_turn(workspace: Workspace) -> None:
    routes = set(Routes(create_api(lambda: workspace)).names())
    taking = {route for route, cost in list_costs().items() if cost.turn}
    sound = ("spectrogram", "picture.jpg", "peaks", "segments", "audio", "get-labels", "/load/session")
    asked = {each for each in routes if each.startswith(("GET", "POST /get")) and any(word in each for word in sound)}
    cheap = {"GET /get-annotations", "GET /get-annotations/{hash_id}"}
    assert {each for each in asked - taking - cheap if "/spectrogram/jobs" not in each} == set()


def test_three_at_once_of_one_token_are_one_after_the_other_or_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MAX_WAIT_S", 0.2)
    go_on, running = Event(), []

    def slow(*_: Any, **__: Any) -> Any:
        running.append(1)
        assert go_on.wait(60)
        return segmentation.Labels([], 0, "m", "")

    monkeypatch.setattr(segmentation, "get_labels", slow)
    heads = [bearer(workspace, "label", name) for name in "abc"]
    with TestClient(create_api(lambda: workspace), base_url=LAN) as client, ThreadPoolExecutor(2) as pool:

        def label(head: dict[str, str]) -> Any:
            return client.post("/get-labels", json={"audio_id": "x"}, headers=head)

        begun = []
        for count, head in enumerate(heads[:2], start=1):
            begun.append(pool.submit(label, head))
            until = time.monotonic() + 60
            while len(running) < count and time.monotonic() < until:
                time.sleep(0.01)
        for head in heads:  # the first two have their turn already, and there are no more than two
            refused = label(head)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
            assert "waited 0 s" in refused.json()["error"]
            assert client.get("/api/v1/me", headers=head).status_code == 200
        monkeypatch.setattr(turns, "MAX_WAITING_EACH", 0)
        assert "many requests are already waiting" in label(heads[0]).json()["detail"]
        go_on.set()
        assert [each.result().status_code for each in begun] == [201, 201]
        assert label(heads[0]).status_code == 201  # turns come back
        assert len(running) == 3


def test_a_turn_comes_back_after_an_error(workspace: Workspace) -> None:
    with TestClient(create_api(lambda: workspace), base_url=HOME) as client:
        for _ in range(5):
            assert ask(client, "/get-labels", audio_id="x").status_code == 404
            assert ask(client, "/get-labels").status_code == 400


def test_a_model_that_takes_too_long_is_refused_in_words(workspace: Workspace, tmp_path: Path) -> None:
    hurried = with_settings(workspace, longest_answer_s=1e-9)
    with TestClient(create_api(lambda: hurried), base_url=HOME) as client:
        data = make_song(tmp_path / "song.wav", 61).read_bytes()
        (channel,) = send(client, data).json()["channels"]
        refused = ask(client, "/get-labels", audio_id=channel["audio_id"])
        assert refused.status_code == 400
        assert "takes this model longer than 1e-09 s (PODCAST_LONGEST_ANSWER_S): it came to 60 s" in refused.text
