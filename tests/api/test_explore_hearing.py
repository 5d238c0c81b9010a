"""What a point of the map sounds and looks like."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from PIL import Image
from starlette.testclient import TestClient

from podcast_core.domain.round import Round
from podcast_core.workspace import Workspace
from tests.services.exploring import add_collection

URL = "/api/v1/collections/c/clips"


@pytest.fixture(autouse=True)
def _collection(workspace: Workspace, round_of_ten: Round) -> None:
    """Windows of a quarter of a second, four in each session of a second."""
    add_collection(workspace, round_of_ten.id)


@pytest.mark.parametrize(("number", "first_s"), [(0, 0.0), (2, 0.475), (3, 0.7), (38, 9.475)])
def test_a_short_clip_is_heard_with_a_little_around_it(
    client: TestClient, tmp_path: Path, number: int, first_s: float
) -> None:
    answer = client.get(f"{URL}/{number}/sound")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    heard, rate = sf.read(io.BytesIO(answer.content))
    recorded, _ = sf.read(tmp_path / "ten.wav")
    first = round(first_s * rate)
    np.testing.assert_allclose(heard, recorded[first : first + 2400], atol=1e-3)  # as recorded: nothing fades
    part = client.get(f"{URL}/{number}/sound", headers={"range": "bytes=0-99"})
    assert (part.status_code, part.content) == (206, answer.content[:100])


def test_the_picture_says_where_the_clip_is_in_it(client: TestClient) -> None:
    answer = client.get(f"{URL}/5/picture")
    assert Image.open(io.BytesIO(answer.content)).size == (240, 130)
    about = json.loads(answer.headers["x-picture"])
    assert (about["start_s"], about["end_s"]) == pytest.approx((0.2, 0.55))
    assert about["clip"] == {"start_s": 0.25, "end_s": 0.5, "low_hz": None, "high_hz": None}
    again = client.get(f"{URL}/5/picture", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("what", ["sound", "picture"])
def test_what_is_not_there_is_named(client: TestClient, what: str) -> None:
    absent = client.get(f"{URL}/40/{what}")
    assert (absent.status_code, absent.json()["detail"]) == (404, "There is no clip 40 in the collection 'c'.")
    assert client.get(f"{URL}/-1/{what}").status_code == 404
    assert client.get(f"{URL}/{10**30}/{what}").status_code in (404, 422)
    assert client.get(f"/api/v1/collections/d/clips/0/{what}").status_code == 404
