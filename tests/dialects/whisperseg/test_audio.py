"""Uploads, audio ids and clips of WhisperSeg's audio backend, as its clients use them."""

import base64
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.workspace import Workspace
from tests.building import encode_sound, opened, with_settings
from tests.dialects.whisperseg.asking import RATE, SPEC, ask, make_song, send


def test_the_documented_defaults_of_an_upload(client: TestClient) -> None:
    count = 6_710_887  # 419.4304375 s, the example of the documentation
    data = encode_sound(np.zeros(count, np.int16), RATE, "FLAC", "PCM_16")
    answer = send(client, data, "example.flac").json()
    assert answer["configurations"] == {
        "bins_per_octave": None,
        "hop_length": 6710,
        "max_frequency": 8000,
        "min_frequency": 0,
        "n_fft": 512,
        "num_spec_columns": 1000,
        "sampling_rate": 16000,
        "spec_cal_method": "log-mel",
    }
    assert answer["channels"][0]["audio_duration"] == 419.4304375


def test_every_channel_has_an_id_and_its_own_sound(client: TestClient) -> None:
    samples = np.stack([np.full(4000, value) for value in (0.1, 0.2, 0.3)], axis=1)
    channels = send(client, encode_sound(samples)).json()["channels"]
    assert len({each["audio_id"] for each in channels}) == 3
    for value, each in zip((0.1, 0.2, 0.3), channels, strict=True):
        clip = ask(client, "/get-audio-clip-wav", audio_id=each["audio_id"], start_time=0.25, clip_duration=0.5)
        sound, rate = soundfile.read(io.BytesIO(base64.b64decode(clip.json()["wav"])))
        assert (clip.status_code, rate, len(sound)) == (200, 8000, 4000)
        assert np.allclose(sound[:2000], value, atol=1e-4)
        assert not sound[2000:].any()  # beyond the end


def test_the_outline_of_a_waveform(client: TestClient, song: str) -> None:
    short = ask(client, "/get-audio-clip-for-visualization", audio_id=song, start_time=0.5, clip_duration=0.1).json()[
        "wav_array"
    ]
    assert len(short) == 1600
    outline = ask(
        client,
        "/get-audio-clip-for-visualization",
        audio_id=song,
        start_time=0,
        clip_duration=8,
        target_length=200,
    ).json()["wav_array"]
    assert len(outline) <= 200
    assert max(outline) == pytest.approx(0.33, abs=0.03)


def test_an_audio_id_survives_a_restart_and_ends_when_it_is_released_or_forgotten(
    client: TestClient, song: str, workspace: Workspace
) -> None:
    clip = {"audio_id": song, "start_time": 0, "clip_duration": 0.1}
    with (
        opened(workspace.settings) as again,
        TestClient(create_api(lambda: again), base_url="http://127.0.0.1") as restarted,
    ):
        assert restarted.post("/get-audio-clip-wav", json=clip).status_code == 200
        assert ask(restarted, "/release-audio-given-ids", audio_id_list=[song, "unknown"]).json() == {
            "status": "success"
        }
    gone = client.post("/get-audio-clip-wav", json=clip)
    assert gone.status_code == 404
    assert gone.json()["error"] == gone.json()["detail"]


def test_an_unused_audio_id_is_forgotten(workspace: Workspace, tmp_path: Path) -> None:
    with (
        opened(workspace.settings, audio_id_hours=1e-9) as impatient,
        TestClient(create_api(lambda: impatient), base_url="http://127.0.0.1") as client,
    ):
        audio_id = send(client, make_song(tmp_path / "song.wav", 2).read_bytes()).json()["channels"][0]["audio_id"]
        assert ask(client, "/get-audio-clip-wav", audio_id=audio_id, start_time=0, clip_duration=1).status_code == 404


def claim_length(data: bytes) -> bytes:
    size = 2_000_000_000  # 2**31 is what arecord writes when it does not know
    return data[:4] + struct.pack("<I", size) + data[8:40] + struct.pack("<I", size) + data[44:]


