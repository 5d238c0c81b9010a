"""Collections of clips over HTTP."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from podcast_core.domain.round import Round
from podcast_core.services.jobs import queue
from podcast_core.workspace import Workspace
from tests.services.exploring import add_collection


def read_binary(data: bytes) -> tuple[dict[str, Any], np.ndarray]:
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    return header, np.frombuffer(data[4 + length :], header["dtype"])


def test_columns_and_clips_say_the_same(client: TestClient, workspace: Workspace, round_of_ten: Round) -> None:
    add_collection(workspace, round_of_ten.id)
    url = "/api/v1/collections/c"
    listed = client.get(f"/api/v1/rounds/{round_of_ten.id}/collections").json()["items"]
    assert [listed[0][name] for name in ("id", "unit", "clip_count", "window_s")] == ["c", "window", 40, 0.25]
    assert client.get(url).json() == listed[0]
    kinds = {each["name"]: each["kind"] for each in client.get(f"{url}/columns").json()["items"]}
    columns = {name: read_binary(client.get(f"{url}/columns/{name}").content) for name in kinds}
    assert all(header["kind"] == kinds[name] and len(values) == 40 for name, (header, values) in columns.items())
    header, values = columns["session"]
    wanted = [39, 0, 7]
    clips = client.get(f"{url}/clips?numbers={','.join(map(str, [*wanted, 40, -1, 10**20]))}").json()["items"]
    assert [each["number"] for each in clips] == wanted
    assert [each["session_id"] for each in clips] == [header["categories"][values[number]] for number in wanted]
    assert {each["recording_name"] for each in clips} == {"ten.wav"}
    for wrong in ("", "1,x", "1;2", ",".join(map(str, range(1001)))):
        assert client.get(f"{url}/clips", params={"numbers": wrong}).status_code == 400
    assert client.get(f"{url}/columns/nothing").status_code == 404
    assert [each["id"] for each in client.get("/api/v1/embedders").json()["items"]][:2] == ["three-views", "mean-mfcc"]


@pytest.mark.parametrize("form", ["rows", "csv"])
def test_a_collection_is_made_with_its_job(
    client: TestClient, workspace: Workspace, round_of_ten: Round, tmp_path: Path, form: str
) -> None:
    url = f"/api/v1/rounds/{round_of_ten.id}/collections"
    rows = [{"audio": str(tmp_path / "ten.wav"), "label": "call", "SUBSET": "train"}]
    table = {"rows": rows} if form == "rows" else {"csv": f"audio,label,SUBSET\n{rows[0]['audio']},call,train\n"}
    for address, body in ((url, {"name": "windows", "window_s": 0.5}), (f"{url}/table", {"name": "table", **table})):
        added = client.post(address, json={**body, "who": "Bob"})
        assert added.status_code == 202, added.text
        job = queue.get_job(workspace, job_id=added.json()["job_id"])
        assert (job.kind, job.who) == ("embed", "Bob")
        assert job.params["collection_id"] == added.json()["collection_id"]
        assert client.get(f"/api/v1/collections/{added.json()['collection_id']}").json()["finished_at"] is None
    for wrong in ({}, {"rows": [], "csv": ""}, {"rows": [{"x": 1}]}):
        assert client.post(f"{url}/table", json={"name": "n", **wrong}).status_code == 400
    assert client.post(url, json={"name": "n", "unit": "session", "window_s": 1}).status_code == 400
    assert client.post("/api/v1/rounds/none/collections", json={"name": "n"}).status_code == 404


def test_a_function_of_a_notebook_is_refused(client: TestClient, workspace: Workspace, round_of_ten: Round) -> None:
    """Nobody sends code: what no job could run is refused at once, and leaves nothing behind."""
    url = f"/api/v1/rounds/{round_of_ten.id}/collections"
    rows = [{"audio": "https://example.org/a.wav"}]
    for address, more in ((url, {}), (f"{url}/table", {"rows": rows})):
        found = client.post(address, json={"name": "n", "embedder": "python:os.system/1", **more})
        assert (found.status_code, found.json()["detail"][:60]) == (
            400,
            "'python:os.system/1' is a function of somebody's notebook, w",
        )
    assert client.get(url).json()["items"] == []
    assert queue.list_jobs(workspace) == []
