from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.dialects.whisperseg.asking import make_song, send


@pytest.fixture
def song(client: TestClient, tmp_path: Path) -> str:
    """The audio id of a song."""
    answer = send(client, make_song(tmp_path / "song.wav").read_bytes())
    assert answer.status_code == 201
    return str(answer.json()["channels"][0]["audio_id"])
