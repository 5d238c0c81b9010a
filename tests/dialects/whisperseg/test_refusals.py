"""Requests to WhisperSeg's audio backend that no client sends by intention: refused with a reason, in little time."""

import json

import numpy as np
import pytest
from starlette.testclient import TestClient

from podcast_core.services.intake.ingest import ingest
from podcast_core.workspace import Workspace
from tests.building import encode_sound
from tests.conftest import MakeWav

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/get-audio-clip-spec", '{"audio_id": ID, "start_time": 1e308, "hop_length": 9, "num_spec_columns": 9}', 400),
        (
            "/get-audio-clip-spec",
            '{"audio_id": ID, "start_time": 0, "hop_length": 9999999, "num_spec_columns": 999}',
            400,
        ),
        ("/get-audio-clip-wav", '{"audio_id": ID, "start_time": 1e308, "clip_duration": 1}', 400),
        ("/get-audio-clip-for-visualization", '{"audio_id": ID, "start_time": 1e308, "clip_duration": 1}', 400),
        ("/get-audio-clip-wav", '{"audio_id": "\\u0000", "start_time": 0, "clip_duration": 1}', 404),
        ("/release-audio-given-ids", '{"audio_id_list": ["\\u0000", "\\ud800"]}', 201),
        ("/post-annotations", '{"annotations": [{"onset": 0, "offset": 1, "species": "\\ud800"}]}', 400),
        ("/post-annotations", "[" * 100_000, 400),
    ],
)
def test_odd_values_never_break_the_server(client: TestClient, path: str, body: str, status: int) -> None:
    if "ID" in body:
        uploaded = client.post("/upload", files={"newAudioFile": ("a.wav", encode_sound(np.zeros(800)))}).json()
        body = body.replace("ID", json.dumps(uploaded["channels"][0]["audio_id"]))
    answer = client.post(path, content=body, headers=JSON)
    assert answer.status_code == status, answer.text
    if status != 201:
        assert answer.json()["error"] == answer.json()["detail"]


@pytest.mark.parametrize("body", [b"--y\r\nhello", b"", b"--x\r\n\r\n--x--"])
def test_a_form_that_is_none_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/upload", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_upload_brings_back_a_recording_whose_file_is_gone(
    client: TestClient, workspace: Workspace, make_wav: MakeWav
) -> None:
    path = make_wav("gone.wav", seconds=0.5)
    data = path.read_bytes()
    ingest(workspace, paths=[path], round_name="r")
    path.unlink()
    found = client.post("/upload", files={"newAudioFile": ("a.wav", data)})
    assert found.status_code == 201, found.text
    assert found.json()["channels"][0]["audio_duration"] == 0.5
