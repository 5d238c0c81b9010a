"""What strangers with a token try on Explore: more than their scope, the server's time and memory, others' secrets."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from podcast_core.api.scopes import list_costs
from podcast_core.api.server import create_api
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput
from podcast_core.services.explore import collections, places, table_intake
from podcast_core.services.explore.embedding import run as describe
from podcast_core.services.explore.filters import TextFilter, Texts
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.storage import clips
from podcast_core.workspace import Workspace
from tests.api.conftest import HOME, bearer
from tests.building import encode_sound, with_settings
from tests.services.exploring import add_windows

SIGNED = "https://127.0.0.1:1/a.wav?X-Amz-Signature=s3cret"


@pytest.fixture
def windows(workspace: Workspace, tmp_path: Path) -> str:
    return add_windows(workspace, tmp_path)


def test_a_table_is_for_those_who_may_add_recordings_and_labels(
    lan: TestClient, workspace: Workspace, round_of_ten: Round
) -> None:
    """It adds both to a round, and its s3:// addresses are read with the server's key."""
    url = f"/api/v1/rounds/{round_of_ten.id}/collections/table"
    body = {"name": "t", "rows": [{"audio": "s3://bucket/a.wav", "label": "new"}]}
    assert lan.post(url, json=body, headers=bearer(workspace, "label")).status_code == 403
    assert collections.list_collections(workspace, round_id=round_of_ten.id) == []
    assert lan.post(url, json=body, headers=bearer(workspace, "admin")).status_code == 202


@pytest.mark.parametrize(
    "text", ['{"a": 1}', '{"a": [1]}', '{"train": null}', "[1]", '{"train": {"audio": "x"}}', "[" * 9999]
)
def test_a_table_of_no_rows_is_refused_in_words(client: TestClient, round_of_ten: Round, text: str) -> None:
    answer = client.post(f"/api/v1/rounds/{round_of_ten.id}/collections/table", json={"name": "t", "csv": text})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_the_secret_of_an_address_in_a_table_is_shown_to_nobody_and_found_by_nobody(
    lan: TestClient, workspace: Workspace, round_of_ten: Round
) -> None:
    entries = table_intake.make_entries([{"audio": SIGNED}, {"audio": "https://ann:s3cret@127.0.0.1:1/b.wav"}])
    made = table_intake.add_table(workspace, round_name=round_of_ten.id, name="t", entries=entries)
    with pytest.raises(InvalidInput, match="No clip could be described"):
        describe(workspace, {"collection_id": made.id}, InProcessJob())
    with workspace.database.writing() as connection:
        clips.set_errors(connection, made.id, {0: f"{SIGNED} is gone"})
    head, url = bearer(workspace, "read"), f"/api/v1/collections/{made.id}"
    for path in ("clips?numbers=0,1", "columns/error"):
        text = lan.get(f"{url}/{path}", headers=head).text
        assert "s3cret" not in text
        assert "X-Amz-Signature=…" in text
    texts = Texts(workspace, made.id)
    assert texts.find(TextFilter("a.wav")).tolist() == [True, False]
    assert not texts.find(TextFilter("signature=s", is_pattern=True)).any()


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:(?:(?:a{1000}){1000}){1000})",
        "(?:(?:(?:a{999,}){,999}))",
        "(?:" * 12 + "a" + "+){2}" * 12,
        "(?:" * 20 + "a" + ")+" * 20,
        "(?x)(?:(?:a{99}) {99})",
        "(?i-x:(?x: (?:a) {99999}))",
        "(?P<a>(?&a))",
        "a(?R)?",
        "(a(?1))",
        "(a(?P>a))",
        "a{99999999999999999999}",
    ],
)
def test_a_pattern_that_would_be_gigabytes_is_refused_before_it_is_compiled(
    client: TestClient, windows: str, pattern: str
) -> None:
    began = time.thread_time()
    body = {"like": [0], "filters": [{"text": pattern, "is_pattern": True}]}
    answer = client.post(f"/api/v1/collections/{windows}/search", json=body)
    assert answer.status_code == 400
    assert "regular expression" in answer.json()["detail"]
    assert time.thread_time() - began < 1


