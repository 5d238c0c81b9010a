"""Figures over HTTP."""

import io

import pytest
from PIL import Image
from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.services.pictures import figures
from podcast_core.workspace import Workspace
from tests.building import list_recordings, submit


@pytest.mark.usefixtures("round_of_ten")
def test_figures_of_sessions_recordings_and_examples_come_with_their_settings(
    client: TestClient, workspace: Workspace
) -> None:
    path = "/api/v1/rounds/ten"
    submit(workspace, "ten", "ten_0001", AnswerBox(0.1, 0.6, "call"))
    sent = client.get(f"{path}/sessions/ten_0001/figure.png", params={"width_px": 600, "height_px": 300, "dpi": 150})
    assert sent.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(sent.content)).size == (600, 300)
    assert figures.read_settings(sent.content)["look"]["dpi"] == 150
    grid = client.get(f"{path}/figure.svg", params={"label": "call", "per_label": 1, "dpi": 50})
    assert figures.read_settings(grid.content)["calls"][0]["label"] == "call"
    whole = f"/api/v1/recordings/{list_recordings(workspace)[0].id}/figure"
    part = client.get(f"{whole}.pdf", params={"start_s": 1, "end_s": 2, "dpi": 50})
    assert figures.read_settings(part.content)["start_s"] == 1
    assert client.get(f"{whole}.png", params={"channel": 7}).status_code == 400
    assert client.get(f"{path}/sessions/ten_0001/figure.gif").status_code == 400
    refused = client.get(f"{path}/sessions/ten_0001/figure.png", params={"width_mm": 5})
    assert (refused.status_code, "20 and 1200" in refused.json()["detail"]) == (400, True)
    assert client.get(f"{path}/sessions/none/figure.png").status_code == 404
