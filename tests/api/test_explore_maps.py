"""Maps by HTTP: as bytes that a browser reads without copying."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from starlette.testclient import TestClient

from podcast_core.services.explore import maps
from podcast_core.workspace import Workspace
from tests.services.exploring import add_windows, draw_pca


def read_values(data: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """Read a header and values as the browser does."""
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    return header, np.frombuffer(data, header["dtype"], offset=-(-(4 + length) // 4) * 4)


def test_maps_are_listed_and_sent_and_drawn_by_jobs(client: TestClient, workspace: Workspace, tmp_path: Path) -> None:
    windows = add_windows(workspace, tmp_path)
    at = f"/api/v1/collections/{windows}/maps"
    drawn = draw_pca(workspace, windows)
    added = client.post(at, json={"method": "pacmap"})
    assert added.status_code == 202
    items = client.get(at).json()["items"]
    assert [each["id"] for each in items] == ["pca", "pca-3", drawn, added.json()["map_id"]]
    assert [bool(each["finished_at"]) for each in items] == [True, True, True, False]
    assert items[-1]["job_id"] == added.json()["job_id"]
    answer = client.get(f"{at}/{drawn}/points")
    header, values = read_values(answer.content)
    assert header == {"kind": "points", "shape": [24, 2], "count": 24, "dtype": "float32"}
    expected = maps.get_places(workspace, collection_id=windows, map_id=drawn)
    assert np.array_equal(values.reshape(24, 2), expected)
    assert client.get(f"{at}/{drawn}/points", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_maps_that_cannot_be_are_refused(client: TestClient, workspace: Workspace, tmp_path: Path) -> None:
    windows = add_windows(workspace, tmp_path)
    at = f"/api/v1/collections/{windows}/maps"
    assert client.post(at, json={"method": "ivis"}).status_code == 400
    assert client.post(at, json={"method": "umap", "dimensions": 4}).status_code == 400
    assert client.get(f"{at}/nothing/points").status_code == 404
    assert client.post("/api/v1/collections/nothing/maps", json={"method": "umap"}).status_code == 404
