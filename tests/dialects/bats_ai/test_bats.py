import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.services.intake import ingest
from podcast_core.workspace import Workspace
from tests.building import submit, write_sound
from tests.conftest import SHARED_DATA

RATE = 250_000


@pytest.fixture
def bat(workspace: Workspace, tmp_path: Path) -> str:
    """A recording of 1 s with two calls in round ``bats``, with one box; returns the session's id."""
    samples = 0.001 * np.random.default_rng(0).standard_normal((RATE, 2))
    time = np.arange(1000) / RATE
    for first in (50_000, 200_000):
        samples[first : first + 1000, 0] += 0.3 * np.hanning(1000) * np.sin(2 * np.pi * 45_000 * time)
    path = write_sound(tmp_path / "bat.wav", samples, RATE)
    ingest.ingest(workspace, paths=[path], round_name="bats", labels=["Myotis"])
    return "bat_ch1"


def answer(workspace: Workspace, session_id: str) -> None:
    box = AnswerBox(start_s=0.2, end_s=0.204, label="Myotis", low_hz=40_000.0, high_hz=50_000.0, comment="clear")
    submit(workspace, "bats", session_id, box)


def test_the_whole_spectrogram_with_the_originals_fields(client: TestClient, workspace: Workspace, bat: str) -> None:
    answer(workspace, bat)
    found = client.get("/api/v1/recording/1/spectrogram").json()
    image = Image.open(io.BytesIO(base64.b64decode(found["base64_spectrogram"])))
    info = found["spectroInfo"]
    assert image.size == (info["width"], info["height"]) == (4000, 300)
    assert {name: info[name] for name in ("start_time", "end_time", "low_freq", "high_freq")} == {
        "start_time": 0,
        "end_time": 1000,
        "low_freq": 3000,
        "high_freq": 125_000,
    }
    (box,) = found["annotations"]
    assert (box["start_time"], box["end_time"], box["low_freq"]) == (200, 204, 40_000)
    assert box["species"] == [found["species"][0]]
    assert set(box["species"][0]) == {
        *("species_code", "family", "genus", "species", "common_name", "species_code_6", "pk"),
    }
    assert client.get("/api/v1/recording/1/spectrogram?annotator=Ben").json()["annotations"] == []
    assert client.get("/api/v1/recording/1/spectrogram?channel=1").json()["annotations"] == []


@pytest.mark.parametrize("mode", ["snr", "original"])
@pytest.mark.usefixtures("bat")
def test_the_compressed_view_shows_both_calls(client: TestClient, mode: str) -> None:
    found = client.get(f"/api/v1/recording/1/spectrogram/compressed?mode={mode}").json()
    info = found["spectroInfo"]
    image = Image.open(io.BytesIO(base64.b64decode(found["base64_spectrogram"])))
    assert image.size == (info["compressed_width"], 300)
    assert (info["width"], sum(info["widths"])) == (4000, info["compressed_width"])
    assert len(info["start_times"]) == len(info["end_times"]) == len(info["widths"]) == 2
    for start, end, width in zip(info["start_times"], info["end_times"], info["widths"], strict=True):
        assert width == 4 * (end - start)
    assert info["start_times"][0] <= 200 < 204 <= info["end_times"][0]
    assert info["start_times"][1] <= 800 < 804 <= info["end_times"][1]
    bright = np.asarray(image)[:, 40 : info["widths"][0] - 40].max()
    assert bright > 200
    assert not info["nothing_found"]


@pytest.mark.usefixtures("bat")
def test_a_channel_without_calls_is_shown_whole_and_says_so(client: TestClient) -> None:
    info = client.get("/api/v1/recording/1/spectrogram/compressed?channel=1").json()["spectroInfo"]
    assert info["nothing_found"]
    assert (info["start_times"], info["end_times"], info["widths"]) == ([0], [1000], [4000])


@pytest.mark.usefixtures("bat")
def test_pictures_by_url_are_immutable(client: TestClient) -> None:
    found = client.get("/api/v1/recording/1/spectrogram?images=url&band=120").json()
    assert "base64_spectrogram" not in found
    assert found["spectroInfo"]["high_freq"] == 122_000
    sent = client.get(found["url"])
    assert (sent.status_code, sent.headers["content-type"]) == (200, "image/jpeg")
    assert "immutable" in sent.headers["cache-control"]
    again = client.get(found["url"], headers={"if-none-match": sent.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.usefixtures("bat")
def test_a_picture_is_computed_once(client: TestClient, tmp_path: Path) -> None:
    (listed,) = client.get("/api/v1/recording/").json()
    assert not listed["hasSpectrogram"]
    first = client.get(f"/api/v1/recording/{listed['id']}/spectrogram").json()
    assert client.get("/api/v1/recording/").json()[0]["hasSpectrogram"]
    (tmp_path / "bat.wav").unlink()
    assert client.get("/api/v1/recording/1/spectrogram").json() == first


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("2/spectrogram", 404),
        ("0/spectrogram", 404),
        ("nothing/spectrogram", 404),
        ("1/spectrogram?channel=2", 400),
        ("1/spectrogram?band=90", 400),
        ("1/spectrogram/compressed?mode=best", 400),
        ("1/spectrogram/tile/9.jpg", 404),
    ],
)
@pytest.mark.usefixtures("bat")
def test_what_is_not_there_is_an_error(client: TestClient, path: str, status: int) -> None:
    sent = client.get(f"/api/v1/recording/{path}")
    assert sent.status_code == status
    assert sent.json()["detail"]


def test_real_calls_are_in_the_compressed_view(client: TestClient, workspace: Workspace) -> None:
    folder = SHARED_DATA / "bats"
    if not folder.exists():
        pytest.skip("needs the recordings in shared/data/bats")
    import json

    ingest.ingest(workspace, paths=[folder], round_name="real")
    document = json.loads((folder / "annotation_project.aoef.json").read_text())["data"]
    names = {each["uuid"]: each["path"].rpartition("/")[2] for each in document["recordings"]}
    covered = total = 0
    for listed in client.get("/api/v1/recording/").json():
        info = client.get(f"/api/v1/recording/{listed['id']}/spectrogram/compressed?images=url").json()["spectroInfo"]
        spans = list(zip(info["start_times"], info["end_times"], strict=True))
        for event in document["sound_events"]:
            if names[event["recording"]] == listed["name"]:
                start, _, end, _ = event["geometry"]["coordinates"]
                total += 1
                covered += any(first <= 1000 * start and 1000 * end <= last for first, last in spans)
    assert (covered, total) == (131, 131)
