import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image
from starlette.testclient import TestClient

from podcast_core.services.labels import session_views
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


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-2",
        "seconds=1-2",
        "bytes=a-b",
        "bytes=-",
        "bytes=0-1,5-9",
        f"bytes={'9' * 5000}-",
        f"bytes=-{'9' * 5000}",
    ],
)
def test_a_range_that_makes_no_sense_gets_the_whole(client: TestClient, asked: str) -> None:
    assert client.get(AUDIO, headers={"range": asked}).status_code == 200


def test_a_missing_recording_is_explained_and_the_page_still_opens(client: TestClient, workspace: Workspace) -> None:
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0004")
    Path(view.recording.uri).unlink()
    answer = client.get("/api/v1/rounds/ten/sessions/ten_0004")
    assert answer.status_code == 200
    assert answer.json()["picture"] is None
    assert "ten.wav" in answer.json()["problem"]
    assert client.get("/audio/ten/ten_0004.wav").status_code == 404


def test_a_part_of_a_session_begins_and_ends_with_the_sample(client: TestClient) -> None:
    whole, _ = soundfile.read(io.BytesIO(client.get(AUDIO).content), dtype="int16")
    part, _ = soundfile.read(
        io.BytesIO(client.get(AUDIO, params={"start_s": 0.25, "end_s": 0.5}).content), dtype="int16"
    )
    np.testing.assert_array_equal(part, whole[2000:4000])


def test_parts_of_what_is_computed_in_blocks_are_parts_of_the_whole(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podcast_core.audio.renditions.BLOCK_SAMPLES", 3000)
    params = {"speed": 0.5, "low_hz": 500, "high_hz": 2000}
    answer = client.get(AUDIO, params=params)
    assert answer.headers["content-length"] == str(len(answer.content))
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert len(samples) / rate == 2.0
    for first, last in [(0, 10), (30, 60), (6040, 6060), (5000, 20_000), (40, len(answer.content) - 1)]:
        part = client.get(AUDIO, params=params, headers={"range": f"bytes={first}-{last}"})
        assert part.content == answer.content[first : last + 1]


def test_every_way_to_hear_a_session_has_a_name_of_its_own(client: TestClient) -> None:
    ways: list[dict[str, float]] = [
        {},
        {"speed": 0.5},
        {"speed": 0.5, "keep_pitch": True},
        {"low_hz": 100},
        {"high_hz": 100},
        {"end_s": 0.5},
    ]
    tags = [client.get(AUDIO, params=way).headers["etag"] for way in ways]
    assert len(set(tags)) == len(ways)
    assert client.get(AUDIO, params=ways[1], headers={"if-none-match": tags[1]}).status_code == 304


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"speed": 7}, "speed: expected 0.05 to 2"),
        ({"speed": "fast"}, "speed"),
        ({"speed": "nan"}, "speed"),
        ({"start_s": 0.5, "end_s": 0.5}, "0 <= start_s < end_s <= 1"),
        ({"start_s": -1}, "found -1"),
        ({"end_s": 2}, "found 0 and 2"),
        ({"start_s": "inf"}, "start_s"),
        ({"low_hz": 3000, "high_hz": 2000}, "low_hz < high_hz"),
        ({"heterodyne_hz": 40_000}, "less than 4000 Hz"),
    ],
)
def test_an_impossible_sound_is_refused_with_the_reason(
    client: TestClient, params: dict[str, float | str], message: str
) -> None:
    answer = client.get(AUDIO, params=params)
    assert answer.status_code == 400
    assert message in answer.json()["detail"]


def test_a_picture_of_a_part_says_what_it_shows(client: TestClient) -> None:
    version = client.get("/api/v1/rounds/ten/sessions/ten_0002").json()["picture"]["version"]
    asked: dict[str, Any] = {
        "start_s": 0.25,
        "end_s": 0.5,
        "low_hz": 500,
        "high_hz": 2000,
        "scale": "mel",
        "width": 320,
        "height": 200,
    }
    answer = client.get(PICTURE, params={**asked, "v": version})
    info = json.loads(answer.headers["x-picture"])
    assert Image.open(io.BytesIO(answer.content)).size == (320, 200)
    assert info["grey_floor_db"] < info["floor_db"] < info["ceiling_db"] < info["grey_ceiling_db"]
    assert {key: info[key] for key in ("start_s", "end_s", "low_hz", "high_hz", "scale")} == {
        key: asked[key] for key in ("start_s", "end_s", "low_hz", "high_hz", "scale")
    }
    assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in client.get(PICTURE, params={**asked, "v": "old"}).headers["cache-control"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"start_s": 2}, "start_s, end_s"),
        ({"start_s": "soon"}, "start_s"),
        ({"scale": "bark"}, "'linear', 'mel', 'log' or 'constant-q'"),
        ({"denoise": "much"}, "'none', 'median' or 'pcen'"),
        ({"window": 1000}, "power of two"),
        ({"overlap": 1}, "0 to 0.95"),
        ({"width": 9999}, "16 to 4096 pixels"),
        ({"high_hz": 5000}, "4000 Hz"),
    ],
)
def test_a_picture_that_cannot_be_made_is_refused_in_a_sentence(
    client: TestClient, asked: dict[str, Any], words: str
) -> None:
    answer = client.get(PICTURE, params=asked)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


def test_peaks_come_in_pairs(client: TestClient) -> None:
    base = "/api/v1/rounds/ten/sessions/ten_0008/peaks.bin"
    whole = np.frombuffer(client.get(base).content, "<i2").reshape(-1, 2)
    assert whole.shape == (2400, 2)
    assert whole[:, 1].max() == pytest.approx(0.3 * 32767, rel=0.2)
    part = client.get(base, params={"start_s": 0.1, "end_s": 0.2, "width": 50})
    assert len(part.content) == 200
    assert client.get(base, params={"start_s": 0.1, "end_s": 0.2, "width": 5}).status_code == 400
