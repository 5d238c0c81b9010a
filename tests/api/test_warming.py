"""The first claim after a start imports nothing that takes time, once the server has warmed up."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from podcast_core.services.intake.ingest import ingest
from podcast_core.workspace import Workspace
from tests.building import write_sound

CLAIM = """
import sys
from pathlib import Path
from starlette.testclient import TestClient
from podcast_core.api.front.warming import warm_up
from podcast_core.api.server import create_api
from podcast_core.settings import Settings
from podcast_core.workspace import open_workspace

workspace = open_workspace(Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2]))
with TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501") as client:
    client.get("/api/v1/rounds").raise_for_status()
    warm_up()
    known = set(sys.modules)
    claimed = client.post("/api/v1/rounds/all/claims", json={"holder": "tab", "annotator": "Ann", "count": 1})
    assert claimed.json()["sessions"][0]["picture"], claimed.text
    assert len(set(sys.modules) - known) < 10, set(sys.modules) - known
"""


def test_a_claim_after_warming_up_imports_next_to_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", 0.1 * np.random.default_rng(0).standard_normal(80_000))
    ingest(workspace, paths=[path], round_name="all")
    settings = workspace.settings
    command = [sys.executable, "-c", CLAIM, str(settings.data_dir), settings.database_url]
    subprocess.run(command, check=True, timeout=300)
