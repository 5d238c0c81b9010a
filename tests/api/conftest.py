from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.workspace import Workspace
from tests.api.vocal import make_song, send


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501") as opened:
        yield opened


@pytest.fixture
def song(client: TestClient, tmp_path: Path) -> str:
    """The audio id of a song."""
    answer = send(client, make_song(tmp_path / "song.wav").read_bytes())
    assert answer.status_code == 201
    return str(answer.json()["channels"][0]["audio_id"])
