import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from starlette.testclient import TestClient

from podcast_core.services import labelling
from podcast_core.workspace import Workspace

pytestmark = pytest.mark.usefixtures("round_of_ten")

PICTURE = "/api/v1/rounds/ten/sessions/ten_0002/picture.jpg"
AUDIO = "/audio/ten/ten_0002.wav"


def test_a_picture_has_the_size_and_band_that_the_view_says(client: TestClient) -> None:
    view = client.get("/api/v1/rounds/ten/sessions/ten_0002").json()
    answer = client.get("/" + view["picture"]["url"])
    assert answer.headers["content-type"] == "image/jpeg"
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.width, picture.height) == (view["picture"]["width_px"], view["picture"]["height_px"])
    assert picture.mode == "L"
    assert (view["picture"]["low_hz"], view["picture"]["high_hz"]) == (0, 4000)
    assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in client.get(PICTURE).headers["cache-control"]


def test_a_picture_that_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    etag = client.get(PICTURE).headers["etag"]
    answer = client.get(PICTURE, headers={"if-none-match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


def test_sound_is_the_sessions_part_of_the_recording(client: TestClient) -> None:
    view = client.get("/api/v1/rounds/ten/sessions/ten_0002").json()
    answer = client.get("/" + view["audio"]["url"])
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert (len(samples), rate) == (8000, view["audio"]["sample_rate_hz"])
    tone = client.get("/audio/ten/ten_0008.wav")
    loud, _ = soundfile.read(io.BytesIO(tone.content))
    assert np.abs(loud).max() > 5 * np.abs(samples).max()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=10-999999999", 10, None)],
)
def test_a_part_of_the_sound_is_sent_when_asked_for(
    client: TestClient, asked: str, first: int, last: int | None
) -> None:
    whole = client.get(AUDIO).content
    answer = client.get(AUDIO, headers={"range": asked})
    expected = whole[first:] if last is None else whole[first : last + 1]
    assert answer.status_code == 206
    assert answer.content == expected
    begin = len(whole) + first if first < 0 else first
    assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(expected) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(client: TestClient, asked: str) -> None:
    answer = client.get(AUDIO, headers={"range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize("asked", ["bytes=5-2", "seconds=1-2", "bytes=a-b", "bytes=-", "bytes=0-1,5-9"])
def test_a_range_that_makes_no_sense_gets_the_whole(client: TestClient, asked: str) -> None:
    assert client.get(AUDIO, headers={"range": asked}).status_code == 200


def test_a_missing_recording_is_explained_and_the_page_still_opens(client: TestClient, workspace: Workspace) -> None:
    view = labelling.get_view(workspace, round_id="ten", session_id="ten_0004")
    Path(view.recording.uri).unlink()
    answer = client.get("/api/v1/rounds/ten/sessions/ten_0004")
    assert answer.status_code == 200
    assert answer.json()["picture"] is None
    assert "ten.wav" in answer.json()["problem"]
    assert client.get("/audio/ten/ten_0004.wav").status_code == 404
