import io
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from podcast_core.workspace import Workspace
from tests.building import add_recording, make_sound, write_recording


@pytest.fixture
def url(workspace: Workspace, tmp_path: Path) -> str:
    recording = write_recording(tmp_path / "noise.wav", make_sound(3, rate_hz=16_000), 16_000, digits="c")
    add_recording(workspace, recording)
    return f"/api/v1/recordings/{recording.id}/spectrogram"


def test_the_description_leads_to_tiles_that_are_kept_for_ever(client: TestClient, url: str) -> None:
    query: dict[str, str | int] = {
        "method": "constant-q",
        "bins_per_octave": 12,
        "low_hz": 200,
        "tile_width": 100,
        "px_per_s": 50,
    }
    answer = client.get(url, params=query)
    about = answer.json()
    assert (about["width_px"], len(about["tiles"]), about["bins_per_octave"]) == (150, 2, pytest.approx(12))
    assert client.get(url, params=query, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    for tile, width in zip(about["tiles"], (100, 50), strict=True):
        for key, kind in (("url", "JPEG"), ("png_url", "PNG")):
            picture = client.get(tile[key])
            assert "immutable" in picture.headers["cache-control"]
            image = Image.open(io.BytesIO(picture.content))
            assert (image.format, image.size, image.mode) == (kind, (width, about["height_px"]), "L")
            again = client.get(tile[key], headers={"if-none-match": picture.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")


def test_a_url_without_a_version_is_asked_about_again(client: TestClient, url: str) -> None:
    assert "no-cache" in client.get(f"{url}/tiles/0.jpg").headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/tiles/7.jpg", 404, "There is no tile 7"),
        ("?method=fourier", 400, "method"),
        ("?high_hz=9000", 400, "half the sample rate"),
        ("?floor_db=nan&ceiling_db=0", 400, "floor_db"),
        ("?channel=1", 400, "There is no channel 1"),
    ],
)
def test_what_is_not_there_is_an_error(client: TestClient, url: str, path: str, status: int, reason: str) -> None:
    answer = client.get(url + path)
    assert answer.status_code == status
    assert reason in answer.text


def test_an_unknown_recording_is_not_found(client: TestClient) -> None:
    assert client.get("/api/v1/recordings/nobody/spectrogram").status_code == 404
    assert client.get("/api/v1/recordings/nobody/spectrogram/tiles/0.jpg").status_code == 404
