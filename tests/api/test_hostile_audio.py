"""What strangers send as recordings, on every way in: nothing else is opened, and what is refused leaves nothing."""

import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.remote.access import Remote
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.store import room
from podcast_core.workspace import Workspace
from tests.building import list_recordings
from tests.dialects.whisperseg.asking import make_song, send
from tests.hostile import bait, make_attack, make_wav_head
from tests.web import Handler, Server, running

WAYS = ("upload", "recordings", "folder")
FAR = ("upload by address", "ingest by address")
KINDS = ("hls and mp3", "hls with a key", "sdp", "ffconcat")  # all of them: tests/audio/test_media.py


def bring(client: TestClient, workspace: Workspace, way: str, path: Path) -> str:
    """Bring a file in; what was said when it was refused."""
    if way == "folder":
        report = ingest(workspace, paths=[path], round_name="sea")
        return report.failed[0].reason if report.failed else ""
    if way in FAR:
        return bring_from_afar(client, workspace, way, path)
    if way == "upload":
        answer = send(client, path.read_bytes(), path.name)
    else:
        answer = client.post(
            "/api/v1/recordings", files={"files": (path.name, path.read_bytes())}, data={"round_name": "sea"}
        )
    assert answer.status_code in (201, 202, 400), answer.text
    return answer.json()["detail"] if answer.status_code == 400 else ""


def bring_from_afar(client: TestClient, workspace: Workspace, way: str, path: Path) -> str:
    class Site(Handler):
        def handle_any(self) -> None:
            self.answer_file(path.read_bytes())

        do_GET = do_HEAD = handle_any

    with running(Server(Site)) as site:
        address = f"{site.url}/{uuid.uuid4().hex}.wav"
        if way == "ingest by address":
            report = ingest(workspace, paths=[address], round_name="sea")
            return report.failed[0].reason if report.failed else ""
        answer = client.post("/upload-by-url", json={"audio_url": address})
    assert answer.status_code in (201, 400), answer.text
    return answer.json()["detail"] if answer.status_code == 400 else ""


@pytest.mark.parametrize("way", WAYS)
def test_no_way_in_opens_what_a_recording_names(
    client: TestClient, workspace: Workspace, tmp_path: Path, way: str
) -> None:
    with bait(tmp_path) as trap:
        for kind in KINDS:
            path = tmp_path / "x.m3u8"
            path.write_bytes(make_attack(kind, trap))
            refused = bring(client, workspace, way, path)
            assert refused or kind in KINDS[:2], kind  # these have sound of their own
            trap.check()


SENSELESS = [
    (1000, 8000, "1,000 channels, at most 64"),
    (65, 8000, "65 channels, at most 64"),
    (1, 1, "says 1 samples per second, expected 100 to 2,000,000"),
    (1, 2**31, "is invalid|cannot be decoded|samples per second"),
    (1, 2**31 - 1, "samples per second, expected 100"),
    (1, 0, "is invalid|cannot be decoded|samples per second"),
    (0, 8000, "damaged|cannot be decoded"),
    (65535, 8000, "damaged|cannot be decoded|channels"),
]


@pytest.mark.parametrize("way", [*WAYS, *FAR])
def test_what_no_recorder_writes_is_refused_and_leaves_nothing(workspace: Workspace, tmp_path: Path, way: str) -> None:
    settings = workspace.settings.model_copy(update={"allow_private_urls": True})
    workspace = replace(workspace, settings=settings, remote=Remote(settings))
    path = tmp_path / "a.wav"
    with TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501") as client:
        for channels, rate_hz, reason in SENSELESS:
            path.write_bytes(make_wav_head(channels, rate_hz))
            refused = bring(client, workspace, way, path)
            assert re.search(reason, refused), (channels, rate_hz, refused)
            assert "nternal" not in refused
    assert list_recordings(workspace) == []
    assert [each for each in room.list_sent(workspace) if each.byte_count] == []
    store = Path(workspace.settings.resolved_storage_url)
    assert {each.name for each in store.iterdir()} <= {"rounds"}  # the round that was asked for


@pytest.mark.parametrize(
    "form",
    [{"n_fft": 512, "sampling_rate": 1}, {"spec_cal_method": "magic"}, {"spec_height": 7}, {"hop_length": 10**9}],
)
def test_an_upload_that_cannot_be_drawn_as_wished_leaves_nothing(
    client: TestClient, workspace: Workspace, tmp_path: Path, form: dict[str, Any]
) -> None:
    data = make_song(tmp_path / "song.wav", 1).read_bytes()
    assert send(client, data, **form).status_code == 400
    assert list_recordings(workspace) == []
    assert workspace.files.list("uploads") == []
    assert send(client, data).status_code == 201