def test_an_upload_may_be_so_long_on_every_route(workspace: Workspace, tmp_path: Path) -> None:
    wav = make_song(tmp_path / "song.wav", 2).read_bytes()
    short = with_settings(workspace, longest_upload_hours=0.0005)
    with TestClient(create_api(lambda: short), base_url="http://127.0.0.1") as client:
        ours = client.post("/api/v1/recordings", files={"files": ("song.wav", wav)}, data={"round_name": "x"})
        for answer in (send(client, wav), ours):
            assert answer.status_code == 400
            assert "song.wav: The audio lasts longer than 1.8 s" in answer.json()["detail"]
    assert workspace.files.list("uploads") == []


@pytest.mark.parametrize(
    "kind", ["nothing", "text", "much text", "truncated", "magic", "claims 2 GB", "rate 0", "no file", "json"]
)
def test_what_is_no_audio_is_refused_with_the_reason(
    client: TestClient, tmp_path: Path, workspace: Workspace, kind: str
) -> None:
    wav = make_song(tmp_path / "song.wav", 1).read_bytes()
    sent = {
        "nothing": b"",
        "text": b"these are my field notes",
        "much text": b"la la la\n" * 1_200_000,
        "truncated": wav[: len(wav) // 2],
        "magic": b"RIFX" + wav[4:],
        "claims 2 GB": claim_length(wav),
        "rate 0": wav[:24] + bytes(4) + wav[28:],
    }
    if kind == "no file":
        answer = client.post("/upload", data={"n_fft": "512"}, files={"other": b"x"})
    elif kind == "json":
        answer = client.post("/upload", json={})
    else:
        answer = send(client, sent[kind])
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]
    assert workspace.files.list("uploads") == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/get-audio-clip-spec", {"audio_id": "x", "start_time": 0, **SPEC}, 404),
        ("/get-audio-clip-spec", {"start_time": 0, **SPEC}, 400),
        ("/get-audio-clip-spec", {"audio_id": "x", "start_time": 0, **SPEC, "hop_length": None}, 400),
        ("/get-audio-clip-wav", {"audio_id": "x"}, 400),
        ("/get-labels", {"audio_id": "x"}, 404),
        ("/upload-by-url", {}, 400),
        ("/upload-by-url", {"audio_url": "file:///etc/passwd"}, 400),
        ("/upload-by-url", {"audio_url": "s3://bucket/x.wav"}, 400),
        ("/upload-by-url", {"audio_url": "simplecache::http://127.0.0.1/x.wav"}, 400),
        ("/upload-by-url", {"audio_url": "http://127.0.0.1:9/x.wav"}, 400),
        ("/post-annotations/..%2fup", {"annotations": []}, 404),
    ],
)
def test_wrong_requests_are_errors(client: TestClient, path: str, body: dict[str, Any], status: int) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status, answer.text


def test_pages_of_other_sites_are_let_in_by_name_only(workspace: Workspace) -> None:
    with (
        opened(workspace.settings, allowed_origins="https://labels.example.org") as known,
        TestClient(create_api(lambda: known), base_url="http://127.0.0.1") as client,
    ):
        for origin, status in (("https://labels.example.org", 201), ("https://evil.example.org", 403)):
            answer = client.post("/list-models-training-in-progress", headers={"origin": origin})
            assert answer.status_code == status
            assert answer.headers.get("access-control-allow-origin") == (origin if status == 201 else None)
        refused = client.get("/api/v1/rounds/none", headers={"origin": "https://labels.example.org"})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (
            404,
            "https://labels.example.org",
        )
        assert "Origin" in refused.headers["vary"]  # a cache keeps it for this site only
        question = {"origin": "https://labels.example.org", "access-control-request-method": "POST"}
        asked = client.options("/upload", headers={**question, "access-control-request-headers": "authorization"})
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, question["origin"])
        assert "access-control-allow-credentials" not in asked.headers
        foreign = client.options("/upload", headers={**question, "origin": "https://evil.example.org"})
        assert foreign.is_client_error
        assert "access-control-allow-origin" not in foreign.headers
