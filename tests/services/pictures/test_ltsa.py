"""Long-term averages of recordings: computed as a job, kept in tiles, shown exactly where sound is at every width."""

import io
import json

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from podcast_core.api.server import create_api
from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.pictures import ltsa
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_sound, write_recording

RATE_HZ, LENGTH_S = 1_000, 5_000
TONE_S, TONE_HZ = (4_200.5, 4_201.5), 300


@pytest.fixture
def recording(workspace: Workspace) -> Recording:
    """Eighty minutes with a tone in the 71st."""
    samples = make_sound(LENGTH_S, [TONE_S], call_hz=TONE_HZ, rate_hz=RATE_HZ, noise_level=0.001)
    return add_recording(workspace, write_recording(workspace.settings.data_dir / "long.wav", samples, RATE_HZ))


def test_a_tone_is_where_it_was_at_every_width(workspace: Workspace, recording: Recording) -> None:
    with pytest.raises(NotFound, match="not computed yet"):
        ltsa.get_ltsa(workspace, recording_id=recording.id)
    told: list[tuple[int, int]] = []
    job = InProcessJob(lambda done, total, _name: told.append((done, total)))
    result = ltsa.run(workspace, {"recording_id": recording.id, "channel": 0}, job)
    assert result["seconds"] == LENGTH_S
    assert told[0] == (0, 83)
    assert told[-1] == (83, 83)
    seen = set()
    for width, start_s, end_s in ((16, None, None), (1_300, None, None), (4_096, None, None), (64, 4_180.0, 4_220.0)):
        found = ltsa.get_ltsa(workspace, recording_id=recording.id, start_s=start_s, end_s=end_s, width_px=width)
        info = found.info
        assert found.pixels.shape == (info.height_px, info.width_px)
        assert info.width_px <= max(width, 316)  # the coarsest level has as many
        assert info.start_s <= (start_s or 0) < info.start_s + info.column_s
        row, column = np.unravel_index(found.pixels.argmax(), found.pixels.shape)
        begin_s = info.start_s + column * info.column_s
        assert begin_s < TONE_S[1]
        assert begin_s + info.column_s > TONE_S[0]
        band_hz = (info.high_hz - info.low_hz) / info.height_px
        assert abs(info.high_hz - (row + 0.5) * band_hz - TONE_HZ) <= band_hz
        seen.add(info.level)
    assert seen == {0, 1, 2}
    with pytest.raises(InvalidInput, match="no channel 1"):
        ltsa.add_job(workspace, recording_id=recording.id, channel=1)
    with pytest.raises(InvalidInput, match="start before the end"):
        ltsa.get_ltsa(workspace, recording_id=recording.id, start_s=6_000.0)


def test_it_is_computed_once_and_sent_over_http(workspace: Workspace, recording: Recording) -> None:
    with TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1") as client:
        address = f"/api/v1/recordings/{recording.id}/ltsa"
        assert client.get(f"{address}.png").status_code == 404
        first = client.post(address, json={})
        assert first.status_code == 202
        assert client.post(address, json={"channel": 0}).json() == first.json()
        job = ltsa.find_job(workspace, recording_id=recording.id)
        assert job is not None
        assert job.id == first.json()["job_id"]
        ltsa.run(workspace, {"recording_id": recording.id, "channel": 0}, InProcessJob())
        answer = client.get(f"{address}.png", params={"start_s": 4_100, "end_s": 4_300, "width": 300})
        info = json.loads(answer.headers["x-ltsa"])
        assert Image.open(io.BytesIO(answer.content)).size == (info["width_px"], info["height_px"])
        assert client.get(f"{address}.png", params={"width": 5}).status_code == 400