def test_patterns_as_people_write_them_are_taken(workspace: Workspace, windows: str) -> None:
    texts = Texts(workspace, windows)
    assert texts.find(TextFilter(r"^\w{2,40}(_\d{8}_\d{6})?(\.(wav|flac))+", is_pattern=True)).all()
    assert not texts.find(TextFilter(r"[0-9a-f]{64}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", is_pattern=True)).any()


def test_all_patterns_of_a_request_share_their_time(workspace: Workspace, windows: str) -> None:
    texts = Texts(workspace, windows, 0.001)
    with pytest.raises(InvalidInput, match="takes too long"):
        any(texts.find(TextFilter("[zx]{3}", is_pattern=True)).any() for _ in range(10_000))


def test_what_a_rule_names_twice_is_looked_up_once(
    client: TestClient, windows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[TextFilter] = []
    whole = Texts.find

    def count(texts: Texts, wanted: TextFilter) -> Any:
        asked.append(wanted)
        return whole(texts, wanted)

    monkeypatch.setattr(Texts, "find", count)
    rule = {"expression": " or ".join(["contains('sea')", "neighbours('a') + neighbours('b') > 0"] * 5), "label": "a"}
    assert client.post(f"/api/v1/collections/{windows}/rules", json={"rules": [rule] * 50}).status_code == 200
    assert asked == [TextFilter("sea")]


def test_sound_to_search_by_is_not_decoded_beyond_a_minute(client: TestClient, windows: str) -> None:
    """Three hours of silence are 2 MB, and took 40 s."""
    data = encode_sound(np.zeros(8000 * 70, np.int16), 8000, "OGG", "OPUS")
    url = f"/api/v1/collections/{windows}/search/sound"
    answer = client.post(url, files={"file": ("a.opus", data)})
    assert (answer.status_code, "longer than 60 s" in answer.text) == (400, True), answer.text


def test_a_line_is_sent_once_however_often_its_label_is_named(
    client: TestClient, workspace: Workspace, windows: str
) -> None:
    with workspace.database.writing() as connection:
        clips.set_labels(connection, windows, {0: "up", 1: "up", 2: "down", 3: "down"})
    url = f"/api/v1/collections/{windows}/classifiers"
    url = f"{url}/{client.post(url, json={}).json()['id']}/table.csv"
    assert client.get(url, params={"label": ["up"] * 500}).text == client.get(url, params={"label": "up"}).text


def test_a_collection_without_room_for_its_job_is_not_made(workspace: Workspace, round_of_ten: Round) -> None:
    most = len(workspace.jobs.list(limit=200, open_only=True)) + 1
    few = with_settings(workspace, most_jobs=most)
    url = f"/api/v1/rounds/{round_of_ten.id}/collections"
    with TestClient(create_api(lambda: few), base_url=HOME) as client:
        assert [client.post(url, json={"name": "n"}).status_code for _ in range(3)] == [202, 503, 503]
        table = {"name": "n", "rows": [{"audio": "https://example.invalid/a.wav"}]}
        assert client.post(f"{url}/table", json=table).status_code == 503
        assert len(client.get(url).json()["items"]) == 1


@pytest.mark.parametrize("name", ["model:x/" + "9" * 5000, "model:x/²", "model:x/", "model:x/-1", "model:../../x"])
def test_an_embedder_that_cannot_be_is_refused(client: TestClient, round_of_ten: Round, name: str) -> None:
    answer = client.post(f"/api/v1/rounds/{round_of_ten.id}/collections", json={"name": "n", "embedder": name})
    assert answer.status_code == 400, answer.text


def test_pictures_and_sounds_of_clips_take_turns() -> None:
    clip = "GET /api/v1/collections/{collection_id}/clips/{number}/"
    assert {list_costs()[clip + name].turn for name in ("sound", "picture")} == {"short"}


def test_a_collection_of_more_clips_than_memory_holds_is_refused_before_any_is_made(
    client: TestClient, workspace: Workspace, round_of_ten: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"/api/v1/rounds/{round_of_ten.id}/collections"
    made = client.post(url, json={"name": "n", "window_s": 0.005, "hop_s": 0.005}).json()["collection_id"]
    monkeypatch.setattr(places, "MAX_CLIPS", 1999)
    with pytest.raises(InvalidInput, match="would be 2,000 clips"):
        describe(workspace, {"collection_id": made}, InProcessJob())
