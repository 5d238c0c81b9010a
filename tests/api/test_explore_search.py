"""Search by HTTP."""

import base64
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from podcast_core.workspace import Workspace
from tests.building import encode_sound
from tests.services.exploring import add_windows
from tests.services.runs import RATE


def test_clips_are_ranked_with_cosine_rank_percentile_and_histogram(
    client: TestClient, workspace: Workspace, tmp_path: Path
) -> None:
    """Rows 26 and 41."""
    windows = add_windows(workspace, tmp_path)
    at = f"/api/v1/collections/{windows}/search"
    body = {
        "like": [3],
        "unlike": [4],
        "k": 5,
        "include_examples": True,
        "filters": [{"column": "duration", "low": 0.2}],
    }
    found = client.post(at, json=body).json()
    assert [each["rank"] for each in found["hits"]] == [1, 2, 3, 4, 5]
    assert found["hits"][0]["number"] == 3
    assert found["hits"][0]["percentile"] == pytest.approx(100 * 23 / 24)
    assert sum(found["histogram"]["counts"]) == 24
    assert len(found["histogram"]["edges"]) == 65
    few = client.post(at, json={"like": [3], "threshold": 0.999, "include_examples": True}).json()
    assert [each["number"] for each in few["hits"]] == [3]
    others = client.post(at, json={"like": [3], "threshold": 0.999}).json()
    assert (others["hits"], [each["number"] for each in others["examples"]]) == ([], [3])
    some = {"like": [3], "within": base64.b64encode(bytes([0b10, 0, 0b1000_0000])).decode(), "k": 9}
    assert {each["number"] for each in client.post(at, json=some).json()["hits"]} == {1, 23}
    mask = client.post(f"{at}/clips", json={"filters": [{"text": "sea", "is_pattern": True}]}).content
    assert mask[-24:] == b"\1" * 24


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"like": [99]},
        {"like": [-1]},
        {"like": [1], "k": 0},
        {"like": [1], "threshold": "NaN"},
        {"likes": [1]},
        {"like": [1], "within": "AA=="},
        {"like": [1], "within": "?"},
    ],
)
def test_bodies_that_cannot_be_are_refused(
    client: TestClient, workspace: Workspace, tmp_path: Path, body: dict[str, object]
) -> None:
    windows = add_windows(workspace, tmp_path)
    assert client.post(f"/api/v1/collections/{windows}/search", json=body).status_code == 400


def test_sound_of_an_embedder_that_is_not_there_is_refused_in_words(
    client: TestClient, workspace: Workspace, tmp_path: Path
) -> None:
    windows = add_windows(workspace, tmp_path)
    files = {"file": ("a.wav", encode_sound([0.0] * RATE, RATE))}
    answer = client.post(f"/api/v1/collections/{windows}/search/sound", files=files)
    assert answer.status_code in (400, 404, 503)
    assert "made-up" in answer.text
    wrong = {"search": '{"filters": [{"column": 1}]}'}
    answer = client.post(f"/api/v1/collections/{windows}/search/sound", files=files, data=wrong)
    assert answer.status_code == 400
    assert "search.filters.0.column" in answer.text
