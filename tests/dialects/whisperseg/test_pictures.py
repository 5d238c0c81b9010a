"""Pictures for clients of WhisperSeg's audio backend."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from podcast_core.dialects.whisperseg.picture import Configuration, complete, compute_constant_q
from tests.building import encode_sound, make_sound
from tests.dialects.whisperseg.asking import RATE, SPEC, ask, send


def draw(client: TestClient, audio_id: str, start_time: float = 0.0, **changes: Any) -> tuple[np.ndarray, Any]:
    answer = ask(client, "/get-audio-clip-spec", audio_id=audio_id, start_time=start_time, **{**SPEC, **changes})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    image = Image.open(io.BytesIO(base64.b64decode(found["spec"])))
    assert image.mode == "RGB"
    return np.asarray(image).astype(int).sum(axis=2), found


@pytest.mark.parametrize("method", ["log-mel", "constant-q"])
def test_a_tone_is_in_the_row_of_its_frequency_and_the_column_of_its_time(
    client: TestClient, song: str, method: str
) -> None:
    pixels, found = draw(client, song, 1.5, spec_cal_method=method)
    freqs = found["freqs"]
    assert pixels.shape == (300, 100)
    assert len(freqs) == 300
    assert freqs == sorted(freqs)
    row = int(pixels[:, 60].argmax())
    nearest = 299 - int(np.abs(np.array(freqs) - 3000).argmin())
    assert abs(row - nearest) <= 1
    loud = pixels[row] > pixels[row].max() / 2
    assert abs(int(loud.argmax()) - 50) <= 3
    assert abs(int(loud.sum()) - 20) <= 5


def test_constant_q_keeps_the_documented_bins_per_octave(client: TestClient, song: str) -> None:
    _, found = draw(client, song, spec_cal_method="constant-q", min_frequency=-100)
    assert found["configurations"]["min_frequency"] == 50
    assert found["configurations"]["bins_per_octave"] == 41
    _, found = draw(client, song, spec_cal_method="constant-q", min_frequency=100, max_frequency=99_999)
    assert found["configurations"]["max_frequency"] == 8000


@pytest.mark.parametrize("method", ["log-mel", "constant-q"])
def test_a_picture_can_have_the_height_of_the_first_version(client: TestClient, song: str, method: str) -> None:
    pixels, found = draw(client, song, 1.5, spec_cal_method=method, spec_height=200)
    assert (pixels.shape, len(found["freqs"])) == ((200, 100), 200)
    row = 199 - int(np.abs(np.array(found["freqs"]) - 3000).argmin())
    assert abs(int(pixels[:, 60].argmax()) - row) <= 1
    if method == "constant-q":
        assert (found["configurations"]["min_frequency"], found["configurations"]["bins_per_octave"]) == (100, 32)


def test_an_overview_does_not_miss_a_short_call(client: TestClient) -> None:
    samples = make_sound(60, noise_level=0.001, rate_hz=RATE)
    samples[30 * RATE + 500 : 30 * RATE + 540] = 0.9
    found = send(client, encode_sound(samples, RATE), num_spec_columns="100", spec_height="200").json()
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(found["channels"][0]["spec"])))).astype(int)
    assert pixels.shape == (200, 100, 3)
    columns = pixels.sum(axis=(0, 2))
    assert int(columns.argmax()) == 50


def test_another_rate_of_the_picture_changes_nothing_that_is_kept(client: TestClient, song: str) -> None:
    _, before = draw(client, song)
    _, other = draw(client, song, sampling_rate=8000)
    assert other["configurations"]["max_frequency"] == 4000
    _, after = draw(client, song)
    assert after == before


def test_brightness_and_colours(client: TestClient, song: str) -> None:
    dark, _ = draw(client, song, brightness=0.3)
    bright, _ = draw(client, song, brightness=1.5)
    assert dark.mean() < bright.mean()
    odd, _ = draw(client, song, color_map="nonsense")
    usual, _ = draw(client, song, color_map="inferno")
    assert (odd == usual).all()


def test_scrolling_does_not_change_the_contrast(client: TestClient, song: str) -> None:
    loud, _ = draw(client, song, 0.5)
    quiet, _ = draw(client, song, 0.0, num_spec_columns=50)
    assert abs(int(np.median(loud[:, :40])) - int(np.median(quiet[:, :40]))) < 40


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"spec_cal_method": "best"}, "spec_cal_method"),
        ({"hop_length": 0}, "hop_length"),
        ({"spec_height": 250}, "spec_height: expected 200 or 300"),
        ({"num_spec_columns": 10**6}, "num_spec_columns"),
        ({"min_frequency": 9000}, "min_frequency"),
    ],
)
def test_a_picture_that_cannot_be_is_refused(
    client: TestClient, song: str, changes: dict[str, Any], error: str
) -> None:
    answer = ask(client, "/get-audio-clip-spec", audio_id=song, start_time=0, **{**SPEC, **changes})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)


def test_tiny_sounds_have_a_picture_too(client: TestClient) -> None:
    data = encode_sound(np.full(10, 0.5), RATE)
    for method in ("log-mel", "constant-q"):
        answer = send(client, data, spec_cal_method=method)
        assert answer.status_code == 201, answer.text


def test_white_noise_is_equally_bright_in_all_rows() -> None:
    """As in the original, whose filters have the same energy."""
    rate = 16_000
    noise = (0.1 * np.random.default_rng(3).standard_normal(10 * rate)).astype(np.float32)
    whole = complete(Configuration(spec_cal_method="constant-q"), rate, len(noise))
    levels = compute_constant_q(whole, rate, len(noise), lambda first, last: [noise[first:last]], start_s=0.0)
    rows = 10 * np.log10((10 ** (levels / 10)).mean(axis=0))
    assert np.ptp(rows[60:-10]) < 2  # the lowest hear 50 independent moments only, the highest reach beyond the band
